"""The other vendors: antidrug antibodies in tiers, central ECG reading, and the transactions of the IRT."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .edc import MONTHS, Book, add
from .facts import Course
from .person import Person
from .protocol import DRUGS, PROTOCOL, Rng, at, between, chance, later, pick
from .visits import Visit

__all__ = ["Immunity", "collect_antibodies", "collect_ecg", "draw_immunity", "write_transactions"]

COURSES = {"NEGATIVE": 0.78, "PRE-EXISTING": 0.04, "BOOSTED": 0.03, "TRANSIENT": 0.07, "PERSISTENT": 0.08}
CUT_POINTS = {"BAT4706": (1.15, 22.5), "BAT1308": (1.12, 24.0)}


@dataclass(frozen=True)
class Immunity:
    """The antibodies of a subject against one drug: from which day of treatment to which, titre, neutralising."""

    course: str
    begin: int
    end: int
    titre: int  # the highest
    neutralising: bool

    @property
    def raises_clearance(self) -> bool:
        return self.course in ("PERSISTENT", "BOOSTED")


def draw_immunity(rng: Rng) -> Immunity:
    course = pick(rng, tuple(COURSES), tuple(COURSES.values()))
    begin = 0 if course in ("PRE-EXISTING", "BOOSTED") else between(rng, 15, 70)
    end = begin + between(rng, 22, 64) if course == "TRANSIENT" else 9999
    titre = 10 * 2 ** between(rng, 0, 2 if course in ("PRE-EXISTING", "TRANSIENT") else 6)
    return Immunity(course, begin, end, titre, chance(rng, 0.35))


def titre_on(immunity: Immunity, day: int) -> int:
    """0 if negative; a boosted response starts low and rises fourfold or more."""
    if immunity.course == "NEGATIVE" or not immunity.begin <= max(day, 0) <= immunity.end:
        return 0
    if immunity.course == "BOOSTED":
        return 10 if day < 20 else max(80, immunity.titre)
    if immunity.course == "PERSISTENT" and day < immunity.begin + 30:
        return max(10, immunity.titre // 4)
    return immunity.titre


def collect_antibodies(
    rng: Rng, book: Book, visits: Sequence[Visit], course: Course, immunity: dict[str, Immunity]
) -> None:
    """A draw before every dose and at the end of treatment."""
    doses = {f"C{one.cycle}D1": one for one in course.days}
    results, count = book.rows.setdefault("ADA", []), 0
    for visit in visits:
        if visit.name not in doses and visit.name != "EOT" or not visit.happened:
            continue
        if chance(rng, 0.01):
            add(book, "ADAC", visit, visit.day, [{"ADAPERF": "N", "ADAREAS": "No venous access"}])
            continue
        when = (
            doses[visit.name].start - timedelta(minutes=between(rng, 8, 50))
            if visit.name in doses
            else at(visit.day, between(rng, 500, 640))
        )
        count += 1
        barcode = f"D{book.person.subject}{count:03}"
        add(
            book,
            "ADAC",
            visit,
            visit.day,
            [{"ADAPERF": "Y", "ADADAT": when.date(), "ADATIM": when, "ADABARC": barcode}],
        )
        lost = pick(rng, ("HAEMOLYSED", "INSUFFICIENT VOLUME", "NOT RECEIVED")) if chance(rng, 0.012) else ""
        for drug in DRUGS:
            results += tiers(
                rng,
                book.person,
                visit,
                barcode,
                drug,
                titre_on(immunity[drug], (visit.day - course.first).days),
                immunity[drug],
                lost,
                when.date(),
            )


def tiers(
    rng: Rng,
    person: Person,
    visit: Visit,
    barcode: str,
    drug: str,
    titre: int,
    immunity: Immunity,
    lost: str,
    day: date,
) -> list[dict[str, str]]:
    """Screening, then only if reactive confirmation, then only if confirmed titre and neutralising."""
    analysed = min(later(day, between(rng, 30, 90)), PROTOCOL["cutoff"])
    screen_cut, confirm_cut = CUT_POINTS[drug]

    def row(tier: str, result: str, value: str = "", unit: str = "", cut: str = "", reason: str = "") -> dict[str, str]:
        return {
            "Study": PROTOCOL["studyid"],
            "Site": person.site,
            "Subject": person.subject,
            "Visit": visit.name,
            "Barcode": barcode,
            "Drug": drug,
            "Tier": tier,
            "Result": result,
            "Value": value,
            "Unit": unit,
            "CutPoint": cut,
            "Reason": reason,
            "RunID": f"ADA-{drug[3:]}-{analysed:%y%m%d}",
            "AnalysisDate": analysed.isoformat(),
        }

    if lost:
        return [row("SCREENING", "NR", reason=lost)]
    reactive = titre > 0 or chance(rng, 0.05)
    signal = (
        rng.uniform(screen_cut + 0.02, screen_cut + 0.3)
        if not titre
        else screen_cut + 0.1 * titre**0.6 * rng.uniform(0.8, 1.2)
    )
    found = [
        row(
            "SCREENING",
            "REACTIVE" if reactive else "NEGATIVE",
            f"{signal if reactive else rng.uniform(0.8, screen_cut - 0.02):.2f}",
            "S/N",
            f"{screen_cut}",
        )
    ]
    if reactive:
        share = rng.uniform(confirm_cut + 8, 95) if titre else rng.uniform(0, confirm_cut - 1)
        found.append(row("CONFIRMATORY", "POSITIVE" if titre else "NEGATIVE", f"{share:.1f}", "%", f"{confirm_cut}"))
    if titre:
        found.append(row("TITER", str(titre), str(titre)))
        neutral = immunity.neutralising and titre >= 20
        found.append(
            row(
                "NAB",
                "POSITIVE" if neutral else "NEGATIVE",
                f"{rng.uniform(30, 80) if neutral else rng.uniform(0, 18):.1f}",
                "%",
                "20",
            )
        )
    return found


def collect_ecg(rng: Rng, book: Book, visits: Sequence[Visit], course: Course | None) -> None:
    """Screening, before every dose, after the first one, end of treatment: three tracings one or two minutes apart."""
    doses = {f"C{one.cycle}D1": one for one in course.days} if course else {}
    person, rows = book.person, book.rows.setdefault("ECG", [])
    base = rng.normal(412 if person.sex == "M" else 422, 12)
    finding = pick(
        rng, ("SINUS BRADYCARDIA", "FIRST DEGREE AV BLOCK", "NONSPECIFIC T WAVE CHANGE", "RIGHT BUNDLE BRANCH BLOCK")
    )
    prone = chance(rng, 0.15)
    for visit in visits:
        if not visit.happened or visit.name not in doses and visit.name not in ("SCREENING", "EOT"):
            continue
        if chance(rng, 0.006) and visit.name not in ("SCREENING", "C1D1"):
            continue
        dose = doses.get(visit.name)
        moments = (
            [("PREDOSE", dose.start - timedelta(minutes=between(rng, 25, 70)))]
            if dose
            else [("", at(visit.day, between(rng, 560, 900)))]
        )
        if dose and dose.cycle == 1:
            moments.append(("EOI", dose.end + timedelta(minutes=between(rng, 2, 12))))
        for point, moment in moments:
            rows += triplicate(
                rng,
                person,
                visit,
                point,
                moment,
                base + (4 if point == "EOI" else 2 if dose and dose.cycle > 1 else 0),
                finding if prone and chance(rng, 0.6) else "",
            )


def triplicate(
    rng: Rng, person: Person, visit: Visit, point: str, moment: datetime, corrected: float, finding: str
) -> list[dict[str, str]]:
    rows = []
    level = rng.normal(corrected, 6)
    rate = (54 if finding == "SINUS BRADYCARDIA" else person.vitals[2]) + rng.normal(0, 4)
    interval, width = (
        210 if finding.startswith("FIRST") else rng.normal(156, 12),
        128 if finding.startswith("RIGHT") else rng.normal(92, 5),
    )
    for number in (1, 2, 3):
        beat = round(60000 / min(110.0, max(48.0, rate + rng.normal(0, 2))))
        raw = round(rng.normal(level, 4) * (beat / 1000) ** (1 / 3))
        fridericia = round(raw / (beat / 1000) ** (1 / 3))
        unreadable = chance(rng, 0.003)
        abnormal = bool(finding) or fridericia > 450
        values = (
            {"HR": "", "PR": "", "QRS": "", "QT": "", "RR": "", "QTCF": ""}
            if unreadable
            else {
                "HR": str(round(60000 / beat)),
                "PR": f"{interval + rng.normal(0, 2):.0f}",
                "QRS": f"{width + rng.normal(0, 1):.0f}",
                "QT": str(raw),
                "RR": str(beat),
                "QTCF": str(fridericia),
            }
        )
        what = "UNREADABLE" if unreadable else "ABNORMAL" if abnormal else "NORMAL"
        rows.append(
            {
                "SITE": person.site,
                "SUBJ": person.subject,
                "SEX": person.sex,
                "VISIT": visit.name,
                "TIMEPOINT": point,
                "ECG_DATETIME": f"{moment.day:02}/{MONTHS[moment.month - 1]}/{moment.year} {moment:%H:%M:%S}",
                "REPLICATE": str(number),
                "POSITION": "SUPINE",
                **values,
                "INTERPRETATION": what,
                "CLIN_SIG": ("Y" if fridericia > 480 else "N") if what == "ABNORMAL" else "",
                "ABNORMALITY": (finding or "PROLONGED QTCF") if what == "ABNORMAL" else "",
                "READER": f"R{between(rng, 1, 3)}",
                "COMMENT": "MUSCLE TREMOR" if unreadable else "",
            }
        )
        moment = moment + timedelta(seconds=between(rng, 60, 120))
    return rows


def write_transactions(rng: Rng, book: Book, course: Course | None, failed: date | None) -> None:
    """Screened, then assigned and dispensed, or failed; discontinued when BAT1308 ends."""
    person, slot = book.person, book.person.slot
    rows = book.rows.setdefault("IRT", [])

    def transact(day: date, minute: int, event: str, **values: str) -> None:
        rows.append(
            {
                "TRANSACTION": f"{slot.number * 100 + len(rows) + 1:07}",
                "TRANSACTION_DATETIME": f"{at(day, minute):%Y-%m-%dT%H:%M}",
                "SITE": person.site,
                "SUBJECT": person.subject,
                "EVENT": event,
                **dict.fromkeys(("PART", "COHORT", "BAT4706_MGKG", "BAT1308_MG", "VISIT", "KITS", "REASON"), ""),
                **values,
            }
        )

    transact(slot.consent, between(rng, 600, 1000), "SCREENED")
    if failed:
        transact(failed, between(rng, 600, 1000), "SCREEN FAILED", REASON="ELIGIBILITY CRITERIA NOT MET")
    if not course:
        return
    assigned = max(later(course.first, -between(rng, 0, 2)), person.screened)
    same_day = assigned == slot.consent
    placed = {
        "PART": slot.part,
        "COHORT": slot.cohort,
        "BAT4706_MGKG": f"{slot.mg_per_kg:g}",
        "BAT1308_MG": str(PROTOCOL["flat_mg"]),
    }
    transact(assigned, 1010 if same_day else between(rng, 420, 450), "ASSIGNED", **placed)
    kit = slot.number * 100
    for day in course.days:
        kits = [f"K{kit + number:06}" for number in range(1, len([one for one in day.infusions if one.pieces]) + 1)]
        kit += len(kits)
        transact(day.day, between(rng, 455, 520), "DISPENSED", VISIT=f"C{day.cycle}D1", KITS=";".join(kits), **placed)
    end = course.stops.get("BAT1308")
    if end and end.reason != "LTFU":
        words = {
            "COMP": "COMPLETED",
            "PD": "PROGRESSIVE DISEASE",
            "AE": "ADVERSE EVENT",
            "DTH": "DEATH",
            "WD": "WITHDRAWAL BY SUBJECT",
            "PHYS": "PHYSICIAN DECISION",
            "OTH": "OTHER",
        }
        transact(end.day, between(rng, 1020, 1100), "DISCONTINUED", REASON=words[end.reason], **placed)

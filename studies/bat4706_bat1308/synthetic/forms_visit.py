"""Forms of a visit: consent, demographics, visit dates, vital signs, examination, infusions, echocardiogram."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from .dosing import DoseDay, Infusion
from .edc import Book, add, coding
from .facts import Course
from .person import KG_PER_LB, Person
from .protocol import Rng, at, between, chance, later, pick
from .visits import Visit

__all__ = ["fill_consent", "fill_infusions", "fill_visits"]

SYSTEMS = ("GEN", "SKIN", "HEENT", "NECK", "LYMPH", "RESP", "CARD", "ABD", "MUSC", "NEURO")
FINDINGS = {
    "GEN": "Thin",
    "SKIN": "皮肤散在红斑 (scattered erythema)",
    "HEENT": "Pale conjunctivae",
    "NECK": "Enlarged node, left",
    "LYMPH": "Enlarged supraclavicular node",
    "RESP": "Reduced breath sounds at the base",
    "CARD": "Soft systolic murmur",
    "ABD": "肝肋下2cm (liver 2 cm below the rib)",
    "MUSC": "Tender lumbar spine",
    "NEURO": "Reduced sensation of both feet",
}
METASTASES = {
    "MEL": "Lymph nodes;Lung",
    "HCC": "Lung;Lymph nodes",
    "NSC": "Adrenal gland;Bone",
    "CRC": "Liver;Lung",
    "GAS": "Liver;Peritoneum",
    "OVA": "Peritoneum",
    "RCC": "Lung;Bone",
    "OTH": "Pleura",
}


def fill_consent(rng: Rng, book: Book, screening: Visit, course: Course | None) -> None:
    """Demographics, consent (a new version in June 2024 is signed at the next dose), and the diagnosis."""
    person = book.person
    day = person.slot.consent
    add(
        book,
        "DM",
        screening,
        person.screened,
        [
            {
                "BRTHDAT": person.birth,
                "AGE": person.age,
                "SEX": person.sex,
                "ETHNIC": person.ethnic,
                "RACE": person.race,
                "RACEOTH": person.other_race,
                "COUNTRY": person.country,
                "CHILDPOT": person.childbearing,
            }
        ],
    )
    new_version = date(2024, 6, 3)
    first = "2.0" if day >= new_version else "1.0"
    add(book, "IC", screening, day, [{"ICDAT": day, "ICTIM": at(day, between(rng, 420, 445)), "ICVER": first}])
    renewed = next((one for one in course.days if one.day >= new_version), None) if course and first == "1.0" else None
    if renewed:
        add(
            book,
            "IC",
            screening,
            renewed.day,
            [{"ICDAT": renewed.day, "ICTIM": at(renewed.day, between(rng, 420, 445)), "ICVER": "2.0"}],
            repeat=1,
        )
    facts = person.diagnosis
    found = later(day, -between(rng, 120, 1800))
    spread = later(found, between(rng, 0, (day - found).days - 60))
    add(
        book,
        "CH",
        screening,
        person.screened,
        [
            {
                "CHDIAG": facts["CHDIAG"],
                "CHHIST": pick(rng, facts["HISTOLOGY"].split(";")),
                "CHSTDAT": found,
                "CHSTAGE": pick(rng, ("III", "IV"), (0.15, 0.85)),
                "CHMETDAT": spread,
                "CHMETSIT": METASTASES[facts["CHDIAG"]],
                **coding("CH", facts["DECOD"]),
            }
        ],
    )


def fill_visits(rng: Rng, book: Book, visits: Sequence[Visit], course: Course | None) -> None:
    """SV for every visit, and the examinations that belong to it."""
    person = book.person
    doses = {f"C{one.cycle}D1": one for one in course.days} if course else {}
    ecog = person.ecog
    for visit in visits:
        values: dict[str, Any] = {"VISYN": "Y" if visit.happened else "N", "VISREAS": visit.reason}
        if visit.happened:
            values |= {"VISDAT": visit.day, "VISMODE": "TEL" if visit.telephone else "CLIN"}
        add(book, "SV", visit, visit.day, [values])
        if not visit.happened or visit.telephone or visit.name.startswith(("TUMOR", "SURVIVAL")):
            continue
        dose = doses.get(visit.name)
        if not visit.control:
            add(book, "VS", visit, visit.day, vital_signs(rng, person, visit, dose, course))
        if dose or visit.name in ("SCREENING", "EOT"):
            add(book, "PE", visit, visit.day, examination(rng, visit))
            ecog = (
                min(4, max(0, ecog + pick(rng, (0, 1, -1), (0.88, 0.07, 0.05)))) if visit.name != "SCREENING" else ecog
            )
            done = not chance(rng, 0.005)
            add(
                book,
                "ECOG",
                visit,
                visit.day,
                [
                    {"ECOGPERF": "Y", "ECOGDAT": visit.day, "ECOG": ecog}
                    if done
                    else {"ECOGPERF": "N", "ECOGREAS": "Investigator not available"}
                ],
            )
        if visit.name in ("SCREENING", "EOT") or dose and dose.cycle % 4 == 0:
            add(book, "CV", visit, visit.day, [echocardiogram(rng, visit, dose)])


def vital_signs(
    rng: Rng, person: Person, visit: Visit, dose: DoseDay | None, course: Course | None
) -> list[dict[str, Any]]:
    """One line, or one before the infusions and one after them."""
    if not dose:
        if visit.name != "SCREENING" and chance(rng, 0.01):
            return [{"VSPERF": "N", "VSREASND": "Device failure"}]
        moment = at(visit.day, between(rng, 480, 940))
        line = vital_line(rng, person, moment)
        fever = course and any(
            event.term == "Pyrexia" and event.lines[0].start <= moment < (event.lines[-1].end or moment)
            for event in course.events
        )
        if fever:
            line["TEMP"] = write_temperature(person, rng.uniform(38.1, 39.2))
        if visit.name in ("SCREENING", "EOT"):
            line |= write_weight(person, person.weight - (1.0 if visit.name == "EOT" else 0))
        if visit.name == "SCREENING":
            line |= {"HEIGHT": person.height, "HEIGHTU": "CM"}
        return [line]
    before = vital_line(rng, person, dose.start - timedelta(minutes=between(rng, 8, 25))) | {"VSTPT": "PRE"}
    before |= write_weight(person, dose.weight)
    if chance(rng, 0.008):
        return [before, {"VSPERF": "N", "VSREASND": "Subject left early", "VSTPT": "EOI"}]
    return [before, vital_line(rng, person, dose.end + timedelta(minutes=between(rng, 1, 12))) | {"VSTPT": "EOI"}]


def write_weight(person: Person, kilograms: float) -> dict[str, Any]:
    if person.imperial:
        return {"WEIGHT": f"{kilograms / KG_PER_LB:.1f}", "WEIGHTU": "LB"}
    return {"WEIGHT": f"{kilograms:.1f}", "WEIGHTU": "KG"}


def write_temperature(person: Person, celsius: float) -> str:
    return f"{celsius * 1.8 + 32:.1f}" if person.imperial else f"{celsius:.1f}"


def vital_line(rng: Rng, person: Person, moment: datetime) -> dict[str, Any]:
    systolic, diastolic, pulse, breaths, celsius = person.vitals + rng.normal(0, (7, 5, 6, 1, 0.2))
    return {
        "VSPERF": "Y",
        "VSDAT": moment.date(),
        "VSTIM": moment,
        "VSPOS": pick(rng, ("SIT", "SUP"), (0.85, 0.15)),
        "TEMP": write_temperature(person, min(celsius, 37.4)),
        "TEMPU": "F" if person.imperial else "C",
        "PULSE": round(pulse),
        "RESP": round(breaths),
        "SYSBP": round(max(systolic, diastolic + 22)),
        "DIABP": round(diastolic),
    }


def examination(rng: Rng, visit: Visit) -> list[dict[str, Any]]:
    if visit.name != "SCREENING" and chance(rng, 0.008):
        return [{"PEPERF": "N", "PEREASND": "Investigator not available"}]
    lines = []
    for system in SYSTEMS:
        result = pick(rng, ("N", "A", "ND"), (0.925, 0.07, 0.005))
        line = {"PEPERF": "Y", "PEDAT": visit.day, "PESYS": system, "PERES": result}
        if result == "ND":
            line |= {"PEREASND": "Subject declined"}
        if result == "A":
            line |= {"PEDESC": FINDINGS[system], "PECLSIG": pick(rng, ("N", "Y"), (0.75, 0.25))}
        lines.append(line)
    return lines


def echocardiogram(rng: Rng, visit: Visit, dose: DoseDay | None) -> dict[str, Any]:
    if visit.name != "SCREENING" and chance(rng, 0.03):
        return {"CVPERF": "N", "CVREASND": "Device not available"}
    fraction = round(min(74.0, max(38.0, rng.normal(63, 4.5))))
    low = fraction < 52
    return {
        "CVPERF": "Y",
        "CVDAT": visit.day,
        "CVMETH": pick(rng, ("ECHO", "MUGA"), (0.97, 0.03)),
        "LVEF": fraction,
        "CVINTP": "A" if low else "N",
        "CVCLSIG": ("Y" if fraction < 45 else "N") if low else "",
        "CVDESC": "左室收缩功能减低 (reduced systolic function)" if low else "",
    }


def fill_infusions(book: Book, visits: Sequence[Visit], course: Course) -> None:
    named = {visit.name: visit for visit in visits}
    for day in course.days:
        visit = named.get(f"C{day.cycle}D1")
        if visit:
            add(book, "EC", visit, day.day, [infusion_line(day, one) for one in day.infusions])


def infusion_line(day: DoseDay, one: Infusion) -> dict[str, Any]:
    """The line of an infusion; one that was not given has what was prescribed and the reason."""
    events = [event for event in (one.event, day.delay_event) if event]
    numbers = sorted({event.worst_number for event in events})
    values: dict[str, Any] = {
        "ECTRT": one.drug,
        "ECYN": "Y" if one.pieces else "N",
        "ECREASND": one.reason,
        "ECDLEV": f"{one.level:g}",
        "ECDLEVU": "MGKG" if one.drug == "BAT4706" else "MG",
        "ECWT": one.weight,
        "ECDELAY": "Y" if day.delay else "N",
        "ECDELREA": day.delay,
        "ECAENO": ";".join(map(str, numbers)),
    }
    if not one.pieces:
        return values
    return values | {
        "ECPDOSE": f"{one.prepared:g}",
        "ECVOLP": f"{one.volume:g}",
        "ECVOLA": f"{one.given:g}",
        "ECSTDAT": one.start.date(),
        "ECSTTIM": one.start,
        "ECENDAT": one.end.date(),
        "ECENTIM": one.end,
        "ECRATE": f"{one.pieces[0][2]:g}",
        "ECINTYN": "Y" if one.interrupted else "N",
        "ECINTST": one.interrupted,
        "ECINTEN": one.resumed,
        "ECRATCH": "Y" if one.changed else "N",
        "ECRATTIM": one.changed,
        "ECRATE2": f"{one.new_rate:g}" if one.new_rate else None,
        "ECADJ": one.why,
        "ECLOT": one.lot,
    }

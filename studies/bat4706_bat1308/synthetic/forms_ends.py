"""Anticancer therapies, survival, how treatment and study ended, deviations and comments."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from .edc import LOG, Book, add, blur, words
from .facts import Course
from .protocol import DRUGS, PROTOCOL, Rng, between, chance, later, pick, table
from .visits import Visit, lost_on

__all__ = ["fill_ends", "fill_notes", "fill_screen_failure", "fill_survival", "fill_therapies"]

ANTICANCER = table("anticancer")


def fill_therapies(rng: Rng, book: Book, course: Course | None) -> None:
    """Anticancer medication, surgery and radiotherapy before and after the study, procedures in it."""
    person, consent = book.person, book.person.slot.consent
    options = [row for row in ANTICANCER if row["FOR"] == person.diagnosis["CHDIAG"]]
    lines, procedures, day = [], [], later(consent, -35)
    for line in range(between(rng, 1, min(3, len(options))), 0, -1):
        over = later(day, -between(rng, 0, 60))
        begun = later(over, -between(rng, 60, 300))
        row = options[line - 1]
        lines.insert(
            0,
            {
                "CTYN": "Y",
                "CTWHEN": "PRIOR",
                "CTTRT": row["CTTRT"],
                "CTDECOD": row["CTDECOD"],
                "CTCLAS": row["CTCLAS"],
                "CTLINE": line,
                "CTSTDAT": blur(rng, book, "CT", "CTSTDAT", begun, 0.35),
                "CTENDAT": blur(rng, book, "CT", "CTENDAT", over, 0.2),
                "CTONGO": "N",
                "CTBOR": pick(rng, ("PD", "SD", "PR", "UN"), (0.35, 0.4, 0.2, 0.05)),
                "CTREASD": pick(rng, ("PD", "TOX", "COMP"), (0.75, 0.15, 0.1)),
            },
        )
        day = later(begun, -between(rng, 20, 60))
    if chance(rng, 0.55):
        begun = later(day, -between(rng, 20, 90))
        procedures.append(
            {
                "PRTYPE": "SURG",
                "PRWHEN": "PRIOR",
                "PRTRT": person.diagnosis["SURGERY"],
                "PRINDC": person.diagnosis["DECOD"],
                "PRSTDAT": blur(rng, book, "PR", "PRSTDAT", begun, 0.25),
            }
        )
    if chance(rng, 0.3):
        begun = later(consent, -between(rng, 60, 200))
        procedures.append(
            {
                "PRTYPE": "RT",
                "PRWHEN": "PRIOR",
                "PRTRT": "Radiotherapy",
                "PRINDC": "Cancer pain",
                "PRLOC": "Bone",
                "PRDOSE": 30,
                "PRDOSU": "Gy",
                "PRSTDAT": begun,
                "PRENDAT": later(begun, 14),
            }
        )
    days = [person.screened] * len(lines)
    pages = [person.screened] * len(procedures)
    for event in course.events if course else ():
        if (
            event.grade >= 3
            and event.term in ("Immune-mediated enterocolitis", "Pneumonitis", "Anaemia")
            and len(pages) < 5
        ):
            what = {"Pneumonitis": "Bronchoscopy", "Anaemia": "Red blood cell transfusion"}.get(
                event.term, "Colonoscopy"
            )
            start = event.lines[event.worst].start.date()
            procedures.append(
                {
                    "PRTYPE": "PROC",
                    "PRWHEN": "ON",
                    "PRTRT": what,
                    "PRINDC": event.facts["DECOD"],
                    "PRSTDAT": start,
                    "PRENDAT": start,
                    "PRAENO": event.worst_number,
                }
            )
            pages.append(start)
    if course and course.new_therapy:
        subsequent(rng, course, options, lines, days, procedures, pages)
    for number, one in enumerate(lines, start=1):
        one["CTSPID"] = number
    for number, one in enumerate(procedures, start=1):
        one |= {"PRYN": "Y", "PRSPID": number}
    add(book, "CT", LOG, person.screened, lines, days=days)
    add(book, "PR", LOG, person.screened, procedures or [{"PRYN": "N"}], days=pages or None)


def subsequent(
    rng: Rng,
    course: Course,
    options: Sequence[dict[str, str]],
    lines: list[dict[str, Any]],
    days: list[date],
    procedures: list[dict[str, Any]],
    pages: list[date],
) -> None:
    """The therapy after the study drugs, and sometimes palliative radiotherapy beside it."""
    start = course.new_therapy
    assert start is not None
    row, over = options[-1], later(start, between(rng, 40, 200))
    ended = over < course.leave.seen
    lines.append(
        {
            "CTYN": "Y",
            "CTWHEN": "SUBS",
            "CTTRT": row["CTTRT"],
            "CTDECOD": row["CTDECOD"],
            "CTCLAS": row["CTCLAS"],
            "CTLINE": len(lines) + 1,
            "CTSTDAT": start,
            "CTENDAT": over if ended else None,
            "CTONGO": "N" if ended else "Y",
            "CTBOR": pick(rng, ("PD", "SD", "UN")) if ended else "",
            "CTREASD": "PD" if ended else "",
        }
    )
    days.append(start)
    radio = later(start, 10)
    if chance(rng, 0.2) and later(radio, 14) < course.leave.seen:
        procedures.append(
            {
                "PRTYPE": "RT",
                "PRWHEN": "SUBS",
                "PRTRT": "Palliative radiotherapy",
                "PRINDC": "Cancer pain",
                "PRLOC": "Bone",
                "PRDOSE": 20,
                "PRDOSU": "Gy",
                "PRSTDAT": radio,
                "PRENDAT": later(radio, 4),
            }
        )
        pages.append(radio)


def fill_survival(rng: Rng, book: Book, visits: Sequence[Visit], course: Course) -> None:
    """A call every twelve weeks; a death during follow-up is learned on the day."""
    calls = [visit for visit in visits if visit.name.startswith("SURVIVAL")]
    for visit in calls:
        new = course.new_therapy is not None and course.new_therapy <= visit.day
        add(
            book,
            "SS",
            visit,
            visit.day,
            [
                {
                    "SSDAT": visit.day,
                    "SSMODE": "TEL",
                    "SSSTAT": "A",
                    "SSLADAT": visit.day,
                    "SSNEWTX": "Y" if new else "N",
                }
            ],
        )
    death = course.leave.death
    if not calls or not death:
        return
    visit = Visit(f"SURVIVAL {len(calls) + 1}", death, telephone=True)
    add(
        book,
        "SS",
        visit,
        death,
        [
            {
                "SSDAT": death,
                "SSMODE": "REC",
                "SSSTAT": "D",
                "SSLADAT": death,
                "SSNEWTX": "Y" if course.new_therapy else "N",
            }
        ],
    )
    add(book, "SV", visit, death, [{"VISYN": "Y", "VISDAT": death, "VISMODE": "TEL"}])


def fill_ends(rng: Rng, book: Book, course: Course) -> None:
    """End of each drug, death, and end of study."""
    leave, end = course.leave, Visit("EOT", course.last)
    lines, days = [], []
    for drug in DRUGS:
        stop, last = course.stops.get(drug), course.last_of(drug)
        day = lost_on(course) if stop and stop.reason == "LTFU" else stop.day if stop else None
        if not stop or day is None:
            continue
        lines.append(
            {
                "EOTTRT": drug,
                "EOTDAT": day,
                "EOTLDDAT": last,
                "EOTREAS": stop.reason,
                "EOTSP": {"PHYS": "Investigator's decision", "OTH": "Sponsor's advice"}.get(stop.reason, ""),
                "EOTAENO": stop.event.worst_number
                if stop.event
                else (course.fatal.worst_number if stop.reason == "DTH" and course.fatal else ""),
            }
        )
        days.append(day)
    if lines:
        add(book, "EOT", end, days[0], lines, days=days)
    if leave.death:
        fatal = course.fatal
        add(
            book,
            "DTH",
            LOG,
            leave.death,
            [
                {
                    "DTHDAT": leave.death,
                    "DTHRDAT": leave.death,
                    "DTHCAUS": leave.cause,
                    "DTHSP": {"OTH": "Road accident"}.get(leave.cause, ""),
                    "DTHAUT": "Y" if leave.cause in ("AE", "OTH") and chance(rng, 0.3) else "N",
                    "DTHAENO": fatal.worst_number if fatal else "",
                }
            ],
        )
    gone = lost_on(course) if leave.why == "LTFU" else leave.death or leave.left
    if gone:
        reason = "DTH" if leave.death else leave.why
        add(
            book,
            "EOS",
            LOG,
            gone,
            [{"EOSDAT": gone, "EOSREAS": reason, "EOSSP": "Subject withdrew consent" if reason == "WD" else ""}],
        )


def fill_notes(rng: Rng, book: Book, visits: Sequence[Visit], course: Course | None) -> None:
    """Protocol deviations that can be seen in the data, and comments, some of them long."""
    person = book.person
    seen = course.leave.seen if course else person.screened
    lines = []
    for visit in visits:
        if not visit.happened and visit.day <= seen:
            lines.append((visit.day, {"DVTERM": f"{visit.name} was not done", "DVDECOD": "PROC", "DVCAT": "MIN"}))
    for day in course.days if course else ():
        if day.delay and day.delay != "ADVERSE EVENT":
            lines.append(
                (
                    day.day,
                    {
                        "DVTERM": f"C{day.cycle}D1 outside of the window: {day.delay.lower()}",
                        "DVDECOD": "VIS",
                        "DVCAT": "MIN",
                    },
                )
            )
        if any(one.pieces and one.why == "LINE" and one.given < one.volume for one in day.infusions):
            lines.append(
                (day.day, {"DVTERM": "Part of the dose was lost: line occluded", "DVDECOD": "DOSE", "DVCAT": "MAJ"})
            )
    lines.sort(key=lambda line: line[0])
    add(
        book,
        "DV",
        LOG,
        person.screened,
        [{"DVYN": "Y", "DVSPID": number, "DVSTDAT": day, **line} for number, (day, line) in enumerate(lines, start=1)]
        or [{"DVYN": "N"}],
        days=[day for day, _ in lines] or None,
    )
    comments = []
    if chance(rng, 0.1):
        comments.append((person.screened, {"COVAL": pick(rng, words(book, "subject"))}))
    for event in course.events if course else ():
        if chance(rng, 0.05):
            comments.append(
                (
                    event.lines[event.worst].start.date(),
                    {"COFORM": "AE", "COREF": event.worst_number, "COVAL": pick(rng, words(book, "long"))},
                )
            )
    if comments:
        book.habits += [
            {"habit": "Chinese comment", "form": "COM", "day": day.isoformat()}
            for day, line in comments
            if not line["COVAL"].isascii()
        ]
        add(
            book,
            "COM",
            LOG,
            comments[0][0],
            [{"COSPID": number, "CODAT": day, **line} for number, (day, line) in enumerate(comments, start=1)],
            days=[day for day, _ in comments],
        )


def fill_screen_failure(rng: Rng, book: Book) -> date:
    """The subject did not meet the criteria; returns the day."""
    day = later(book.person.screened, between(rng, 3, 10))
    add(
        book,
        "EOS",
        LOG,
        day,
        [
            {
                "EOSDAT": day,
                "EOSREAS": "SF",
                "EOSSP": pick(rng, ("Laboratory values out of range", "Brain metastasis found")),
            }
        ],
    )
    return min(day, PROTOCOL["cutoff"] - timedelta(days=1))

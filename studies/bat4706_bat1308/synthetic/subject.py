"""One subject from screening to the last contact: what happens to it, then every form and every vendor's rows."""

from typing import Any

from .course import draw_leave, run_course
from .edc import Book
from .escalation import Slot
from .facts import Course
from .forms_ends import fill_ends, fill_notes, fill_screen_failure, fill_survival, fill_therapies
from .forms_events import fill_events, fill_history, fill_medication
from .forms_tumour import fill_tumours
from .forms_visit import fill_consent, fill_infusions, fill_visits
from .habits import delete_lines
from .laboratory import collect_laboratory
from .person import draw_person
from .pharmacokinetics import collect_kinetics, draw_kinetics
from .protocol import DRUGS, stream
from .truth import describe_subject
from .tumour import draw_disease, follow
from .vendors import collect_antibodies, collect_ecg, draw_immunity, write_transactions
from .visits import plan_visits

__all__ = ["simulate_subject"]

Row = dict[str, str]


def simulate_subject(seed: int, slot: Slot) -> tuple[dict[str, list[Row]], dict[str, Any], list[dict[str, Any]]]:
    """Rows by file, the truth of the subject, and what staff did to its data."""
    random = {
        theme: stream(seed, slot.number, theme)
        for theme in (
            "person",
            "tumour",
            "course",
            "toxicity",
            "visits",
            "laboratory",
            "ecg",
            "pk",
            "ada",
            "medication",
            "entry",
            "habits",
        )
    }
    person = draw_person(random["person"], slot)
    book = Book(person, random["entry"], {})
    if slot.first_dose is None:
        return screen_failure(random, book)
    disease = draw_disease(random["tumour"], person)
    leave = draw_leave(random["course"], person, disease)
    assessments = follow(random["tumour"], person, disease, leave.seen)
    course = run_course(random["course"], random["toxicity"], person, disease, leave, assessments)
    visits = plan_visits(random["visits"], person, course)
    immunity = {drug: draw_immunity(random["ada"]) for drug in DRUGS}
    kinetics = {
        drug: draw_kinetics(random["pk"], drug, person.weight, immunity[drug].raises_clearance) for drug in DRUGS
    }
    fill_consent(random["visits"], book, visits[0], course)
    fill_visits(random["visits"], book, visits, course)
    fill_infusions(book, visits, course)
    fill_tumours(book, visits, course.assessments, disease)
    going_on = fill_history(random["medication"], book)
    fill_events(random["medication"], book, course)
    fill_medication(random["medication"], book, course, going_on)
    fill_therapies(random["medication"], book, course)
    fill_survival(random["visits"], book, visits, course)
    fill_ends(random["visits"], book, course)
    fill_notes(random["medication"], book, visits, course)
    collect_laboratory(random["laboratory"], book, visits, course)
    collect_kinetics(random["pk"], book, course, visits, kinetics)
    collect_antibodies(random["ada"], book, visits, course, immunity)
    collect_ecg(random["ecg"], book, visits, course)
    write_transactions(random["entry"], book, course, None)
    delete_lines(random["habits"], book)
    note_habits(book, course)
    return book.rows, describe_subject(person, disease, course, kinetics, immunity, book.rows), named(book)


def screen_failure(
    random: dict[str, Any], book: Book
) -> tuple[dict[str, list[Row]], dict[str, Any], list[dict[str, Any]]]:
    """Consent, demographics, history and a laboratory draw; then the end of the study."""
    person = book.person
    visits = plan_visits(random["visits"], person, None)
    fill_consent(random["visits"], book, visits[0], None)
    fill_visits(random["visits"], book, visits, None)
    going_on = fill_history(random["medication"], book)
    fill_medication(random["medication"], book, None, going_on)
    collect_laboratory(random["laboratory"], book, visits, None)
    collect_ecg(random["ecg"], book, visits, None)
    failed = fill_screen_failure(random["visits"], book)
    write_transactions(random["entry"], book, None, failed)
    note_habits(book, None)
    return (
        book.rows,
        {
            "SUBJECT": person.subject,
            "SITE": person.site,
            "part": person.slot.part,
            "screen_failure": True,
            "consent": person.slot.consent.isoformat(),
            "end": failed.isoformat(),
        },
        named(book),
    )


def note_habits(book: Book, course: Course | None) -> None:
    """What can be seen of a subject as a whole."""
    if book.person.imperial:
        book.habits.append({"habit": "pounds, Fahrenheit, glucose in mg/dL"})
    for row in book.rows.get("SV", []):
        if row["FolderName"] == "UNSCHEDULED":
            retest = row["VISREAS"].startswith(("Re-test", "Control"))
            book.habits.append(
                {
                    "habit": "re-test" if retest else "unscheduled visit",
                    "form": "SV",
                    "day": row["VISDAT"][:10],
                    "reason": row["VISREAS"],
                }
            )
    for row in book.rows.get("AE", []):
        if row["AECOM"] and not row["AECOM"].isascii():
            book.habits.append({"habit": "Chinese comment", "form": "AE", "line": row["AESPID"]})
    for one in course.assessments if course else ():
        if one.derived != one.investigator:
            book.habits.append(
                {
                    "habit": "investigator's response differs",
                    "form": "RSP",
                    "visit": one.visit,
                    "derived": one.derived,
                    "investigator": one.investigator,
                }
            )


def named(book: Book) -> list[dict[str, Any]]:
    return [{"SUBJECT": book.person.subject, "SITE": book.person.site, **habit} for habit in book.habits]

"""The annotated CRF: each form as the site sees it, each field with the variable that it becomes (guide: acrf).

What is on which page is planned first, for define.xml names the pages; then the pages are drawn. The annotations are
FreeText annotations of the PDF, so that a reviewer can search, list and move them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from reportlab.lib.utils import simpleSplit

from specs.collected import FieldUse, collected_fields
from specs.load import StudySpecs
from specs.model import LOG, CrfField, CrfForm

__all__ = ["CrfPage", "Note", "Row", "form_visits", "page_numbers", "plan_pages", "write_acrf"]

RUNNING = "Running records"
NOT_SUBMITTED = "[NOT SUBMITTED]"
FONT, BOLD, CHINESE, SIZE, LEADING = "Helvetica", "Helvetica-Bold", "STSong-Light", 8.5, 11.0
QUESTION_WIDTH, ANSWER_WIDTH, NOTE_WIDTH = 172.0, 160.0, 168.0
NOTE_SIZE, PADDING = 7.5, 7.0
ROOM = 610.0                             # for the rows of a page, in points
ANSWERS = {"text": "_" * 30, "number": "|__|__|__|__|__|", "date": "|__|__| |__|__|__| |__|__|__|__|",
           "time": "|__|__| : |__|__|"}
CONSTANTS_LEFT_OUT = ("STUDYID", "DOMAIN", "RDOMAIN")


@dataclass(frozen=True)
class Note:
    """One annotation: what it says, of which dataset it speaks (none: not submitted), and which variables it shows."""

    text: str
    dataset: str = ""
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Row:
    """One field on the page."""

    question: tuple[str, ...]
    answer: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def height(self) -> float:
        lines = max(len(self.question), len(self.answer))
        boxes = sum(len(note_lines(note)) * (NOTE_SIZE + 2) + 4 for note in self.notes)
        return max(lines * LEADING, boxes) + PADDING


@dataclass(frozen=True)
class CrfPage:
    """One page: the form, where it is filled in, its datasets in the order of their colours, and its rows."""

    form: str
    title: str
    part: int                            # of the form, from 1
    visits: tuple[str, ...]
    note: str
    datasets: tuple[str, ...]
    heads: tuple[Note, ...]              # the datasets, and what is constant in them
    header: tuple[tuple[str, Note | None], ...]
    rows: tuple[Row, ...]


def write_acrf(specs: StudySpecs, path: Path) -> dict[tuple[str, str], tuple[int, ...]]:
    """Write the annotated CRF of a study; the pages of each variable, by dataset and variable."""
    from submission.acrf_pdf import draw_pages  # the fonts are not loaded to know the pages only

    pages = plan_pages(specs)
    draw_pages(pages, path, title=f"{specs.facts.STUDYID}: annotated case report form", study=specs.facts.STUDYID,
               synthetic=specs.facts.synthetic, visits=list(specs.facts.visits))
    return page_numbers(pages)


def plan_pages(specs: StudySpecs) -> list[CrfPage]:
    """Every form in the order of the catalogue, broken into pages between its fields."""
    uses = collected_fields(specs.datasets.values())
    return [page for form, facts in specs.crf.items() for page in _pages(form, facts, uses.get(form, {}), specs)]


def page_numbers(pages: Iterable[CrfPage]) -> dict[tuple[str, str], tuple[int, ...]]:
    """The pages that show a variable, from 1, by dataset and variable."""
    found: dict[tuple[str, str], set[int]] = {}
    for number, page in enumerate(pages, 1):
        notes = [*page.heads, *(note for _, note in page.header if note), *(n for row in page.rows for n in row.notes)]
        for note in notes:
            for place in note.variables:
                found.setdefault(place, set()).add(number)
    return {place: tuple(sorted(numbers)) for place, numbers in sorted(found.items())}


def form_visits(facts: CrfForm, visits: Iterable[str]) -> tuple[str, ...]:
    """The visits at which a form is filled in, in the protocol's order; running records last."""
    chosen = [visit for visit in visits if any(fnmatchcase(visit, pattern) for pattern in facts.visits)]
    return (*chosen, *([RUNNING] if LOG in facts.visits else []))


def _pages(form: str, facts: CrfForm, uses: Mapping[str, list[FieldUse]], specs: StudySpecs) -> Iterator[CrfPage]:
    datasets = _datasets(facts, uses)
    heads = [Note(f"{name} ({specs[name].label})", name) for name in datasets]
    heads += [note for name in datasets for note in _constants(name, form, specs)]
    header = tuple(_header(uses, datasets, specs))
    visits = form_visits(facts, specs.facts.visits)
    rows = [_row(field, uses.get(name, [])) for name, field in facts.fields.items()]
    for part, own in enumerate(_break(rows, ROOM - 16.0 * (len(heads) // 2)), 1):
        yield CrfPage(form, facts.title, part, visits, facts.note, datasets, tuple(heads), header, tuple(own))


def _break(rows: Iterable[Row], room: float) -> list[list[Row]]:
    """The rows page by page: a row is never parted."""
    pages: list[list[Row]] = [[]]
    left = room
    for row in rows:
        if row.height > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(row)
        left -= row.height
    return pages


def _datasets(facts: CrfForm, uses: Mapping[str, list[FieldUse]]) -> tuple[str, ...]:
    """The datasets that the fields of the form become: the one with most of them first."""
    count: dict[str, int] = {}
    for field in facts.fields:
        for name in {use.dataset for use in _shown(uses.get(field, []))}:
            count[name] = count.get(name, 0) + 1
    return tuple(sorted(count, key=lambda name: (-count[name], name)))


def _constants(name: str, form: str, specs: StudySpecs) -> Iterator[Note]:
    """What the form alone decides: DSCAT = DISPOSITION EVENT."""
    spec = specs[name]
    for variable in spec.for_form(form).variables.values() if form in spec.form else ():
        if variable.value and variable.name not in CONSTANTS_LEFT_OUT:
            place = f" in SUPP{name}" if variable.supp else ""
            yield Note(f"{variable.name} = {variable.value}{place}", name, ((name, variable.name),))


def _header(uses: Mapping[str, list[FieldUse]], datasets: Sequence[str],
            specs: StudySpecs) -> Iterator[tuple[str, Note | None]]:
    """Site, subject and visit stand on every page; they are annotated where a dataset of the form takes them."""
    facts = specs.facts
    for shown, field in (("Site", facts.SITEID), ("Subject", facts.SUBJID), ("Visit", facts.VISIT)):
        own = [use for use in _shown(uses.get(field, [])) if use.dataset in datasets]
        names = list(dict.fromkeys(use.variable for use in own))
        places = tuple((use.dataset, use.variable) for use in own)
        yield shown, Note(", ".join(names), own[0].dataset, places) if own else None


def _row(field: CrfField, uses: list[FieldUse]) -> Row:
    question = tuple(simpleSplit(field.text, text_font(field.text), SIZE, QUESTION_WIDTH))
    return Row(question, tuple(_answer(field)), tuple(_notes(uses)))


def _answer(field: CrfField) -> list[str]:
    """Where the site writes: boxes for numbers and dates, the choices of a list, a line for text."""
    if field.kind != "code":
        return [f"{ANSWERS[field.kind]} {field.unit}".rstrip()]
    choices = [f"( ) {decode}" for decode in field.codes.values()]
    if max((len(choice) for choice in choices), default=0) <= 12 and len(choices) <= 4:
        return simpleSplit("   ".join(choices), FONT, SIZE, ANSWER_WIDTH)
    return choices


def _shown(uses: Iterable[FieldUse]) -> list[FieldUse]:
    """What the annotation of a field says: the variables that take it as collected, else those derived from it."""
    collected = [use for use in uses if not (use.derived or use.coded)]
    return collected or [use for use in uses if not use.coded]


def _notes(uses: list[FieldUse]) -> Iterator[Note]:
    """The annotations of a field: one a dataset and manner, or that it is not submitted."""
    shown = _shown(uses)
    if not shown:
        yield Note(NOT_SUBMITTED)
    for name in dict.fromkeys(use.dataset for use in shown):
        own = [use for use in shown if use.dataset == name]
        plain = list(dict.fromkeys(_called(use) for use in own if not use.test))
        places = tuple(dict.fromkeys((name, use.variable) for use in own if not use.test))
        if plain:
            yield Note(", ".join(plain), name, places)
        for variable in dict.fromkeys(use.variable for use in own if use.test):
            if (name, variable) not in places:
                yield Note(_tested(variable, [use for use in own if use.variable == variable]), name,
                           ((name, variable),))


def _called(use: FieldUse) -> str:
    shown = f"{use.variable} in SUPP{use.dataset}" if use.supp else use.variable
    return f"{shown} (derived)" if use.derived else shown


def _tested(variable: str, uses: Sequence[FieldUse]) -> str:
    """VSORRES when VSTESTCD = SYSBP"""
    codes = ", ".join(dict.fromkeys(use.test for use in uses))
    place = f" in SUPP{uses[0].dataset}" if uses[0].supp else ""
    return f"{variable}{place} when {uses[0].dataset[:2]}TESTCD = {codes}"


def note_lines(note: Note, width: float = NOTE_WIDTH, font: str = FONT, size: float = NOTE_SIZE) -> list[str]:
    return simpleSplit(note.text, text_font(note.text, font), size, width - 8)


def text_font(text: str, font: str = FONT) -> str:
    """The font that has the characters of a text: Chinese needs another one."""
    return CHINESE if any(character >= "\u2e80" for character in text) else font

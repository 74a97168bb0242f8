"""Draw the pages of an annotated CRF as PDF: the forms in black and white, the annotations in colour, and bookmarks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from submission.acrf import (
    BOLD,
    CHINESE,
    FONT,
    LEADING,
    NOTE_SIZE,
    NOTE_WIDTH,
    QUESTION_WIDTH,
    RUNNING,
    SIZE,
    CrfPage,
    Note,
    Row,
    note_lines,
    text_font,
)

__all__ = ["draw_pages"]

Colour = tuple[float, float, float]
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP = 40.0, WIDTH - 40.0, HEIGHT - 40.0
COLOURS: tuple[Colour, ...] = (                    # of the datasets on a form: the first, the second ...
    (0.75, 1.0, 1.0), (1.0, 1.0, 0.59), (0.59, 1.0, 0.59), (1.0, 0.75, 0.5), (0.9, 0.8, 1.0), (1.0, 0.8, 0.85))
WHITE: Colour = (1.0, 1.0, 1.0)
GREY: Colour = (0.45, 0.45, 0.45)
PRINTED = 4                              # the flag of an annotation that is printed with its page


def draw_pages(pages: Sequence[CrfPage], path: Path, *, title: str, study: str, synthetic: bool,
               visits: Sequence[str]) -> None:
    """Write the pages to a PDF, with bookmarks by visit and by form; the same pages give the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    canvas = Canvas(str(path), pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(study)
    canvas.setCreator("cdisckit")
    canvas.setSubject("Annotated case report form")
    canvas.showOutline()
    for number, page in enumerate(pages, 1):
        footer = f"{study}    page {number} of {len(pages)}"
        _draw_page(canvas, page, f"{footer}    synthetic study" if synthetic else footer)
        canvas.showPage()
    _draw_outline(canvas, pages, visits)
    canvas.save()


def _draw_outline(canvas: Canvas, pages: Sequence[CrfPage], visits: Sequence[str]) -> None:
    """The bookmarks: each visit with its forms, then each form."""
    forms = [page for page in pages if page.part == 1]
    canvas.addOutlineEntry("Visits", _key("", forms[0]), 0, closed=False)
    for visit in (*visits, RUNNING):
        own = [page for page in forms if visit in page.visits]
        for level, page, name in [(1, page, visit) for page in own[:1]] + [(2, page, page.title) for page in own]:
            canvas.addOutlineEntry(name, _key(visit if level == 2 else f"{visit}/", page), level, closed=level == 1)
    canvas.addOutlineEntry("Forms", _key("forms", forms[0]), 0, closed=False)
    for page in forms:
        canvas.addOutlineEntry(page.title, _key("form", page), 1)


def _key(kind: str, page: CrfPage) -> str:
    """The name of a bookmark: a page has one for each place in the outline."""
    return f"{page.form}/{kind}"


def _draw_page(canvas: Canvas, page: CrfPage, footer: str) -> None:
    if page.part == 1:
        for kind in ("", "forms", "form", *page.visits, *(f"{visit}/" for visit in page.visits)):
            canvas.bookmarkPage(_key(kind, page))
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(page.datasets)}
    y = _draw_head(canvas, page, colours)
    for row in page.rows:
        y = _draw_row(canvas, row, y, colours)
    _write(canvas, LEFT, 26.0, footer, size=7.0, colour=GREY)


def _draw_head(canvas: Canvas, page: CrfPage, colours: Mapping[str, Colour]) -> float:
    """Title, visits and the identification of the subject; the height at which the rows begin."""
    continued = " (continued)" if page.part > 1 else ""
    _write(canvas, LEFT, TOP - 10, f"{page.title}{continued}", font=BOLD, size=14.0)
    y = TOP - 24
    visits = ", ".join(page.visits)
    shown = visits if len(visits) < 95 else f"{visits[:visits.rindex(',', 0, 90)]} ... {page.visits[-1]}"
    _write(canvas, LEFT, y, shown + (f".  {page.note}." if page.note else ""), size=7.5, colour=GREY)
    y -= 22
    for place, note in enumerate(page.heads):
        x = LEFT + (place % 2) * 260
        _draw_note(canvas, note, x, y, colours, width=250.0, bold=not note.variables)
        y -= 16 if place % 2 or place == len(page.heads) - 1 else 0
    y -= 12
    for place, (name, note) in enumerate(page.header):
        x = LEFT + place * 175
        _write(canvas, x, y, f"{name} ________________")
        if note:
            _draw_note(canvas, note, x + 105, y - 2, colours, width=64.0)
    y -= 10
    canvas.setStrokeColorRGB(0, 0, 0)
    canvas.line(LEFT, y, RIGHT, y)
    return y


def _draw_row(canvas: Canvas, row: Row, y: float, colours: Mapping[str, Colour]) -> float:
    """One field: question, answer, annotations side by side; the height of the next one."""
    for place, line in enumerate(row.question):
        _write(canvas, LEFT + 2, y - (place + 1) * LEADING, line)
    for place, line in enumerate(row.answer):
        _write(canvas, LEFT + QUESTION_WIDTH + 8, y - (place + 1) * LEADING, line)
    at = y - 3
    for note in row.notes:
        height = _note_height(note)
        _draw_note(canvas, note, RIGHT - NOTE_WIDTH, at - height + 1, colours, width=NOTE_WIDTH)
        at -= height + 1
    below = y - row.height
    canvas.setStrokeColorRGB(0.8, 0.8, 0.8)
    canvas.line(LEFT, below, RIGHT, below)
    return below


def _note_height(note: Note) -> float:
    return len(note_lines(note)) * (NOTE_SIZE + 2) + 3


def _draw_note(canvas: Canvas, note: Note, x: float, y: float, colours: Mapping[str, Colour], *, width: float,
               bold: bool = False) -> None:
    """A FreeText annotation with its appearance, so that every viewer and printer shows the same."""
    colour = colours.get(note.dataset, WHITE)
    font, size = (BOLD, 9.0) if bold else (FONT, NOTE_SIZE)
    lines = note_lines(note, width, font, size)
    widest = max(pdfmetrics.stringWidth(line, text_font(line, font), size) for line in lines)
    width, height = min(width, widest + 8), len(lines) * (size + 2) + 3
    name = f"note{canvas._annotationCount}"
    canvas.beginForm(name, 0, 0, width, height)
    canvas.setFillColorRGB(*colour)
    canvas.setStrokeColorRGB(0, 0, 0)
    canvas.setLineWidth(0.6)
    canvas.rect(0.3, 0.3, width - 0.6, height - 0.6, stroke=1, fill=1)
    for place, line in enumerate(lines):
        _write(canvas, 4, height - (place + 1) * (size + 2) + 1, line, font=font, size=size)
    canvas.endForm()
    appearance = pdfdoc.PDFDictionary({"N": pdfdoc.PDFObjectReference(pdfdoc.xObjectName(name))})
    canvas.freeTextAnnotation(note.text, pdfdoc.PDFString(f"/Helv {size:g} Tf 0 g"), (x, y, x + width, y + height),
                              AP=appearance, F=PRINTED, C=pdfdoc.PDFArray(list(colour)), T=pdfdoc.PDFString("SDTM"))


def _write(canvas: Canvas, x: float, y: float, text: str, *, font: str = FONT, size: float = SIZE,
           colour: Colour = (0.0, 0.0, 0.0)) -> None:
    canvas.setFont(text_font(text, font), size)
    canvas.setFillColorRGB(*colour)
    canvas.drawString(x, y, text)

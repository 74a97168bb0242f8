"""Laws of the annotated CRF: every field says what becomes of it, and the pages that are named show it."""

from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from specs import StudySpecs, load_specs
from specs.model import CrfForm
from submission.acrf import NOT_SUBMITTED, RUNNING, form_visits, page_numbers, plan_pages, write_acrf
from submission.acrf_pdf import COLOURS

STUDY = Path(__file__).resolve().parents[2] / "studies" / "bat4706_bat1308"


@pytest.fixture(scope="module")
def specs() -> StudySpecs:
    return load_specs(STUDY)


@pytest.fixture(scope="module")
def written(specs, tmp_path_factory):
    path = tmp_path_factory.mktemp("acrf") / "acrf.pdf"
    return write_acrf(specs, path), PdfReader(path)


def notes(specs, form, field_text):
    """The annotations of the field with that question."""
    return [note.text for page in plan_pages(specs) if page.form == form for row in page.rows
            if " ".join(row.question) == field_text for note in row.notes]


@pytest.mark.parametrize(("form", "question", "said"), [
    ("AE", "Adverse event", ["AETERM"]),
    ("AE", "Start time", ["AESTDTC"]),
    ("AE", "Related to BAT4706?", ["AEREL1 in SUPPAE"]),
    ("AE", "Any adverse event?", [NOT_SUBMITTED]),
    ("DM", "Race (tick all that apply)", ["RACE (derived)"]),
    ("VS", "Systolic blood pressure", ["VSORRES when VSTESTCD = SYSBP"]),
    ("VS", "Unit of weight", ["VSORRESU when VSTESTCD = WEIGHT"]),
    ("VS", "Position of the subject", ["VSPOS when VSTESTCD = SYSBP, DIABP, PULSE, RESP"]),
    ("NTL", "Date of assessment", ["TRDTC", "TUDTC"]),
])
def test_a_field_is_annotated_with_what_becomes_of_it(specs, form, question, said):
    assert notes(specs, form, question) == said


def test_a_form_names_its_datasets_and_what_it_alone_decides(specs):
    page = next(page for page in plan_pages(specs) if page.form == "EOS")
    assert [note.text for note in page.heads] == ["DS (Disposition)", "DSCAT = DISPOSITION EVENT",
                                                  "DSSCAT = STUDY PARTICIPATION"]


def test_every_field_of_every_form_is_on_a_page_once(specs):
    rows = [row for page in plan_pages(specs) for row in page.rows]
    assert len(rows) == sum(len(form.fields) for form in specs.crf.values())
    assert all(row.notes for row in rows)


def test_a_long_form_goes_on_on_further_pages(specs):
    assert [page.part for page in plan_pages(specs) if page.form == "AE"] == [1, 2]


def test_the_pages_of_a_variable_are_those_that_show_it(written):
    pages, pdf = written
    shown = [{note.get_object()["/Contents"] for note in page.get("/Annots", [])} for page in pdf.pages]
    for variable in ("AETERM", "AESEV", "DSSTDTC", "CMTRT"):
        place = (variable[:2], variable)
        assert list(pages.get(place, ())) == [n for n, texts in enumerate(shown, 1) if variable in texts]
    assert len(pages["DS", "DSSTDTC"]) > 1


def test_the_annotations_are_free_text_with_an_appearance_and_are_printed(written):
    found = [note.get_object() for page in written[1].pages for note in page["/Annots"]]
    assert {note["/Subtype"] for note in found} == {"/FreeText"}
    assert all("/N" in note["/AP"] and note["/F"] == 4 for note in found)


def test_the_datasets_of_a_form_have_colours_of_their_own_in_their_order(written, specs):
    number = next(number for number, page in enumerate(plan_pages(specs)) if page.form == "NTL")
    colours = {note.get_object()["/Contents"]: tuple(map(float, note.get_object()["/C"]))
               for note in written[1].pages[number]["/Annots"]}
    assert (colours["TRDTC"], colours["TUDTC"]) == (COLOURS[0], COLOURS[1])
    assert colours["TR (Tumor/Lesion Results)"] == COLOURS[0]


def test_what_is_not_submitted_has_no_colour_of_a_dataset(written):
    colours = {tuple(map(float, note.get_object()["/C"])) for page in written[1].pages for note in page["/Annots"]
               if note.get_object()["/Contents"] == NOT_SUBMITTED}
    assert colours == {(1.0, 1.0, 1.0)}


def test_there_are_bookmarks_by_visit_and_by_form_that_lead_to_the_form(written, specs):
    pdf = written[1]
    visits, _, forms = (pdf.outline[1], pdf.outline[2], pdf.outline[3])
    titles = [entry.title for entry in visits if not isinstance(entry, list)]
    assert titles == [*specs.facts.visits, RUNNING]
    first = {page.title: number for number, page in reversed(list(enumerate(plan_pages(specs))))}
    assert [entry.title for entry in forms] == [form.title for form in specs.crf.values()]
    for entry in [*forms, *visits[1]]:
        assert pdf.get_destination_page_number(entry) == first[entry.title]


def test_a_form_is_filled_in_at_the_visits_that_its_patterns_meet_in_the_order_of_the_protocol():
    form = CrfForm(title="T", visits=["EOT", "C*D1", "LOG"], fields={})
    assert form_visits(form, ["SCREENING", "C1D1", "C1D2", "C2D1", "EOT"]) == ("C1D1", "C2D1", "EOT", RUNNING)


def test_the_same_study_gives_the_same_bytes(specs, tmp_path):
    one, two = tmp_path / "one.pdf", tmp_path / "two.pdf"
    assert write_acrf(specs, one) == write_acrf(specs, two)
    assert one.read_bytes() == two.read_bytes()


def test_chinese_questions_are_drawn_in_a_font_that_has_them(specs, tmp_path):
    form = CrfForm(title="不良事件", visits=["SCREENING"], fields={"AETERM": "不良事件名称"})
    write_acrf(replace(specs, crf={"AE": form}), tmp_path / "acrf.pdf")
    page = PdfReader(tmp_path / "acrf.pdf").pages[0]
    assert "/STSong-Light" in {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}


def test_a_variable_that_no_form_shows_has_no_page(specs):
    pages = page_numbers(plan_pages(specs))
    assert ("AE", "AESEQ") not in pages
    assert ("LB", "LBLOINC") not in pages

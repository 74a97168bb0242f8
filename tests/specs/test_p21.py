"""Workbooks of three generations are read into the same rows; what is odd is named; what is no workbook is refused."""

import random
import zipfile

import openpyxl
import pytest

from cdisckit.errors import SpecError
from specs.p21 import read_workbook

G1 = {
    "Study": [["Attribute", "Value"], ["StudyName", "S1"], ["StandardName", "ADaM-IG"], ["StandardVersion", "1.0"]],
    "Datasets": [["Dataset", "Description", "Purpose", "Key Variables"], ["ADSL", "Subjects", "Analysis", "USUBJID"]],
    "Variables": [["Order", "Dataset", "Variable", "Label"], [1.0, "ADSL", "USUBJID", "Subject"]],
    "WhereClauses": [["ID", "Dataset", "Variable", "Comparator", "Value"], ["W1", "ADSL", "AGE", "GT", 64]],
}
G2 = {
    "Define": [["Attribute", "Value"], ["StudyName", "S1"]],
    "Datasets": [["Dataset", "Label", "Key Variables"], ["ADSL", "Subjects", "USUBJID"]],
    "Variables": [["Order", "Dataset", "Variable", "Label", "Common"], ["1", "ADSL", "USUBJID", "Subject", "Yes"]],
}
G3 = {
    "Define": [["Attribute", "Value"], ["StudyName", "S1"]],
    "Datasets": [["Dataset", "Label", "SubClass", "Standard"], ["ADSL", "Subjects", None, "ADaMIG 1.3"]],
    "Variables": [["Order", "Dataset", "Variable", "Label", "Source"], ["1", "ADSL", "USUBJID", "Subject", "Sponsor"]],
}


def rules(book):
    return {problem.rule for problem in book.problems}


@pytest.mark.parametrize(("sheets", "generation"), [(G1, 1), (G2, 2), (G3, 3)])
def test_the_generation_is_told_by_sheets_and_columns(xlsx, sheets, generation):
    book = read_workbook(xlsx(sheets))
    assert book.generation == generation
    assert book.study["StudyName"] == "S1"
    (row,) = book.rows("Datasets")
    assert (row.number, row["Dataset"], row["Label"]) == (2, "ADSL", "Subjects")
    (variable,) = book.rows("Variables")
    assert (variable["Order"], variable["Label"]) == ("1", "Subject")


@pytest.mark.parametrize(("header", "rule"), [
    ("Key, Variables", "p21.column_name"),
    ("KEY VARIABLES ", None),
    ("Keys", None),
    ("Key Variabels", "p21.column_name"),
])
def test_a_column_is_found_however_its_header_is_spelt(xlsx, header, rule):
    sheets = {**G2, "Datasets": [["Label", header, "Dataset"], ["Subjects", "USUBJID", "ADSL"]]}
    book = read_workbook(xlsx(sheets))
    assert book.rows("Datasets")[0]["Key Variables"] == "USUBJID"
    assert [p.rule for p in book.problems if "Key" in p.column and p.rule == "p21.column_name"] == ([rule] if rule else [])


@pytest.mark.parametrize(("value", "text", "rule"), [
    (1.0, "1", None), (2, "2", None), (0.125, "0.125", None), (True, "TRUE", None), (" ", "", "p21.blank_cell"),
    ("AE ", "AE", "p21.edge_blanks"), ("F\xa0", "F", "p21.edge_blanks"), ("#N/A", "", "p21.cell_error"),
    ("it\x92s", "it’s", "p21.characters"), ("a_x000D_\nb", "a\nb", None),
])
def test_a_cell_is_the_text_it_shows(xlsx, value, text, rule):
    sheets = {**G2, "Variables": [[*G2["Variables"][0], "Role"], ["1", "ADSL", "USUBJID", "Subject", "Yes", value]]}
    book = read_workbook(xlsx(sheets))
    assert book.rows("Variables")[0]["Role"] == text
    assert [p.rule for p in book.problems if p.row == 2] == ([rule] if rule else [])
    assert [p.column for p in book.problems if p.row == 2] == (["Role"] if rule else [])


def test_a_formula_is_never_evaluated(xlsx):
    sheets = {**G2, "Variables": [[*G2["Variables"][0], "Role"], ["1", "ADSL", "USUBJID", "Subject", "Yes", "=1+1"]]}
    book = read_workbook(xlsx(sheets))
    assert book.rows("Variables")[0]["Role"] == ""
    (problem,) = [p for p in book.problems if p.rule == "p21.formula"]
    assert (problem.sheet, problem.row, problem.column, problem.severity) == ("Variables", 2, "Role", "error")


def test_a_sheet_as_wide_as_excel_allows_is_read(tmp_path, xlsx):
    path = xlsx(G2)
    book = openpyxl.load_workbook(path)
    book["Variables"].cell(1, 16_384).value = " "
    book["Variables"].cell(900, 3).value = None
    book.save(path)
    assert [row["Variable"] for row in read_workbook(path).rows("Variables")] == ["USUBJID"]


def test_merged_cells_hidden_sheets_and_a_header_below_a_title_are_read(xlsx):
    variables = [["Specification of S1"], ["Order", "Dataset", "Variable", "Label"], ["1", "ADSL", "USUBJID", "Subject"],
                 ["2", None, "AGE", "Age"]]
    path = xlsx({**G2, "Variables": variables})
    book = openpyxl.load_workbook(path)
    book["Variables"].merge_cells("B3:B4")
    book["Variables"].sheet_state = "hidden"
    book.save(path)
    read = read_workbook(path)
    assert [(row.number, row["Dataset"]) for row in read.rows("Variables")] == [(3, "ADSL"), (4, "ADSL")]
    assert {"p21.merged_cells", "p21.hidden_sheet", "p21.header_row"} <= rules(read)


def test_columns_and_sheets_that_the_layout_does_not_have_are_kept_and_named(xlsx):
    sheets = {**G2, "Datasets": [["Dataset", "Label", "Reviewer"], ["ADSL", "Subjects", "Li", "loose"]],
              "Change Log": [["Date"], ["2024"]]}
    book = read_workbook(xlsx(sheets))
    assert book.rows("Datasets")[0].cells == {"Dataset": "ADSL", "Label": "Subjects", "Reviewer": "Li", "column D": "loose"}
    assert book.others["Change Log"] == {1: {"A": "Date"}, 2: {"A": "2024"}}
    assert {"p21.column_name", "p21.nameless_column", "p21.unknown_sheet"} <= rules(book)


def test_missing_sheets_and_columns_are_named(xlsx):
    book = read_workbook(xlsx({"Datasets": G1["Datasets"], "Variables": [["Dataset", "Variable"], ["ADSL", "AGE"]]}))
    missing = {(p.sheet, p.column, p.severity) for p in book.problems if p.rule.startswith("p21.missing")}
    assert {("Study", "", "error"), ("Codelists", "", "warning"), ("Variables", "Label", "error"),
            ("Variables", "Format", "warning")} <= missing


def test_a_column_that_stands_twice_is_named_and_the_first_counts(xlsx):
    book = read_workbook(xlsx({**G2, "Datasets": [["Dataset", "Label", "Label"], ["ADSL", "Subjects", "Other"]]}))
    assert book.rows("Datasets")[0]["Label"] == "Subjects"
    assert any(p.column == "Label" and "twice" in p.what for p in book.problems)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "the file is empty"),
    (b"Dataset,Label\nAE,Adverse Events\n", "text (CSV)"),
    (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old .xls file"),
    (b"\xd0\xcf\x11\xe0" + b"\0" * 60 + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    (b"<html><table>", "HTML or XML"),
    (b"\x00\x01\x02\x03", "unknown kind"),
    (b"PK\x03\x04" + b"x" * 40, "damaged"),
])
def test_what_is_no_workbook_is_refused_with_what_it_is(tmp_path, content, words):
    path = tmp_path / "spec.xlsx"
    path.write_bytes(content)
    with pytest.raises(SpecError) as error:
        read_workbook(path)
    assert words in str(error.value)
    assert "fix:" in str(error.value)


@pytest.mark.parametrize(("name", "part", "words"), [
    ("word/document.xml", b"<x/>", "a zip file without a workbook"),
    ("xl/workbook.bin", b"x", "binary workbook"),
    ("xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "document type declaration"),
    ("xl/workbook.xml", b"<x/>", "cannot be read as a workbook"),
])
def test_an_archive_that_is_no_workbook_is_refused(tmp_path, name, part, words):
    path = tmp_path / "spec.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("[Content_Types].xml", b"<x/>")
        parts.writestr(name, part)
    with pytest.raises(SpecError) as error:
        read_workbook(path)
    assert words in str(error.value)


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("specs.p21_cells.BIGGEST", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", b"<x/>")
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(SpecError, match="more than a specification can have"):
        read_workbook(path)


def test_a_workbook_without_datasets_and_variables_is_no_specification(xlsx):
    with pytest.raises(SpecError, match="no sheet Datasets and no sheet Variables"):
        read_workbook(xlsx({"Budget": [["Item", "EUR"], ["Pencils", 3]]}))


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(SpecError, match="cannot be opened"):
        read_workbook(tmp_path / "none.xlsx")


@pytest.mark.parametrize(("name", "generation", "rows"), [
    ("cdisc_dde_CDISCPILOT01-ADaM-2026-02-23", 3, {"Datasets": 10, "Variables": 415, "ValueLevel": 903, "Comments": 1272}),
    ("cdisc_dde_Define-Excel-Spec_template", 3, {"Datasets": 0, "Methods": 0}),
    ("metacore_p21_mock", 1, {"Datasets": 5, "Variables": 100, "ValueLevel": 7, "WhereClauses": 7, "Codelists": 123}),
    ("xportr_TDF_ADaM_Pilot3", 2, {"Datasets": 5, "Variables": 216, "ValueLevel": 15, "Codelists": 339, "Methods": 157}),
])
def test_real_workbooks_are_read_whole(shared, name, generation, rows):
    book = read_workbook(shared / "reference" / "define" / "p21_workbooks" / f"{name}.xlsx")
    assert book.generation == generation
    assert {sheet: len(book.rows(sheet)) for sheet in rows} == rows


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_refused_or_read_in_part_and_never_a_crash(tmp_path, xlsx, seed):
    chance = random.Random(seed)
    parts = {name: zipfile.ZipFile(xlsx(G1)).read(name) for name in zipfile.ZipFile(xlsx(G1)).namelist()}
    name = chance.choice(sorted(parts))
    content = bytearray(parts[name])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        content[at:at + chance.choice((0, 1, 12))] = chance.choice((b"<", b"\x00", b'<f>1+1</f>', b' t="e"', b' r="ZZZZ99"', b"&#0;"))
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for other, old in parts.items():
            archive.writestr(other, bytes(content) if other == name else old)
    whole = bytearray(path.read_bytes())
    if seed % 4 == 0:
        whole[chance.randrange(len(whole))] ^= 255
        path.write_bytes(bytes(whole[:chance.randrange(len(whole) // 2, len(whole))]))
    try:
        book = read_workbook(path)
    except SpecError as error:
        assert error.fix
    else:
        assert {"Datasets", "Variables"} & book.sheets.keys()


@pytest.mark.parametrize(("value", "shown", "text"), [
    (1, "00", "01"), (1.1, "0.00", "1.10"), (-1, "00", "-01"), (1.256, "0.00", "1.256"), (1, "0", "1"), (1.5, "General", "1.5"),
    (0.5, "0%", "0.5"), (1234, "#,##0", "1234")])
def test_a_number_is_read_as_its_format_shows_it_if_that_is_the_same_number(xlsx, value, shown, text):
    path = xlsx({**G1, "WhereClauses": [*G1["WhereClauses"], ["W2", "ADSL", "AGE", "EQ", value]]})
    book = openpyxl.load_workbook(path)
    book["WhereClauses"]["E3"].number_format = shown
    book.save(path)
    assert read_workbook(path).rows("WhereClauses")[1]["Value"] == text


@pytest.mark.parametrize(("order", "text"), [("1.0", "1"), (2.0, "2"), ("1.5", "1.5"), ("010", "010")])
def test_a_whole_number_may_be_written_with_a_decimal_point(xlsx, order, text):
    sheets = {**G2, "Variables": [G2["Variables"][0], [order, "ADSL", "USUBJID", "1.0", "Yes"]]}
    (row,) = read_workbook(xlsx(sheets)).rows("Variables")
    assert (row["Order"], row["Label"]) == (text, "1.0")


NAMES = {"Study": "\u7814\u7a76", "Define": "Definition", "Datasets": "Datens\u00e4tze", "Variables": "\u53d8\u91cf",
         "WhereClauses": "Bedingungen"}


@pytest.mark.parametrize("sheets", [G1, G2, G3])
def test_a_sheet_of_another_name_is_known_by_its_columns(xlsx, sheets):
    header = ["Order", "Dataset", "Variable", "Label", "Data Type", "Length", "Significant Digits", "Format", "Mandatory",
              "Codelist", "Origin", "Pages", "Method", "Predecessor", "Role", "Comment"]
    datasets = ["Dataset", "Label", "Class", "Structure", "Key Variables", "Repeating", "Reference Data", "Comment"]
    full = {**sheets, "Variables": [header, ["1", "ADSL", "USUBJID", "Subject"]], "Datasets": [datasets, ["ADSL", "Subjects"]]}
    book = read_workbook(xlsx({NAMES[name]: rows for name, rows in full.items()} | {"Log": [["Date", "Who"], ["1", "me"]]}))
    assert {sheet.title for sheet in book.sheets.values()} == {NAMES[name] for name in full}
    assert (book.study["StudyName"], len(book.rows("Variables")), len(book.rows("Datasets"))) == ("S1", 1, 1)
    assert {p.sheet for p in book.problems if p.rule == "p21.sheet_name"} == {NAMES[name] for name in full}
    assert set(book.others) == {"Log"}


def test_a_workbook_in_the_strict_form_is_refused_with_what_to_do(xlsx, tmp_path):
    source, path = xlsx(G2), tmp_path / "strict.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                                                      b"http://purl.oclc.org/ooxml/spreadsheetml/main"))
    with pytest.raises(SpecError, match="Strict Open XML"):
        read_workbook(path)

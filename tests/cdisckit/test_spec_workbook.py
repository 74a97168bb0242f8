"""A study's specification goes to reviewers as a workbook and comes back the same, but for what they have changed."""

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from cdisckit.cli import app
from cdisckit.errors import SpecError
from cdisckit.spec_workbook import export_workbook, import_workbook
from cdisckit.study import STUDIES
from specs import load_specs
from specs.p21 import read_workbook
from specs.p21_own import read_files
from specs.p21_yaml import write_files, yaml_text
from specs.text_yaml import read_text_yaml

ROOT = Path(__file__).resolve().parents[2]
PILOT = STUDIES / "cdiscpilot01"


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("p21") / "pilot.xlsx"
    export_workbook("cdiscpilot01", path)
    return path


def edit(path: Path, target: Path, *edits: tuple[str, dict[str, str], str, str | None]) -> Path:
    """A copy with some cells changed: (sheet, the cells that tell the row, column, new value)."""
    book = openpyxl.load_workbook(path)
    for sheet, wanted, column, value in edits:
        names = {cell.value: cell.column for cell in book[sheet][1]}
        rows = [row for row in range(2, book[sheet].max_row + 1)
                if all(book[sheet].cell(row, names[name]).value == text for name, text in wanted.items())]
        assert len(rows) == 1, (sheet, wanted)
        book[sheet].cell(rows[0], names[column]).value = value
    book.save(target)
    return target


def merged(folder: Path) -> tuple[object, ...]:
    specs = load_specs(folder)
    order = {name: list(spec.variables) for name, spec in specs.datasets.items()}
    return specs.facts, specs.datasets, specs.codelists, specs.design, specs.displays, specs.crf, order


@pytest.mark.parametrize("study", ["cdiscpilot01", "bat4706_bat1308"])
def test_a_specification_that_was_exported_comes_back_the_same(study, tmp_path):
    export_workbook(study, tmp_path / "spec.xlsx")
    result = import_workbook(tmp_path / "spec.xlsx", tmp_path / "study")
    assert result.problems == ()
    assert merged(tmp_path / "study") == merged(STUDIES / study)
    assert read_files(tmp_path / "study") == read_files(STUDIES / study)


def test_lengths_of_the_data_are_no_edit(tmp_path, demo):
    study = ROOT / "tests" / "data" / "infusion"
    export_workbook(str(study), tmp_path / "spec.xlsx", out=demo.out)
    rows = {(row["Dataset"], row["Variable"]): row for row in read_workbook(tmp_path / "spec.xlsx").rows("Variables")}
    summaries = json.loads((demo.out / "trace" / "summaries.json").read_text(encoding="utf-8"))
    assert rows["DM", "USUBJID"]["Length"] == str(summaries["DM"]["variables"]["USUBJID"]["max_bytes"])
    assert import_workbook(tmp_path / "spec.xlsx", tmp_path / "study").problems == ()
    assert merged(tmp_path / "study") == merged(study)


def test_the_same_specification_gives_the_same_bytes(exported, tmp_path):
    export_workbook("cdiscpilot01", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == exported.read_bytes()


EDITS = [            # sheet, the row, column, value: the variable or dataset, its entry, what it is then
    ("Variables", {"Dataset": "ADSL", "Variable": "AGEGR1"}, "Label", "Age Group of the Pooled Analysis", "ADSL.AGEGR1", "label",
     "Age Group of the Pooled Analysis"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Length", "150", "AE.AETERM", "length", 150),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Pages", "12 14", "AE.AETERM", "pages", "12 14"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Source", "Subject", "AE.AETERM", "originator", "Subject"),
    ("Variables", {"Dataset": "ADVS", "Variable": "AVAL"}, "Significant Digits", "3", "ADVS.AVAL", "digits", 3),
    ("Variables", {"Dataset": "ADSL", "Variable": "TRTSDT"}, "Format", "YYMMDD10.", "ADSL.TRTSDT", "format", "YYMMDD10."),
    ("Variables", {"Dataset": "AE", "Variable": "AESEV"}, "Codelist", None, "AE.AESEV", "codelist", ""),
    ("Methods", {"ID": "derive_rfstdtc"}, "Description", "The first dose.", "DM.RFSTDTC", "method", "The first dose."),
    ("Comments", {"ID": "DM.RFICDTC"}, "Description", "Not delivered.", "DM.RFICDTC", "comment", "Not delivered."),
    ("Datasets", {"Dataset": "ADVS"}, "Label", "Vital Signs for Analysis", "ADVS", "label", "Vital Signs for Analysis"),
    ("Datasets", {"Dataset": "VS"}, "Key Variables", "STUDYID, USUBJID, VSTESTCD, VSDTC", "VS", "keys",
     ("STUDYID", "USUBJID", "VSTESTCD", "VSDTC")),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "cdisckit: from", "AETERM2", "AE.AETERM", "from_", "AETERM2"),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "place", "entry", "then"), EDITS)
def test_a_cell_that_a_reviewer_edits_wins(exported, tmp_path, sheet, row, column, value, place, entry, then):
    edited = edit(exported, tmp_path / "edited.xlsx", (sheet, row, column, value))
    assert import_workbook(edited, tmp_path / "study").problems == ()
    dataset, _, variable = place.partition(".")
    before, after = load_specs(PILOT)[dataset], load_specs(tmp_path / "study")[dataset]
    changed = after.variables[variable] if variable else after
    assert getattr(changed, entry) == then
    old = before.variables[variable] if variable else before
    assert changed.model_copy(update={entry: getattr(old, entry)}) == old       # and nothing else has changed


def test_an_edit_wins_over_the_column_that_says_the_same(exported, tmp_path):
    """RACE states its originator in the study's YAML: the cell of the layout and the extra column both have it."""
    row = {"Dataset": "DM", "Variable": "RACE"}
    assert load_specs(PILOT)["DM"].variables["RACE"].originator == "Sponsor"
    edited = edit(exported, tmp_path / "edited.xlsx", ("Variables", row, "Source", "Vendor"))
    import_workbook(edited, tmp_path / "study")
    assert load_specs(tmp_path / "study")["DM"].variables["RACE"].originator == "Vendor"


def test_a_qualifier_is_edited_in_its_row_of_the_value_level(exported, tmp_path):
    row = {"Dataset": "SUPPDM", "Where Clause": "QNAM EQ RACE1"}
    edited = edit(exported, tmp_path / "edited.xlsx", ("ValueLevel", row, "Label", "First Race, Collected"))
    import_workbook(edited, tmp_path / "study")
    assert load_specs(tmp_path / "study")["DM"].variables["RACE1"].label == "First Race, Collected"


def test_the_wording_of_a_value_s_method_is_edited_where_it_stands(tmp_path, demo):
    """What holds under a value only is an entry of its variable; another cell of its row is refused."""
    study = tmp_path / "infusion"
    shutil.copytree(ROOT / "tests" / "data" / "infusion", study)
    vs = study / "specs" / "sdtm" / "vs.yaml"
    own = "VSSTRESN: {derive: derive_standard_result, where: {VSTESTCD: {TEMP: {method: As measured.}}}}"
    vs.write_text(vs.read_text(encoding="utf-8").replace("VSSTRESN: {derive: derive_standard_result}", own),
                  encoding="utf-8")
    export_workbook(str(study), tmp_path / "spec.xlsx", out=demo.out)
    text = ("Methods", {"ID": "VS.VSSTRESN.TEMP"}, "Description", "In degrees Celsius.")
    assert import_workbook(edit(tmp_path / "spec.xlsx", tmp_path / "a.xlsx", text), tmp_path / "a").problems == ()
    before, after = (load_specs(folder)["VS"].variables["VSSTRESN"].where["VSTESTCD"] for folder in (study, tmp_path / "a"))
    assert {code: told.method for code, told in after.items()} == {"TEMP": "In degrees Celsius."}
    assert before["TEMP"].method == "As measured."
    row = {"Dataset": "VS", "Variable": "VSSTRESN", "Where Clause": "VSTESTCD EQ TEMP"}
    with pytest.raises(SpecError, match="cannot hold"):
        import_workbook(edit(tmp_path / "spec.xlsx", tmp_path / "b.xlsx", ("ValueLevel", row, "Data Type", "text")),
                        tmp_path / "b")


def test_a_new_term_and_a_new_decode_reach_the_study_s_codelists(exported, tmp_path):
    book = openpyxl.load_workbook(exported)
    sheet = book["Codelists"]
    names = {cell.value: cell.column for cell in sheet[1]}
    rows = {(sheet.cell(row, names["ID"]).value, sheet.cell(row, names["Term"]).value): row for row in range(2, sheet.max_row + 1)}
    sheet.cell(rows["AEREL", "NONE"], names["Decoded Value"]).value = "Not related"
    new = sheet.max_row + 1
    for column, value in {"ID": "AEREL", "Name": "Causality", "Data Type": "text", "Term": "DEFINITE",
                          "Decoded Value": "Definite"}.items():
        sheet.cell(new, names[column]).value = value
    book.save(tmp_path / "edited.xlsx")
    import_workbook(tmp_path / "edited.xlsx", tmp_path / "study")
    terms = load_specs(tmp_path / "study").codelists["AEREL"].terms
    assert {value: term.decode for value, term in terms.items()} == {
        "NONE": "Not related", "REMOTE": "Remote", "POSSIBLE": "Possible", "PROBABLE": "Probable", "DEFINITE": "Definite"}


def without_row(path: Path, target: Path, dataset: str, variable: str) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book["Variables"]
    names = {cell.value: cell.column for cell in sheet[1]}
    (row,) = [row for row in range(2, sheet.max_row + 1)
              if [sheet.cell(row, names[name]).value for name in ("Dataset", "Variable")] == [dataset, variable]]
    sheet.delete_rows(row)
    book.save(target)
    return target


def test_a_variable_that_the_standard_expects_and_a_reviewer_deletes_is_omitted(exported, tmp_path):
    import_workbook(without_row(exported, tmp_path / "edited.xlsx", "DM", "ACTARMUD"), tmp_path / "study")
    spec = load_specs(tmp_path / "study")["DM"]
    assert "ACTARMUD" not in spec.variables and spec.omit == ("ACTARMUD",)


def test_a_variable_that_the_standard_requires_cannot_be_deleted(exported, tmp_path):
    with pytest.raises(SpecError, match="Datasets, row .*AE has no row of AEDECOD, which the standard requires"):
        import_workbook(without_row(exported, tmp_path / "edited.xlsx", "AE", "AEDECOD"), tmp_path / "study")


REFUSED = [
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Label", "Event", "the label is 'Reported Term for the Adverse Event'"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Role", "Timing", "Role is a fact of the standard"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Length", "300", "'300' is no whole number from 1 to 200"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "Developer Notes", "Ask Li", "Developer Notes is a fact"),
    ("Variables", {"Dataset": "AE", "Variable": "AESEV"}, "Codelist", "AESEVV", "there is no codelist 'AESEVV'; did you mean AESEV?"),
    ("Variables", {"Dataset": "AE", "Variable": "AESEV"}, "Origin", "Copied", "'Copied' is no origin"),
    ("Variables", {"Dataset": "AE", "Variable": "AESEV"}, "Comment", "NONE", "there is no comment 'NONE'"),
    ("Variables", {"Dataset": "ADSL", "Variable": "AGEGR1"}, "Label", "x" * 41, "a label is 1 to 40 bytes long"),
    ("Variables", {"Dataset": "AE", "Variable": "AETERM"}, "cdisckit: source", '["AE.AETERM"', "begins like JSON"),
    ("Datasets", {"Dataset": "AE"}, "Class", "FINDINGS", "Class is a fact of the standard"),
    ("Codelists", {"ID": "AESEV", "Term": "MILD"}, "NCI Term Code", "C1", "NCI Term Code of 'MILD' in AESEV"),
    ("Codelists", {"ID": "AESEV", "Term": "MILD"}, "Term", "VERY MILD", "AESEV (C66769) is not extensible"),
    ("Methods", {"ID": "derive_rfstdtc"}, "Type", "Imputation", "Type is made when the workbook is written"),
    ("cdisckit study", {"File": "study.yaml", "Entry": "STUDYID"}, "File", "study.yml", "there is no file 'study.yml'"),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "words"), REFUSED)
def test_an_edit_that_no_specification_holds_is_refused_with_sheet_row_and_column(exported, tmp_path, sheet, row, column, value, words):
    edited = edit(exported, tmp_path / "edited.xlsx", (sheet, row, column, value))
    with pytest.raises(SpecError) as error:
        import_workbook(edited, tmp_path / "study")
    assert any(case.sheet == sheet and case.row > 1 and case.column.startswith(column) and words in case.what
               for case in error.value.cases), str(error.value)
    assert not (tmp_path / "study").exists()


def test_a_specification_that_would_not_load_is_not_written(exported, tmp_path):
    edited = edit(exported, tmp_path / "edited.xlsx",
                  ("Variables", {"Dataset": "ADSL", "Variable": "AGEGR1"}, "cdisckit: derive", None))
    with pytest.raises(SpecError, match="AGEGR1 says nothing of where it comes from"):
        import_workbook(edited, tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_files_that_say_the_same_stay_untouched(exported, tmp_path):
    """A study is edited in its place: only the files that a reviewer changed are written."""
    shutil.copytree(PILOT, tmp_path / "study")
    edited = edit(exported, tmp_path / "edited.xlsx", ("Datasets", {"Dataset": "ADVS"}, "Label", "Vital Signs for Analysis"))
    result = import_workbook(edited, tmp_path / "study")
    assert result.written == (tmp_path / "study" / "specs" / "adam" / "advs.yaml",)
    text = (tmp_path / "study" / "study.yaml").read_text(encoding="utf-8")
    assert text == (PILOT / "study.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [
    {"a": "NO", "b": "1.10", "c": "~", "d": "", "e": " x ", "f": "x: y", "g": "# x", "h": "a\nb", "i": "中文", "j": "- x", "k": "x #y"},
    {"variables": {"AE": {"map": {"1": "Y", "": "N", "a, b": "{x}"}, "dtc": ["A", "B"], "value": ""}}, "keys": []},
    {"x": "'quoted'", "y": '"quoted"', "z": "a\\b", "&a": "*b", "!t": "%", "@": "`", "long": {"k" * 50: "v" * 200}},
])
def test_yaml_that_was_written_reads_back_as_it_stands(content, tmp_path):
    (tmp_path / "x.yaml").write_text(yaml_text(content), encoding="utf-8")
    assert read_text_yaml(tmp_path / "x.yaml").content == content
    assert write_files({"x.yaml": content}, tmp_path) == []


@pytest.fixture
def foreign(xlsx) -> Path:
    return xlsx({
        "Study": [["Attribute", "Value"], ["StudyName", "S1"], ["StudyDescription", "Study 1"], ["ProtocolName", "P1"],
                  ["StandardName", "SDTM-IG"], ["StandardVersion", "3.4"]],
        "Datasets": [["Dataset", "Description", "Class", "Structure", "Key Variables", "Repeating", "Reference Data", "Reviewer"],
                     ["DM", "Demographics", "SPECIAL PURPOSE", "One record per subject", "STUDYID, USUBJID", "No", "No", "Li"]],
        "Variables": [["Order", "Dataset", "Variable", "Label", "Data Type", "Length", "Mandatory", "Codelist", "Origin", "Pages"],
                      [1, "DM", "STUDYID", "Study Identifier", "text", 12, "Yes", None, "CRF", "7"],
                      [2, "DM", "USUBJID", "Unique Subject Identifier", "text", 12.5, "Yes", None, "CRF", "7"],
                      [3, "DM", "SEX", "Sex", "text", 1, "Yes", "SEXX", "CRF", "7"]],
    })


def test_a_foreign_workbook_becomes_a_specification_with_its_defects_named(foreign, tmp_path):
    result = import_workbook(foreign, tmp_path / "study")
    assert {"study/study.yaml", "study/specs/sdtm/dm.yaml", "study/define.xml", "study/workbook_problems.csv"} <= {
        path.relative_to(tmp_path).as_posix() for path in result.written}
    rows = list(csv.DictReader((tmp_path / "study" / "workbook_problems.csv").read_text(encoding="utf-8").splitlines()))
    places = {(row["rule"], row["sheet"], row["row"], row["column"].split(" (")[0]) for row in rows}
    assert {("p21.not_a_number", "Variables", "3", "Length"), ("p21.unknown_codelist", "Variables", "4", "Codelist"),
            ("p21.column_name", "Datasets", "1", "Reviewer")} <= places
    variables = load_specs(tmp_path / "study")["DM"].variables
    assert variables["SEX"].pages == "7" and variables["SEX"].origin in ("", "Collected")


def test_a_foreign_workbook_comes_back_with_all_its_cells(foreign, tmp_path):
    import_workbook(foreign, tmp_path / "study")
    export_workbook(str(tmp_path / "study"), tmp_path / "back.xlsx")
    back = read_workbook(tmp_path / "back.xlsx")
    assert [row["Reviewer"] for row in back.rows("Datasets")] == ["Li"]
    rows = {row["Variable"]: row for row in back.rows("Variables")}
    assert (rows["SEX"]["Codelist"], rows["SEX"]["Pages"], rows["SEX"]["Origin"]) == ("SEXX", "7", "Collected")
    assert rows["USUBJID"]["Length"] == "12.5"
    result = import_workbook(tmp_path / "back.xlsx", tmp_path / "again")
    assert [problem.rule for problem in result.problems] == ["p21.column_name"]
    assert read_files(tmp_path / "again") == read_files(tmp_path / "study")
    assert (tmp_path / "again" / "imported.xlsx") in result.written


def test_strict_imports_nothing_while_an_error_stands(foreign, tmp_path):
    with pytest.raises(SpecError, match="Variables, row 3, Length"):
        import_workbook(foreign, tmp_path / "study", strict=True)
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("name", ["cdisc_dde_CDISCPILOT01-ADaM-2026-02-23", "metacore_p21_mock", "xportr_TDF_ADaM_Pilot3"])
def test_a_real_workbook_is_imported_and_exported_without_loss(shared, tmp_path, name):
    """The way through the YAML gives the workbook that the way through the definitions gives (tests/define/test_workbook.py)."""
    file = shared / "reference" / "define" / "p21_workbooks" / f"{name}.xlsx"
    import_workbook(file, tmp_path / "study")
    export_workbook(str(tmp_path / "study"), tmp_path / "back.xlsx")
    export_workbook(str(file), tmp_path / "direct.xlsx")
    direct, back = read_workbook(tmp_path / "direct.xlsx"), read_workbook(tmp_path / "back.xlsx")
    for sheet in direct.sheets:
        missing = [row.cells for row in direct.rows(sheet) if not any(row.cells.items() <= other.cells.items() for other in back.rows(sheet))]
        assert missing == [], sheet


def test_the_commands_say_what_they_wrote_and_end_with_the_exit_code(foreign, tmp_path):
    runner = CliRunner()
    made = runner.invoke(app, ["spec", "export", "cdiscpilot01", "--p21", str(tmp_path / "spec.xlsx"), "--model", "ADaM"])
    assert made.exit_code == 0 and "3 datasets" in made.output
    assert [row["Dataset"] for row in read_workbook(tmp_path / "spec.xlsx").rows("Datasets")] == ["ADSL", "ADAE", "ADVS"]
    read = runner.invoke(app, ["spec", "import", str(foreign), "--out", str(tmp_path / "study")])
    assert read.exit_code == 1                           # a length was refused
    assert "Variables, row 3, Length" in read.output and "dm.yaml" in read.output

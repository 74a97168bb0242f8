"""Workbooks become definitions and definitions workbooks, and nothing that has a meaning is lost on the way."""

import csv
import dataclasses
import io
import time
from pathlib import Path

import openpyxl
import pytest

from cdisckit.errors import SpecError
from define import build_define, check_define
from define.model import CodeListDef, Define, ItemDef, ItemRef, RangeCheck, Shape, ValueListDef, WhereClauseDef
from define.read import read_define
from define.workbook import REST
from define.workbook_carry import carry_cells, row_key
from define.workbook_merge import Kept, merge_rows
from define.workbook_read import define_of_workbook
from define.workbook_write import book_of_rows, untold, workbook_of_define
from define.write import define_xml
from specs.p21 import read_workbook
from specs.p21_check import check_workbook
from specs.p21_write import workbook_bytes

HERE = Path(__file__).parent
WORKBOOKS = ("cdisc_dde_CDISCPILOT01-ADaM-2026-02-23", "cdisc_dde_Define-Excel-Spec_template", "metacore_p21_mock",
             "xportr_TDF_ADaM_Pilot3")
EXAMPLES = ("v20_phuse_tdf_sdtm", "v21_cdisc_official_adam_arm_2.1.10", "v21_cdisc_official_sdtm_2.1.10",
            "v21_cdiscpilot01_sdtm")
EXPLAINED = {(row["file"], row["sheet"], row["column"], row["before"], row["after"])
             for row in csv.DictReader((HERE / "workbook_differences.csv").read_text(encoding="utf-8").splitlines())}


def said(define: Define) -> dict[str, object]:
    """What the definitions say; a sheet has no order for definitions of different datasets."""
    return {field.name: sorted(map(repr, value)) if isinstance(value := getattr(define, field.name), tuple) else value
            for field in dataclasses.fields(define)}


def workbook(shared, name):
    return read_workbook(shared / "reference" / "define" / "p21_workbooks" / f"{name}.xlsx")


def stored(rows, tmp_path):
    path = tmp_path / "made.xlsx"
    path.write_bytes(workbook_bytes(rows))
    return read_workbook(path)


def explained(file, sheet, column, before, after) -> bool:
    return any((name, sheet, *rest) in EXPLAINED for name in (file, "*")
               for rest in ((column, before, after), ("*", "*", after)))


@pytest.mark.parametrize("name", WORKBOOKS)
def test_no_cell_of_a_real_workbook_is_lost_on_the_way_through_the_definitions(shared, tmp_path, name):
    old = workbook(shared, name)
    new = stored(carry_cells(old, workbook_of_define(define_of_workbook(old).define)), tmp_path)
    assert new.generation == 3 and not [p for p in new.problems if p.severity != "notice"]
    lost = []
    for sheet in old.sheets:
        rows = {row_key(sheet, row, new): row for row in new.rows(sheet)}
        for row in old.rows(sheet):
            other = rows.get(row_key(sheet, row, old))
            lost += [(sheet, row.number, column, value, after) for column, value in row.cells.items()
                     if (after := other[column] if other else "") != value and not explained(name, sheet, column, value, after)]
    assert lost == []


def test_every_explained_difference_is_one(shared):
    """An entry that no file needs would hide a loss."""
    named = {(file, sheet, column, before) for file, sheet, column, before, _ in EXPLAINED if before != "*"}
    for file, sheet, column, before in named:
        books = [workbook(shared, name) for name in (WORKBOOKS if file == "*" else (file,))]
        assert any(row[column] == before for book in books for row in book.rows(sheet)), before


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_that_was_written_makes_the_same_definitions(shared, tmp_path, name):
    define = define_of_workbook(workbook(shared, name)).define
    again = define_of_workbook(stored(workbook_of_define(define), tmp_path))
    assert again.refused == ()
    assert said(again.define) == said(define)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_define_xml_becomes_a_workbook_and_the_same_define_xml_again(shared, tmp_path, name):
    define = read_define(shared / "reference" / "define" / "examples" / f"{name}.xml")
    again = define_of_workbook(book_of_rows(workbook_of_define(define)))
    assert again.refused == ()
    assert said(again.define) == said(define)


@pytest.mark.parametrize("name", [name for name in WORKBOOKS if "template" not in name])
def test_the_define_xml_of_a_real_workbook_is_valid_by_the_schema(shared, tmp_path, name):
    path = tmp_path / "define.xml"
    path.write_bytes(define_xml(define_of_workbook(workbook(shared, name)).define))
    assert [finding.message for finding in check_define(path) if "XSD" in finding.rule] == []


def test_the_definitions_of_a_study_become_rows_and_the_same_definitions(sdtm, adam):
    for source in (sdtm, adam):
        define = build_define(source)
        again = define_of_workbook(book_of_rows(workbook_of_define(define))).define
        assert said(dataclasses.replace(again, title=define.title, synthetic=define.synthetic)) == said(define)


def test_the_same_rows_give_the_same_bytes_and_no_cell_is_a_formula(sdtm):
    rows = workbook_of_define(build_define(sdtm))
    rows["Comments"].append({"ID": "=1+1", "Description": "=HYPERLINK(\"http://x\")"})
    assert workbook_bytes(rows) == workbook_bytes(rows)
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(rows)))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert all(sheet.freeze_panes == "A2" and sheet.auto_filter.ref for sheet in book)
    assert all(sheet["A1"].font.bold for sheet in book)


def test_a_text_that_no_cell_holds_is_refused_with_its_place(sdtm):
    rows = workbook_of_define(build_define(sdtm))
    rows["Comments"] = [{"ID": "LONG", "Description": "x" * 40_000}]
    with pytest.raises(SpecError, match=r"Comments, row 2, Description \(column B\): 40,000 characters"):
        workbook_bytes(rows)


def sheets(**changes):
    made = {
        "Define": [["Attribute", "Value"], ["StudyName", "S1"]],
        "Datasets": [["Dataset", "Label", "Class", "Key Variables", "Standard"],
                     ["ADLB", "Laboratory", "BDS", "USUBJID, PARAMCD, LBSEQ", "ADaMIG 1.3"]],
        "Variables": [["Order", "Dataset", "Variable", "Label", "Data Type", "Length"],
                      ["1", "ADLB", "USUBJID", "Subject", "text", "20"], ["2", "ADLB", "PARAMCD", "Code", "text", "8.5"],
                      ["3", "ADLB", "AVAL", "Value", "float", "8"], ["4", "ADLB", "AVAL", "Value again", "float", "8"],
                      ["1", "ADXX", "AVAL", "Value", "float", "8"]],
        "ValueLevel": [["Dataset", "Variable", "Where Clause", "Data Type"], ["ADLB", "AVAL", "PARAMCD EQ HGB", "integer"],
                       ["ADLB", "AVAL", "of haemoglobin", "integer"], ["ADLB", "CHG", "PARAMCD EQ HGB", "integer"]],
    }
    return made | changes


def test_what_the_definitions_cannot_hold_is_refused_with_sheet_row_and_column(xlsx):
    reading = define_of_workbook(read_workbook(xlsx(sheets())))
    assert [(p.sheet, p.row, p.column, p.what.split(";")[0]) for p in sorted(reading.refused)] == [
        ("Datasets", 2, "Key Variables (column D)", "the key LBSEQ is no variable of ADLB and was left out"),
        ("ValueLevel", 3, "Where Clause (column C)", "the where clause cannot be read ('of haemoglobin' does not begin with VARIABLE "
         "and one of EQ, NE, LT, LE, GT, GE, IN, NOTIN)"),
        ("ValueLevel", 4, "Variable (column B)", "ADLB has no variable CHG"),
        ("Variables", 3, "Length (column F)", "'8.5' is no whole number and was left out"),
        ("Variables", 5, "Variable (column C)", "ADLB AVAL stands twice"),
        ("Variables", 6, "Dataset (column B)", "there is no dataset ADXX"),
    ]
    define = reading.define
    assert [item.oid for item in define.items] == ["IT.ADLB.USUBJID", "IT.ADLB.PARAMCD", "IT.ADLB.AVAL", "IT.ADLB.AVAL.HGB"]
    assert reading.places["IT.ADLB.AVAL.HGB"] == ("ValueLevel", 2)


def test_where_clauses_with_several_rows_hold_together(xlsx):
    clauses = [["ID", "Dataset", "Variable", "Comparator", "Value"], ["W1", "ADLB", "PARAMCD", "EQ", "HGB"],
               ["W1", "ADLB", "USUBJID", "IN", "1, 2"]]
    values = [["Dataset", "Variable", "Where Clause", "Data Type"], ["ADLB", "AVAL", "W1", "integer"]]
    book = read_workbook(xlsx(sheets(WhereClauses=clauses, ValueLevel=values)))
    (clause,) = define_of_workbook(book).define.where_clauses
    assert clause.oid == "WC.W1"
    assert [(check.item, check.comparator, check.values) for check in clause.checks] == [
        ("IT.ADLB.PARAMCD", "EQ", ("HGB",)), ("IT.ADLB.USUBJID", "IN", ("1", "2"))]
    (row,) = workbook_of_define(define_of_workbook(book).define)["ValueLevel"]
    assert row["Where Clause"] == 'PARAMCD EQ HGB and USUBJID IN ("1", "2")'


def test_keys_may_be_told_by_the_variables_and_standards_and_clauses_by_their_ids(xlsx):
    book = read_workbook(xlsx({
        "Study": [["Attribute", "Value"], ["StudyName", "S1"]],
        "Standards": [["OID", "Name", "Type", "Publishing Set", "Version"], ["STD.7", "ADaMIG", "IG", None, "1.3"]],
        "Datasets": [["Dataset", "Description", "Class", "StandardOID"], ["ADLB", "Laboratory", "BASIC DATA STRUCTURE", "STD.7"]],
        "Variables": [["Dataset", "Variable", "Data Type", "KeySequence"], ["ADLB", "PARAMCD", "text", 2],
                      ["ADLB", "USUBJID", "text", 1], ["ADLB", "AVAL", "float", None]],
        "ValueLevel": [["Dataset", "Variable", "Where Clause", "Data Type"], ["ADLB", "AVAL", "WC.1", "integer"]],
        "WhereClauses": [["OID", "Dataset", "Variable", "Comparator", "Value"], ["WC.1", "ADLB", "PARAMCD", "EQ", "HGB"]]}))
    define = define_of_workbook(book).define
    assert {ref.item: ref.key for ref in define.groups[0].refs} == {"IT.ADLB.PARAMCD": 2, "IT.ADLB.USUBJID": 1, "IT.ADLB.AVAL": None}
    assert define.groups[0].standard == "STD.7" and define.standards[0].version == "1.3"
    assert define.where_clauses[0].checks[0].values == ("HGB",)
    assert workbook_of_define(define)["Datasets"][0]["Key Variables"] == "USUBJID, PARAMCD"
    assert not [p for p in check_workbook(book) if p.rule in ("p21.where_clause", "p21.unknown_standard", "p21.unknown_where_clause")]


@pytest.mark.parametrize(("origin", "kind", "source"), [
    ("CRF", "Collected", "Investigator"), ("eDT", "Collected", "Vendor"), ("Derived", "Derived", "Sponsor"),
    ("Predecessor", "Predecessor", ""),
])
def test_an_origin_of_define_xml_2_0_becomes_one_of_2_1(xlsx, origin, kind, source):
    variables = [["Dataset", "Variable", "Label", "Data Type", "Length", "Origin", "Pages"],
                 ["AE", "AETERM", "Term", "text", "200", origin, "7 9"]]
    book = read_workbook(xlsx({"Study": [["Attribute", "Value"], ["StudyName", "S"], ["StandardName", "SDTM-IG"],
                                         ["StandardVersion", "3.2"]],
                               "Datasets": [["Dataset", "Description", "Class"], ["AE", "Adverse Events", "EVENTS"]],
                               "Variables": variables}))
    define = define_of_workbook(book).define
    (found,) = define.items[0].origins
    assert (found.type, found.source, found.pages) == (kind, source, "7 9")
    assert [leaf.id for leaf in define.leaves] == ["LF.acrf"]
    assert define.groups[0].standard == "STD.SDTMIG.3.2"


def test_an_imported_document_changes_only_where_its_specification_changed():
    base = {"Define": [{"Attribute": "StudyName", "Value": "S1"}],
            "Variables": [{"Dataset": "AE", "Variable": "AETERM", "Label": "Term", "Developer Notes": "check"},
                          {"Dataset": "AE", "Variable": "AESEV", "Label": "Severity"},
                          {"Dataset": "AE", "Variable": "AEXX", "Label": "Not in the specification"}]}
    then = {"Variables": [{"Dataset": "AE", "Variable": "AETERM", "Label": "Reported Term"},
                          {"Dataset": "AE", "Variable": "AESEV", "Label": "Severity"}]}
    now = {"Variables": [{"Dataset": "AE", "Variable": "AETERM", "Label": "Reported Term", "Length": "100"},
                         {"Dataset": "AE", "Variable": "AESER", "Label": "Serious"}]}
    assert merge_rows(then, Kept(base, then))["Variables"] == base["Variables"]
    assert merge_rows(now, Kept(base, then))["Variables"] == [
        {"Dataset": "AE", "Variable": "AETERM", "Label": "Term", "Developer Notes": "check", "Length": "100"},
        {"Dataset": "AE", "Variable": "AEXX", "Label": "Not in the specification"},
        {"Dataset": "AE", "Variable": "AESER", "Label": "Serious"}]


def test_a_spoiled_cell_of_our_own_is_an_error_with_its_text(sdtm):
    rows = workbook_of_define(build_define(sdtm))
    rows["Datasets"][0]["cdisckit: more"] = '{"refs": 5}'
    with pytest.raises(SpecError, match="was changed and can no longer be read"):
        define_of_workbook(book_of_rows(rows))


def test_every_spoiled_cell_of_our_own_is_named_with_its_sheet_and_row(sdtm):
    rows = workbook_of_define(build_define(sdtm))
    rows["Datasets"][0]["cdisckit: more"], rows["Variables"][2]["cdisckit: more"] = '{"refs"', "[1]"
    with pytest.raises(SpecError, match="can no longer be read") as error:
        define_of_workbook(book_of_rows(rows))
    assert 'Datasets, row 2' in str(error.value) and "Variables, row 4" in str(error.value)


def test_the_largest_real_workbook_is_read_in_seconds(shared):
    started = time.process_time()
    define_of_workbook(workbook(shared, WORKBOOKS[0]))
    assert time.process_time() - started < 5


def with_parts(define: Define, **parts) -> Define:
    return dataclasses.replace(define, **{kind: (*getattr(define, kind), *more) for kind, more in parts.items()})


def round_trip(define: Define) -> Define:
    return define_of_workbook(book_of_rows(workbook_of_define(define)), define.created).define


def test_datasets_that_share_a_variable_share_its_values(sdtm):
    define = build_define(sdtm)
    (vs,) = [group for group in define.groups if group.name == "VS"]
    twin = dataclasses.replace(vs, oid="IG.VSX", name="VSX", sas_name="VSX")
    define = with_parts(define, groups=[twin])
    rows = workbook_of_define(define)
    clauses = {name: [row["Where Clause"] for row in rows["ValueLevel"] if row["Dataset"] == name] for name in ("VS", "VSX")}
    assert clauses["VS"] == clauses["VSX"] != []
    again = define_of_workbook(book_of_rows(rows), define.created)
    assert again.refused == ()
    assert said(again.define)["value_lists"] == said(define)["value_lists"]


def test_what_no_row_tells_stands_in_a_sheet_of_its_own(sdtm):
    define = with_parts(build_define(sdtm), items=[ItemDef("IT.X", "X", "Nobody's", Shape("text", 3))],
                        codelists=[CodeListDef("CL.NONE", "Empty", "text", ())],
                        value_lists=[ValueListDef("VL.X", (ItemRef("IT.X", 1, False),))],
                        where_clauses=[WhereClauseDef("WC.X", (RangeCheck("IT.X", "EQ", ("1",)),))])
    assert {row["OID"] for row in workbook_of_define(define)[REST]} == {"IT.X", "CL.NONE", "VL.X", "WC.X"}
    assert said(round_trip(define)) == said(define)
    assert list(untold(define, workbook_of_define(define))) == []


@pytest.mark.parametrize(("comparator", "values"), [("EQ", ("A", "B")), ("", ("A",)), ("IN", ()), ("BETWEEN", ("1", "2"))])
def test_a_condition_that_no_text_can_say_is_kept(sdtm, comparator, values):
    define = build_define(sdtm)
    first, *others = define.where_clauses
    check = dataclasses.replace(first.checks[0], comparator=comparator, values=values)
    define = dataclasses.replace(define, where_clauses=(dataclasses.replace(first, checks=(check,)), *others))
    assert said(round_trip(define)) == said(define)


def test_what_a_workbook_cannot_say_is_told(sdtm):
    define = build_define(sdtm)
    twice = dataclasses.replace(define.methods[0], text="Something else")
    nothing = ItemRef("IT.AE.NOTHING", 99, False)
    groups = tuple(dataclasses.replace(group, refs=(*group.refs, nothing)) if group.name == "AE" else group for group in define.groups)
    define = dataclasses.replace(with_parts(define, methods=[twice]), groups=groups)
    told = dict(untold(define, workbook_of_define(define)))
    assert "stands twice" in told[twice.oid]
    assert "defined nowhere" in told["IT.AE.NOTHING"]


def test_sheets_of_the_sponsor_and_conditions_without_use_stay(xlsx, tmp_path):
    sheets = {"Study": [["Attribute", "Value"], ["StudyName", "S"]],
              "Standards": [["OID", "Name", "Type", "Version"], ["STD.1", "SDTMIG", "IG", "3.2"], ["STD.2", "SENDIG", "IG", "3.1"]],
              "Datasets": [["Dataset", "Description", "Class", "Standard"], ["AE", "Adverse Events", "EVENTS", "STD.1"]],
              "Variables": [["Dataset", "Variable", "Label"], ["AE", "AETERM", "Term"]],
              "WhereClauses": [["ID", "Dataset", "Variable", "Comparator", "Value"], ["W1", "AE", "AETERM", "=", "X"]],
              "Log": [["Who", "Who"], ["A", "B"]], "Note": [["One cell only"]]}
    old = read_workbook(xlsx(sheets))
    define = define_of_workbook(old).define
    assert [(standard.oid, standard.version) for standard in define.standards] == [("STD.1", "3.2"), ("STD.2", "3.1")]
    new = stored(carry_cells(old, workbook_of_define(define)), tmp_path)
    assert said(define_of_workbook(new, define.created).define) == said(define)
    texts = {name: {text for row in rows.values() for text in row.values()} for name, rows in new.others.items()}
    assert texts["Log"] >= {"Who", "A", "B"} and "One cell only" in texts["Note"]


def test_values_of_the_same_condition_are_all_kept(sdtm):
    define = build_define(sdtm)
    (list_,) = [values for values in define.value_lists if values.oid == "VL.VS.VSORRES"]
    refs = tuple(dataclasses.replace(ref, where=list_.refs[0].where) for ref in list_.refs)
    assert len(refs) > 1
    define = dataclasses.replace(define, value_lists=tuple(
        dataclasses.replace(values, refs=refs) if values is list_ else values for values in define.value_lists))
    assert said(round_trip(define))["value_lists"] == said(define)["value_lists"]


@pytest.mark.parametrize("where", [(), ("WC.NOWHERE",), ("WC.EMPTY",)])
def test_a_value_without_a_condition_is_kept(sdtm, where):
    define = with_parts(build_define(sdtm), where_clauses=[WhereClauseDef("WC.EMPTY", ())] if where == ("WC.EMPTY",) else [])
    first, *others = define.value_lists
    ref, *refs = first.refs
    first = dataclasses.replace(first, refs=(dataclasses.replace(ref, where=where), *refs))
    define = dataclasses.replace(define, value_lists=(first, *others))
    assert said(round_trip(define)) == said(define)

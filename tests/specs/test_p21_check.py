"""Every defect of a workbook is named with its sheet, row and column, and a sound workbook has none."""

import copy

import pytest

from specs.p21 import read_workbook
from specs.p21_check import check_workbook

SOUND = {
    "Define": [["Attribute", "Value"], ["StudyName", "S1"], ["StudyDescription", "Study 1"], ["ProtocolName", "P1"],
               ["Language", "en"]],
    "Datasets": [
        ["Dataset", "Label", "Class", "SubClass", "Structure", "Key Variables", "Standard", "Has No Data", "Repeating",
         "Reference Data", "Comment", "Developer Notes"],
        ["ADSL", "Subject-Level Analysis Dataset", "SUBJECT LEVEL ANALYSIS DATASET", None, "one record per subject",
         "USUBJID", "ADaMIG 1.3", "No", "No", "No", "ADSL", None],
        ["ADLB", "Laboratory", "BASIC DATA STRUCTURE", None, "one record per subject per parameter", "USUBJID, PARAMCD",
         "ADaMIG 1.3", "No", "Yes", "No", None, None]],
    "Variables": [
        ["Order", "Dataset", "Variable", "Label", "Data Type", "Length", "Significant Digits", "Format", "Mandatory",
         "Assigned Value", "Codelist", "Common", "Origin", "Source", "Pages", "Method", "Predecessor", "Role",
         "Has No Data", "Comment", "Developer Notes"],
        ["1", "ADSL", "USUBJID", "Subject", "text", "20", None, None, "Yes", None, None, "No", "Predecessor", None, None,
         None, "DM.USUBJID", None, "No", None, None],
        ["2", "ADSL", "SEX", "Sex", "text", "1", None, None, "No", None, "SEX", "No", "Predecessor", None, None, None,
         "DM.SEX", None, "No", None, None],
        ["1", "ADLB", "USUBJID", "Subject", "text", "20", None, None, "Yes", None, None, "No", "Predecessor", None, None,
         None, "ADSL.USUBJID", None, "No", None, None],
        ["2", "ADLB", "PARAMCD", "Parameter Code", "text", "8", None, None, "Yes", None, "PARAMCD", "No", "Assigned",
         "Sponsor", None, None, None, None, "No", None, None],
        ["3", "ADLB", "AVAL", "Analysis Value", "float", "8", "2", "8.2", "No", None, None, "No", "Derived", "Sponsor",
         None, "AVAL", None, None, "No", None, None]],
    "ValueLevel": [
        ["Order", "Dataset", "Variable", "Where Clause", "Label", "Data Type", "Length", "Significant Digits", "Format",
         "Mandatory", "Assigned Value", "Codelist", "Origin", "Source", "Pages", "Method", "Predecessor", "Comment",
         "Developer Notes"],
        ["1", "ADLB", "AVAL", "PARAMCD EQ HGB", "Hemoglobin (g/L)", "integer", "3", None, None, "No", None, None, "Derived",
         "Sponsor", None, "AVAL", None, None, None],
        ["2", "ADLB", "AVAL", 'PARAMCD IN ("ALT")', "ALT (U/L)", "float", "6", "1", None, "No", None, None, "Derived",
         "Sponsor", None, "AVAL", None, None, None]],
    "Codelists": [
        ["ID", "Name", "NCI Codelist Code", "Data Type", "Terminology", "Comment", "Order", "Term", "NCI Term Code",
         "Decoded Value"],
        ["SEX", "Sex", "C66731", "text", "SDTM CT 2025-03-28", None, "1", "F", "C16576", "Female"],
        ["SEX", "Sex", "C66731", "text", "SDTM CT 2025-03-28", None, "2", "M", "C20197", "Male"],
        ["PARAMCD", "Parameter Code", None, "text", None, None, "1", "HGB", None, "Hemoglobin (g/L)"],
        ["PARAMCD", "Parameter Code", None, "text", None, None, "2", "ALT", None, "ALT (U/L)"]],
    "Dictionaries": [["ID", "Name", "Data Type", "Dictionary", "Version"]],
    "Methods": [
        ["ID", "Name", "Type", "Description", "Expression Context", "Expression Code", "Document", "Pages"],
        ["AVAL", "Analysis value", "Computation", "LBSTRESN", None, None, "SAP", "12"]],
    "Comments": [["ID", "Description", "Document", "Pages"], ["ADSL", "All subjects", None, None]],
    "Documents": [["ID", "Title", "Href"], ["SAP", "Analysis plan", "sap.pdf"]],
    "Analysis Displays": [["ID", "Title", "Document", "Pages"], ["T1", "Table 1", "SAP", "9"]],
    "Analysis Results": [
        ["Display", "ID", "Description", "Variables", "Reason", "Purpose", "Selection Criteria", "Join Comment",
         "Documentation", "Documentation Refs", "Programming Context", "Programming Code", "Programming Document", "Pages"],
        ["T1", "R1", "Mean", "ADLB.AVAL, ADSL.SEX", "SPECIFIED IN SAP", "PRIMARY OUTCOME MEASURE",
         "ADLB.PARAMCD EQ HGB\nADSL.SEX EQ F", "ADSL", "Means", "SAP", "R", "mean(x)", None, None]],
}


def change(sheet, row, column, value):
    sheets = copy.deepcopy(SOUND)
    sheets[sheet][row - 1][sheets[sheet][0].index(column)] = value
    return sheets


def problems_of(xlsx, sheets):
    return check_workbook(read_workbook(xlsx(sheets)))


def test_a_sound_workbook_has_no_problem(xlsx):
    assert [str(problem) for problem in problems_of(xlsx, SOUND)] == []


CHANGES = [                                    # sheet, row, column, value: rule, and the column that is named, if another
    ("Define", 2, "Value", None, "empty_cell", ""),
    ("Define", 5, "Value", "English", "language", ""),
    ("Define", 5, "Attribute", None, "empty_cell", ""),
    ("Define", 3, "Attribute", "StudyDescripton", "unknown_attribute", ""),
    ("Datasets", 2, "Dataset", "ADLABCHEM", "dataset_name", ""),
    ("Datasets", 2, "Dataset", "adsl", "dataset_name", ""),
    ("Datasets", 3, "Dataset", "ADSL", "duplicate", ""),
    ("Datasets", 3, "Dataset", "ADVS", "no_variables", ""),
    ("Datasets", 2, "Label", None, "empty_cell", ""),
    ("Datasets", 2, "Label", "x" * 41, "label_length", ""),
    ("Datasets", 2, "Label", "受试者水平分析数据集受试者水", "label_length", ""),
    ("Datasets", 2, "Class", "ADSL", "unknown_class", ""),
    ("Datasets", 2, "Class", "SUBJECTS", "unknown_class", ""),
    ("Datasets", 2, "Class", "EVENTS", "class_of_other", ""),
    ("Datasets", 3, "SubClass", "ADVERSE EVENT", "subclass_of_other", ""),
    ("Datasets", 3, "SubClass", "TTE", "unknown_subclass", ""),
    ("Datasets", 3, "Structure", None, "empty_cell", ""),
    ("Datasets", 3, "Key Variables", "USUBJID, LBSEQ", "unknown_key", ""),
    ("Datasets", 3, "Key Variables", "USUBJID, USUBJID", "key_twice", ""),
    ("Datasets", 3, "Standard", "ADaMIG 2.1", "unknown_standard", ""),
    ("Datasets", 3, "Standard", "STDTMIG 3.4", "unknown_standard", ""),
    ("Datasets", 3, "Repeating", "Maybe", "not_yes_no", ""),
    ("Datasets", 3, "Comment", "NONE", "unknown_comment", ""),
    ("Datasets", 3, "Has No Data", "Yes", "no_data_comment", "Comment"),
    ("Variables", 3, "Dataset", "ADXX", "unknown_dataset", ""),
    ("Variables", 3, "Variable", "SEXOFSUBJECT", "variable_name", ""),
    ("Variables", 3, "Variable", None, "empty_cell", ""),
    ("Variables", 3, "Variable", "USUBJID", "duplicate", ""),
    ("Variables", 3, "Label", "y" * 41, "label_length", ""),
    ("Variables", 6, "Label", "Parameter Code", "label_twice", ""),
    ("Variables", 3, "Data Type", "varchar", "unknown_data_type", ""),
    ("Variables", 3, "Data Type", "Char", "unknown_data_type", ""),
    ("Variables", 3, "Length", "8.2", "not_a_number", ""),
    ("Variables", 3, "Length", "201", "number_range", ""),
    ("Variables", 3, "Length", None, "no_length", ""),
    ("Variables", 3, "Data Type", "date", "length_of_date", "Length"),
    ("Variables", 6, "Significant Digits", None, "no_digits", ""),
    ("Variables", 6, "Significant Digits", "9", "digits_range", ""),
    ("Variables", 3, "Significant Digits", "1", "digits_of_other", ""),
    ("Variables", 3, "Mandatory", "Perm", "not_yes_no", ""),
    ("Variables", 3, "Mandatory", "Y", "not_yes_no", ""),
    ("Variables", 3, "Codelist", "SEXX", "unknown_codelist", ""),
    ("Variables", 3, "Data Type", "integer", "codelist_type", "Codelist"),
    ("Variables", 3, "Origin", "CRF", "unknown_origin", ""),
    ("Variables", 3, "Origin", "Copied", "unknown_origin", ""),
    ("Variables", 3, "Origin", None, "empty_cell", ""),
    ("Variables", 5, "Source", "Lab", "unknown_source", ""),
    ("Variables", 5, "Source", "Investigator", "origin_pair", ""),
    ("Variables", 5, "Source", None, "no_source", ""),
    ("Variables", 6, "Method", "AVALX", "unknown_method", ""),
    ("Variables", 6, "Method", None, "no_method", ""),
    ("Variables", 6, "Pages", "12", "pages_of_other", ""),
    ("Variables", 4, "Predecessor", "USUBJID", "predecessor", ""),
    ("Variables", 4, "Predecessor", "ADSL.AGE", "predecessor", ""),
    ("Variables", 4, "Predecessor", "ADSL.COM01P24FL", "predecessor", ""),
    ("Variables", 4, "Predecessor", None, "no_predecessor", ""),
    ("Variables", 6, "Predecessor", "LB.LBSTRESN", "predecessor_of_other", ""),
    ("Variables", 6, "Comment", "NONE", "unknown_comment", ""),
    ("Variables", 6, "Format", "8.2 (fixed)", "format", ""),
    ("Variables", 6, "Order", "4", "order_gap", ""),
    ("Variables", 6, "Order", "2", "order_twice", ""),
    ("Variables", 6, "Order", "c", "not_a_number", ""),
    ("Variables", 3, "Has No Data", "Yes", "no_data_comment", "Comment"),
    ("ValueLevel", 2, "Dataset", "ADVS", "unknown_dataset", ""),
    ("ValueLevel", 2, "Variable", "CHG", "unknown_variable", ""),
    ("ValueLevel", 2, "Where Clause", None, "empty_cell", ""),
    ("ValueLevel", 2, "Where Clause", "PARAMCD is HGB", "where_clause", ""),
    ("ValueLevel", 2, "Where Clause", "PARCD EQ HGB", "where_variable", ""),
    ("ValueLevel", 2, "Where Clause", "ADVS.PARAMCD EQ HGB", "where_variable", ""),
    ("ValueLevel", 2, "Where Clause", "AVAL EQ 5", "where_itself", ""),
    ("ValueLevel", 2, "Where Clause", "PARAMCD EQ WBC", "where_value", ""),
    ("ValueLevel", 3, "Where Clause", "PARAMCD EQ HGB", "duplicate", ""),
    ("ValueLevel", 3, "Where Clause", 'PARAMCD = "HGB"', "where_twice", ""),
    ("ValueLevel", 2, "Length", "20", "value_length", ""),
    ("ValueLevel", 3, "Significant Digits", None, "no_digits", ""),
    ("Codelists", 3, "Term", "F", "term_twice", ""),
    ("Codelists", 3, "Term", None, "empty_cell", ""),
    ("Codelists", 3, "Name", "Gender", "codelist_differs", ""),
    ("Codelists", 3, "NCI Term Code", "20197", "c_code", ""),
    ("Codelists", 3, "Order", "4", "order_gap", ""),
    ("Codelists", 3, "Order", "1", "order_twice", ""),
    ("Codelists", 3, "Order", None, "order_missing", ""),
    ("Codelists", 3, "Decoded Value", None, "decode_missing", ""),
    ("Codelists", 4, "Name", "Sex", "codelist_name", ""),
    ("Codelists", 2, "Terminology", "SDTM CT", "terminology", ""),
    ("Methods", 2, "Type", "Derivation", "unknown_method_type", ""),
    ("Methods", 2, "Description", None, "empty_cell", ""),
    ("Methods", 2, "Document", "SAPP", "unknown_document", ""),
    ("Methods", 2, "Document", None, "empty_cell", "Document"),
    ("Methods", 2, "Expression Code", "aval = lbstresn", "empty_cell", "Expression Context"),
    ("Comments", 2, "Description", None, "empty_cell", ""),
    ("Documents", 2, "Href", "C:\\study\\sap.pdf", "href", ""),
    ("Documents", 2, "Title", None, "empty_cell", ""),
    ("Analysis Results", 2, "Display", "T2", "unknown_display", ""),
    ("Analysis Results", 2, "Variables", "ADLB.CHG", "result_variable", ""),
    ("Analysis Results", 2, "Reason", "BECAUSE", "unknown_reason", ""),
    ("Analysis Results", 2, "Purpose", "PRIMARY", "unknown_purpose", ""),
    ("Analysis Results", 2, "Selection Criteria", "ADLB.PARAM is 1", "where_clause", ""),
    ("Analysis Results", 2, "Join Comment", "NONE", "unknown_comment", ""),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "rule", "named"), CHANGES)
def test_a_defect_is_named_with_sheet_row_and_column(xlsx, sheet, row, column, value, rule, named):
    found = problems_of(xlsx, change(sheet, row, column, value))
    places = {(problem.sheet, problem.row, problem.column.split(" (")[0]) for problem in found if problem.rule == f"p21.{rule}"}
    assert (sheet, row, named or column) in places, [str(problem) for problem in found]


def test_a_word_that_is_nearly_right_is_suggested(xlsx):
    (problem,) = [p for p in problems_of(xlsx, change("Variables", 3, "Codelist", "SEXX")) if "unknown" in p.rule]
    assert str(problem) == ("Variables, row 3, Codelist (column K): there is no codelist 'SEXX'; did you mean SEX?; define it "
                            "on the sheet Codelists or Dictionaries, or clear the cell")


def test_what_nothing_refers_to_is_named(xlsx):
    sheets = copy.deepcopy(SOUND)
    sheets["Methods"].append(["OLD", "Old", "Computation", "Unused", None, None, None, None])
    sheets["Comments"].append(["OLD", "Unused", None, None])
    sheets["Documents"].append(["OLD", "Unused", "old.pdf"])
    sheets["Dictionaries"].append(["OLD", "Unused", "text", "MedDRA", "27.0"])
    unused = {(p.sheet, p.row) for p in problems_of(xlsx, sheets) if p.rule == "p21.unused"}
    assert unused == {("Methods", 3), ("Comments", 3), ("Documents", 3), ("Dictionaries", 2)}


def test_roles_are_asked_of_sdtm_only(xlsx):
    sheets = copy.deepcopy(SOUND)
    sheets["Datasets"][2][0:3] = ["LB", "Laboratory", "FINDINGS"]
    sheets["Datasets"][2][6] = "SDTMIG 3.4"
    for row in sheets["Variables"][3:]:
        row[1] = "LB"
    found = {(p.rule, p.row) for p in problems_of(xlsx, sheets) if p.sheet == "Variables" and p.column.startswith("Role")}
    assert found == {("p21.empty_cell", 4), ("p21.empty_cell", 5), ("p21.empty_cell", 6)}


def test_the_sheet_of_where_clauses_is_checked_in_generation_1(xlsx):
    sheets = copy.deepcopy(SOUND)
    sheets["Study"] = [*sheets.pop("Define"), ["StandardName", "ADaM-IG"], ["StandardVersion", "1.0"]]
    sheets["ValueLevel"][1][3], sheets["ValueLevel"][2][3] = "W1", "W9"
    sheets["WhereClauses"] = [["ID", "Dataset", "Variable", "Comparator", "Value"], ["W1", "ADLB", "PARAMCD", "EQ", "HGB"],
                              ["W1", "ADLB", "VISIT", "LIKE", "1"], ["W2", "ADLB", "PARAMCD", "EQ", None]]
    found = {(p.rule, p.sheet, p.row) for p in problems_of(xlsx, sheets)}
    assert {("p21.unknown_where_clause", "ValueLevel", 3), ("p21.where_clause", "WhereClauses", 3),
            ("p21.unused", "WhereClauses", 4), ("p21.empty_cell", "WhereClauses", 4)} <= found


def test_the_known_defects_of_the_real_workbooks_are_named(shared):
    folder = shared / "reference" / "define" / "p21_workbooks"
    found = check_workbook(read_workbook(folder / "cdisc_dde_CDISCPILOT01-ADaM-2026-02-23.xlsx"))
    places = {(p.rule, p.sheet, p.row) for p in found}
    assert {("p21.unknown_class", "Datasets", 2), ("p21.unknown_standard", "Datasets", 2), ("p21.unknown_key", "Datasets", 5),
            ("p21.where_itself", "ValueLevel", 2), ("p21.edge_blanks", "Codelists", 450),
            ("p21.unknown_standard", "Define", 6)} <= places
    found = check_workbook(read_workbook(folder / "xportr_TDF_ADaM_Pilot3.xlsx"))
    assert {p.value for p in found if p.rule == "p21.predecessor"} == {"ADSL.COM01P24FL", "ADSL.SAF01FL", "ADSL.DSR01AEFL"}


def test_a_sheet_of_standards_may_name_them(xlsx):
    sheets = copy.deepcopy(SOUND)
    sheets["Standards"] = [["OID", "Name", "Type", "Publishing Set", "Version", "Status"],
                           ["STD.1", "ADaMIG", "IG", None, "1.3", "Final"], ["STD.2", "CDISC/NCI", "CT", "SDTM", "2025-03-28", "Final"]]
    for row in sheets["Datasets"][1:]:
        row[6] = "STD.1"
    for row in sheets["Codelists"][1:3]:
        row[4] = "STD.2"
    assert [str(problem) for problem in problems_of(xlsx, sheets)] == []
    sheets["Datasets"][1][6] = "STD.9"
    assert [p.rule for p in problems_of(xlsx, sheets)] == ["p21.unknown_standard"]


@pytest.mark.parametrize(("keys", "rules"), [
    ("USUBJID, PARAMCD", set()), ("USUBJID PARAMCD", set()), ("USUBJID;PARAMCD", set()), ("USUBJID\nPARAMCD", set()),
    ("USUBJID\tPARAMCD", set()), ("USUBJID / PARAMCD", set()), ("USUBJID|PARAMCD", set()), ("USUBJID-PARAMCD", {"p21.unknown_key"})])
def test_keys_are_told_apart_whatever_stands_between_them(xlsx, keys, rules):
    assert {problem.rule for problem in problems_of(xlsx, change("Datasets", 3, "Key Variables", keys))} == rules


@pytest.mark.parametrize(("pages", "is_wrong"), [("7", False), ("7 8", False), ("7, 8", False), ("7-9", False),
                                                 ("7 \u2013 9", False), ("Vitals", False), ("Page 7", True), ("7; iv", True),
                                                 ("7 (8)", True)])
def test_pages_are_numbers_or_named_destinations_and_not_both(xlsx, pages, is_wrong):
    found = {problem.rule for problem in problems_of(xlsx, change("Variables", 5, "Pages", pages))}
    assert ("p21.pages" in found) == is_wrong


@pytest.mark.parametrize(("name", "row"), [("SDTM-IG", 3), ("Nonsense", 2)])
def test_a_standard_that_does_not_exist_is_named_where_it_stands(xlsx, name, row):
    sheets = {**SOUND, "Define": [SOUND["Define"][0], ["StandardName", name], ["StandardVersion", "9.9"]]}
    assert [problem.row for problem in problems_of(xlsx, sheets) if problem.rule == "p21.unknown_standard"] == [row]


@pytest.mark.parametrize(("comparator", "is_wrong"), [("EQ", False), ("=", False), ("not in", False), (">=", False), ("is", True)])
def test_the_comparator_of_a_where_clause_may_be_a_sign(xlsx, comparator, is_wrong):
    sheets = {**SOUND, "WhereClauses": [["ID", "Dataset", "Variable", "Comparator", "Value"],
                                        ["W1", "ADLB", "PARAMCD", comparator, "HGB"]]}
    assert ("p21.where_clause" in {problem.rule for problem in problems_of(xlsx, sheets)}) == is_wrong


def test_a_dataset_without_a_standard_may_be_marked_so(xlsx):
    sheets = change("Datasets", 3, "Standard", None)
    assert {problem.rule for problem in problems_of(xlsx, sheets)} == {"p21.empty_cell"}
    marked = [[*row, mark] for row, mark in zip(sheets["Datasets"], ("IsNonStandard", None, "Yes"), strict=True)]
    assert "p21.empty_cell" not in {problem.rule for problem in problems_of(xlsx, {**sheets, "Datasets": marked})}


def test_a_legend_of_several_rows_is_no_error(xlsx):
    sheets = {**SOUND, "Define": [*SOUND["Define"], ["Legend", "Green is new"], [None, "Red is old"]]}
    assert [problem for problem in problems_of(xlsx, sheets) if problem.severity == "error"] == []


@pytest.mark.parametrize(("origin", "rule"), [("Predecessor", "p21.predecessor"), ("Derived", "p21.predecessor_of_other")])
def test_a_text_that_is_no_variable_is_wrong_as_a_predecessor_only(xlsx, origin, rule):
    sheets = change("Variables", 5, "Predecessor", "EDC System")
    sheets["Variables"][4][sheets["Variables"][0].index("Origin")] = origin
    assert {p.rule for p in problems_of(xlsx, sheets) if "predecessor" in p.rule} == {rule}

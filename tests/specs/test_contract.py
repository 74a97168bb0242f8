"""A dataset delivers what its specification says, or stops; wrong values in it become findings that can be acted on."""

import pandas as pd
import pytest

from cdisckit.errors import ContractError
from specs import Codelist, DatasetSpec, Term, supplement_spec
from specs.contract import apply_contract, check_data, is_date, record_keys
from specs.model import VariableSpec

NAN = float("nan")
CODELISTS = {
    "NY": Codelist(name="NY", label="No Yes Response", code="C66742", extensible=False,
                   terms={value: Term(value=value) for value in ("N", "Y")}),
    "LOC": Codelist(name="LOC", label="Location", code="C74456", terms={"ARM": Term(value="ARM")}),
    "OWN": Codelist(name="OWN", label="Our own", terms={"A": Term(value="A")}),
}
FACTS = {"label": "Adverse Events", "class": "EVENTS", "structure": "One record per event", "standard": "SDTMIG 3.4"}


def spec(name="AE", keys=("USUBJID", "AETERM"), standard="SDTMIG 3.4", reference=False, **variables):
    """AE with the variables NAME=(type, facts)."""
    made = {variable: VariableSpec.model_validate({"name": variable, "label": variable, "type": kind, **facts})
            for variable, (kind, facts) in variables.items()}
    return DatasetSpec.model_validate({**FACTS, "name": name, "keys": list(keys), "variables": made,
                                       "standard": standard, "reference": reference})


AE = spec(USUBJID=("Char", {"core": "Req"}), AESEQ=("Num", {"core": "Req"}), AETERM=("Char", {"core": "Req"}),
          AESER=("Char", {"codelist": "NY"}), AELOC=("Char", {"codelist": "LOC"}))


def frame(*rows, columns="USUBJID AESEQ AETERM AESER AELOC _record"):
    data = pd.DataFrame(list(rows), columns=columns.split())
    return data.astype({name: "float64" if name == "AESEQ" else "str" for name in columns.split()})


GOOD = frame(("S-1", 1, "Rash", "N", "ARM", "AE:1/1"), ("S-1", 2, "Cough", "", "", "AE:1/2"))


# --- the contract ----------------------------------------------------------------------------------------------------

def test_the_variables_come_in_the_order_of_the_specification_with_their_record_behind_them():
    given = GOOD[["AELOC", "_record", "AETERM", "AESER", "AESEQ", "USUBJID"]].assign(_folder="V1")
    made = apply_contract(given.set_index(pd.Index([7, 9])), AE, "sdtm/ae.py:5")
    pd.testing.assert_frame_equal(made, GOOD)


def test_supplemental_qualifiers_ride_in_the_dataset_until_they_are_split():
    with_supp = spec(USUBJID=("Char", {}), AEREL1=("Char", {"supp": True}))
    made = apply_contract(frame(("S-1", "Y", "r"), columns="USUBJID AEREL1 _record"), with_supp, "ae")
    assert list(made) == ["USUBJID", "AEREL1", "_record"]


@pytest.mark.parametrize(("given", "cases"), [
    (GOOD.drop(columns="AESER"), ["AESER is in the specification and not in the data"]),
    (GOOD.rename(columns={"AESER": "AESERR"}), [
        "AESER is in the specification and not in the data",
        "AESERR is in the data and not in the specification; did you mean AESER?"]),
    (GOOD.assign(XYZ=""), ["XYZ is in the data and not in the specification"]),
    (pd.concat([GOOD, GOOD[["AETERM"]]], axis=1), ["AETERM is 2 times in the data"]),
    (GOOD.assign(AESEQ=[1, 2]), ["AESEQ is int64; the specification wants float64"]),
    (GOOD.assign(AESEQ=["1", "2"]), ["AESEQ is str; the specification wants float64"]),
    (GOOD.assign(AETERM=[1.0, 2.0]), ["AETERM is float64; the specification wants text"]),
    (GOOD.astype({"AETERM": "object"}), ["AETERM is object; the specification wants text"]),
    (GOOD.astype({"AESER": "category"}), ["AESER is category; the specification wants text"]),
    (GOOD.assign(AETERM=pd.Series([None, None], dtype="str")), ["AETERM has 2 missing values; missing text is ''"]),
    (GOOD.assign(_record=pd.Series(["r", None], dtype="str")), ["_record has 1 missing value; missing text is ''"]),
    (GOOD.assign(_record=[1, 2]), ["_record is int64; the specification wants text"]),
    (GOOD.drop(columns="AESER").assign(AESEQ=[1, 2], X=""), [
        "AESER is in the specification and not in the data", "X is in the data and not in the specification",
        "AESEQ is int64; the specification wants float64"]),
])
def test_other_variables_or_types_than_specified_stop_the_build(given, cases):
    with pytest.raises(ContractError) as error:
        apply_contract(given, AE, "sdtm/ae.py:5")
    assert list(error.value.cases) == cases
    assert str(error.value) == "\n".join([
        "AE does not deliver what its specification says", *(f"  - {case}" for case in cases), "  at sdtm/ae.py:5",
        "  fix: derive the variable in the function, or change its entry in the specification"])


def test_a_dataset_that_lost_its_raw_records_stops_the_build():
    with pytest.raises(ContractError, match="AE has lost _record, the ids of its raw records\n  at ae.py:5\n  fix: "):
        apply_contract(GOOD.drop(columns="_record"), AE, "ae.py:5")


def test_trial_design_has_no_raw_records():
    design = spec("TA", ("ARMCD",), reference=True, ARMCD=("Char", {}))
    assert list(apply_contract(frame(("A",), columns="ARMCD"), design, "ta")) == ["ARMCD"]


def test_an_empty_dataset_keeps_its_variables_and_has_no_findings():
    made = apply_contract(GOOD.iloc[:0], AE, "ae")
    assert list(made) == ["USUBJID", "AESEQ", "AETERM", "AESER", "AELOC", "_record"]
    assert check_data(made, AE, CODELISTS) == []


@pytest.mark.parametrize(("kind", "display", "expected"), [
    ("Num", "DATE9.", True), ("Num", "date9.", True), ("Num", "DATETIME20.", True), ("Num", "E8601DA.", True),
    ("Num", "YYMMDD10.", True), ("Num", "DDMMYYS10.", True), ("Num", "TIME8.", False), ("Num", "8.2", False),
    ("Num", "", False), ("Char", "DATE9.", False),
])
def test_a_number_with_a_date_format_is_a_date(kind, display, expected):
    assert is_date(VariableSpec(name="ADT", label="A", type=kind, format=display)) is expected


def test_a_date_is_a_datetime_column_and_nothing_else():
    dates = spec("ADSL", ("USUBJID",), "ADaMIG 1.3", reference=True, TRTSDT=("Num", {"format": "DATE9."}))
    column = pd.Series(pd.to_datetime(["2025-01-31", None]))
    for unit in ("s", "ns"):
        assert len(apply_contract(pd.DataFrame({"TRTSDT": column.astype(f"datetime64[{unit}]")}), dates, "adsl")) == 2
    with pytest.raises(ContractError) as error:
        apply_contract(pd.DataFrame({"TRTSDT": [1.0]}), dates, "adsl")
    assert error.value.cases == ("TRTSDT is float64; the specification wants datetime64 (its format is DATE9.)",)


# --- the findings ----------------------------------------------------------------------------------------------------

def found(data, dataset=AE):
    return [(f.rule.removeprefix("contract."), f.severity, f.key, f.variable, f.value, f.record)
            for f in check_data(data, dataset, CODELISTS)]


def test_good_data_has_no_findings():
    assert found(GOOD) == []


def test_every_record_of_a_duplicate_key_is_a_finding():
    data = frame(("S-1", 1, "Rash", "", "", "AE:1/1"), ("S-1", 2, "Rash", "", "", "AE:1/2"),
                 ("S-2", 1, "Rash", "", "", "AE:2/1"))
    assert found(data) == [("duplicate_key", "warning", "USUBJID=S-1 AESEQ=1", "", "", "AE:1/1"),
                           ("duplicate_key", "warning", "USUBJID=S-1 AESEQ=2", "", "", "AE:1/2")]


@pytest.mark.parametrize(("row", "variable", "key"), [
    (("S-1", 1, "", "", "", "AE:1/1"), "AETERM", "USUBJID=S-1 AESEQ=1"),
    (("S-1", NAN, "Rash", "", "", "AE:1/1"), "AESEQ", "USUBJID=S-1 AESEQ="),
    (("", 1, "Rash", "", "", "AE:1/1"), "USUBJID", "USUBJID= AESEQ=1"),
])
def test_a_required_value_that_is_missing_is_an_error_finding(row, variable, key):
    assert found(frame(row)) == [("required_missing", "error", key, variable, "", "AE:1/1")]


def test_adam_says_by_required_only_that_the_variable_is_there():
    adam = spec("ADAE", ("USUBJID",), "ADaMIG 1.3", USUBJID=("Char", {"core": "Req"}))
    assert found(frame(("", "r"), columns="USUBJID _record"), adam) == []


@pytest.mark.parametrize(("variable", "value", "severity", "fix"), [
    ("AESER", "YES", "error", "programmer: map it to a term of NY, which is not extensible"),
    ("AELOC", "EAR", "warning", "programmer: add it in specs/codelists.yaml (LOC: add), or map it"),
])
def test_an_unknown_term_is_an_error_in_a_closed_list_and_a_warning_in_an_open_one(variable, value, severity, fix):
    finding, = check_data(GOOD.assign(**{variable: [value, ""]}), AE, CODELISTS)
    assert (finding.source, finding.rule, finding.severity, finding.dataset) == (
        "contract", "contract.unknown_term", severity, "AE")
    assert (finding.key, finding.variable, finding.value, finding.record) == (
        "USUBJID=S-1 AESEQ=1", variable, value, "AE:1/1")
    assert finding.message == f"the value is no term of the codelist {'NY' if variable == 'AESER' else 'LOC'}"
    assert finding.fix == fix


def test_a_term_is_told_as_it_is_spelled():
    assert [f[4] for f in found(GOOD.assign(AESER=["y", "Y "]))] == ["y", "Y "]


def test_the_finding_says_who_must_act():
    data = pd.concat([GOOD.assign(AETERM=""), GOOD.assign(AETERM="")])
    texts = {(f.rule, f.message, f.fix) for f in check_data(data, AE, CODELISTS)}
    assert texts == {
        ("contract.duplicate_key", "another record has the same key (USUBJID, AETERM)",
         "data management: is one of them a duplicate? If both stand, add a variable to the keys in the specification"),
        ("contract.required_missing", "AETERM is Required and has no value",
         "data management: query the site; programmer: is the field mapped?"),
    }


def test_the_order_of_the_records_changes_only_the_order_of_the_findings():
    data = frame(("S-1", 1, "Rash", "X", "", "r1"), ("S-1", 2, "Rash", "Y", "EAR", "r2"), ("", NAN, "", "", "", "r3"))
    assert sorted(found(data.iloc[::-1])) == sorted(found(data))
    assert len(found(data)) == 7


# --- the name of a record --------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "keys", "row", "columns", "expected"), [
    ("AE", ["USUBJID", "AETERM"], ("S-1", 3.0, "Rash"), "USUBJID AESEQ AETERM", "USUBJID=S-1 AESEQ=3"),
    ("AE", ["USUBJID", "AETERM"], ("S-1", 1234567.0, "Rash"), "USUBJID AESEQ AETERM", "USUBJID=S-1 AESEQ=1234567"),
    ("DM", ["STUDYID", "USUBJID"], ("X", "S-1"), "STUDYID USUBJID", "USUBJID=S-1"),
    ("SV", ["STUDYID", "USUBJID", "VISITNUM"], ("X", "S-1", 1.02), "STUDYID USUBJID VISITNUM",
     "USUBJID=S-1 VISITNUM=1.02"),
    ("TA", ["STUDYID", "ARMCD", "TAETORD"], ("X", "A", 2.0), "STUDYID ARMCD TAETORD", "ARMCD=A TAETORD=2"),
    ("ADVS", ["USUBJID", "PARAMCD"], ("S-1", "SYSBP", 4.0), "USUBJID PARAMCD ASEQ", "USUBJID=S-1 PARAMCD=SYSBP ASEQ=4"),
    ("ADVS", ["USUBJID", "PARAMCD", "VSSEQ"], ("S-1", "SYSBP", NAN), "USUBJID PARAMCD VSSEQ",
     "USUBJID=S-1 PARAMCD=SYSBP VSSEQ="),
    ("ADAE", ["USUBJID", "ADT"], ("S-1", pd.Timestamp("2025-01-31")), "USUBJID ADT", "USUBJID=S-1 ADT=2025-01-31"),
])
def test_a_record_is_named_by_subject_and_sequence_or_by_its_keys(name, keys, row, columns, expected):
    data = pd.DataFrame([row], columns=columns.split())
    assert list(record_keys(data, spec(name, keys, USUBJID=("Char", {})))) == [expected]


def test_a_supplemental_qualifier_is_named_by_its_parent_record_and_its_name():
    columns = ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"]
    data = pd.DataFrame([("S", "AE", "S-1", "AESEQ", "3", "AEREL1")], columns=columns)
    assert list(record_keys(data, supplement_spec(AE))) == ["USUBJID=S-1 IDVAR=AESEQ IDVARVAL=3 QNAM=AEREL1"]


def test_names_of_records_keep_the_index_of_the_frame():
    data = frame(("S-1", 1, "Rash", "", "", "r"), ("S-2", 1, "Rash", "", "", "r")).set_index(pd.Index([5, 3]))
    assert record_keys(data, AE).to_dict() == {5: "USUBJID=S-1 AESEQ=1", 3: "USUBJID=S-2 AESEQ=1"}


def test_a_codelist_under_a_value_of_another_variable_holds_for_those_records_only():
    where = {"AETERM": {"Rash": {"codelist": "LOC"}}}
    only = spec(USUBJID=("Char", {}), AETERM=("Char", {}), AELOC=("Char", {"where": where}))
    data = frame(("S-1", "Rash", "SOMEWHERE", "r1"), ("S-1", "Cough", "ANYWHERE", "r2"), ("S-2", "Rash", "ARM", "r3"),
                 columns="USUBJID AETERM AELOC _record")
    assert [(found.rule, found.variable, found.value, found.record) for found in check_data(data, only, CODELISTS)] == [
        ("contract.unknown_term", "AELOC", "SOMEWHERE", "r1")]

"""Laws of the mapping: what is collected arrives as the specification says, or a finding tells where it did not."""

import pandas as pd
import pytest

from cdisckit.errors import SpecError
from cdisckit.study import used_fields
from sdtm.mapping import collected_dates, map_form, map_terms, report_records, to_number
from specs import Codelist, Term

OUTCOME = {"from": "AEOUT", "map": {"1": "RECOVERED/RESOLVED", "5": "FATAL"}, "codelist": "OUT"}    # not extensible
ROUTE = {"from": "CMROUTE", "map": {"1": "ORAL"}, "codelist": "ROUTE"}                              # extensible
CAUSES = Codelist(name="CAUSES", label="Causality", terms={term: Term(value=term) for term in ("NONE", "POSSIBLE")})


def texts(frame, variable):
    assert frame[variable].dtype == "str"
    return list(frame[variable])


# ---- from, value, uses ---------------------------------------------------------------------------------------------

def test_from_copies_a_field_without_the_blanks_around_it(study, block, check):
    made = study(AE={"AETERM": {"from": "TERM"}})
    raw = block(made, AE=pd.DataFrame({"SUBJID": ["1", "2", "3"], "TERM": ["  RASH ", "\u3000头痛\t", " "]}, dtype="str"))
    check(map_form(raw, made["AE"]), """
_record   | _subject | AETERM
AE:01-1   | 01-1     | RASH
AE:01-2   | 01-2     | 头痛
AE:01-3   | 01-3     |
""")


def test_a_number_is_read_from_text(study, block, check):
    made = study(EX={"EXDOSE": {"from": "DOSE", "type": "Num"}})
    raw = block(made, EX="""
SUBJID | DOSE
1      | 54
2      | 0.50
3      |
4      | -1.5e2
5      | .5
""")
    frame = map_form(raw, made["EX"])
    assert frame["EXDOSE"].dtype == "float64"
    check(frame, """
_record | EXDOSE
EX:01-1 | 54
EX:01-2 | 0.5
EX:01-3 |
EX:01-4 | -150
EX:01-5 | 0.5
""")


@pytest.mark.parametrize("text", ["ND", "<5", "5 mg", "1,5", "1.2.3", "inf", "nan", "1e999", "0x10", "1_000", "--5", "."])
def test_a_text_that_is_no_number_is_empty_and_a_finding(study, block, findings, text):
    made = study(EX={"EXDOSE": {"from": "DOSE", "type": "Num"}})
    frame = map_form(block(made, EX=f"SUBJID | DOSE\n1 | {text}"), made["EX"])
    assert frame["EXDOSE"].isna().all()
    found, = findings
    assert (found.rule, found.severity, found.dataset, found.variable, found.value, found.record) == (
        "mapping.not_a_number", "error", "EX", "EXDOSE", text, "EX:01-1")
    assert found.message == "DOSE is no number; EXDOSE is left empty"
    assert found.fix.startswith("data management: query the site")


def test_value_is_the_same_for_every_record(study, block, check):
    made = study(AE={"DOMAIN": {"value": "AE"}, "AECAT": {"value": "ADVERSE EVENT"}, "AENUM": {"value": "3", "type": "Num"},
                     "AESCAT": {"value": ""}, "AENONE": {"value": "", "type": "Num"}})
    check(map_form(block(made, AE="SUBJID\n1\n2"), made["AE"]), """
DOMAIN | AECAT         | AENUM | AESCAT | AENONE
AE     | ADVERSE EVENT | 3     |        |
AE     | ADVERSE EVENT | 3     |        |
""")


def test_a_variable_that_says_nothing_is_there_and_empty(study, block, check):
    made = study(AE={"AEACN": {}, "AEDOSE": {"type": "Num"}})
    check(map_form(block(made, AE="SUBJID\n1"), made["AE"]), "AEACN | AEDOSE\n      | ")


def test_a_derived_variable_is_left_to_its_function(study, block):
    made = study(AE={"AETERM": {"from": "TERM"}, "AESTDY": {"derive": "derive_study_day", "type": "Num"}})
    assert list(map_form(block(made, AE="SUBJID | TERM\n1 | RASH"), made["AE"]).columns) == [
        "_record", "_subject", "_SITEID", "_SUBJID", "AETERM"]


def test_fields_that_derivations_use_come_along_under_their_own_name(study, block, check):
    made = study(AE={"uses": ["AEYN", "NOSUCH"], "AETERM": {"from": "TERM"}})
    check(map_form(block(made, AE="SUBJID | TERM | AEYN\n1 | RASH | Y"), made["AE"]), """
AETERM | _AEYN | _NOSUCH | _SITEID | _SUBJID
RASH   | Y     |         | 01      | 1
""")


def test_a_field_that_the_file_lacks_leaves_its_variable_empty(study, block, check):
    made = study(AE={"AETERM": {"from": "NOSUCH"}, "AESEQ": {"from": "NOSUCH", "type": "Num"}, "AESTDTC": {"dtc": "NOSUCH"},
                     "AEOUT": {**OUTCOME, "from": "NOSUCH"}})
    check(map_form(block(made, AE="SUBJID\n1"), made["AE"]), "AETERM | AESEQ | AESTDTC | AEOUT\n | | |")


def test_an_empty_form_keeps_the_variables_and_their_types(study, block):
    made = study(AE={"uses": ["AEYN"], "AETERM": {"from": "TERM"}, "AEDOSE": {"from": "DOSE", "type": "Num"},
                     "AESTDTC": {"dtc": ["DAT", "TIM"]}, "AEOUT": OUTCOME, "AECAT": {"value": "X"},
                     "AENUM": {"value": "1", "type": "Num"}})
    frame = map_form(block(made), made["AE"])
    assert len(frame) == 0
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "_record": "str", "_subject": "str", "_SITEID": "str", "_SUBJID": "str", "_AEYN": "str", "AETERM": "str",
        "AEDOSE": "float64", "AESTDTC": "str", "AEOUT": "str", "AECAT": "str", "AENUM": "float64"}


def test_a_dataset_without_a_form_stops(study, block):
    made = study(SE={"form": [], "ETCD": {"from": "X"}})
    with pytest.raises(SpecError, match="SE maps no form"):
        map_form(block(made), made["SE"])


def test_another_form_can_be_named(study, block, check):
    made = study(AE={"AETERM": {"from": "TERM"}}, HO={"HOTERM": {"from": "TERM"}})
    check(map_form(block(made, HO="SUBJID | TERM\n1 | FALL"), made["AE"], "HO"), "_record | AETERM\nHO:01-1 | FALL")


# ---- map: codes to terms -------------------------------------------------------------------------------------------

def test_codes_become_terms_and_a_text_that_is_a_term_stays(study, block, check):
    made = study(AE={"AEOUT": OUTCOME})
    check(map_form(block(made, AE="""
SUBJID | AEOUT
1      | 1
2      | FATAL
3      | UNKNOWN
4      |
"""), made["AE"]), """
_record | AEOUT
AE:01-1 | RECOVERED/RESOLVED
AE:01-2 | FATAL
AE:01-3 | UNKNOWN
AE:01-4 |
""")


def test_a_code_without_a_term_is_empty_and_a_finding_names_record_value_and_fix(study, block, findings):
    made = study(AE={"AEOUT": OUTCOME})
    frame = map_form(block(made, AE="SUBJID | AEOUT\n1 | 1\n2 | 9\n3 | recovered"), made["AE"])
    assert texts(frame, "AEOUT") == ["RECOVERED/RESOLVED", "", ""]
    assert [(f.record, f.value) for f in findings] == [("AE:01-2", "9"), ("AE:01-3", "recovered")]
    found = findings[0]
    assert (found.source, found.rule, found.severity, found.dataset, found.variable) == (
        "mapping", "mapping.unmapped_value", "error", "AE", "AEOUT")
    assert found.message == "AEOUT has a value that the specification maps to no term; AEOUT is left empty"
    assert found.fix == "data management: is the value right? Programmer: if it is, add it to the map of AEOUT"


def test_a_code_can_be_mapped_to_nothing(study, block):
    made = study(AE={"AEENRTPT": {"from": "AEONGO", "map": {"Y": "ONGOING", "N": ""}}})
    frame = map_form(block(made, AE="SUBJID | AEONGO\n1 | Y\n2 | N\n3 |"), made["AE"])
    assert texts(frame, "AEENRTPT") == ["ONGOING", "", ""]


def test_where_cdisc_lets_a_list_be_extended_a_text_goes_on_and_a_bare_number_does_not(study, block, findings):
    made = study(CM={"CMROUTE": ROUTE})
    frame = map_form(block(made, CM="""
SUBJID | CMROUTE
1      | 1
2      | BY DRONE
3      | 7
4      | 7.0
5      | -1
6      | 经鼻
7      | 2 TIMES
"""), made["CM"])
    assert texts(frame, "CMROUTE") == ["ORAL", "BY DRONE", "", "", "", "经鼻", "2 TIMES"]
    assert [finding.value for finding in findings] == ["7", "7.0", "-1"]


def test_a_list_of_the_sponsors_own_is_not_extended_by_what_was_collected(study, block, findings):
    made = study({}, {"CAUSES": CAUSES}, AE={"AEREL": {"from": "AEREL", "map": {"1": "NONE"}, "codelist": "CAUSES"}})
    frame = map_form(block(made, AE="SUBJID | AEREL\n1 | 1\n2 | POSSIBLE\n3 | PROBABLE"), made["AE"])
    assert texts(frame, "AEREL") == ["NONE", "POSSIBLE", ""]
    assert [finding.value for finding in findings] == ["PROBABLE"]


def test_without_a_map_a_value_goes_on_as_collected(study, block):
    made = study(AE={"AEOUT": {"from": "AEOUT", "codelist": "OUT"}})
    assert texts(map_form(block(made, AE="SUBJID | AEOUT\n1 | odd"), made["AE"]), "AEOUT") == ["odd"]


def test_a_mapped_number_is_a_number(study, block, findings):
    made = study(AE={"AEGRADE": {"from": "GRADE", "map": {"MILD": "1", "SEVERE": "3"}, "type": "Num"}})
    frame = map_form(block(made, AE="SUBJID | GRADE\n1 | SEVERE\n2 | MILD\n3 | ODD"), made["AE"])
    assert frame["AEGRADE"].fillna(-1).to_list() == [3, 1, -1]
    assert [finding.rule for finding in findings] == ["mapping.unmapped_value"]


def test_values_of_another_order_of_rows_are_given_to_their_records(findings):
    collected = pd.Series(["9", "1"], index=[5, 2], dtype="str")
    records = pd.Series(["AE:B", "AE:A"], index=[5, 2], dtype="str")
    assert map_terms(collected, {"1": "Y"}, {"Y"}, "AE", "AESER", "SER", records).to_dict() == {5: "", 2: "Y"}
    assert to_number(collected + "x", "AE", "AESEQ", "SEQ", records).isna().all()
    assert [(f.record, f.value) for f in findings] == [("AE:B", "9"), ("AE:B", "9x"), ("AE:A", "1x")]


# ---- dtc: dates ----------------------------------------------------------------------------------------------------

def test_one_field_or_two_become_iso_8601(study, block, check):
    made = study(EX={"EXSTDTC": {"dtc": "DAT"}, "EXENDTC": {"dtc": ["DAT", "TIM"]}})
    check(map_form(block(made, EX="""
SUBJID | DAT         | TIM
1      | 16-JAN-2014 | 09:05
2      | JAN-2014    |
3      | 2014        |
4      | 16-JAN-2014 |
5      |             |
"""), made["EX"]), """
_record | EXSTDTC    | EXENDTC
EX:01-1 | 2014-01-16 | 2014-01-16T09:05
EX:01-2 | 2014-01    | 2014-01
EX:01-3 | 2014       | 2014
EX:01-4 | 2014-01-16 | 2014-01-16
EX:01-5 |            |
""")


def test_the_same_text_is_read_alike_wherever_it_stands(study, block, check):
    made = study(EX={"EXSTDTC": {"dtc": ["DAT", "TIM"]}, "EXENDTC": {"dtc": "DAT"}, "EXRFTDTC": {"dtc": ["DAT", "TIM"]}})
    check(map_form(block(made, EX="SUBJID | DAT | TIM\n1 | 16-JAN-2014 | 9:05\n2 | 16-JAN-2014 |"), made["EX"]), """
EXSTDTC          | EXENDTC    | EXRFTDTC
2014-01-16T09:05 | 2014-01-16 | 2014-01-16T09:05
2014-01-16       | 2014-01-16 | 2014-01-16
""")


def test_the_studys_order_of_day_and_month_and_its_unknown_words_count(study, block, check):
    made = study({"date_order": "MDY", "unknown_date_parts": ["??"]}, AE={"AESTDTC": {"dtc": "DAT"}})
    check(map_form(block(made, AE="SUBJID | DAT\n1 | 03/04/2024\n2 | ??-MAR-2024"), made["AE"]), """
AESTDTC
2024-03-04
2024-03
""")


def test_a_date_that_does_not_exist_keeps_what_is_known_and_is_a_finding(study, block, findings):
    made = study(AE={"AESTDTC": {"dtc": "DAT"}})
    frame = map_form(block(made, AE="SUBJID | DAT\n1 | 01-FEB-2024\n2 | 31-FEB-2024\n3 | soon"), made["AE"])
    assert texts(frame, "AESTDTC") == ["2024-02-01", "2024-02", ""]
    assert [(f.rule, f.severity, f.record, f.variable, f.value) for f in findings] == [
        ("mapping.impossible_date", "error", "AE:01-2", "AESTDTC", "31-FEB-2024"),
        ("mapping.impossible_date", "error", "AE:01-3", "AESTDTC", "soon")]
    assert findings[0].message == "DAT: there is no such day; the day is left out; AESTDTC keeps 2024-02"
    assert findings[1].message.endswith("AESTDTC keeps nothing")
    assert findings[0].fix == "data management: query the site for the date"


def test_a_time_that_does_not_exist_names_both_fields(study, block, findings):
    made = study(AE={"AESTDTC": {"dtc": ["DAT", "TIM"]}})
    frame = map_form(block(made, AE="SUBJID | DAT | TIM\n1 | 01-FEB-2024 | 25:00"), made["AE"])
    assert texts(frame, "AESTDTC") == ["2024-02-01"]
    assert findings[0].value == "01-FEB-2024 25:00"
    assert findings[0].message.startswith("DAT TIM: there is no such time")


def test_a_time_without_a_date_is_a_finding(study, block, findings):
    made = study(AE={"AESTDTC": {"dtc": ["DAT", "TIM"]}})
    frame = map_form(block(made, AE="SUBJID | DAT | TIM\n1 | | 09:05\n2 | |\n3 | | UN:UN"), made["AE"])
    assert texts(frame, "AESTDTC") == ["", "", ""]
    found, = findings
    assert (found.rule, found.severity, found.record, found.value) == (
        "mapping.time_without_date", "warning", "AE:01-1", "09:05")
    assert found.message == "TIM has a time and DAT no date; AESTDTC is empty"


# ---- the dates of other forms --------------------------------------------------------------------------------------

DOSES = """
SUBJID | STDAT       | STTIM
1      | 02-JAN-2014 | 09:00
2      | JAN-2014    |
3      |             |
"""


def test_dates_of_several_forms_stand_one_a_row_with_their_record_and_source(study, block, check):
    made = study(EX={"EXSTDTC": {"dtc": "STDAT"}}, DS={"DSSTDTC": {"dtc": "DAT"}})
    raw = block(made, EX=DOSES, DS="SUBJID | DAT\n1 | 03-MAR-2014")
    check(collected_dates(raw, ("EX.STDAT/STTIM", "EX.STDAT", "DS.DAT")), """
USUBJID | _record | dtc              | source
S1-01-1 | EX:01-1 | 2014-01-02T09:00 | EX.STDAT/STTIM
S1-01-2 | EX:01-2 | 2014-01          | EX.STDAT/STTIM
S1-01-1 | EX:01-1 | 2014-01-02       | EX.STDAT
S1-01-2 | EX:01-2 | 2014-01          | EX.STDAT
S1-01-1 | DS:01-1 | 2014-03-03       | DS.DAT
""")


def test_a_source_without_records_or_without_its_field_gives_no_dates(study, block):
    made = study(EX={"EXSTDTC": {"dtc": "STDAT"}})
    dates = collected_dates(block(made, DM="SUBJID\n1"), ("EX.STDAT/STTIM", "DM.NOSUCH"))
    assert len(dates) == 0
    assert list(dates.columns) == ["USUBJID", "_record", "dtc", "source"]
    assert {str(kind) for kind in dates.dtypes} == {"str"}


def test_a_problem_of_a_date_is_reported_where_it_is_mapped_and_not_where_it_is_used(study, block):
    made = study(EX={"EXSTDTC": {"dtc": "STDAT"}})
    assert list(collected_dates(block(made, EX="SUBJID | STDAT\n1 | 31-FEB-2024"), ("EX.STDAT",))["dtc"]) == ["2024-02"]


def test_no_source_and_an_unknown_form_stop(study, block):
    made = study(EX={"EXSTDTC": {"dtc": "STDAT"}})
    with pytest.raises(SpecError, match="no raw field is named"):
        collected_dates(block(made), ())
    with pytest.raises(SpecError, match="the study has no form EXX; did you mean EX?"):
        collected_dates(block(made), ("EXX.STDAT",))


# ---- findings ------------------------------------------------------------------------------------------------------

def test_every_record_is_reported_with_its_own_subject_value_and_message(table, findings):
    data = table("""
USUBJID | _record | AESER
S1-1    | AE:1/A  | N
S1-2    | AE:2/A  | Y
""")
    report_records(data, "mapping.one", "warning", "AE", "AESER", "one for all", "nobody")
    report_records(data, "mapping.each", "error", "AE", "AEOUT", "AESER is " + data["AESER"], "nobody", value="AESER")
    report_records(data.drop(columns="USUBJID"), "mapping.bare", "notice", "AE", "AEOUT", "no value", "nobody")
    assert [(f.rule, f.severity, f.key, f.variable, f.value, f.message, f.record) for f in findings] == [
        ("mapping.one", "warning", "USUBJID=S1-1", "AESER", "N", "one for all", "AE:1/A"),
        ("mapping.one", "warning", "USUBJID=S1-2", "AESER", "Y", "one for all", "AE:2/A"),
        ("mapping.each", "error", "USUBJID=S1-1", "AEOUT", "N", "AESER is N", "AE:1/A"),
        ("mapping.each", "error", "USUBJID=S1-2", "AEOUT", "Y", "AESER is Y", "AE:2/A"),
        ("mapping.bare", "notice", "", "AEOUT", "", "no value", "AE:1/A"),
        ("mapping.bare", "notice", "", "AEOUT", "", "no value", "AE:2/A")]


BY_FORM = {"form": ["CM", "CT"], "uses": ["CMNOTE"], "CMTRT": {"from": "CMTRT"}, "CMCAT": {"value": "GENERAL"},
           "CMSTDTC": {"dtc": "CMSTDAT"},
           "by_form": {"CT": {"uses": [], "CMTRT": {"from": "CTTRT"}, "CMCAT": {"from": "CTWHEN", "map": {"P": "PRIOR"}},
                              "CMSTDTC": {"dtc": "CTSTDAT"}}}}


def test_a_dataset_of_two_forms_takes_each_variable_from_the_form_s_own_fields(study, block, check):
    specs = study({"forms": {name: {"file": f"{name}.csv"} for name in ("DM", "CM", "CT")}}, CM=BY_FORM)
    raw = block(specs, CM="SUBJID | CMTRT | CMSTDAT | CMNOTE\n1 | ASPIRIN | 01-MAR-2023 | n",
                CT="SUBJID | CTTRT | CTSTDAT | CTWHEN\n1 | CISPLATIN | MAR-2022 | P")
    check(map_form(raw, specs["CM"]), "_CMNOTE | CMTRT | CMCAT | CMSTDTC\nn | ASPIRIN | GENERAL | 2023-03-01")
    other = map_form(raw, specs["CM"], "CT")
    check(other, "CMTRT | CMCAT | CMSTDTC\nCISPLATIN | PRIOR | 2022-03")
    assert "_CMNOTE" not in other
    assert {form: fields - {"SITEID", "SUBJID"} for form, fields in used_fields(specs).items()} == {
        "DM": set(), "CM": {"CMTRT", "CMSTDAT", "CMNOTE"}, "CT": {"CTTRT", "CTSTDAT", "CTWHEN"}}

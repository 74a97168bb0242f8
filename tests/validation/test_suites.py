"""The Great Expectations suites: what they find, and that nothing they do not see passes in silence."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.findings import Finding
from specs import Codelist, DatasetSpec, Term, summarise

suites = pytest.importorskip("validation.suites")
gx = suites.gx

CODELISTS = {
    name: Codelist(name=name, label=name, code="C1", extensible=extensible, terms={t: Term(value=t) for t in terms})
    for name, extensible, terms in (("NY", False, ("Y", "N", "U", "NA")), ("ND", False, ("NOT DONE",)),
                                    ("LOC", True, ("ARM", "LEG")))
}
VARIABLES = {
    "STUDYID": {"type": "Char", "core": "Req"},
    "USUBJID": {"type": "Char", "core": "Req"},
    "VSSEQ": {"type": "Num", "core": "Req"},
    "VSORRES": {"type": "Char", "core": "Exp"},
    "VSORRESU": {"type": "Char", "core": "Exp", "length": "5"},
    "VSSTAT": {"type": "Char", "core": "Perm", "codelist": "ND"},
    "VSLOC": {"type": "Char", "core": "Perm", "codelist": "LOC"},
    "VSBLFL": {"type": "Char", "core": "Perm", "codelist": "NY"},
    "VSCLSIG": {"type": "Char", "core": "Perm", "codelist": "NY"},
    "VSDTC": {"type": "Char", "core": "Exp", "role": "Timing"},
    "VSDY": {"type": "Num", "core": "Perm", "role": "Timing"},
    "VSELTM": {"type": "Char", "core": "Perm", "role": "Timing"},
}
GOOD = """
USUBJID VSSEQ VSORRES VSORRESU VSSTAT   VSLOC VSBLFL VSCLSIG VSDTC            VSDY VSELTM _record
S-1     1     120     mmHg     .        ARM   Y      N       2023-05-01T08:30 1    PT15M  VS:1/V1/1
S-1     2     .       .        NOT_DONE .     .      U       2023---15        -1   .      VS:1/V1/2
S-2     1     é*100   kg/m2    .        LEG   .      .       .                .    -P1D   VS:2/V1/1
"""
BAD = """
USUBJID VSSEQ VSORRES VSORRESU VSSTAT   VSLOC VSBLFL VSCLSIG VSDTC            VSDY VSELTM _record
S-1     1     é*101   mmHg     .        EAR   Y      MAYBE   2023-05-01T08:30 1    PT15M  VS:1/V1/1
.       1     120     mmHggg   DONE     ARM   .      N       2023-02-30       0    15MIN  VS:1/V1/2
S-1     1     120     mmHg     .        ARM   N      N       2023-05-01T08:30 .    .      VS:1/V1/3
"""
FOUND = {
    ("expect_column_values_to_not_be_null", "error", "USUBJID", "", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_column_values_to_fit_bytes", "error", "VSORRES", "é" * 101, "USUBJID=S-1 VSSEQ=1", "VS:1/V1/1"),
    ("expect_column_values_to_fit_bytes", "error", "VSORRESU", "mmHggg", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_column_values_to_be_in_set", "error", "VSSTAT", "DONE", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_column_values_to_be_in_set", "warning", "VSLOC", "EAR", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/1"),
    ("expect_column_values_to_be_in_set", "error", "VSBLFL", "N", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/3"),
    ("expect_column_values_to_be_in_set", "error", "VSCLSIG", "MAYBE", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/1"),
    ("expect_column_values_to_be_iso8601", "error", "VSDTC", "2023-02-30", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_column_values_to_be_iso8601", "error", "VSELTM", "15MIN", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_column_values_to_not_be_in_set", "error", "VSDY", "0", "USUBJID= VSSEQ=1", "VS:1/V1/2"),
    ("expect_compound_columns_to_be_unique", "warning", "", "", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/1"),
    ("expect_compound_columns_to_be_unique", "warning", "", "", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/3"),
    ("expect_compound_columns_to_be_unique", "error", "", "", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/1"),
    ("expect_compound_columns_to_be_unique", "error", "", "", "USUBJID=S-1 VSSEQ=1", "VS:1/V1/3"),
}


def spec_of(variables=VARIABLES, name="VS", standard="SDTMIG 3.4", keys=("STUDYID", "USUBJID", "VSDTC")):
    entries = {variable: {"label": variable, **facts, "name": variable} for variable, facts in variables.items()}
    return DatasetSpec.model_validate({"name": name, "label": "Label", "class": "FINDINGS", "structure": "One record",
                                       "standard": standard, "keys": keys, "variables": entries})


def frame_of(table):
    """A table of words: . is missing, _ a blank, é*3 is ééé; VSSEQ and VSDY are numbers."""
    header, *lines = (line.split() for line in table.strip().splitlines())
    rows = [[_text(word) for word in line] for line in lines]
    frame = pd.DataFrame(rows, columns=header, dtype="str")
    frame.insert(0, "STUDYID", pd.Series("STUDY", index=frame.index, dtype="str"))
    numbers = {column: pd.to_numeric(frame[column]).astype("float64") for column in ("VSSEQ", "VSDY")}
    return frame.assign(**numbers)


def _text(word):
    text, _, times = word.partition("*")
    return "" if word == "." else text * int(times) if times else word.replace("_", " ")


def run(frame, spec=None):
    return suites.run_suite(frame, spec or spec_of(), CODELISTS)


FEW = {name: VARIABLES[name] for name in ("STUDYID", "USUBJID", "VSSEQ", "VSLOC", "VSDY")}


def few(frame, **more):
    """The findings of five variables only: Great Expectations is slow."""
    return run(frame, spec_of({**FEW, **more}, keys=("STUDYID", "USUBJID", "VSSEQ")))


def few_of(table):
    return frame_of(table)[[*FEW, "_record"]]


def rows_of(findings):
    return {(f.rule.removeprefix("gx."), f.severity, f.variable, f.value, f.key, f.record) for f in findings}


@pytest.fixture(scope="module")
def bad():
    frame = frame_of(BAD)
    found = run(frame)
    pd.testing.assert_frame_equal(frame, frame_of(BAD))     # the input is not changed
    return found


def test_a_dataset_as_specified_has_no_finding():
    assert run(frame_of(GOOD)) == []


def test_every_record_that_is_not_as_specified_is_one_finding_with_its_key_value_and_raw_record(bad):
    assert rows_of(bad) == FOUND and len(bad) == len(FOUND)


def test_every_finding_names_its_dataset_what_is_wrong_and_who_must_act(bad):
    assert {(found.source, found.dataset) for found in bad} == {("great_expectations", "VS")}
    assert all(found.message and found.fix.startswith(("programmer: ", "data management: ")) for found in bad)


def test_the_rows_order_does_not_matter(bad):
    shuffled = frame_of(BAD).iloc[[2, 0, 1]]
    assert sorted(run(shuffled)) == sorted(bad)


def test_a_second_dataset_is_checked_by_its_own_values(bad):
    assert rows_of(few(few_of(BAD).iloc[:1])) == {row for row in FOUND if row[2] == "VSLOC"}
    assert few(few_of(GOOD)) == []


def test_object_columns_are_checked_like_text_columns():
    frame = frame_of(BAD)
    text = [column for column in frame if column not in ("VSSEQ", "VSDY")]
    assert rows_of(run(frame.astype(dict.fromkeys(text, "object")))) == FOUND


def test_an_empty_dataset_has_no_finding():
    assert run(frame_of(GOOD).iloc[:0]) == []


def test_raw_records_that_collapsed_into_one_are_all_named():
    frame = few_of(BAD)
    frame["_record"] = pd.Series([["VS:1", "VS:2"], ["VS:3"], "VS:4"], index=frame.index, dtype="object")
    assert {found.record for found in few(frame)} == {"VS:1; VS:2", "VS:3", "VS:4"}


def test_a_dataset_without_raw_records_is_checked_too():
    found = few(few_of(BAD).drop(columns="_record"))
    assert ("VSLOC", "EAR", "USUBJID=S-1 VSSEQ=1", "") in {(f.variable, f.value, f.key, f.record) for f in found}


def test_a_missing_variable_is_one_finding_and_the_others_are_still_checked():
    found = run(frame_of(BAD).drop(columns="VSLOC"))
    missing = [f for f in found if f.variable == "VSLOC"]
    assert [(f.rule, f.severity) for f in missing] == [("gx.expect_table_columns_to_match_ordered_list", "error")]
    assert "not in the data; what else is expected of it was not checked" in missing[0].message
    assert rows_of(found) >= {row for row in FOUND if row[2] != "VSLOC"}


@pytest.mark.parametrize(("change", "variable", "message"), [
    (lambda frame: frame.assign(VSFOO="x"), "VSFOO", "VSFOO is in the data and not in the specification"),
    (lambda frame: frame[["USUBJID", "STUDYID", *frame.columns[2:]]], "",
     "VS does not have the variables of its specification in their order"),
])
def test_an_extra_variable_or_another_order_is_found(change, variable, message):
    assert [(f.variable, f.message) for f in few(change(few_of(GOOD)))] == [(variable, message)]


def test_text_where_a_number_belongs_is_found_record_by_record():
    frame = few_of(GOOD)
    frame["VSDY"] = pd.Series([1.0, "two", None], dtype="object")
    found = [f for f in few(frame) if f.rule == "gx.expect_column_values_to_be_in_type_list"]
    assert [(f.variable, f.value, f.record) for f in found] == [("VSDY", "two", "VS:1/V1/2")]


def test_a_whole_column_of_another_type_is_one_finding():
    frame = few_of(GOOD).assign(VSDY=pd.Series(["1", "", ""], dtype="str"))
    found = [f for f in few(frame) if f.rule == "gx.expect_column_values_to_be_in_type_list"]
    assert [(f.variable, f.value, f.severity) for f in found] == [("VSDY", "str", "error")]


def test_a_number_where_text_belongs_is_found():
    found = few(few_of(GOOD).assign(VSLOC=[120.0, 80.0, float("nan")]))
    assert [f.value for f in found if f.rule == "gx.expect_column_values_to_fit_bytes"] == ["120", "80"]


def test_findings_over_the_limit_are_counted_not_dropped(monkeypatch):
    monkeypatch.setattr(suites, "LISTED", 3)
    frame = pd.concat([few_of(GOOD)] * 4).assign(VSLOC="EAR", VSSEQ=[*map(float, range(1, 13))])
    found = [f for f in few(frame) if f.variable == "VSLOC"]
    assert [f.record for f in found] == ["VS:1/V1/1", "VS:1/V1/2", "VS:2/V1/1", ""]
    assert found[-1].message == "the value is no term of the codelist LOC: 9 more records, not listed"
    assert {f.severity for f in found} == {"warning"}


def test_an_exception_inside_great_expectations_is_an_error_never_no_finding(monkeypatch):
    def broken(text, kind):
        raise RuntimeError("the check is broken")

    monkeypatch.setattr("validation.expectations._is_iso8601", broken)
    found = run(frame_of(GOOD))
    assert [(f.rule, f.severity, f.variable) for f in found] == [
        ("gx.expect_column_values_to_be_iso8601", "error", "VSDTC"),
        ("gx.expect_column_values_to_be_iso8601", "error", "VSELTM")]
    assert all("could not be evaluated: the check is broken" in f.message for f in found)


def test_an_expectation_without_a_result_is_an_error_never_no_finding(monkeypatch):
    whole = suites._verdicts_of
    monkeypatch.setattr(suites, "_verdicts_of", lambda data, suite: whole(data, suite)[1:])
    found = run(frame_of(GOOD)[["STUDYID", "_record"]], spec_of({"STUDYID": VARIABLES["STUDYID"]}, keys=("STUDYID",)))
    assert ("gx.suite", "error") in {(f.rule, f.severity) for f in found}
    assert "expectations were stated and" in found[-1].message


DATES = """
2003-12-15T13:14:17 2003-12-15T13:14:17.123 2003-12-15T13:14:17+01:00 2003-12-15T13:14Z 2003-12-15T13:14 2003-12-15T13
2003-12-15 2003-12 2003 2003---15 --12-15 --12 ----15 -----T07:15 2003-12-15T-:15 2003-12-15T13:-:17 2003-12--T10
2004-02-29 --02-29 2003-12-01/2003-12-10 2003-12-15T10:00/2003-12-15T10:30
"""
NO_DATES = """
2003-02-29 2003-02-30 2003-13-01 2003-12-32 2003-00-10 2003-12- 2003- 2003-- 2003--- - -- ----- 03-12-15 15DEC2003
20031215 2003/12/15 2003-12-15T 2003-12-15T24:00 2003-12-15T13:60 2003-12-15T13:- 2003-12-15T-:- 2003-12T10:00
2003-12-15T1314 2003-12-15_13:14 2003-1-5 2003-12-15T13:14:17. 0000-01-01 2003-UN-UN 2003-12-01/ /2003
2003/2004/2005 2003-12-15Z ２００３ 2003-12-15\\n
"""


def dates_found(values, variable):
    frame = pd.DataFrame({variable: pd.Series([_plain(text) for text in values], dtype="str")})
    spec = spec_of({variable: {"type": "Char", "role": "Timing"}}, keys=(variable,))
    return [f.value for f in suites.run_suite(frame, spec, {}) if f.rule == "gx.expect_column_values_to_be_iso8601"]


def _plain(text):
    return text.replace("_", " ").replace("\\n", "\n")


def test_a_date_is_iso_8601_whole_partial_or_with_an_unknown_part_in_the_middle():
    assert dates_found(DATES.split(), "VSDTC") == []


def test_what_no_calendar_and_no_standard_has_is_no_date():
    assert dates_found(NO_DATES.split(), "VSDTC") == [_plain(text) for text in NO_DATES.split()]


def test_a_duration_is_iso_8601():
    assert dates_found(["PT15M", "-PT15M", "P2D", "P1Y2M3DT4H5M6.5S", "P2W", "PT0S"], "VSELTM") == []
    wrong = ["P", "PT", "15M", "P1DT", "P1H", "PT1D", "P2W1D", "-", "P-1D"]
    assert dates_found(wrong, "VSELTM") == wrong


ADSL = {"STUDYID": {"type": "Char", "core": "Req"}, "USUBJID": {"type": "Char", "core": "Req"},
        "TRT01P": {"type": "Char", "core": "Req"}, "SAFFL": {"type": "Char", "core": "Cond"},
        "ADY": {"type": "Num"}, "ADT": {"type": "Num", "format": "DATE9."}}


def test_in_adam_flags_are_y_or_n_day_0_is_doubtful_dates_are_dates_and_required_may_be_empty():
    frame = pd.DataFrame({
        "STUDYID": ["S", "S"], "USUBJID": ["1", "2"], "TRT01P": ["", "A"], "SAFFL": ["N", "X"], "ADY": [0.0, 1.0],
        "ADT": pd.to_datetime(["2020-01-01", None])})
    spec = spec_of(ADSL, "ADSL", "ADaMIG 1.3", ("STUDYID", "USUBJID"))
    found = {(f.variable, f.severity, f.value) for f in run(frame, spec)}
    assert found == {("SAFFL", "error", "X"), ("ADY", "warning", "0")}
    wrong = run(frame.assign(ADT=[21915.0, 21916.0], SAFFL="Y", ADY=1.0), spec)
    assert [(f.variable, f.value, f.message) for f in wrong] == [
        ("ADT", "float64", "ADT is not a date, which the specification wants")]


def test_one_key_is_unique_alone():
    spec = spec_of({"STUDYID": {"type": "Char"}, "TSPARM": {"type": "Char"}}, "TS", keys=("TSPARM",))
    found = run(pd.DataFrame({"STUDYID": ["S", "S", "S"], "TSPARM": ["A", "B", "A"]}), spec)
    assert [(f.rule, f.key) for f in found] == [("gx.expect_column_values_to_be_unique", "TSPARM=A")] * 2


def test_a_key_with_a_missing_part_is_a_key():
    spec = spec_of({"VSTESTCD": {"type": "Char"}, "VSPOS": {"type": "Char"}}, keys=("VSTESTCD", "VSPOS"))
    found = run(pd.DataFrame({"VSTESTCD": ["PULSE", "PULSE", "TEMP"], "VSPOS": ["", "", ""]}, dtype="str"), spec)
    unique = "gx.expect_compound_columns_to_be_unique"
    assert [(f.rule, f.key) for f in found] == [(unique, "VSTESTCD=PULSE VSPOS=")] * 2


def test_with_a_summary_the_suite_also_expects_the_records_that_were_built():
    frame, spec = frame_of(GOOD), spec_of()
    without = {e.expectation_type for e in suites.build_suite(spec, CODELISTS, None).expectations}
    added = [e for e in suites.build_suite(spec, CODELISTS, summarise(frame, spec)).expectations
             if e.expectation_type not in without]
    assert [(e.expectation_type, e.value) for e in added] == [("expect_table_row_count_to_equal", 3)]


def test_supplemental_qualifiers_are_no_variables_of_the_finished_dataset():
    supplement = {"VSREPEAT": {"type": "Char", "supp": "true"}}
    assert few(few_of(GOOD), **supplement) == []
    assert [f.variable for f in few(few_of(GOOD).assign(VSREPEAT="Y"), **supplement)] == ["VSREPEAT"]


def test_a_saved_suite_runs_in_another_great_expectations_project_with_the_same_result(tmp_path):
    project = gx.get_context(mode="file", project_root_dir=tmp_path / "sponsor")
    kept = tmp_path / "sponsor" / "gx" / "expectations" / "VS.json"
    suites.save_suite(suites.build_suite(spec_of(), CODELISTS, None), kept)
    suite = project.suites.get("VS")
    project.variables.progress_bars = {"globally": False}
    asset = project.data_sources.add_pandas("frames").add_dataframe_asset("VS")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": suites._with_nulls(
        frame_of(BAD).drop(columns="_record"))})
    results = batch.validate(suite).results
    wrong = {(said.type, said.kwargs.get("column", ""), said.severity)
             for said in (result.expectation_config for result in results if not result.success)}
    theirs = {"error": "critical", "warning": "warning", "notice": "info"}
    assert wrong == {(rule, variable, theirs[severity]) for rule, severity, variable, *_ in FOUND}
    assert not any(suites._exception_of(result.exception_info) for result in results)
    assert few(few_of(GOOD)) == []                        # the sponsor's project does not disturb ours


def test_the_same_suite_is_the_same_bytes_and_says_what_it_needs(tmp_path):
    for name in ("one", "two"):
        suites.save_suite(suites.build_suite(spec_of(), CODELISTS, None), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert "import validation.expectations" in json.loads((tmp_path / "one").read_text(encoding="utf-8"))["meta"]["needs"]


ALONE = """
import json, logging, sys, warnings
events = {"network": [], "written": []}
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        events["network"].append(event)
    if event == "open" and isinstance(details[0], str) and set(details[1] or "") & set("wax+"):
        events["written"].append(details[0])
sys.addaudithook(watch)
sys.dont_write_bytecode = True
import pandas as pd
from specs import DatasetSpec
from validation import suites
spec = DatasetSpec.model_validate({
    "name": "TS", "label": "Trial", "class": "TRIAL DESIGN", "structure": "One", "standard": "SDTMIG 3.4",
    "keys": "TSVAL", "variables": {"TSVAL": {"name": "TSVAL", "label": "Value", "type": "Char"}}})
events["found"] = len(suites.run_suite(pd.DataFrame({"TSVAL": ["A", "A"]}), spec, {}))
warnings.warn("still heard")
shown = warnings.showwarning
logging.captureWarnings(True)
events["logged if asked"] = warnings.showwarning is not shown
events["analytics"] = __import__("os").environ["GX_ANALYTICS_ENABLED"]
print(json.dumps(events))
"""


def test_great_expectations_asks_no_network_writes_no_file_and_leaves_pythons_warnings_alone(tmp_path):
    home, modules = str(tmp_path), os.pathsep.join([os.getcwd(), *sys.path])
    environment = {**os.environ, "HOME": home, "PYTHONPATH": modules}
    environment.pop("GX_ANALYTICS_ENABLED", None)
    done = subprocess.run([sys.executable, "-W", "always::UserWarning", "-c", ALONE], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, check=True)
    events = json.loads(done.stdout)
    assert events == {"network": [], "written": [], "found": 2, "analytics": "false", "logged if asked": True}
    assert list(tmp_path.iterdir()) == []
    assert "UserWarning: still heard" in done.stderr
    assert "%" not in done.stderr                         # no progress bar


def test_a_finding_of_a_suite_is_a_finding_like_any_other(bad):
    assert all(Finding.from_dict(found.as_dict()) == found for found in bad)


def test_a_relationship_of_whole_datasets_has_no_subject_where_the_guide_only_expects_one():
    expected = {"USUBJID": {"type": "Char", "core": "Exp"}}
    frame = few_of(GOOD).assign(USUBJID="")
    assert [found for found in few(frame, **expected) if found.variable == "USUBJID"] == []
    assert {found.rule for found in few(frame) if found.variable == "USUBJID"} == {"gx.expect_column_values_to_not_be_null"}


DAYS = """
USUBJID VSSEQ VSDTC                 VSDY
S-1     1     2023-05-01T08:30      1
S-1     2     2023-04-30            -1
S-1     3     2023-05-03            3
S-1     4     2023-05-03            .
S-1     5     2023-05               .
S-1     6     .                     .
S-1     7     2023-05-01            2
S-1     8     2023-04-30            -2
S-1     9     2023-05               5
S-1     10    2023-05-01/2023-05-03 1
S-1     11    .                     1
S-2     1     2023-05-02            1
S-3     1     2023-05-02            1
"""
REFERENCE = pd.Series({"S-1": "2023-05-01T07:00", "S-2": "", "S-9": "2023-01-01"}, dtype="str")
DAY_VARIABLES = {name: VARIABLES[name] for name in ("STUDYID", "USUBJID", "VSSEQ", "VSDTC", "VSDY")}


def days_found(table, reference, spec=None):
    judged = suites.judge_suite(frame_of(table), spec or spec_of(DAY_VARIABLES, keys=("USUBJID", "VSSEQ")), CODELISTS, reference)
    return [f for f in judged.findings if f.rule == "gx.expect_study_day_to_follow"], judged.verdicts


def test_a_study_day_follows_from_its_date_and_rfstdtc_and_stands_only_where_both_are_whole():
    found, _ = days_found(DAYS, REFERENCE)
    assert [f.key for f in found] == [
        *(f"USUBJID=S-1 VSSEQ={number}" for number in range(7, 12)), "USUBJID=S-2 VSSEQ=1", "USUBJID=S-3 VSSEQ=1"]
    assert {(f.variable, f.severity) for f in found} == {("VSDY", "error")}
    assert [f.value for f in found] == ["2", "-2", "5", "1", "1", "1", "1"]


def test_without_dm_the_study_days_are_skipped_loudly():
    found, verdicts = days_found(DAYS, None)
    assert found == []
    assert [(v.status, v.why) for v in verdicts if v.rule == "gx.expect_study_day_to_follow"] == [
        ("skipped", "1 of 1 skipped: DM was not given, so RFSTDTC is not known")]


def test_a_study_day_of_dm_follows_from_its_own_rfstdtc():
    frame = pd.DataFrame({"USUBJID": ["1", "2"], "RFSTDTC": ["2023-05-01", "2023-05-01"], "DMDTC": ["2023-04-20"] * 2, "DMDY": [-11.0, -10.0]})
    spec = spec_of({name: {"type": "Num" if name == "DMDY" else "Char"} for name in frame}, "DM", keys=("USUBJID",))
    found = run(frame, spec)
    assert [(f.rule, f.key, f.value) for f in found] == [("gx.expect_study_day_to_follow", "USUBJID=2", "-10")]
    assert suites.build_day_suite(spec) is None


def test_in_adam_a_study_day_counts_from_trtsdt():
    frame = pd.DataFrame({"USUBJID": ["1", "2", "3"], "TRTSDT": pd.to_datetime(["2023-05-01", "2023-05-01", None]),
                          "ADT": pd.to_datetime(["2023-05-01", "2023-05-02", "2023-05-02"]), "ADY": [1.0, 1.0, 2.0]})
    spec = spec_of({"USUBJID": {"type": "Char"}, "TRTSDT": {"type": "Num", "format": "DATE9."},
                    "ADT": {"type": "Num", "format": "DATE9."}, "ADY": {"type": "Num"}}, "ADVS", "ADaMIG 1.3", ("USUBJID",))
    assert [(f.key, f.variable, f.severity) for f in run(frame, spec)] == [("USUBJID=2", "ADY", "warning"), ("USUBJID=3", "ADY", "warning")]


def test_every_kind_of_expectation_has_a_verdict():
    judged = suites.judge_suite(frame_of(BAD).drop(columns="VSCLSIG"), spec_of(), CODELISTS, REFERENCE)
    kinds = {verdict.rule: verdict for verdict in judged.verdicts}
    stated = {f"gx.{e.expectation_type}" for suite in (suites.build_suite(spec_of(), CODELISTS, None), suites.build_day_suite(spec_of()))
              for e in suite.expectations}
    assert kinds.keys() == stated and all(verdict.title and verdict.dataset == "VS" for verdict in judged.verdicts)
    assert sum(verdict.findings for verdict in judged.verdicts) == len(judged.findings)
    terms = kinds["gx.expect_column_values_to_be_in_set"]
    assert (terms.status, terms.findings, terms.why) == ("issues", 3, "1 of 4 skipped: VSCLSIG is not in the data")
    assert kinds["gx.expect_column_values_to_be_in_type_list"].status == "passed"


def test_a_kind_of_expectation_that_was_never_asked_is_skipped_and_one_that_raised_has_failed(monkeypatch):
    monkeypatch.setattr("validation.expectations._is_iso8601", lambda text, kind: 1 / 0)
    judged = suites.judge_suite(frame_of(GOOD).drop(columns=["VSDY"]), spec_of(), CODELISTS, REFERENCE)
    kinds = {verdict.rule.removeprefix("gx.expect_"): verdict for verdict in judged.verdicts}
    assert kinds["column_values_to_not_be_in_set"].status == kinds["study_day_to_follow"].status == "skipped"
    assert (kinds["column_values_to_be_iso8601"].status, kinds["column_values_to_be_iso8601"].why) == (
        "failed", "2 of 2 could not be evaluated: division by zero")


def test_the_records_are_asked_only_of_what_does_not_hold(monkeypatch):
    asked, whole = [], suites._rows_of

    def rows_of(data, expectations, name):
        asked.extend((e.expectation_type, e.column) for e in expectations)
        return whole(data, expectations, name)

    monkeypatch.setattr(suites, "_rows_of", rows_of)
    assert few(few_of(GOOD)) == [] and asked == []
    assert few(few_of(GOOD).assign(VSLOC="EAR")) and asked == [("expect_column_values_to_be_in_set", "VSLOC")]


def test_a_run_leaves_great_expectations_as_it_was(monkeypatch):
    before = suites.Expectation.configuration
    monkeypatch.setattr(suites, "_verdicts_of", lambda data, suite: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        few(few_of(GOOD))
    assert suites.Expectation.configuration is before


def test_data_docs_are_built_on_request_with_a_page_for_each_dataset(tmp_path):
    datasets = [(few_of(BAD), spec_of(FEW, keys=("USUBJID",))), (few_of(GOOD), spec_of(FEW, "XX", keys=("USUBJID", "VSSEQ")))]
    index = suites.build_data_docs(tmp_path / "docs", datasets, CODELISTS)
    assert index.is_file()
    pages = {path.relative_to(index.parent).parts[1]: path.read_text("utf-8") for path in index.parent.glob("validations/*/**/*.html")}
    assert pages.keys() == {"VS", "XX"}
    assert "EAR" in pages["VS"] and "EAR" not in pages["XX"]
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


SPONSOR = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/sponsor/gx/plugins")
import cdisc_expectations
import great_expectations as gx, pandas as pd
project = gx.get_context(mode="file", project_root_dir=sys.argv[1] + "/sponsor")
project.variables.progress_bars = {"globally": False}
frame = pd.read_parquet(sys.argv[1] + "/vs.parquet")
batch = project.data_sources.add_pandas("f").add_dataframe_asset("VS").add_batch_definition_whole_dataframe("all")
suite = project.suites.get("VS study days")
definition = project.validation_definitions.add(gx.ValidationDefinition(name="VS", data=batch, suite=suite))
run = project.checkpoints.add(gx.Checkpoint(name="VS", validation_definitions=[definition]))
results = [result for validation in run.run({"dataframe": frame}).run_results.values() for result in validation.results]
print(json.dumps([[result.expectation_config.type, result.success, result.result["unexpected_count"]] for result in results]))
print(json.dumps(sorted({"validation", "cdisckit", "specs"} & sys.modules.keys())))
"""


def test_a_saved_suite_runs_in_a_project_that_has_only_the_file_of_the_expectations(tmp_path):
    gx.get_context(mode="file", project_root_dir=tmp_path / "sponsor")
    (tmp_path / "sponsor/gx/plugins").mkdir(exist_ok=True)
    shutil.copy(sys.modules["validation.expectations"].__file__, tmp_path / "sponsor/gx/plugins/cdisc_expectations.py")
    suites.save_suite(suites.build_day_suite(spec_of()), tmp_path / "sponsor/gx/expectations/VS study days.json")
    joined = frame_of(DAYS).assign(RFSTDTC="2023-05-01")
    suites._with_nulls(joined).to_parquet(tmp_path / "vs.parquet")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", SPONSOR, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    results, ours = (json.loads(line) for line in done.stdout.splitlines())
    assert results == [["expect_study_day_to_follow", False, 7]] and ours == []


def test_all_suites_of_a_study_are_saved_with_what_a_sponsor_needs_to_run_them(tmp_path):
    suites.save_suites([spec_of(), spec_of(ADSL, "ADSL", "ADaMIG 1.3")], CODELISTS, {}, tmp_path / "suites")
    assert sorted(path.name for path in (tmp_path / "suites").iterdir()) == [
        "adsl.json", "cdisc_expectations.py", "vs.json", "vs_study_days.json"]
    assert (tmp_path / "suites/cdisc_expectations.py").read_bytes() == Path(sys.modules["validation.expectations"].__file__).read_bytes()
    ids = [json.loads(path.read_text("utf-8"))["id"] for path in sorted((tmp_path / "suites").glob("*.json"))]
    assert len(set(ids)) == 3 and all(ids)

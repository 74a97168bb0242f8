"""Laws of record ids: made of the EDC's keys, the same however the export is sorted, one for each record."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.findings import collect_findings
from raw import add_record_ids, collapse_records, split_records
from raw.records import subject_keys
from specs import FormSpec, StudyFacts

FACTS = StudyFacts(STUDYID="S1", title="A study", protocol="S1", created="2025-01-01T00:00:00", subject_form="DM",
                   SITEID="SITEID", SUBJID="SUBJID", USUBJID=["SUBJID"], forms={})
EVENTS = """
SITEID | SUBJID | AESPID | AESTDAT     | AETERM
701    | 1015   | E06    | 09-JAN-2014 | DIARRHOEA
701    | 1015   | E07    | 03-JAN-2014 | ERYTHEMA
702    | 1082   | E06    |             | COUGH
"""
TWINS = """
SITEID | SUBJID | AESPID | AETERM | AEOUT | AEACN
01     | 1      | E1     | RASH   | 2     | 0
01     | 1      | E1     | COUGH  | 1     | 0
01     | 1      | E2     | FEVER  | 1     | 0
01     | 1      | E1     | RASH   | 2     | 0
"""


def read_table(text):
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return pd.DataFrame(rows, columns=header, dtype="str").assign(_line=range(2, len(rows) + 2))


def name_records(data, *keys):
    data = read_table(data) if isinstance(data, str) else data
    with collect_findings() as findings:
        named = add_record_ids(data, "AE", FormSpec(file="AE.csv", keys=keys), FACTS)
    return named, findings


def by_content(named):
    """What each id stands for, however the file is sorted."""
    fields = sorted(name for name in named.columns if not name.startswith("_"))
    return dict(zip(named["_record"], named[fields].itertuples(index=False, name=None), strict=True))


def test_an_id_is_form_subject_and_keys():
    named, findings = name_records(EVENTS, "AESPID", "AESTDAT")
    assert list(named["_record"]) == ["AE:701-1015/E06/09-JAN-2014", "AE:701-1015/E07/03-JAN-2014", "AE:702-1082/E06/"]
    assert list(named["_subject"]) == ["701-1015", "701-1015", "702-1082"]
    assert findings == []


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_and_columns_give_the_same_ids(seed):
    table = read_table(TWINS)
    shuffled = table.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)
    assert by_content(name_records(shuffled, "AESPID")[0]) == by_content(name_records(table, "AESPID")[0])


def test_ids_follow_the_index_of_the_data():
    table = read_table(EVENTS).iloc[::-1]
    assert name_records(table, "AESPID")[0].loc[2, "_record"] == "AE:702-1082/E06"


def test_records_with_the_same_keys_are_numbered_by_their_text():
    named, _ = name_records(TWINS, "AESPID")
    assert sorted(zip(named["_record"], named["AETERM"], strict=True)) == [
        ("AE:01-1/E1", "COUGH"), ("AE:01-1/E1#2", "RASH"), ("AE:01-1/E1#3", "RASH"), ("AE:01-1/E2", "FEVER")]


def test_a_record_that_stands_twice_is_a_finding_with_its_line():
    _, findings = name_records(TWINS, "AESPID")
    found = [finding for finding in findings if finding.rule == "raw.duplicate_record"]
    assert [(f.record, f.line, f.severity, f.dataset) for f in found] == [("AE:01-1/E1#3", 5, "warning", "AE")]
    assert found[0].message == "the record stands twice, equal in every field"
    assert found[0].fix == "data management: delete the duplicate in the EDC system"


def test_keys_that_do_not_identify_a_record_are_a_finding_that_names_the_keys_and_what_differs():
    _, findings = name_records(TWINS, "AESPID")
    found = [finding for finding in findings if finding.rule == "raw.key_not_unique"]
    assert [(f.record, f.line) for f in found] == [("AE:01-1/E1#2", 2)]
    assert found[0].message == "another record has the same subject and AESPID and differs in AEOUT, AETERM"
    assert "`keys` of the form in study.yaml" in found[0].fix


def test_a_form_without_keys_is_identified_by_its_subject():
    named, findings = name_records(EVENTS)
    assert list(named["_record"]) == ["AE:701-1015", "AE:701-1015#2", "AE:702-1082"]
    assert findings[0].message == "another record has the same subject and differs in AESPID, AESTDAT, AETERM"


def test_a_key_that_the_file_lacks_is_left_out():
    assert list(name_records(EVENTS, "AESPID", "NOSUCH")[0]["_record"])[2] == "AE:702-1082/E06"


def test_missing_and_empty_keys_are_the_same():
    data = pd.DataFrame({"SITEID": ["1", "1"], "SUBJID": ["2", "3"], "AESPID": ["", None]}, dtype="str")
    assert list(name_records(data, "AESPID")[0]["_record"]) == ["AE:1-2/", "AE:1-3/"]


def test_a_file_without_records_has_the_columns_of_the_ids():
    named, findings = name_records(read_table(EVENTS).iloc[:0], "AESPID")
    assert (len(named), findings) == (0, [])
    assert named[["_record", "_subject"]].dtypes.astype("str").to_list() == ["str", "str"]


def test_a_file_without_site_and_subject_has_ids_all_the_same():
    data = pd.DataFrame({"AESPID": ["E1", "E2"]}, dtype="str")
    assert list(name_records(data, "AESPID")[0]["_record"]) == ["AE:-/E1", "AE:-/E2"]


@pytest.mark.parametrize("hostile, shown", [
    ("NAUSEA; VOMITING", "NAUSEA, VOMITING"),
    ("AND/OR", "AND|OR"),
    ("E1#2", "E1+2"),
    ("two\nlines\tand \r\n blanks ", "two lines and blanks"),
    ("头痛；发热", "头痛；发热"),
    ("x" * 5000, "x" * 5000),
])
def test_hostile_text_in_a_key_stays_readable_and_cannot_break_an_id(hostile, shown):
    data = pd.DataFrame({"SITEID": ["01"], "SUBJID": ["1; 2/3"], "AETERM": [hostile]}, dtype="str")
    named, _ = name_records(data, "AETERM")
    assert named["_record"].item() == f"AE:01-1, 2|3/{shown}"
    assert list(split_records(named["_record"])) == list(named["_record"])


TEXT = st.text(alphabet=";/#\n +,|aé头", max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=12), st.randoms())
def test_every_record_has_an_id_of_its_own_whatever_its_keys_and_its_place(rows, random):
    table = pd.DataFrame(rows, columns=["SUBJID", "AESPID", "AETERM"], dtype="str").assign(SITEID="1", _line=2)
    named, _ = name_records(table.astype({"SITEID": "str"}), "AESPID", "AETERM")
    assert named["_record"].is_unique
    order = random.sample(range(len(table)), len(table))
    assert by_content(name_records(table.iloc[order], "AESPID", "AETERM")[0]) == by_content(named)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_collapsed_ids_split_into_the_same_ids(rows):
    table = pd.DataFrame(rows, columns=["SUBJID", "AESPID"], dtype="str")
    named, _ = name_records(table, "AESPID")
    cell = pd.Series([collapse_records(named["_record"])], dtype="str")
    assert list(split_records(cell)) == sorted(named["_record"])


def test_collapsing_sorts_ids_and_names_each_once():
    assert collapse_records(["VS:1/B", "EX:1/A; VS:1/B", "", "EX:1/A"]) == "EX:1/A; VS:1/B"
    assert collapse_records([]) == ""


def test_split_ids_know_the_row_they_came_from():
    cells = pd.Series(["EX:1/A; VS:1/B", "EX:2/A"], index=[7, 9], dtype="str")
    assert list(split_records(cells).items()) == [(7, "EX:1/A"), (7, "VS:1/B"), (9, "EX:2/A")]


def test_a_subject_is_site_and_number_without_the_blanks_around_them():
    data = pd.DataFrame({"SITEID": [" 701", "702", None], "SUBJID": ["1015 ", "", "7"]}, dtype="str")
    assert list(subject_keys(data, FACTS)) == ["701-1015", "702-", "-7"]

"""Laws of evaluators and readers: whose records are analysed, and what is told where nobody said whose."""

import pandas as pd
import pytest

from adam.evaluators import check_readers, select_evaluator
from cdisckit.findings import collect_findings

ASSESSOR = "INDEPENDENT ASSESSOR"


def records(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Records of the independent assessor as (subject, reader, accepted), after one of the investigator."""
    data = pd.DataFrame({"USUBJID": ["1", *(row[0] for row in rows)], "RSEVAL": ["INVESTIGATOR"] + [ASSESSOR] * len(rows),
                         "RSEVALID": ["", *(row[1] for row in rows)], "RSACPTFL": ["", *(row[2] for row in rows)],
                         "_record": [f"RS:{number}" for number in range(len(rows) + 1)]})
    return data.astype("str")


def selected(data: pd.DataFrame, evaluator: str = ASSESSOR) -> list[str]:
    return select_evaluator(data, "RS", evaluator)["_record"].tolist()


def told(data: pd.DataFrame) -> list[tuple[str, str, str]]:
    with collect_findings() as findings:
        check_readers(data, "RS", ASSESSOR)
    return [(one.rule, one.record, one.key) for one in findings]


@pytest.mark.parametrize(("rows", "kept", "findings"), [
    ((("1", "READER 1", "Y"), ("1", "READER 2", "")), ["RS:1"], 0),
    ((("1", "READER 1", ""), ("1", "READER 2", "Y")), ["RS:2"], 0),
    ((("1", "READER 1", ""), ("1", "", "")), ["RS:1", "RS:2"], 0),                    # one reader alone
    ((("1", "READER 2", ""), ("1", "READER 1", "")), ["RS:2"], 1),                    # none is accepted: the first reader
    ((("1", "READER 1", "Y"), ("1", "READER 2", "Y")), ["RS:1", "RS:2"], 1),          # both are
    ((("1", "READER 1", "Y"), ("1", "READER 2", ""), ("2", "READER 2", "")), ["RS:1", "RS:3"], 0),
])
def test_of_several_readers_the_accepted_records_count_and_whoever_has_none_is_told(rows, kept, findings):
    assert selected(records(*rows)) == kept
    assert told(records(*rows)) == [("mapping.reader_not_accepted", "RS:1", "USUBJID=1")] * findings


def test_another_evaluator_never_counts():
    data = records(("1", "READER 1", "Y"))
    assert selected(data, "INVESTIGATOR") == ["RS:0"] and selected(data, "SPONSOR") == []


def test_a_study_without_readers_or_without_acceptance_keeps_its_records():
    data = records(("1", "READER 1", ""), ("1", "READER 2", ""))
    assert selected(data.drop(columns=["RSEVALID", "RSACPTFL"])) == ["RS:1", "RS:2"]
    assert selected(data.drop(columns="RSACPTFL")) == ["RS:1"]
    assert told(data.drop(columns="RSEVALID")) == []


def test_shuffled_records_give_the_same_and_no_records_none():
    data = records(("1", "READER 2", ""), ("1", "READER 1", ""), ("2", "READER 1", "Y"), ("2", "READER 2", ""))
    assert sorted(selected(data.sample(frac=1, random_state=3))) == selected(data) == ["RS:2", "RS:3"]
    assert selected(data[:0]) == [] and told(data[:0]) == []

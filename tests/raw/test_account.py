"""Laws of the account: read = mapped + dropped + lost, and nothing is left out without a reason."""

import pandas as pd
import pytest

from cdisckit.errors import ContractError
from raw import FormAccount, account_for, collect_drops, drop_records, merge_accounts, report_account

NO_EVENT = "the form says that there was no event"


def records(*names):
    return pd.Series(list(names), dtype="str")


def data_of(*names, **columns):
    return pd.DataFrame({"_record": records(*names), **columns})


def account(*names, mapped=(), drops=None, **fields):
    return account_for("AE", "AE.csv", records(*names), set(mapped), drops or {}, fields)


# ---- leaving records out -------------------------------------------------------------------------------------------

def test_dropped_records_leave_the_data_and_their_reason_stays():
    data = data_of("AE:1/A", "AE:1/B", "AE:2/A", AEYN=["Y", "N", "N"])
    with collect_drops() as drops:
        kept = drop_records(data, data["AEYN"] == "N", NO_EVENT)
    assert list(kept["_record"]) == ["AE:1/A"]
    assert drops == {"AE:1/B": NO_EVENT, "AE:2/A": NO_EVENT}


def test_a_collapsed_record_drops_every_record_in_it():
    data = data_of("EX:1/A; VS:1/B")
    with collect_drops() as drops:
        drop_records(data, pd.Series([True]), "no visit")
    assert drops == {"EX:1/A": "no visit", "VS:1/B": "no visit"}


def test_the_first_reason_stands():
    data = data_of("AE:1/A")
    with collect_drops() as drops:
        drop_records(data, pd.Series([True]), "first")
        drop_records(data, pd.Series([True]), "second")
    assert drops == {"AE:1/A": "first"}


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_drop_without_a_reason_is_an_error(reason):
    with pytest.raises(ContractError, match="records are dropped without a reason") as error:
        drop_records(data_of("AE:1/A"), pd.Series([True]), reason)
    assert "say why" in str(error.value)


def test_records_can_be_dropped_outside_of_a_build():
    assert len(drop_records(data_of("AE:1/A"), pd.Series([True]), "no visit")) == 0


def test_dropping_from_no_records_is_no_drop():
    with collect_drops() as drops:
        assert len(drop_records(data_of(), pd.Series([], dtype="bool"), "no visit")) == 0
    assert drops == {}


def test_drops_of_a_finished_block_are_not_those_of_the_next():
    with collect_drops() as outer:
        with collect_drops() as inner:
            drop_records(data_of("AE:1/A"), pd.Series([True]), "inner")
        drop_records(data_of("AE:1/B"), pd.Series([True]), "outer")
    assert (inner, outer) == ({"AE:1/A": "inner"}, {"AE:1/B": "outer"})


# ---- the account of a form -----------------------------------------------------------------------------------------

def test_read_is_mapped_and_dropped_and_lost():
    made = account("AE:1/A", "AE:1/B", "AE:1/C", "AE:2/A", mapped=["AE:1/A"],
                   drops={"AE:1/B": NO_EVENT, "AE:2/A": NO_EVENT})
    assert made.as_dict() == {"form": "AE", "file": "AE.csv", "read": 4, "mapped": 1, "dropped": {NO_EVENT: 2}, "lost": 1,
                              "fields": {}}
    assert made.lost == ["AE:1/C"]


def test_a_record_in_one_dataset_and_dropped_in_another_is_mapped():
    made = account("DM:1", mapped=["DM:1"], drops={"DM:1": "not in this one"})
    assert (made.mapped, dict(made.dropped), made.lost) == (1, {}, [])


def test_ids_of_other_forms_do_not_count():
    made = account("AE:1/A", mapped=["EX:1/A"], drops={"VS:1/A": "no result"})
    assert (made.mapped, dict(made.dropped), made.lost) == (0, {}, ["AE:1/A"])


def test_a_form_without_records_has_an_account_of_nothing():
    made = account(missing=[])
    assert (made.read, made.mapped, dict(made.dropped), made.lost) == (0, 0, {}, [])


def test_fields_stand_in_alphabetical_order():
    assert account(mapped_={"B", "A"}).fields == {"mapped_": ["A", "B"]}


# ---- the accounts of all blocks ------------------------------------------------------------------------------------

def test_the_account_of_blocks_is_the_account_of_all_records():
    drops = {"AE:2/A": NO_EVENT, "AE:3/A": NO_EVENT, "AE:3/B": "duplicate"}
    names = ["AE:1/A", "AE:2/A", "AE:3/A", "AE:3/B", "AE:3/C", "AE:9/A"]
    whole = account(*names, mapped=["AE:1/A"], drops=drops, unknown=["X"])
    parts = [account(*part, mapped=["AE:1/A"], drops=drops, unknown=["X"]) for part in (names[4:], names[:1], names[1:4])]
    assert merge_accounts(parts) == [whole]


def test_merged_accounts_stand_by_form_and_leave_their_parts_as_they_are():
    parts = [FormAccount("VS", "VS.csv", read=1), FormAccount("AE", "AE.csv", read=2, lost=["AE:1"]),
             FormAccount("AE", "AE.csv", read=3)]
    assert [(form.form, form.read) for form in merge_accounts(parts)] == [("AE", 5), ("VS", 1)]
    assert [part.read for part in parts] == [1, 2, 3]
    assert merge_accounts([]) == []


# ---- findings ------------------------------------------------------------------------------------------------------

def test_a_lost_record_is_an_error_that_names_it():
    found, = report_account([account("AE:1/C")])
    assert (found.rule, found.severity, found.dataset, found.record, found.file) == (
        "mapping.lost_record", "error", "AE", "AE:1/C", "AE.csv")
    assert found.message == "the raw record is in no dataset and was not dropped for a reason"
    assert found.fix == "programmer: map it, or leave it out with drop_records and its reason"


def test_a_field_that_nobody_spoke_of_is_a_warning():
    found, = report_account([account(unknown=["AECOM"])])
    assert (found.rule, found.severity, found.variable) == ("mapping.unknown_field", "warning", "AECOM")
    assert found.message == "the raw field AECOM is neither mapped nor declared as not submitted"
    assert "`not_submitted` of the form in study.yaml" in found.fix


def test_a_field_that_the_file_lacks_is_an_error_with_the_field_that_may_be_meant():
    found = report_account([account(missing=["AESTDT"], unknown=["AESTDAT"])])
    assert [(f.rule, f.severity, f.variable) for f in found] == [
        ("mapping.unknown_field", "warning", "AESTDAT"), ("mapping.missing_field", "error", "AESTDT")]
    assert found[1].message == (
        "the specification reads the field AESTDT, which the file does not have; did you mean AESTDAT?")
    assert found[1].fix == (
        "data management: deliver the field; programmer: mend the field's name in the specification")


def test_an_account_in_balance_has_no_findings():
    assert report_account([account("AE:1/A", mapped=["AE:1/A"], not_submitted=["STUDYID"])]) == []

"""Bytes are counted as SAS counts them, and a text over 200 bytes is cut only with a finding."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.errors import ContractError
from transport import Column, byte_lengths, fit_columns

COLUMNS = [Column("USUBJID", "", "Char", 8), Column("AESEQ", "", "Num", 8), Column("AETERM", "", "Char", 200)]
AE = pd.DataFrame({"USUBJID": ["1001", "1001", "1002"], "AESEQ": [1.0, 2.0, 1.0],
                   "AETERM": ["x" * 200, "x" * 201, "血" * 67],
                   "_record": pd.Series(["AE:1001/AE/1", "AE:1001/AE/2", ["AE:1002/AE/1", "AE:1002/AE/2"]],
                                        dtype=object)})


@pytest.mark.parametrize(("encoding", "lengths"), [
    ("utf-8", [0, 3, 6, 6, 4]), ("UTF8", [0, 3, 6, 6, 4]), ("gb18030", [0, 3, 4, 5, 4])])
def test_a_length_counts_bytes_in_the_encoding(encoding, lengths):
    texts = pd.Series(["", "ALT", "血红", "血ALT", "😀"], dtype="str", index=[9, 8, 7, 6, 5], name="X")
    pd.testing.assert_series_equal(byte_lengths(texts, encoding), pd.Series(lengths, index=texts.index, name="X"))


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=20), st.integers(0, 5))
def test_a_length_is_that_of_the_encoded_text_wherever_the_series_begins(values, start):
    texts = pd.Series(values, dtype="str")[start:]
    assert byte_lengths(texts).tolist() == [len(text.encode()) for text in values[start:]]


def test_a_length_depends_on_no_text_before_the_series():
    assert byte_lengths(pd.Series(["aa", "é"], dtype="str")[1:], "latin-1").tolist() == [1]


def test_a_missing_text_has_no_bytes():
    assert byte_lengths(pd.Series([None, "é"], dtype="str")).tolist() == [0, 2]
    assert byte_lengths(pd.Series([None, "é"], dtype="str"), "latin-1").tolist() == [0, 1]
    assert byte_lengths(pd.Series([], dtype="str")).tolist() == []


def test_numbers_have_no_length_in_bytes():
    with pytest.raises(ContractError, match="AGE is no text but float64"):
        byte_lengths(pd.Series([1.0], name="AGE"))


def test_a_text_over_200_bytes_is_cut_between_characters():
    frame, _ = fit_columns(AE, COLUMNS, "AE")
    assert frame["AETERM"].tolist() == ["x" * 200, "x" * 200, "血" * 66]
    pd.testing.assert_frame_equal(frame.drop(columns="AETERM"), AE.drop(columns="AETERM"))
    assert frame["AETERM"].dtype == "str"


def test_each_cut_is_an_error_finding_with_the_full_text():
    _, [first, second] = fit_columns(AE, COLUMNS, "AE")
    assert (first.source, first.rule, first.severity) == ("transport", "transport.text_over_200_bytes", "error")
    assert (first.dataset, first.variable, first.value) == ("AE", "AETERM", "x" * 201)
    assert (first.key, first.record) == ("USUBJID=1001 AESEQ=2", "AE:1001/AE/2")
    assert "201 bytes" in first.message and "supplemental qualifiers" in first.fix
    assert (second.key, second.record) == ("USUBJID=1002 AESEQ=1", "AE:1002/AE/1; AE:1002/AE/2")
    assert second.value == "血" * 67


def test_the_caller_may_name_the_records():
    keys = pd.Series(["first", "second", "third"])
    _, found = fit_columns(AE, COLUMNS, "AE", record=keys)
    assert [finding.key for finding in found] == ["second", "third"]
    with pytest.raises(ContractError, match="another index"):
        fit_columns(AE, COLUMNS, "AE", record=keys.set_axis([3, 4, 5]))


def test_a_record_without_key_variables_has_its_number():
    frame = AE[["AETERM"]].set_axis([7, 7, 7])
    _, found = fit_columns(frame, COLUMNS[2:], "AE")
    assert [(finding.key, finding.record) for finding in found] == [("record 2", ""), ("record 3", "")]


def test_the_limit_counts_in_the_encoding_of_the_file():
    frame = pd.DataFrame({"AETERM": ["血" * 67, "血" * 101]}, dtype="str")
    fitted, found = fit_columns(frame, COLUMNS[2:], "AE", encoding="gb18030")
    assert fitted["AETERM"].tolist() == ["血" * 67, "血" * 100]
    assert [finding.key for finding in found] == ["record 2"]


def test_texts_that_fit_give_no_finding_and_the_frame_stays():
    before = AE.copy(deep=True)
    fitted, found = fit_columns(AE[:1], COLUMNS, "AE")
    assert found == []
    pd.testing.assert_frame_equal(fitted, AE[:1])
    fit_columns(AE, COLUMNS, "AE")
    pd.testing.assert_frame_equal(AE, before)


def test_an_empty_dataset_fits():
    fitted, found = fit_columns(AE[:0], COLUMNS, "AE")
    assert (len(fitted), found) == (0, [])


def test_a_missing_column_is_named():
    with pytest.raises(ContractError, match="AETERM"):
        fit_columns(AE.drop(columns="AETERM"), COLUMNS, "AE")


def test_shuffled_records_give_the_same_cuts():
    order = np.array([2, 0, 1])
    frame, found = fit_columns(AE.iloc[order], COLUMNS, "AE")
    expected, wanted = fit_columns(AE, COLUMNS, "AE")
    pd.testing.assert_frame_equal(frame, expected.iloc[order])
    assert sorted(found) == sorted(wanted)

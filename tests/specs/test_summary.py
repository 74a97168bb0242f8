"""A summary says what the values need: bytes, decimals, shapes, terms; the summary of blocks is that of the whole."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs import (
    DatasetSpec,
    VariableSpec,
    leave_out_unfilled,
    merge_summaries,
    summarise,
    summary_from_dict,
    supplement_spec,
)
from specs.summary import TERMS_KEPT, VariableSummary

NAN = float("nan")


def spec(name="VS", standard="SDTMIG 3.4", **variables):
    made = {variable: VariableSpec.model_validate({"name": variable, "label": variable, "type": kind, **facts})
            for variable, (kind, facts) in variables.items()}
    return DatasetSpec.model_validate({"name": name, "label": "L", "class": "FINDINGS", "structure": "S",
                                       "keys": ["USUBJID"], "standard": standard, "variables": made})


VS = spec(USUBJID=("Char", {}), VSTESTCD=("Char", {}), VSORRES=("Char", {}), VSSTRESN=("Num", {}),
          VSPOS=("Char", {"codelist": "POSITION"}), VSDTC=("Char", {}), VSNOTE=("Char", {"supp": True}))


def frame(*rows):
    data = pd.DataFrame(list(rows), columns=["USUBJID", "VSTESTCD", "VSORRES", "VSSTRESN", "VSPOS", "VSDTC"])
    return data.astype({name: "float64" if name == "VSSTRESN" else "str" for name in data})


def of_text(*values, name="AETERM", **facts):
    dataset = spec(**{name: ("Char", facts)})
    return summarise(pd.DataFrame({name: pd.Series(values, dtype="str")}), dataset).variables[name]


def of_numbers(*values):
    data = pd.DataFrame({"AVAL": pd.Series(values, dtype="float64")})
    return summarise(data, spec(AVAL=("Num", {}))).variables["AVAL"]


@pytest.mark.parametrize(("values", "records", "filled", "longest"), [
    (("abc", "", "ab"), 3, 2, 3),
    (("é", "ab"), 2, 2, 2),
    (("头痛",), 1, 1, 6),
    (("😀",), 1, 1, 4),
    (("", ""), 2, 0, 0),
    ((), 0, 0, 0),
])
def test_the_length_of_text_is_counted_in_bytes(values, records, filled, longest):
    assert of_text(*values) == VariableSummary(records, filled, longest)


@pytest.mark.parametrize(("values", "filled", "longest", "decimals"), [
    ((1.0, 20.0), 2, 2, 0),
    ((1.25, 0.1, NAN), 2, 4, 2),
    ((0.1 + 0.2,), 1, 3, 1),
    ((-5.5,), 1, 4, 1),
    ((120.0, 1e6), 2, 7, 0),
    ((0.00001,), 1, 5, 5),
    ((1.5e-06,), 1, 7, 7),
    ((1e20,), 1, 5, 0),
    ((float("inf"),), 1, 3, 0),
    ((NAN,), 0, 0, 0),
    ((), 0, 0, 0),
])
def test_the_decimals_of_numbers_are_those_that_are_printed(values, filled, longest, decimals):
    assert of_numbers(*values) == VariableSummary(len(values), filled, longest, decimals)


def test_a_date_takes_eight_bytes():
    data = pd.DataFrame({"ADT": pd.to_datetime(["2025-01-31", None])})
    assert summarise(data, spec(ADT=("Num", {"format": "DATE9."}))).variables["ADT"] == VariableSummary(2, 1, 8)


def test_the_shapes_of_dates_are_the_lengths_of_their_texts():
    dates = ("2025", "2025-01", "2025-01-31", "2025-01-30", "2025-01-31T10:30", "")
    assert of_text(*dates, name="AESTDTC").shapes == (4, 7, 10, 16)
    assert of_text(*dates, name="AETERM").shapes == ()


@pytest.mark.parametrize(("name", "facts", "terms"), [
    ("AESEV", {"codelist": "AESEV"}, ("A", "b")), ("VSTESTCD", {}, ("A", "b")), ("VISIT", {}, ("A", "b")),
    ("ARMCD", {}, ("A", "b")), ("AETERM", {}, ()),
])
def test_terms_are_kept_sorted_where_a_codelist_or_a_code_needs_them(name, facts, terms):
    assert of_text("b", "A", "", "b", name=name, **facts).terms == terms


def test_not_more_terms_are_kept_than_a_reader_reads():
    terms = of_text(*(f"{number:05d}" for number in range(TERMS_KEPT + 5)), name="VISIT").terms
    assert (len(terms), terms[0], terms[-1]) == (TERMS_KEPT, "00000", f"{TERMS_KEPT - 1:05d}")


def test_supplemental_qualifiers_are_summarised_in_supp_and_not_in_the_parent():
    summary = summarise(frame(("S-1", "SYSBP", "120", 120, "", "")).assign(VSNOTE=""), VS)
    assert "VSNOTE" not in summary.variables


def test_results_are_summarised_by_their_test():
    data = frame(("S-1", "SYSBP", "120", 120, "SITTING", "2025"), ("S-1", "TEMP", "36.75", 36.75, "", ""),
                 ("S-2", "TEMP", "", NAN, "", ""))
    values = summarise(data, VS).values
    assert values == {"VSTESTCD": {
        "SYSBP": {"VSORRES": VariableSummary(1, 1, 3, numbers=0), "VSSTRESN": VariableSummary(1, 1, 3, 0)},
        "TEMP": {"VSORRES": VariableSummary(2, 1, 5, numbers=2), "VSSTRESN": VariableSummary(2, 1, 5, 2)}}}


def test_supp_is_summarised_by_qnam_and_adam_by_parameter():
    supp = supplement_spec(VS)
    data = pd.DataFrame({name: pd.Series(["a", "a", "b"] if name == "QNAM" else ["x", "yy", ""], dtype="str")
                         for name in supp.variables})
    assert summarise(data, supp).values == {"QNAM": {"a": {"QVAL": VariableSummary(2, 2, 2)},
                                                     "b": {"QVAL": VariableSummary(1)}}}
    advs = spec("ADVS", "ADaMIG 1.3", PARAMCD=("Char", {}), AVAL=("Num", {}), CHG=("Num", {}))
    data = pd.DataFrame({"PARAMCD": ["P"], "AVAL": [1.5], "CHG": [NAN]})
    assert summarise(data, advs).values == {"PARAMCD": {"P": {"AVAL": VariableSummary(1, 1, 3, 1),
                                                              "CHG": VariableSummary(1)}}}


def test_an_empty_dataset_has_a_summary():
    summary = summarise(frame().assign(VSNOTE=""), VS)
    assert (summary.records, summary.variables["VSORRES"], summary.values) == (0, VariableSummary(), {"VSTESTCD": {}})


ROWS = st.lists(st.tuples(
    st.sampled_from(["S-1", "S-2"]), st.sampled_from(["SYSBP", "TEMP", "é", ""]),
    st.sampled_from(["", "1", "头", "12.50"]),
    st.sampled_from([NAN, 0.0, 1.0, 1.25, -3.5, 1e-7, 1e20]), st.sampled_from(["", "SITTING", "站"]),
    st.sampled_from(["", "2025", "2025-01-31"])), max_size=12)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.lists(st.integers(0, 12), max_size=3))
def test_the_summaries_of_the_blocks_make_that_of_the_whole(rows, cuts):
    whole = frame(*rows)
    edges = [0, *sorted(cuts), len(whole)]
    blocks = [whole.iloc[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert merge_summaries(summarise(block, VS) for block in blocks) == summarise(whole, VS)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_a_summary_comes_back_from_json_as_it_was(rows):
    summary = summarise(frame(*rows), VS)
    assert summary_from_dict(json.loads(json.dumps(summary.as_dict()))) == summary


@settings(max_examples=25, deadline=None)
@given(ROWS, st.randoms())
def test_the_order_of_the_records_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert summarise(frame(*shuffled), VS) == summarise(frame(*rows), VS)


def test_a_permissible_variable_without_any_value_is_not_submitted_and_all_others_are():
    full = spec(USUBJID=("Char", {"core": "Req"}), VSTESTCD=("Char", {"core": "Req"}), VSORRES=("Char", {"core": "Exp"}),
                VSSTRESN=("Num", {"core": "Perm"}), VSPOS=("Char", {"core": "Perm"}), VSDTC=("Char", {"core": "Perm"}),
                VSNOTE=("Char", {"core": "", "supp": True}))
    rows = frame(("1", "A", "", NAN, "", ""), ("1", "B", "", NAN, "", ""))
    kept = leave_out_unfilled(full, summarise(rows, full))
    assert list(kept.variables) == ["USUBJID", "VSTESTCD", "VSORRES", "VSDTC", "VSNOTE"]
    keyed = full.model_copy(update={"keys": ("USUBJID", "VSPOS")})
    assert "VSPOS" in leave_out_unfilled(keyed, summarise(rows, keyed)).variables
    assert leave_out_unfilled(full, summarise(rows.iloc[:0], full)) == full
    adam = full.model_copy(update={"standard": "ADaMIG 1.3"})
    assert leave_out_unfilled(adam, summarise(rows, adam)) == adam


def _results(*texts):
    spec = DatasetSpec.model_validate({
        "name": "VS", "label": "Vital Signs", "class": "FINDINGS", "structure": "s", "standard": "SDTMIG 3.4", "keys": [],
        "variables": {name: {"name": name, "label": name, "type": "Char"} for name in ("VSTESTCD", "VSORRES")}})
    frame = pd.DataFrame({"VSTESTCD": ["A"] * len(texts), "VSORRES": list(texts)}, dtype="str")
    return summarise(frame, spec)


@pytest.mark.parametrize(("texts", "decimals"), [
    (("120", "-5"), 0), (("36.5", "37", "36.55", ""), 2), (("<5", "6"), None), (("1e5",), None), (("NEGATIVE",), None),
    (("",), None)])
def test_a_result_in_text_is_a_number_if_it_is_one_in_every_record(texts, decimals):
    assert _results(*texts).values["VSTESTCD"]["A"]["VSORRES"].numbers == decimals


@pytest.mark.parametrize(("one", "two", "decimals"), [(("1",), ("2.5",), 1), (("1",), ("<2",), None), (("1",), ("",), 0),
                                                      (("",), ("",), None)])
def test_a_result_is_a_number_if_it_is_one_in_every_block(one, two, decimals):
    merged = merge_summaries([_results(*one), _results(*two)])
    assert merged.values["VSTESTCD"]["A"]["VSORRES"].numbers == decimals
    assert summary_from_dict(merged.as_dict()) == merged


def test_a_variable_is_summarised_by_the_variable_that_its_specification_names():
    ds = spec("DS", USUBJID=("Char", {}), DSCAT=("Char", {}),
              DSDECOD=("Char", {"where": {"DSCAT": {"A": {"codelist": "NCOMPLT"}}}}))
    data = pd.DataFrame({"USUBJID": ["1", "1"], "DSCAT": ["A", "B"], "DSDECOD": ["DEATH", "CONSENT"]}, dtype="str")
    found = summarise(data, ds).values["DSCAT"]
    assert {by: one["DSDECOD"].terms for by, one in found.items()} == {"A": ("DEATH",), "B": ("CONSENT",)}


@pytest.mark.parametrize(("values", "shapes"), [
    (("2025-01", "2025-01-02T10:30"), (7, 16)), (("2025-01-02", "not known"), (0, 10)), (("UNK",), (0,))])
def test_a_qualifier_that_holds_dates_says_which_parts_they_have(values, shapes):
    ae = spec("AE", USUBJID=("Char", {}), AEFDTC=("Char", {"supp": True}))
    data = pd.DataFrame(dict.fromkeys(supplement_spec(ae).variables, ""), index=range(len(values)), dtype="str")
    made = summarise(data.assign(QNAM="AEFDTC", QVAL=list(values)), supplement_spec(ae))
    assert made.values["QNAM"]["AEFDTC"]["QVAL"].shapes == shapes

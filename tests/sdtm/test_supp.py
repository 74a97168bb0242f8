"""Laws of supplemental qualifiers: one record for each that has a value, and it finds its parent again."""

import pandas as pd
import pytest

from sdtm.supp import continued_spec, cut_long_texts, split_supplements
from sdtm.text import is_long, split_long
from specs import summarise, supplement_spec

ADVERSE = {"STUDYID": {}, "USUBJID": {}, "AESEQ": {"type": "Num"}, "AETERM": {},
           "AEDLT": {"label": "Dose-Limiting Toxicity", "from": "AEDLT", "supp": "true", "originator": "Investigator"},
           "AECOM": {"label": "Comment", "from": "AECOM", "supp": "true"}}
EVENTS = """
STUDYID | USUBJID | AESEQ | AETERM | AEDLT | AECOM    | _record
S1      | S1-1    | 1     | RASH   | N     |          | AE:1/A
S1      | S1-1    | 2     | COUGH  | Y     | 很严重    | AE:1/B
S1      | S1-1    | 10    | FEVER  |       | at night | AE:1/C
S1      | S1-2    | 1     | RASH   |       |          | AE:2/A
"""


@pytest.fixture
def spec(study):
    def make(**entries):
        return study(AE=entries or ADVERSE)["AE"]

    return make


@pytest.fixture
def events(table):
    return table(EVENTS).astype({"AESEQ": "float64"})


def test_every_filled_qualifier_is_one_record_that_points_to_its_parent(spec, events, check):
    _, supplement = split_supplements(events, spec())
    check(supplement, """
STUDYID | RDOMAIN | USUBJID | IDVAR | IDVARVAL | QNAM  | QLABEL                 | QVAL     | QORIG | QEVAL        | _record
S1      | AE      | S1-1    | AESEQ | 1        | AEDLT | Dose-Limiting Toxicity | N        | CRF   | INVESTIGATOR | AE:1/A
S1      | AE      | S1-1    | AESEQ | 2        | AECOM | Comment                | 很严重    | CRF   |              | AE:1/B
S1      | AE      | S1-1    | AESEQ | 2        | AEDLT | Dose-Limiting Toxicity | Y        | CRF   | INVESTIGATOR | AE:1/B
S1      | AE      | S1-1    | AESEQ | 10       | AECOM | Comment                | at night | CRF   |              | AE:1/C
""")
    assert {str(kind) for kind in supplement.dtypes} == {"str"}


def test_every_record_finds_its_parent_by_idvarval(spec, events):
    domain, supplement = split_supplements(events, spec())
    parents = domain.assign(IDVARVAL=domain["AESEQ"].map("{:g}".format)).set_index(["USUBJID", "IDVARVAL"])["_record"]
    found = [parents[key] for key in zip(supplement["USUBJID"], supplement["IDVARVAL"], strict=True)]
    assert found == list(supplement["_record"])


def test_the_domain_keeps_everything_but_its_qualifiers(spec, events):
    domain, _ = split_supplements(events, spec())
    pd.testing.assert_frame_equal(domain, events.drop(columns=["AEDLT", "AECOM"]))
    assert "AEDLT" in events


def test_dm_has_one_record_a_subject_and_needs_no_idvar(study, table, check):
    spec = study(DM={"STUDYID": {}, "USUBJID": {}, "RACE1": {"supp": "true", "derive": "derive_race"},
                     "RACE2": {"supp": "true", "derive": "derive_race", "origin": "Collected"}})["DM"]
    _, supplement = split_supplements(table("""
STUDYID | USUBJID | RACE1 | RACE2    | _record
S1      | S1-2    |       |          | DM:2
S1      | S1-1    | WHITE | HISPANIC | DM:1
"""), spec)
    check(supplement, """
USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM  | QVAL     | QORIG
S1-1    | DM      |       |          | RACE1 | WHITE    | Derived
S1-1    | DM      |       |          | RACE2 | HISPANIC | CRF
""")


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_records_and_of_qualifiers_does_not_matter(spec, events, seed):
    turned = spec(**dict(reversed(ADVERSE.items())))
    _, supplement = split_supplements(events, spec())
    _, again = split_supplements(events.sample(frac=1, random_state=seed), turned)
    pd.testing.assert_frame_equal(again, supplement)


def test_blocks_of_subjects_give_the_same_records(spec, events):
    parts = [split_supplements(part, spec())[1] for _, part in events.groupby("USUBJID")]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), split_supplements(events, spec())[1])


@pytest.mark.parametrize("number, text", [
    (300.0, "300"), (0.1 + 0.2, "0.3"), (1234567.0, "1234567"), (1e15, "1000000000000000"), (0.00001, "0.00001"),
    (-2.50, "-2.5"), (0.0, "0")])
def test_a_number_is_written_out_without_needless_digits(spec, table, number, text):
    dose = spec(STUDYID={}, USUBJID={}, AESEQ={"type": "Num"}, AEDOSE={"type": "Num", "supp": "true", "from": "DOSE"})
    data = table("STUDYID | USUBJID | _record\nS1 | S1-1 | AE:1").assign(AESEQ=1.0, AEDOSE=number)
    assert list(split_supplements(data, dose)[1]["QVAL"]) == [text]


def test_a_missing_number_is_no_record(spec, table):
    dose = spec(STUDYID={}, USUBJID={}, AESEQ={"type": "Num"}, AEDOSE={"type": "Num", "supp": "true", "from": "DOSE"})
    data = table("STUDYID | USUBJID | _record\nS1 | S1-1 | AE:1").assign(AESEQ=1.0, AEDOSE=float("nan"))
    assert len(split_supplements(data, dose)[1]) == 0


@pytest.mark.parametrize("rule, origin", [
    ({"from": "X"}, "CRF"), ({"dtc": "X"}, "CRF"), ({"value": "X"}, "Assigned"), ({"derive": "derive_x"}, "Derived"),
    ({"derive": "derive_x", "origin": "Protocol"}, "Protocol"), ({"derive": "derive_x", "origin": "Predecessor"}, "Predecessor")])
def test_the_origin_is_the_stated_one_or_follows_from_the_verb(spec, table, rule, origin):
    made = spec(STUDYID={}, USUBJID={}, AESEQ={"type": "Num"}, AEX={"supp": "true", **rule})
    data = table("STUDYID | USUBJID | AEX | _record\nS1 | S1-1 | value | AE:1").assign(AESEQ=1.0)
    assert list(split_supplements(data, made)[1]["QORIG"]) == [origin]


def test_what_only_a_further_form_collects_is_collected(study, table):
    variables = {"STUDYID": {}, "USUBJID": {}, "AESEQ": {"type": "Num"}, "AEX": {"supp": "true", "value": ""}}
    made = study(AE=variables)["AE"].model_copy(update={"by_form": {"LATE": {"AEX": {"from": "X"}}}})
    data = table("STUDYID | USUBJID | AEX | _record\nS1 | S1-1 | value | LATE:1").assign(AESEQ=1.0)
    assert list(split_supplements(data, made)[1]["QORIG"]) == ["CRF"]


@pytest.mark.parametrize("originator", ["Investigator", "Sponsor", "Subject", "Vendor"])
def test_the_evaluator_is_a_term_of_cdisc(study, table, originator):
    made = study(AE={"STUDYID": {}, "USUBJID": {}, "AEX": {"supp": "true", "from": "X", "originator": originator}})
    data = table("STUDYID | USUBJID | AEX | _record\nS1 | S1-1 | value | AE:1")
    evaluator, = split_supplements(data, made["AE"])[1]["QEVAL"]
    assert evaluator in made.codelists["EVAL"].terms


def test_a_domain_without_qualifiers_has_an_empty_supplement(spec, events):
    domain, supplement = split_supplements(events, spec(AETERM={}))
    assert domain is events
    assert len(supplement) == 0


def test_a_domain_without_records_has_an_empty_supplement(spec, events):
    domain, supplement = split_supplements(events.iloc[:0], spec())
    assert (len(domain), len(supplement)) == (0, 0)
    assert "QVAL" in supplement


# ---- texts over 200 bytes ------------------------------------------------------------------------------------------

WORDS = "word " * 90 + "end"
CHINESE = "该事件最初由当地医院处理，" * 12


@pytest.mark.parametrize("text", [
    "", "x" * 200, "x" * 201, WORDS, CHINESE, "年" * 67, "😀" * 101, "a " * 300 + "b", " " * 300 + "x", "x" + " " * 300 + "y",
    "ab " + "x" * 400, "é" * 150 + " " + "é" * 150, "x" * 200 + " y", "x" * 199 + "  y"])
def test_the_pieces_of_a_text_are_the_text_and_fit_and_never_end_in_a_blank(text):
    pieces = split_long(text)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= 200 for piece in pieces)
    assert not any(piece.endswith(" ") for piece in pieces if piece.strip())


def test_a_text_is_cut_between_words_where_it_has_words():
    assert [len(piece.split()) for piece in split_long(WORDS)] == [40, 40, 11]


def test_a_text_of_two_hundred_bytes_is_not_long_and_bytes_are_counted_not_characters():
    assert is_long(pd.Series(["x" * 200, "x" * 201, "年" * 66, "年" * 67, ""], index=[5, 3, 9, 1, 7])).tolist() == [
        False, True, False, True, False]


@pytest.mark.parametrize("text", [WORDS, CHINESE])
def test_a_long_qualifier_goes_on_in_records_of_its_own_with_the_same_label(spec, events, text):
    _, supplement = split_supplements(events.assign(AECOM=["", text, "", ""]), spec())
    rows = supplement[supplement["QNAM"].str.startswith("AECOM")]
    assert rows["QNAM"].tolist() == ["AECOM", "AECOM1", "AECOM2"]
    assert "".join(rows["QVAL"]) == text
    assert rows[["QLABEL", "IDVARVAL", "QORIG", "_record"]].drop_duplicates().to_numpy().tolist() == [["Comment", "2", "CRF", "AE:1/B"]]
    assert {str(kind) for kind in supplement.dtypes} == {"str"}


def test_a_long_text_of_an_event_stays_with_its_first_piece_and_the_rest_is_a_qualifier(spec, events, findings):
    domain, supplement = split_supplements(events.assign(AETERM=["RASH", WORDS, "FEVER", "RASH"]), spec())
    rows = supplement[supplement["QNAM"].str.startswith("AETERM")]
    assert rows["QNAM"].tolist() == ["AETERM1", "AETERM2"]
    assert domain["AETERM"].tolist()[0::2] == ["RASH", "FEVER"]
    assert domain.loc[1, "AETERM"] + "".join(rows["QVAL"]) == WORDS
    found, = findings
    assert (found.rule, found.severity, found.dataset, found.variable, found.value, found.record) == (
        "text.over_200_bytes", "notice", "AE", "AETERM", WORDS, "AE:1/B")
    assert found.message == f"the text is {len(WORDS)} bytes long; the first 200 bytes are in AETERM, the rest is in SUPPAE (AETERM1)"


def test_a_domain_without_qualifiers_has_a_supplement_for_the_rest_of_a_text(spec, events, findings):
    _, supplement = split_supplements(events.assign(AETERM=WORDS), spec(STUDYID={}, USUBJID={}, AESEQ={"type": "Num"}, AETERM={}))
    assert len(supplement) == 2 * len(events) and len(findings) == len(events)


def test_a_special_purpose_domain_keeps_its_texts_for_the_transport_to_report(study, table):
    spec = study(DM={"class": "SPECIAL PURPOSE", "STUDYID": {}, "USUBJID": {}, "INVNAM": {}})["DM"]
    data = table(f"STUDYID | USUBJID | INVNAM | _record\nS1 | S1-1 | {'x' * 300} | DM:1")
    domain, supplement = split_supplements(data, spec)
    assert domain is data and len(supplement) == 0


@pytest.mark.parametrize("taken, names", [
    ({}, ["AECOM", "AECOM1", "AECOM2"]), ({"AECOM1": {"supp": "true", "from": "X"}}, ["AECOM", "AECOM2", "AECOM3"])])
def test_a_piece_takes_no_name_that_the_dataset_has(spec, events, taken, names):
    made = spec(**{**ADVERSE, **taken})
    _, supplement = split_supplements(events.assign(AECOM=WORDS, **dict.fromkeys(taken, "")), made)
    assert sorted(set(supplement["QNAM"]) - {"AEDLT"}) == names


def test_a_name_of_eight_characters_gives_its_last_to_the_number(spec, events):
    entries = {name: rule for name, rule in ADVERSE.items() if name != "AECOM"}
    made = spec(**entries, AECOMMEN={"label": "Comment", "from": "C", "supp": "true"})
    _, supplement = split_supplements(events.drop(columns="AECOM").assign(AECOMMEN=WORDS), made)
    assert sorted(set(supplement["QNAM"]) - {"AEDLT"}) == ["AECOMME1", "AECOMME2", "AECOMMEN"]


def test_other_datasets_read_a_text_as_it_is_submitted(spec, events):
    cut = cut_long_texts(events.assign(AETERM=["RASH", WORDS, "", "x"]), spec())
    assert cut["AETERM"].tolist() == ["RASH", split_long(WORDS)[0], "", "x"]
    assert cut["AECOM"].equals(events["AECOM"])
    assert cut_long_texts(events, spec()) is events


def test_the_specification_of_the_supplement_knows_the_pieces_that_the_data_have(spec, events, findings):
    made = spec()
    _, supplement = split_supplements(events.assign(AECOM=WORDS, AETERM=WORDS), made)
    whole = continued_spec(made, summarise(supplement, supplement_spec(made)))
    known = {variable.name: variable for variable in whole.supplements}
    assert set(known) == {"AEDLT", "AECOM", "AECOM1", "AECOM2", "AETERM1", "AETERM2"}
    assert (known["AECOM2"].label, known["AETERM1"].label, known["AECOM1"].from_) == ("Comment", "AETERM", "AECOM")
    _, short = split_supplements(events, made)
    assert continued_spec(made, summarise(short, supplement_spec(made))) is made

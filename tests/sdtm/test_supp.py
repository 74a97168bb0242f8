"""Laws of supplemental qualifiers: one record for each that has a value, and it finds its parent again."""

import pandas as pd
import pytest

from sdtm.supp import split_supplements

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

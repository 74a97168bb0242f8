"""Laws of AE, and of the other domains that map one form to one record each (CM, DS, EX, MH)."""

import pandas as pd
import pytest

from raw import collect_drops
from sdtm.ae import check_seriousness

EVENTS = """
SUBJID | AEYN | AESPID | AETERM | AESER | AEREL1 | AEREL2 | AEACN1 | AEACN2 | AEOUT | AETOXGR | AEDAT       | AESTDAT     | AESTTIM | AEENDAT     | AEONGO
1      | Y    | E2     | RASH   | N     | 1      | 0      | 0      | 0      | 1     | 2       | 20-MAR-2023 | 08-MAR-2023 | 10:00   | 12-MAR-2023 | N
1      | Y    | E1     | COUGH  | N     | 0      | 0      | 2      | 4      | 3     | 1       | 20-MAR-2023 | MAR-2023    |         |             | Y
"""


def ae_of(demo, events):
    """AE of these events; the first dose of subject 1 was on 06-MAR-2023 at 09:05."""
    return demo.make(demo.raw(AE=events), "AE", **demo.subjects)["AE"]


# ---- AE ------------------------------------------------------------------------------------------------------------

def test_events_are_mapped_derived_and_numbered(demo, check):
    made = ae_of(demo, EVENTS)
    check(made, """
USUBJID           | AESEQ | AESPID | AETERM | AESER | AEREL       | AEACN            | AEOUT                      | AETOXGR
BAT4706-1308-01-1 | 1     | E1     | COUGH  | N     | NOT RELATED | DRUG WITHDRAWN   | NOT RECOVERED/NOT RESOLVED | 1
BAT4706-1308-01-1 | 2     | E2     | RASH   | N     | RELATED     | DOSE NOT CHANGED | RECOVERED/RESOLVED         | 2
""")
    check(made, """
AESPID | EPOCH                 | AESTDTC          | AEENDTC    | AESTDY | AEENDY | AEENRTPT | AEENTPT
E1     |                       | 2023-03          |            |        |        | ONGOING  | 2023-03-20
E2     | COMBINATION TREATMENT | 2023-03-08T10:00 | 2023-03-12 | 3      | 7      |          |
""")


def test_a_record_that_says_only_that_there_was_no_event_is_dropped_for_that_reason(demo):
    with collect_drops() as drops:
        made = ae_of(demo, "SUBJID | AEYN | AESPID | AETERM\n1 | N | |\n1 | Y | E1 | RASH\n1 | | E2 | COUGH")
    assert list(made["AETERM"]) == ["COUGH", "RASH"]
    assert drops == {"AE:01-1/": "AEYN is N: the form says that there was no adverse event"}


def test_an_event_is_not_lost_to_a_tick_that_says_there_was_none(demo, findings):
    with collect_drops() as drops:
        made = ae_of(demo, "SUBJID | AEYN | AESPID | AETERM\n1 | N | E1 | RASH")
    assert (list(made["AETERM"]), drops) == (["RASH"], {})
    found, = findings
    assert (found.rule, found.severity, found.variable, found.value, found.record) == (
        "mapping.event_and_no_event", "error", "AETERM", "RASH", "AE:01-1/E1")
    assert found.message == "the form says that there was no adverse event (AEYN) and names one; the event is submitted"


def test_an_event_is_related_if_it_is_to_either_drug_and_unrelated_only_if_to_neither(table, check, demo):
    answers = """
AEREL1      | AEREL2      | AEREL
RELATED     | NOT RELATED | RELATED
NOT RELATED | RELATED     | RELATED
RELATED     |             | RELATED
NOT RELATED | NOT RELATED | NOT RELATED
NOT RELATED |             |
            |             |
"""
    check(demo.own["derive_aerel"](table(answers).drop(columns="AEREL")), answers)


def test_the_action_is_that_of_both_drugs_or_of_the_one_it_applies_to(table, check, demo):
    actions = """
AEACN1           | AEACN2           | AEACN
DOSE NOT CHANGED | DOSE NOT CHANGED | DOSE NOT CHANGED
DRUG WITHDRAWN   | NOT APPLICABLE   | DRUG WITHDRAWN
NOT APPLICABLE   | DRUG INTERRUPTED | DRUG INTERRUPTED
DOSE NOT CHANGED | DRUG WITHDRAWN   | MULTIPLE
NOT APPLICABLE   | NOT APPLICABLE   | NOT APPLICABLE
                 | NOT APPLICABLE   | NOT APPLICABLE
                 | DRUG WITHDRAWN   | DRUG WITHDRAWN
                 |                  |
"""
    made = demo.own["derive_aeacn"](table(actions).drop(columns="AEACN"))
    check(made, actions)
    assert set(made["AEACN"]) <= {"", *demo.specs.codelists["ACN"].terms}


@pytest.mark.parametrize("serious, death, hospital, said", [
    ("N", "N", "Y", "criteria of seriousness that are Y: AESHOSP; AESER is N"),
    ("", "Y", "Y", "criteria of seriousness that are Y: AESDTH AESHOSP; AESER is empty"),
    ("Y", "N", "N", "criteria of seriousness that are Y: none; AESER is Y"),
    ("Y", "Y", "N", ""), ("N", "N", "N", ""), ("", "", "", "")])
def test_seriousness_and_its_criteria_agree_or_are_a_finding(table, findings, serious, death, hospital, said):
    check_seriousness(table(f"""
USUBJID | _record | AESER     | AESDTH  | AESHOSP    | AESOD
S1-1    | AE:1    | {serious} | {death} | {hospital} | Y
"""))
    assert [(f.rule, f.severity, f.key, f.variable, f.value, f.record, f.message) for f in findings] == [
        ("mapping.seriousness", "warning", "USUBJID=S1-1", "AESER", serious, "AE:1", said)] * bool(said)


def test_without_criteria_seriousness_cannot_be_checked(table):
    check_seriousness(table("USUBJID | _record | AESER\nS1-1 | AE:1 | Y"))


# ---- every domain of one form --------------------------------------------------------------------------------------

DOMAINS = {
    "AE": "SUBJID | AESPID | AETERM | AESTDAT\n2 | E1 | RASH | 07-MAR-2023\n1 | E2 | A | 09-MAR-2023\n1 | E1 | B | 08-MAR-2023",
    "EX": "SUBJID | VISIT | EXTRT | EXSTDAT | EXDSTXT\n1 | C2D1 | X | 27-MAR-2023 | 1\n1 | C1D1 | X | 06-MAR-2023 | 2",
    "DS": "SUBJID | DSCAT | DSDECOD | DSSTDAT\n2 | B | DEATH | 09-MAR-2023\n1 | B | COMPLETED | 09-MAR-2023\n1 | A | C | 08-MAR-2023",
    "CM": "SUBJID | CMSPID | VISIT | CMTRT | VISDAT\n1 | 2 | BASELINE | B | 09-MAR-2013\n1 | 1 | BASELINE | A | 08-MAR-2013",
    "MH": "SUBJID | MHSPID | MHCAT | MHTERM | MHDAT\n1 | 2 | X | B | 09-MAR-2013\n1 | 1 | X | A | 08-MAR-2013",
}


@pytest.fixture(params=DOMAINS)
def domain(request, demo, pilot):
    """A domain's name, its study, and records of it."""
    name = request.param
    return name, pilot if name in ("CM", "MH") else demo, DOMAINS[name]


def make(domain, data=None):
    name, one, text = domain
    return one.make(one.raw(**{name: text if data is None else data}), name, **one.subjects)[name]


def test_a_domain_without_records_has_all_its_variables(domain):
    name, one, _ = domain
    made = make(domain, "SUBJID")
    assert (len(made), list(made.columns)) == (0, [*one.specs[name].variables, "_record"])


def test_shuffled_rows_give_the_same_records(domain, table, findings):
    _, _, text = domain
    pd.testing.assert_frame_equal(make(domain, table(text).iloc[::-1]), make(domain))


def test_records_are_numbered_within_their_subject_and_stand_by_subject(domain, findings):
    name, _, _ = domain
    made = make(domain)
    assert made["USUBJID"].is_monotonic_increasing
    assert list(made[f"{name}SEQ"]) == list(made.groupby("USUBJID").cumcount() + 1.0)


def test_a_missing_field_leaves_its_variables_empty_keeps_the_rest_and_is_a_finding(domain, table, findings, missing_fields):
    name, one, text = domain
    whole = table(text)
    full = make(domain)
    for field in whole.columns.difference(["SUBJID"]):
        rest = whole.drop(columns=field)
        made = make(domain, rest)
        assert field in missing_fields(one.specs, name, one.raw(**{name: rest}).form(name))
        assert field not in missing_fields(one.specs, name, one.raw(**{name: whole}).form(name))
        emptied = [variable.name for variable in one.specs[name].variables.values()
                   if field == variable.from_ or field in variable.dtc]
        assert len(made) == len(full)
        assert emptied
        assert all(made[variable].isin([""]).all() or made[variable].isna().all() for variable in emptied)


def test_an_unscheduled_medication_is_numbered_by_the_date_of_its_visit_and_not_by_its_start(pilot, check):
    raw = pilot.raw(CM="""
SUBJID | CMSPID | CMTRT   | VISIT       | VISDAT      | CMSTDAT
1      | 1      | ASPIRIN | SCREENING 1 | 26-DEC-2013 | 2003
1      | 1      | ASPIRIN | BASELINE    | 02-JAN-2014 | 2003
1      | 1      | ASPIRIN | UNSCHEDULED | 05-JAN-2014 | 2003
""")
    check(pilot.make(raw, "CM", **pilot.subjects)["CM"], """
VISIT       | VISITNUM | CMDTC      | CMSTDTC
SCREENING 1 | 1        | 2013-12-26 | 2003
BASELINE    | 3        | 2014-01-02 | 2003
UNSCHEDULED | 3.01     | 2014-01-05 | 2003
""")

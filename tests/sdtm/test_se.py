"""Laws of SE: the elements that happened, each from its start to the start of the next."""

import pandas as pd
import pytest

from cdisckit.errors import SpecError
from sdtm.se import derive_sestdtc

SUBJECT = "SUBJID | ICDAT | COHORT\n1 | 01-MAR-2023 | DL1"
DOSES = """
SUBJID | VISIT | EXTRT   | EXSTDAT     | EXSTTIM | EXENDAT     | EXENTIM
1      | C1D1  | BAT4706 | 06-MAR-2023 | 09:05   | 06-MAR-2023 | 10:40
1      | C2D1  | BAT4706 | 27-MAR-2023 | 10:00   | 27-MAR-2023 | 11:30
1      | C5D1  | BAT1308 | 29-MAY-2023 | 09:00   | 29-MAY-2023 | 09:30
1      | C6D1  | BAT1308 | 19-JUN-2023 | 09:00   | 19-JUN-2023 | 09:30
"""
LAST_CONTACT = "SUBJID | DSDECOD | DSSTDAT\n1 | COMPLETED | 19-JUL-2023"


def se_of(one, **forms):
    return one.make(one.raw(**forms), "SE")["SE"]


def test_runs_of_doses_make_elements_and_each_ends_where_the_next_starts(demo, check):
    check(se_of(demo, DM=SUBJECT, EX=DOSES, DS=LAST_CONTACT), """
SESEQ | ETCD  | ELEMENT               | EPOCH                 | SESTDTC          | SEENDTC          | SESTDY | SEENDY
1     | SCRN  | Screening             | SCREENING             | 2023-03-01       | 2023-03-06T09:05 | -5     | 1
2     | COMBO | Combination Treatment | COMBINATION TREATMENT | 2023-03-06T09:05 | 2023-05-29T09:00 | 1      | 85
3     | MONO  | Monotherapy Treatment | MONOTHERAPY TREATMENT | 2023-05-29T09:00 | 2023-06-20       | 85     | 107
4     | FUP   | Follow-up             | FOLLOW-UP             | 2023-06-20       | 2023-07-19       | 107    | 136
""")


def test_the_ids_are_those_of_the_records_that_start_the_element(demo):
    assert list(se_of(demo, DM=SUBJECT, EX=DOSES, DS=LAST_CONTACT)["_record"]) == [
        "DM:01-1", "EX:01-1/C1D1/BAT4706", "EX:01-1/C5D1/BAT1308", "DM:01-1"]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_doses_give_the_same_elements(demo, table, seed):
    shuffled = table(DOSES).sample(frac=1, random_state=seed, ignore_index=True)
    pd.testing.assert_frame_equal(se_of(demo, DM=SUBJECT, EX=shuffled, DS=LAST_CONTACT),
                                  se_of(demo, DM=SUBJECT, EX=DOSES, DS=LAST_CONTACT))


@pytest.mark.parametrize("contact, elements", [
    ("20-JUN-2023", ["SCRN", "COMBO", "MONO", "FUP"]),
    ("19-JUN-2023", ["SCRN", "COMBO", "MONO"]),                   # the day of the last dose is no follow-up
    ("", ["SCRN", "COMBO", "MONO"]),
])
def test_follow_up_is_for_subjects_who_took_part_beyond_the_day_of_the_last_dose(demo, contact, elements):
    made = se_of(demo, DM=SUBJECT, EX=DOSES, DS=f"SUBJID | DSDECOD | DSSTDAT\n1 | COMPLETED | {contact}")
    assert list(made["ETCD"]) == elements
    assert list(made["SEENDTC"])[2] == ("2023-06-20" if "FUP" in elements else "2023-06-19T09:30")


def test_a_screening_failure_has_screening_until_the_last_contact(demo, check):
    check(se_of(demo, DM="SUBJID | ICDAT | COHORT\n1 | 01-MAR-2023 |",
                DS="SUBJID | DSDECOD | DSSTDAT\n1 | SCREEN FAILURE | 09-MAR-2023"), """
ETCD | SESTDTC    | SEENDTC    | SESTDY
SCRN | 2023-03-01 | 2023-03-09 |
""")


def test_an_element_that_comes_back_is_another_record(pilot, check):
    check(se_of(pilot, DM="SUBJID | DMDAT\n1 | 26-DEC-2013", EX="""
SUBJID | EXTRT      | EXDSTXT | VISIT    | EXSTDAT     | EXENDAT
1      | XANOMELINE | 54      | BASELINE | 02-JAN-2014 | 16-JAN-2014
1      | XANOMELINE | 81      | WEEK 2   | 17-JAN-2014 | 17-JUN-2014
1      | XANOMELINE | 54      | WEEK 24  | 18-JUN-2014 | 02-JUL-2014
"""), """
ETCD | SESTDTC    | SEENDTC
SCRN | 2013-12-26 | 2014-01-02
X54  | 2014-01-02 | 2014-01-17
X81  | 2014-01-17 | 2014-06-18
X54  | 2014-06-18 | 2014-07-02
""")


def test_a_dose_that_fits_no_element_is_unplanned_and_a_finding(demo, check, findings):
    doses = DOSES + "1 | UNSCHEDULED | BAT4706 | 10-APR-2023 | 09:00 | 10-APR-2023 | 10:00\n"
    check(se_of(demo, DM=SUBJECT, EX=doses, DS=LAST_CONTACT), """
ETCD   | ELEMENT               | EPOCH                 | SESTDTC          | SEENDTC
SCRN   | Screening             | SCREENING             | 2023-03-01       | 2023-03-06T09:05
COMBO  | Combination Treatment | COMBINATION TREATMENT | 2023-03-06T09:05 | 2023-04-10T09:00
UNPLAN |                       |                       | 2023-04-10T09:00 | 2023-05-29T09:00
MONO   | Monotherapy Treatment | MONOTHERAPY TREATMENT | 2023-05-29T09:00 | 2023-06-20
FUP    | Follow-up             | FOLLOW-UP             | 2023-06-20       | 2023-07-19
""")
    found, = findings
    assert (found.rule, found.severity, found.dataset, found.variable, found.value, found.record, found.key) == (
        "mapping.unplanned_dose", "warning", "SE", "ETCD", "BAT4706", "EX:01-1/UNSCHEDULED/BAT4706",
        "USUBJID=BAT4706-1308-01-1")
    assert found.message == "the dose fits no element of the study"


def test_a_dose_without_a_date_makes_no_element(demo):
    doses = "SUBJID | VISIT | EXTRT | EXSTDAT\n1 | C1D1 | BAT4706 | 06-MAR-2023\n1 | C5D1 | BAT1308 |"
    assert list(se_of(demo, DM=SUBJECT, EX=doses)["ETCD"]) == ["SCRN", "COMBO"]


def test_a_subject_who_is_not_in_dm_has_no_elements(demo):
    doses = "SUBJID | VISIT | EXTRT | EXSTDAT\n9 | C1D1 | BAT4706 | 06-MAR-2023"
    assert list(se_of(demo, DM=SUBJECT, EX=doses)["ETCD"]) == ["SCRN"]


@pytest.mark.parametrize("last_dose, start", [
    ("06-MAR-2023 | 10:40", "2023-03-07"),
    ("06-MAR-2023 |", "2023-03-07"),
    ("31-MAR-2023 |", "2023-04-01"),
    ("APR-2023 |", "2023-04"),
])
def test_follow_up_starts_the_day_after_the_last_dose(demo, last_dose, start):
    made = se_of(demo, DM=SUBJECT, DS=LAST_CONTACT,
                 EX=f"SUBJID | VISIT | EXSTDAT | EXENDAT | EXENTIM\n1 | C1D1 | 06-MAR-2023 | {last_dose}")
    assert made[["ETCD", "SESTDTC", "SEENDTC"]].to_numpy().tolist() == [
        ["SCRN", "2023-03-01", "2023-03-06"], ["COMBO", "2023-03-06", start], ["FUP", start, "2023-07-19"]]


@pytest.mark.parametrize("visit, last_element", [("C1D1", "COMBO"), ("UNSCHEDULED", "UNPLAN")])
def test_a_contact_later_on_the_day_of_the_last_dose_is_no_follow_up_and_treatment_ends_with_the_dose(
        demo, findings, visit, last_element):
    raw = demo.raw(DM=SUBJECT, EX=f"SUBJID | VISIT | EXTRT | EXSTDAT\n1 | {visit} | BAT4706 | 06-MAR-2023")
    dm = demo.make(raw, "DM")["DM"].assign(RFXENDTC="2023-03-06T10:40", RFPENDTC="2023-03-06T18:00")
    made = demo.make(raw, "SE", DM=dm)["SE"]
    assert made[["ETCD", "SEENDTC"]].to_numpy().tolist() == [
        ["SCRN", "2023-03-06"], [last_element, "2023-03-06T10:40"]]


def test_elements_that_start_together_stand_in_the_order_of_the_protocol(pilot, check):
    check(se_of(pilot, DM="SUBJID | DMDAT\n1 | 02-JAN-2014", EX="""
SUBJID | EXTRT   | EXDSTXT | VISIT    | EXSTDAT
1      | PLACEBO | 0       | BASELINE | 02-JAN-2014
"""), """
SESEQ | ETCD | SESTDTC    | SEENDTC
1     | SCRN | 2014-01-02 | 2014-01-02
2     | PBO  | 2014-01-02 | 2014-01-02
""")


def test_subjects_do_not_mix(demo, check):
    check(se_of(demo, DM="SUBJID | ICDAT | COHORT\n2 | 05-MAR-2023 | DL1\n1 | 01-MAR-2023 | DL1", DS="SUBJID | DSSTDAT\n1 | 09-MAR-2023",
                EX="SUBJID | VISIT | EXTRT | EXSTDAT\n1 | C1D1 | X | 06-MAR-2023\n2 | C1D1 | X | 06-MAR-2023"),
          """
USUBJID           | SESEQ | ETCD  | SESTDTC    | SEENDTC
BAT4706-1308-01-1 | 1     | SCRN  | 2023-03-01 | 2023-03-06
BAT4706-1308-01-1 | 2     | COMBO | 2023-03-06 | 2023-03-07
BAT4706-1308-01-1 | 3     | FUP   | 2023-03-07 | 2023-03-09
BAT4706-1308-01-2 | 1     | SCRN  | 2023-03-05 | 2023-03-06
BAT4706-1308-01-2 | 2     | COMBO | 2023-03-06 | 2023-03-06
""")


def test_an_element_that_knows_its_doses_by_a_variable_that_ex_lacks_stops(demo):
    elements = demo.specs.facts.elements
    broken = {**elements, "COMBO": elements["COMBO"].model_copy(update={"doses": {"VISITT": ("C1D1",)}})}
    facts = demo.specs.facts.model_copy(update={"elements": broken})
    specs = type(demo.specs)(demo.specs.folder, facts, demo.specs.datasets, demo.specs.codelists)
    raw = demo.raw(DM=SUBJECT, EX=DOSES)
    with pytest.raises(SpecError, match="the element COMBO knows its doses by VISITT, .* did you mean VISIT?"):
        derive_sestdtc(raw, demo.make(raw, "DM")["DM"], specs)


def test_no_subjects_have_no_elements(demo):
    made = se_of(demo)
    assert (len(made), list(made.columns)) == (0, [*demo.specs["SE"].variables, "_record"])


def test_without_the_fields_of_its_dates_an_element_is_missing_and_the_fields_are_findings(demo, missing_fields):
    raw = demo.raw(DM="SUBJID | COHORT\n1 | DL1", EX="SUBJID | VISIT | EXTRT\n1 | C1D1 | BAT4706")
    assert len(demo.make(raw, "SE")["SE"]) == 0
    assert "ICDAT" in missing_fields(demo.specs, "DM", raw.form("DM"))
    assert "EXSTDAT" in missing_fields(demo.specs, "EX", raw.form("EX"))

"""Laws of DM: one record a subject, with the dates, the race and the arm that the raw records prove."""

import pandas as pd
import pytest

from cdisckit.errors import SpecError
from cdisckit.findings import collect_findings
from raw import collect_drops
from sdtm.dm import derive_race, dm

SUBJECTS = """
SUBJID | ICDAT       | COHORT | RACE
1      | 01-MAR-2023 | DL1    | A
2      | 02-MAR-2023 |        | W
"""
DOSES = """
SUBJID | VISIT | EXTRT   | EXSTDAT     | EXSTTIM | EXENDAT     | EXENTIM
1      | C2D1  | BAT4706 | 27-MAR-2023 | 10:00   | 27-MAR-2023 | 11:30
1      | C1D1  | BAT4706 | 06-MAR-2023 | 09:05   | 06-MAR-2023 | 10:40
1      | C1D1  | BAT1308 | 06-MAR-2023 | 08:05   | 06-MAR-2023 | 09:00
"""


def dm_of(demo, **forms):
    return demo.make(demo.raw(**{"DM": SUBJECTS, **forms}), "DM")["DM"]


def rules(findings):
    return [(found.rule, found.record) for found in findings]


# ---- first and last dates ------------------------------------------------------------------------------------------

def test_exposure_starts_with_the_first_dose_and_ends_with_the_end_of_the_last(demo, check):
    check(dm_of(demo, EX=DOSES), """
USUBJID            | RFXSTDTC         | RFXENDTC         | RFSTDTC          | RFENDTC
BAT4706-1308-01-1  | 2023-03-06T08:05 | 2023-03-27T11:30 | 2023-03-06T08:05 | 2023-03-27T11:30
BAT4706-1308-01-2  |                  |                  |                  |
""")


def test_first_and_last_dates_with_and_without_times(demo, check):
    """The end may be missing, have no time, be known in part, or (without a year) say nothing of the order."""
    check(dm_of(demo, DM="SUBJID | COHORT\n1 | DL1\n2 | DL1\n3 | DL1\n4 | DL1\n5 | DL1\n6 | DL1", EX="""
SUBJID | EXSTDAT     | EXSTTIM | EXENDAT     | EXENTIM
1      | 06-MAR-2023 | 09:05   |             |
2      | 06-MAR-2023 |         | 06-MAR-2023 |
3      | 06-MAR-2023 | 09:05   | 06-MAR-2023 |
4      | 06-MAR-2023 | 09:05   | MAR-2023    |
5      | 06-MAR-2023 | 09:05   | 05-APR-UNK  |
6      | 06-MAR-2023 | 09:05   | 07-MAR-2023 | 00:10
"""), """
SUBJID | RFXSTDTC         | RFXENDTC
1      | 2023-03-06T09:05 | 2023-03-06T09:05
2      | 2023-03-06       | 2023-03-06
3      | 2023-03-06T09:05 | 2023-03-06T09:05
4      | 2023-03-06T09:05 | 2023-03-06T09:05
5      | 2023-03-06T09:05 | 2023-03-06T09:05
6      | 2023-03-06T09:05 | 2023-03-07T00:10
""")


def test_a_first_dose_without_a_complete_date_is_a_finding(demo, findings):
    made = dm_of(demo, EX="SUBJID | EXSTDAT | EXSTTIM | EXENDAT | EXENTIM\n1 | MAR-2023 | | 06-APR-2023 |")
    assert made.loc[0, ["RFSTDTC", "RFXENDTC"]].to_list() == ["2023-03", "2023-04-06"]
    found, = findings
    assert (found.rule, found.severity, found.key, found.variable, found.value, found.record) == (
        "mapping.reference_incomplete", "error", "USUBJID=BAT4706-1308-01-1", "RFSTDTC", "2023-03", "DM:01-1")
    assert found.message == "the first exposure has no complete date: the subject has no study days and no baseline"


def test_participation_ends_with_the_latest_contact_of_all_forms(demo, check):
    check(dm_of(demo, EX=DOSES, VS="SUBJID | VISIT | VISDAT\n1 | FU30 | 30-APR-2023\n2 | SCREENING | 03-MAR-2023",
                DS="SUBJID | DSDECOD | DSSTDAT | DTHDAT\n1 | COMPLETED | 29-APR-2023 |"), """
USUBJID           | RFICDTC    | RFPENDTC
BAT4706-1308-01-1 | 2023-03-01 | 2023-04-30
BAT4706-1308-01-2 | 2023-03-02 | 2023-03-03
""")


def test_a_date_variable_without_stated_sources_stops(demo):
    spec = demo.specs["DM"]
    bare = spec.variables["RFPENDTC"].model_copy(update={"source": ()})
    broken = spec.model_copy(update={"variables": {**spec.variables, "RFPENDTC": bare}})
    specs = type(demo.specs)(demo.specs.folder, demo.specs.facts, {**demo.specs.datasets, "DM": broken}, demo.specs.codelists)
    with pytest.raises(SpecError, match="DM derives RFPENDTC, and its specification names no raw dates for it"):
        dm(demo.raw(DM=SUBJECTS), broken, specs)


# ---- one record a subject ------------------------------------------------------------------------------------------

def test_a_subject_entered_twice_has_one_record_and_a_finding(demo, findings):
    with collect_drops() as drops:
        made = dm_of(demo, DM="""
SUBJID | SEX | COHORT
2      | F   |
1      | M   |
1      | F   |
""")
    assert list(made["USUBJID"]) == ["BAT4706-1308-01-1", "BAT4706-1308-01-2"]
    assert list(made["_record"]) == ["DM:01-1", "DM:01-2"]
    assert list(made["SEX"]) == ["F", "F"]                     # of two records the first by its text
    assert drops == {"DM:01-1#2": "another record of demographics of the subject is submitted"}
    found, = findings
    assert (found.rule, found.severity, found.record, found.key) == (
        "mapping.subject_twice", "error", "DM:01-1#2", "USUBJID=BAT4706-1308-01-1")
    assert found.fix == "data management: delete the wrong one, or correct its subject number"


def test_two_subjects_whose_numbers_join_to_one_usubjid_are_found(demo, findings):
    made = dm_of(demo, DM="SITEID | SUBJID\n01 | 2-3\n01-2 | 3")
    assert len(made) == 1
    assert rules(findings) == [("mapping.subject_twice", "DM:01-2-3#2")]


def test_the_datasets_of_a_study_with_a_subject_entered_twice_are_made(demo, findings):
    raw = demo.raw(DM="SUBJID | COHORT | SEX\n1 | DL1 | M\n1 | DL1 | F", EX=DOSES,
                   VS="SUBJID | VISIT | VISDAT | SYSBP_VSORRES\n1 | C1D1 | 06-MAR-2023 | 120")
    frames = demo.make(raw, "AE", "DS", "EX", "SE", "SV", "VS")
    assert {name: len(frame) for name, frame in frames.items()} == {
        "AE": 0, "DM": 1, "DS": 0, "EX": 3, "SE": 1, "SV": 2, "VS": 1}


# ---- death ---------------------------------------------------------------------------------------------------------

def test_the_date_of_death_makes_the_flag_and_so_does_a_disposition_of_death(demo, check):
    check(dm_of(demo, DM="SUBJID | COHORT\n1 |\n2 |\n3 |", DS="""
SUBJID | DSCAT             | DSDECOD   | DTHDAT
1      | DISPOSITION EVENT | DEATH     | 03-MAY-2023
1      | OTHER EVENT       | COMPLETED | 03-MAY-2023
2      | DISPOSITION EVENT | DEATH     |
3      | DISPOSITION EVENT | COMPLETED |
"""), """
SUBJID | DTHDTC     | DTHFL
1      | 2023-05-03 | Y
2      |            | Y
3      |            |
""")


def test_where_death_dates_differ_the_first_stated_form_decides_and_a_finding_says_so(pilot, findings):
    made = pilot.make(pilot.raw(DM="SUBJID\n1\n2",
                                DS="SUBJID | DTHDAT\n1 | 05-MAY-2013\n2 |",
                                AE="SUBJID | AESPID | DTHDAT\n1 | E1 | 04-MAY-2013\n1 | E2 | 05-MAY-2013\n2 | E1 | 01-MAY-2013"),
                      "DM")["DM"]
    assert list(made["DTHDTC"]) == ["2013-05-05", "2013-05-01"]
    assert list(made["DTHFL"]) == ["Y", "Y"]
    found, = findings
    assert (found.rule, found.severity, found.variable, found.value, found.record, found.key) == (
        "mapping.death_dates_differ", "error", "DTHDTC", "2013-05-04", "AE:01-1/E1", "USUBJID=01-01-1")
    assert found.message == "AE.DTHDAT has another date of death than 2013-05-05, which is submitted"


# ---- race ----------------------------------------------------------------------------------------------------------

def test_several_races_are_multiple_and_each_is_kept(demo, check):
    check(dm_of(demo, DM="SUBJID | RACE\n1 | A\n2 | A,W\n3 | W, O\n4 |\n5 | A,A\n6 | A,\n7 | ASIAN"), """
SUBJID | RACE     | RACE1 | RACE2
1      | ASIAN    |       |
2      | MULTIPLE | ASIAN | WHITE
3      | MULTIPLE | WHITE | OTHER
4      |          |       |
5      | ASIAN    | ASIAN | ASIAN
6      | ASIAN    |       |
7      | ASIAN    |       |
""")


def test_an_ethnicity_ticked_as_a_race_is_no_race(pilot, check):
    raw = pilot.raw(DM="SUBJID | RACE\n1 | CA,HP\n2 | HP\n3 | HP,CA\n4 | CA,AF\n5 | EA")
    check(pilot.make(raw, "DM")["DM"], """
SUBJID | RACE     | RACE1    | RACE2
1      | WHITE    | WHITE    | HISPANIC
2      |          |          |
3      | WHITE    | HISPANIC | WHITE
4      | MULTIPLE | WHITE    | BLACK OR AFRICAN AMERICAN
5      | ASIAN    |          |
""")


def test_an_unknown_race_is_a_finding_and_the_known_one_stays(demo, check, findings):
    check(dm_of(demo, DM="SUBJID | RACE\n1 | X\n2 | W,X"), """
SUBJID | RACE  | RACE1 | RACE2
1      |       |       |
2      | WHITE | WHITE |
""")
    assert [(f.rule, f.variable, f.value, f.record) for f in findings] == [
        ("mapping.unmapped_value", "RACE", "X", "DM:01-1"), ("mapping.unmapped_value", "RACE", "X", "DM:01-2")]


def test_a_race_for_which_there_is_no_variable_is_a_finding(demo, check, findings):
    check(dm_of(demo, DM="SUBJID | RACE\n1 | A,W,O"), "RACE | RACE1 | RACE2\nMULTIPLE | ASIAN | WHITE")
    found, = findings
    assert (found.rule, found.severity, found.record, found.value) == ("mapping.race_left_out", "error", "DM:01-1", "O")
    assert found.fix == "programmer: add RACE3 to the specification of DM, in the manner of RACE1"


def test_a_race_that_is_taken_as_collected_stays_as_it_is(study, block):
    made = study(DM={"RACE": {"from": "RACE"}})
    data = pd.DataFrame({"RACE": ["WHITE, MAYBE"], "_record": ["DM:1"]}, dtype="str")
    assert derive_race(data, made["DM"]) is data


def test_a_race_whose_field_is_not_taken_along_stops(study):
    made = study(DM={"RACE": {"derive": "derive_race", "map": {"A": "ASIAN"}}})
    with pytest.raises(SpecError, match="derive_race reads the raw field RACE") as error:
        derive_race(pd.DataFrame({"_record": ["DM:1"]}, dtype="str"), made["DM"])
    assert "`uses: [RACE]`" in str(error.value)


# ---- arms ----------------------------------------------------------------------------------------------------------

def test_the_arm_is_the_cohort_and_its_absence_has_a_reason(demo, check, findings):
    check(dm_of(demo, DM="""
SUBJID | COHORT
1      | DL1
2      | DL2
3      |
4      |
5      |
""", EX="SUBJID | VISIT | EXTRT | EXSTDAT\n1 | C1D1 | BAT4706 | 06-MAR-2023\n5 | C1D1 | BAT4706 | 07-MAR-2023", DS="""
SUBJID | DSDECOD
1      | COMPLETED
4      | SCREEN FAILURE
"""), """
SUBJID | ARMCD | ARM                                | ACTARMCD | ACTARM                             | ARMNRS
1      | DL1   | BAT4706 0.3 mg/kg + BAT1308 300 mg | DL1      | BAT4706 0.3 mg/kg + BAT1308 300 mg |
2      | DL2   | BAT4706 1.0 mg/kg + BAT1308 300 mg |          |                                    | ASSIGNED, NOT TREATED
3      |       |                                    |          |                                    | NOT ASSIGNED
4      |       |                                    |          |                                    | SCREEN FAILURE
5      |       |                                    |          |                                    |
""")
    found, = findings                                                    # treated, and nobody said in which arm
    assert (found.rule, found.severity, found.record) == ("mapping.treated_without_arm", "error", "DM:01-5")


def test_a_screen_failure_who_had_an_arm_was_assigned(demo, check):
    check(dm_of(demo, DM="SUBJID | COHORT\n1 | DL1", DS="SUBJID | DSDECOD\n1 | SCREEN FAILURE"),
          "ARMCD | ACTARMCD | ARMNRS\nDL1 | | ASSIGNED, NOT TREATED")


def test_the_pilots_arm_is_what_the_doses_prove(pilot, check, findings):
    raw = pilot.raw(DM="SUBJID\n1\n2\n3\n4\n5\n6", EX="""
SUBJID | EXTRT      | EXDSTXT | VISIT    | EXSTDAT
1      | PLACEBO    | 0       | BASELINE | 02-JAN-2014
2      | XANOMELINE | 54      | BASELINE | 02-JAN-2014
2      | XANOMELINE | 54      | WEEK 2   | 17-JAN-2014
3      | XANOMELINE | 54      | BASELINE | 02-JAN-2014
3      | XANOMELINE | 81      | WEEK 2   | 17-JAN-2014
3      | XANOMELINE | 54      | WEEK 24  | 17-JUN-2014
4      | XANOMELINE | 54      | BASELINE | 02-JAN-2014
5      | PLACEBO    | 0       | BASELINE | 02-JAN-2014
5      | XANOMELINE | 54      | WEEK 2   | 17-JAN-2014
""", DS="SUBJID | DSCAT | DSDECOD | DSSTDAT\n6 | DISPOSITION EVENT | SCREEN FAILURE | 03-JAN-2014")
    check(pilot.make(raw, "DM")["DM"], """
SUBJID | ARMCD  | ACTARMCD | ARM                  | ARMNRS
1      | Pbo    | Pbo      | Placebo              |
2      | Xan_Lo | Xan_Lo   | Xanomeline Low Dose  |
3      | Xan_Hi | Xan_Hi   | Xanomeline High Dose |
4      |        |          |                      |
5      |        |          |                      |
6      |        |          |                      | SCREEN FAILURE
""")
    assert rules(findings) == [("cdiscpilot01.arm_not_proven", "DM:01-4"), ("cdiscpilot01.arm_not_proven", "DM:01-5")]
    assert findings[0].fix == "data management: deliver the randomisation list"


def test_the_pilots_reference_end_is_the_disposition_of_subjects_who_were_treated(pilot, check):
    raw = pilot.raw(DM="SUBJID\n1\n2", EX="""
SUBJID | EXTRT   | EXDSTXT | VISIT    | EXSTDAT     | EXENDAT
1      | PLACEBO | 0       | BASELINE | 05-AUG-2012 | 01-SEP-2012
""", DS="""
SUBJID | DSCAT             | DSDECOD       | DSSTDAT
1      | DISPOSITION EVENT | ADVERSE EVENT | 02-SEP-2012
1      | OTHER EVENT       | FINAL RETRIEVAL VISIT | 18-FEB-2013
2      | DISPOSITION EVENT | SCREEN FAILURE | 03-JAN-2014
""")
    check(pilot.make(raw, "DM")["DM"], """
SUBJID | RFSTDTC    | RFXENDTC   | RFENDTC    | RFPENDTC
1      | 2012-08-05 | 2012-09-01 | 2012-09-02 | 2013-02-18
2      |            |            |            | 2014-01-03
""")


# ---- all of it -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(2))
def test_shuffled_records_give_the_same_dm(demo, table, seed):
    forms = {"DM": table(SUBJECTS + "3 | 01-MAR-2023 | DL1 | A,W\n3 | 01-MAR-2023 | DL2 | W,A"), "EX": table(DOSES),
             "DS": table("SUBJID | DSCAT | DSDECOD | DTHDAT\n1 | DISPOSITION EVENT | DEATH | 03-MAY-2023\n"
                         "1 | OTHER EVENT | DEATH | 04-MAY-2023\n2 | DISPOSITION EVENT | SCREEN FAILURE |")}
    made, reports = [], []
    for order in (lambda data: data, lambda data: data.sample(frac=1, random_state=seed, ignore_index=True)):
        with collect_findings() as found:
            made.append(dm_of(demo, **{form: order(data) for form, data in forms.items()}))
        reports.append(sorted(found))
    pd.testing.assert_frame_equal(*made)
    assert reports[0] == reports[1]


def test_no_subjects_make_an_empty_dm(demo, pilot):
    for one in (demo, pilot):
        made = one.make(one.raw(), "DM")["DM"]
        assert (len(made), list(made.columns)) == (0, [*one.specs["DM"].variables, "_record"])


def test_missing_fields_leave_their_variables_empty_and_are_findings(demo, check, missing_fields):
    raw = demo.raw(DM="SUBJID\n1", EX="SUBJID | EXTRT\n1 | BAT4706")
    check(demo.make(raw, "DM")["DM"], """
SUBJID | RFSTDTC | RFXENDTC | RFICDTC | RFPENDTC | RACE | AGE | ARMCD | ARMNRS       | DTHFL
1      |         |          |         |          |      |     |       | NOT ASSIGNED |
""")
    assert {"RACE", "COHORT", "ICDAT", "AGE"} <= missing_fields(demo.specs, "DM", raw.form("DM"))
    assert {"EXSTDAT", "EXSTTIM", "EXENDAT"} <= missing_fields(demo.specs, "EX", raw.form("EX"))

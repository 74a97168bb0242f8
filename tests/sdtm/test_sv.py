"""Laws of SV: one record for each visit that took place, from the first to the last date recorded at it."""

import pandas as pd
import pytest

from cdisckit.errors import SpecError
from sdtm.sv import derive_svstdtc

DOSES = """
SUBJID | VISIT | EXTRT   | EXSTDAT
1      | C1D1  | BAT4706 | 06-MAR-2023
1      | C1D1  | BAT1308 | 06-MAR-2023
1      | C2D1  | BAT4706 | 28-MAR-2023
"""
SIGNS = """
SUBJID | VISIT       | VISDAT      | VSTPT
1      | SCREENING   | 02-MAR-2023 |
1      | C1D1        | 06-MAR-2023 | PRE-DOSE
1      | C1D1        | 06-MAR-2023 | POST-DOSE
1      | C2D1        | 27-MAR-2023 | PRE-DOSE
1      | UNSCHEDULED | 10-MAR-2023 |
1      | UNSCHEDULED | 12-MAR-2023 |
1      | UNSCHEDULED | 12-MAR-2023 | AGAIN
"""


def sv_of(one, **forms):
    """SV of these forms; the first dose of subject 1 was on 06-MAR-2023."""
    return one.make(one.raw(**forms), "SV", **one.subjects)["SV"]


def test_a_planned_visit_is_one_record_and_an_unscheduled_one_is_one_a_date(demo, check):
    check(sv_of(demo, EX=DOSES, VS=SIGNS), """
VISITNUM | VISIT       | SVPRESP | SVOCCUR | SVSTDTC    | SVENDTC    | SVSTDY | SVENDY | SVUPDES
0        | SCREENING   | Y       | Y       | 2023-03-02 | 2023-03-02 | -4     | -4     |
1        | C1D1        | Y       | Y       | 2023-03-06 | 2023-03-06 | 1      | 1      |
1.01     | UNSCHEDULED |         |         | 2023-03-10 | 2023-03-10 | 5      | 5      | UNSCHEDULED VISIT
1.02     | UNSCHEDULED |         |         | 2023-03-12 | 2023-03-12 | 7      | 7      | UNSCHEDULED VISIT
2        | C2D1        | Y       | Y       | 2023-03-27 | 2023-03-28 | 22     | 23     |
""")


def test_a_visit_carries_the_ids_of_all_its_records(demo):
    made = sv_of(demo, EX=DOSES, VS=SIGNS).set_index("VISIT")["_record"]
    assert made["C2D1"] == "EX:01-1/C2D1/BAT4706; VS:01-1/C2D1/27-MAR-2023/PRE-DOSE"
    assert list(made["UNSCHEDULED"]) == ["VS:01-1/UNSCHEDULED/10-MAR-2023/",
                                         "VS:01-1/UNSCHEDULED/12-MAR-2023/; VS:01-1/UNSCHEDULED/12-MAR-2023/AGAIN"]


@pytest.mark.parametrize("dates, start, end", [
    (["27-MAR-2023", "28-MAR-2023"], "2023-03-27", "2023-03-28"),
    (["28-MAR-2023", "", "27-MAR-2023"], "2023-03-27", "2023-03-28"),           # a record without a date changes nothing
    (["28-MAR-2023", "30-MAR-UNK", "27-MAR-2023"], "2023-03-27", "2023-03-28"),  # nor one without a year
    (["", ""], "", ""),
    (["28-MAR-2023", "APR-2023"], "2023-03-28", "2023-04"),
])
def test_a_visit_spans_its_dates(demo, dates, start, end):
    rows = "\n".join(f"1 | C2D1 | {date} | T{number}" for number, date in enumerate(dates))
    made = sv_of(demo, VS=f"SUBJID | VISIT | VISDAT | VSTPT\n{rows}")
    assert made[["SVSTDTC", "SVENDTC"]].to_numpy().tolist() == [[start, end]]
    assert made["_record"].str.count("VS:").to_list() == [len(dates)]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_records_give_the_same_visits(demo, table, seed):
    shuffled = {form: table(text).sample(frac=1, random_state=seed, ignore_index=True)
                for form, text in (("EX", DOSES), ("VS", SIGNS))}
    pd.testing.assert_frame_equal(sv_of(demo, **shuffled), sv_of(demo, EX=DOSES, VS=SIGNS))


def test_records_that_state_no_visit_make_none(demo):
    assert len(sv_of(demo, VS="SUBJID | VISIT | VISDAT\n1 | | 02-MAR-2023")) == 0


def test_a_visit_that_the_protocol_does_not_know_is_a_finding(demo, findings):
    made = sv_of(demo, VS="SUBJID | VISIT | VISDAT\n1 | SCREENIN | 02-MAR-2023")
    assert made["VISITNUM"].isna().all()
    assert [(found.rule, found.value) for found in findings] == [("mapping.unknown_visit", "SCREENIN")]


def test_subjects_do_not_mix(demo, check):
    check(sv_of(demo, VS="SUBJID | VISIT | VISDAT\n2 | SCREENING | 03-MAR-2023\n1 | SCREENING | 02-MAR-2023"), """
USUBJID           | VISIT     | SVSTDTC
BAT4706-1308-01-1 | SCREENING | 2023-03-02
BAT4706-1308-01-2 | SCREENING | 2023-03-03
""")


def test_a_study_that_names_no_visit_dates_stops(study, block):
    made = study(SV={"VISIT": {"derive": "derive_svstdtc"}})
    with pytest.raises(SpecError, match="study.yaml names none") as error:
        derive_svstdtc(block(made), made)
    assert "`visit_dates: {VS: VISDAT}`" in str(error.value)


def test_no_records_are_no_visits(demo):
    made = sv_of(demo)
    assert (len(made), list(made.columns)) == (0, [*demo.specs["SV"].variables, "_record"])


def test_without_their_dates_visits_are_there_and_undated_and_the_field_is_a_finding(demo, check, missing_fields):
    signs = "SUBJID | VISIT | VSTPT\n1 | C1D1 | PRE-DOSE\n1 | C1D1 | 1 H"
    check(sv_of(demo, VS=signs), "VISITNUM | VISIT | SVSTDTC | SVENDTC | SVSTDY\n1 | C1D1 | | |")
    assert "VISDAT" in missing_fields(demo.specs, "VS", demo.raw(VS=signs).form("VS"))

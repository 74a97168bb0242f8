"""Laws of ADTR: change from baseline and nadir, the best change, and what a lesion that was not evaluated does."""

import pandas as pd

from adam.adtr import derive_anl01fl, derive_best_change, derive_missing_lesions, derive_nadir


def sums(*rows: tuple[float, float, bool]) -> pd.DataFrame:
    """Assessments of a subject after a baseline of 100 mm as (sum, nadir, complete), six weeks apart."""
    base = [(100.0, float("nan"), True), *rows]
    date = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=42 * number) for number in range(len(base))]
    aval = pd.Series([row[0] for row in base])
    return pd.DataFrame({"USUBJID": pd.Series(["1"] * len(base), dtype="str"), "PARAMCD": "SUMDIAM", "AVAL": aval, "BASE": 100.0,
                         "CHG": aval - 100, "PCHG": (aval - 100).where(aval.index > 0), "NADIR": [row[1] for row in base],
                         "COMPLETE": [row[2] for row in base], "ADT": pd.Series(date, dtype="datetime64[s]")})


def therapy(*dates: str) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": pd.Series(["1"] * len(dates), dtype="str"), "ADT": pd.to_datetime(list(dates)).astype("datetime64[s]")})


SUMS = sums((60.0, 100.0, True), (40.0, 60.0, False), (50.0, 60.0, True), (50.0, 50.0, True), (0.0, 0.0, True))


def test_the_change_from_the_nadir_is_in_mm_and_in_percent_of_a_nadir_above_zero():
    made = derive_nadir(SUMS)
    assert made["CHGNAD"].tolist()[1:] == [-40, -20, -10, 0, 0] and made["PCHGNAD"].round(1).tolist()[1:5] == [-40, -33.3, -16.7, 0]
    assert made["PCHGNAD"].isna().tolist() == [True, False, False, False, False, True]


def test_the_best_change_is_the_first_lowest_of_the_complete_sums():
    flagged = derive_anl01fl(SUMS[:5], therapy())
    best = derive_best_change(flagged).query("PARAMCD == 'BPCHG'")
    assert best["AVAL"].tolist() == [-50] and best["ADT"].tolist() == [pd.Timestamp("2024-05-06")]


def test_a_sum_on_or_after_a_new_therapy_is_no_best_change():
    assert derive_anl01fl(SUMS, therapy("2024-05-06"))["ANL01FL"].tolist() == ["", "Y", "", "", "", ""]


def test_a_sum_after_the_data_cut_off_is_no_best_change():
    assert derive_anl01fl(SUMS, therapy(), "2024-05-06")["ANL01FL"].tolist() == ["", "Y", "", "Y", "", ""]


def test_a_lesion_that_was_not_evaluated_is_said_to_be_left_out():
    assert (derive_missing_lesions(SUMS)["LESMISS"] != "").tolist() == [False, False, True, False, False, False]


def test_without_assessments_there_is_no_best_change():
    assert derive_best_change(derive_anl01fl(SUMS[:0], therapy())).empty

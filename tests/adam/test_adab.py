"""Laws of ADAB: a sample's result from its tiers, and of a subject's antibodies against a drug over the whole study."""

import pandas as pd
import pytest

from adam.adab import make_incidence, summarise_incidence

ADSL = """
STUDYID | USUBJID | TRT01A | TRT01AN | SAFFL | TRTSDT
S1      | S1-1    | DL1    | 1       | Y     | 2023-03-06
S1      | S1-2    | DL1    | 1       | Y     | 2023-03-06
"""
EX = """
USUBJID | EXTRT   | EXDOSE | EXDOSU | VISIT | EXSTDTC          | EXENDTC
S1-1    | BAT4706 | 80     | mg     | C1D1  | 2023-03-06T10:30 | 2023-03-06T12:00
"""
SAMPLES = [("C1D1", 101, "D1", "2023-03-06T09:00"), ("C2D1", 201, "D2", "2023-03-27T09:00"),
           ("C3D1", 301, "D3", "2023-04-17T09:00"), ("C9D1", 901, "D9", "2023-08-21T09:00")]
CATEGORY = {"ADACAT1": "AVALC", "ADASTAT1": "AVALC", "ADABAS1": "AVALC", "ADAPERS1": "AVALC", "NABSTAT1": "AVALC"}


def is_table(*samples: str, subject: str = "S1-1") -> str:
    """IS of one drug: what each sample is found to be: -, + (confirmed), r (reactive, not confirmed), R (no confirmation),
    a titre (20, with n: neutralising), x (no result); "" no sample.
    """
    lines = ["STUDYID | USUBJID | ISSEQ | ISTESTCD | ISBDAGNT | ISTSTOPO | ISSTRESC | ISSTRESN | ISSTAT | VISIT | VISITNUM | ISDTC | ISREFID"]

    def add(test: str, tier: str, text: str, number: str, status: str, sample: tuple) -> None:
        visit, visitnum, barcode, when = sample
        lines.append(f"S1 | {subject} | {len(lines)} | {test} | BAT4706 | {tier} | {text} | {number} | {status} | {visit} | "
                     f"{visitnum} | {when} | {barcode}")

    for found, sample in zip(samples, SAMPLES, strict=False):
        if not found:
            continue
        titre = found.rstrip("n") if found[0].isdigit() else ""
        screen = {"x": "", "-": "NEGATIVE"}.get(found, "POSITIVE")
        add("ADA_BAB", "SCREEN", screen, "", "NOT DONE" if found == "x" else "", sample)
        if found == "r":
            add("ADA_BAB", "CONFIRM", "NEGATIVE", "", "", sample)
        if found == "+" or titre:
            add("ADA_BAB", "CONFIRM", "POSITIVE", "", "", sample)
        if titre:
            add("ADA_BAB", "QUANTIFY", titre, titre, "", sample)
            add("ADA_NAB", "", "POSITIVE" if found.endswith("n") else "NEGATIVE", "", "", sample)
    return "\n".join(lines)


def adab_of(demo, table: str, ex: str = EX) -> pd.DataFrame:
    return demo.make("ADAB", IS=demo.frame("IS", table), EX=demo.frame("EX", ex), ADSL=demo.frame("ADSL", ADSL))


def overall(adab: pd.DataFrame) -> dict[str, str]:
    rows = adab[adab["AVISIT"] == "OVERALL"]
    return dict(zip(rows["PARAMCD"].str.slice(stop=-1), rows["AVALC"], strict=True))


@pytest.mark.parametrize(("samples", "category", "status", "persistence", "neutralising"), [
    (("-", "-", "-"), "NEGATIVE", "NEGATIVE", None, None),
    (("-", "r", "-"), "NEGATIVE", "NEGATIVE", None, None),                       # reactive and not confirmed
    (("-", "20", "-"), "TREATMENT-INDUCED", "POSITIVE", "TRANSIENT", "NEGATIVE"),
    (("-", "-", "20n"), "TREATMENT-INDUCED", "POSITIVE", "PERSISTENT", "POSITIVE"),      # the last sample
    (("-", "20", "-", "20"), "TREATMENT-INDUCED", "POSITIVE", "PERSISTENT", "NEGATIVE"),
    (("", "20", "-"), "TREATMENT-INDUCED", "POSITIVE", "TRANSIENT", "NEGATIVE"),         # no baseline
    (("10", "20", "-"), "TREATMENT-UNAFFECTED", "NEGATIVE", None, None),                 # twofold
    (("10", "40n", "-"), "TREATMENT-BOOSTED", "POSITIVE", None, "POSITIVE"),             # fourfold
    (("10", "-", "-"), "TREATMENT-UNAFFECTED", "NEGATIVE", None, None),
    (("10",), "NOT EVALUABLE", "MISSING", None, None),
    (("-", "x"), "NOT EVALUABLE", "MISSING", None, None),
    (("-", "20", "-", "x"), "TREATMENT-INDUCED", "POSITIVE", "TRANSIENT", "NEGATIVE"),   # x is no last sample
])
def test_the_antibodies_of_a_subject_have_a_category(demo_study, samples, category, status, persistence, neutralising):
    found = overall(adab_of(demo_study, is_table(*samples)))
    assert (found["ADACAT"], found["ADASTAT"], found.get("ADAPERS"), found.get("NABSTAT")) == (
        category, status, persistence, neutralising)


def test_a_sample_shows_result_titre_ratio_and_category_with_its_record_in_is(demo_study):
    adab = adab_of(demo_study, is_table("10", "40n", "-"))
    visits = adab[adab["AVISIT"] != "OVERALL"]
    shown = visits[["PARAMCD", "AVISIT", "AVALC", "BASEC", "R2BASE", "ABLFL", "ISSEQ"]].fillna(-1).values.tolist()
    assert shown == [
        ["ADARES1", "C1D1", "POSITIVE", "POSITIVE", -1, "Y", 2], ["ADARES1", "C2D1", "POSITIVE", "POSITIVE", -1, "", 6],
        ["ADARES1", "C3D1", "NEGATIVE", "POSITIVE", -1, "", 9],
        ["ADATIT1", "C1D1", "10", "10", 1, "Y", 3], ["ADATIT1", "C2D1", "40", "10", 4, "", 7],
        ["ADAEMR1", "C2D1", "TREATMENT-BOOSTED", "", -1, "", 6], ["ADAEMR1", "C3D1", "TREATMENT-UNAFFECTED", "", -1, "", 9],
        ["NABRES1", "C1D1", "NEGATIVE", "", -1, "Y", 4], ["NABRES1", "C2D1", "POSITIVE", "", -1, "", 8]]


def test_onset_and_duration_are_in_weeks_from_the_first_dose(demo_study):
    found = overall(adab_of(demo_study, is_table("-", "20", "40", "-")))
    assert found["ADAONS"] == f"{(21 - 1.5 / 24) / 7:.4f}"
    assert float(found["ADADUR"]) == pytest.approx((21 + 1) / 7, abs=1e-4)
    assert found["ADAMAX"] == "40"


@pytest.mark.parametrize(("when", "baseline"), [
    ("2023-03-06T10:00", "Y"), ("2023-03-06T11:00", ""), ("2023-03-06", "Y"), ("2023-03-05T23:00", "Y"),
])
def test_a_sample_after_the_start_of_the_first_dose_is_no_baseline(demo_study, when, baseline):
    adab = adab_of(demo_study, is_table("-").replace("2023-03-06T09:00", when))
    assert adab.loc[adab["PARAMCD"] == "ADARES1", "ABLFL"].tolist() == [baseline]


def test_the_baseline_is_the_last_sample_with_a_result(demo_study):
    table = is_table("20", "x").replace("2023-03-27T09:00", "2023-03-06T10:00").replace("C2D1", "SCREENING")
    adab = adab_of(demo_study, table)
    assert adab.loc[(adab["PARAMCD"] == "ADARES1") & (adab["ABLFL"] == "Y"), "ISREFID"].tolist() == ["D1"]


def test_a_treated_subject_without_samples_is_not_evaluable_and_says_why(demo_study):
    adab = adab_of(demo_study, is_table())
    rows = adab[adab["PARAMCD"] == "ADAEVAL1"]
    assert rows[["USUBJID", "AVALC", "AVALCAT1", "_record"]].values.tolist() == [
        ["S1-1", "N", "NO RESULT AFTER THE FIRST DOSE", "EX:1"]]


def test_a_subject_who_never_got_the_drug_is_not_evaluable(demo_study):
    adab = adab_of(demo_study, is_table("-", "-", subject="S1-2"))
    assert adab.loc[adab["PARAMCD"] == "ADAEVAL1", ["USUBJID", "AVALCAT1"]].values.tolist() == [
        ["S1-1", "NO RESULT AFTER THE FIRST DOSE"], ["S1-2", "DRUG NOT GIVEN"]]


@pytest.mark.parametrize(("samples", "old", "new", "rule"), [
    (("-", "R"), "", "", "ada.not_confirmed"),
    (("-", "+"), "", "", "ada.positive_without_titre"),
    (("20",), "| SCREEN | POSITIVE", "| SCREEN | NEGATIVE", "ada.confirmed_without_screening"),
    (("20",), "| CONFIRM | POSITIVE", "| CONFIRM | NEGATIVE", "ada.titre_without_positive"),
])
def test_tiers_that_do_not_fit_are_findings(demo_study, findings, samples, old, new, rule):
    adab_of(demo_study, is_table(*samples).replace(old, new) if old else is_table(*samples))
    assert [found.rule for found in findings] == [rule]


def test_incidence_counts_induced_and_boosted_prevalence_any_positive(demo_study):
    two = is_table("-", "20", "-").splitlines() + is_table("10", "10", subject="S1-2").splitlines()[1:]
    ex = EX.strip() + "\nS1-2 | BAT4706 | 80 | mg | C1D1 | 2023-03-06T10:30 | 2023-03-06T12:00"
    found = summarise_incidence(adab_of(demo_study, "\n".join(two), ex), ["TRTA"])
    assert found.values.tolist() == [["DL1", "BAT4706", 2, 2, 1, 100, 50]]


def test_the_table_of_incidence_has_all_subjects_first_and_then_each_treatment(demo_study):
    two = is_table("-", "20", "-").splitlines() + is_table("10", "10", subject="S1-2").splitlines()[1:]
    ex = EX.strip() + "\nS1-2 | BAT4706 | 80 | mg | C1D1 | 2023-03-06T10:30 | 2023-03-06T12:00"
    adab = adab_of(demo_study, "\n".join(two), ex)
    other = adab.assign(TRTA=adab["TRTA"].where(adab["USUBJID"] != "S1-2", "DL2"))
    assert make_incidence(other).values.tolist() == [
        ["ALL", "BAT4706", 2, 2, 1, 100, 50], ["DL1", "BAT4706", 1, 1, 1, 100, 100], ["DL2", "BAT4706", 1, 1, 0, 100, 0]]
    assert make_incidence(other.sample(frac=1, random_state=1)).equals(make_incidence(other))
    assert make_incidence(other[:0]).empty


def test_shuffled_records_give_the_same_adab(demo_study):
    table = demo_study.frame("IS", is_table("10", "40n", "-", "20"))
    ex, adsl = demo_study.frame("EX", EX), demo_study.frame("ADSL", ADSL)
    shuffled = table.sample(frac=1, random_state=5, ignore_index=True)
    pd.testing.assert_frame_equal(demo_study.make("ADAB", IS=shuffled, EX=ex, ADSL=adsl),
                                  demo_study.make("ADAB", IS=table, EX=ex, ADSL=adsl))


def test_no_samples_and_no_doses_are_no_records(demo_study):
    adab = adab_of(demo_study, is_table(), EX.strip().splitlines()[0])
    assert (len(adab), list(adab.columns)) == (0, [*demo_study.specs["ADAB"].variables, "_record"])

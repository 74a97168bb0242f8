"""Laws of ADPC, PP and ADPP: times from the dose that was given, copies, exclusions, parameters with unit or reason."""

import numpy as np
import pandas as pd
import pytest

from adam.pharmacokinetics import collect_doses, compute_hours, compute_planned_hours
from adam.pk_parameters import derive_parameters, read_nca_rule
from cdisckit.errors import SpecError

ADSL = """
STUDYID | USUBJID | TRT01A | TRT01AN | SAFFL | TRTSDT
S1      | S1-1    | DL1    | 1       | Y     | 2023-03-06
"""
EX = """
USUBJID | EXTRT   | EXDOSE | EXDOSU | VISIT | EXSTDTC          | EXENDTC
S1-1    | BAT1308 | 300    | mg     | C1D1  | 2023-03-06T09:00 | 2023-03-06T10:00
S1-1    | BAT4706 | 60     | mg     | C1D1  | 2023-03-06T10:30 | 2023-03-06T11:30
S1-1    | BAT4706 | 20     | mg     | C1D1  | 2023-03-06T11:45 | 2023-03-06T12:00
S1-1    | BAT1308 | 300    | mg     | C2D1  | 2023-03-27T09:00 | 2023-03-27T10:00
S1-1    | BAT4706 | 80     | mg     | C2D1  | 2023-03-27T10:30 | 2023-03-27T12:00
S1-1    | BAT1308 | 300    | mg     | C3D1  | 2023-04-17T09:00 | 2023-04-17T10:00
"""
PC = """
STUDYID | USUBJID | PCSEQ | PCTESTCD | PCSTRESC | PCSTRESN | PCLLOQ | PCSTAT   | VISIT | VISITNUM | PCDTC            | PCTPT                   | PCTPTNUM | PCELTM | PCTPTREF
S1      | S1-1    | 1     | BAT4706  | <0.1     |          | 0.1    |          | C1D1  | 101      | 2023-03-06T08:30 | PRE-DOSE                | 0        | -PT1H  | C1D1 START OF INFUSION
S1      | S1-1    | 2     | BAT4706  | <0.1     |          | 0.1    |          | C1D1  | 101      | 2023-03-06T10:05 | END OF INFUSION BAT1308 | 1        | PT1H   | C1D1 START OF INFUSION
S1      | S1-1    | 3     | BAT4706  | 24       | 24       | 0.1    |          | C1D1  | 101      | 2023-03-06T12:03 | END OF INFUSION BAT4706 | 3        | PT3H   | C1D1 START OF INFUSION
S1      | S1-1    | 4     | BAT4706  | 20       | 20       | 0.1    |          | C1D1  | 101      | 2023-03-06T15:00 | 6 H                     | 6        | PT6H   | C1D1 START OF INFUSION
S1      | S1-1    | 5     | BAT4706  | 16       | 16       | 0.1    |          | C1D2  | 102      | 2023-03-07T09:00 | 24 H                    | 24       | PT24H  | C1D1 START OF INFUSION
S1      | S1-1    | 6     | BAT4706  |          |          |        | NOT DONE | C1D4  | 104      |                  | 72 H                    | 72       | PT72H  | C1D1 START OF INFUSION
S1      | S1-1    | 7     | BAT4706  | 8        | 8        | 0.1    |          | C1D8  | 108      | 2023-03-13T09:00 | 168 H                   | 168      | PT168H | C1D1 START OF INFUSION
S1      | S1-1    | 8     | BAT4706  | 2        | 2        | 0.1    |          | C2D1  | 201      | 2023-03-27T08:30 | PRE-DOSE                | 0        | -PT1H  | C2D1 START OF INFUSION
S1      | S1-1    | 9     | BAT4706  | 26       | 26       | 0.1    |          | C2D1  | 201      | 2023-03-27T12:06 | END OF INFUSION BAT4706 | 3        | PT3H   | C2D1 START OF INFUSION
S1      | S1-1    | 10    | BAT4706  | 3        | 3        | 0.1    |          | C3D1  | 301      | 2023-04-17T08:30 | PRE-DOSE                | 0        | -PT1H  | C3D1 START OF INFUSION
"""


def header(text: str) -> str:
    return text.strip().splitlines()[0]


def change(text: str, number: int, old: str, new: str) -> str:
    """The table with a cell of its row `number` changed."""
    lines = text.strip().splitlines()
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new)
    return "\n".join(lines)


def adpc_of(demo, pc: str | pd.DataFrame = PC, ex: str = EX) -> pd.DataFrame:
    frame = demo.frame("PC", pc) if isinstance(pc, str) else pc
    return demo.make("ADPC", PC=frame, EX=demo.frame("EX", ex), ADSL=demo.frame("ADSL", ADSL),
                     ADAB=demo.frame("ADAB", "USUBJID | PARCAT1 | PARAMCD | AVISIT | AVALC\n"
                                             "S1-1 | BAT4706 | ADASTAT1 | OVERALL | POSITIVE\n"
                                             "S1-1 | BAT1308 | ADASTAT2 | OVERALL | NEGATIVE"))


def pp_of(demo, **given: str) -> pd.DataFrame:
    return demo.make("PP", ADPC=adpc_of(demo, **given))


def test_a_duration_of_iso_8601_is_hours():
    text = pd.Series(["PT1H", "-PT30M", "P1DT2H", "PT1.5H", "PT0H", "", "1H", "P"], dtype="str")
    assert compute_hours(text).fillna(-99).tolist() == [1, -0.5, 26, 1.5, 0, -99, -99, -99]


def test_the_planned_hours_of_a_visit_count_from_day_one(demo_study):
    visits = pd.Series(["C1D1", "C1D2", "C2D1", "EOT", "NONE"], dtype="str")
    assert compute_planned_hours(visits, demo_study.specs).fillna(-1).tolist() == [0, 24, 504, -1, -1]


def test_the_intervals_of_an_infusion_are_one_dose(demo_study):
    doses = collect_doses(demo_study.frame("EX", EX), demo_study.specs)
    own = doses[doses["PARAMCD"] == "BAT4706"]
    assert own[["DOSEVIS", "DOSEA", "DOSENO", "_NDOSE"]].values.tolist() == [["C1D1", 80, 1, 0], ["C2D1", 80, 2, 504]]
    assert own["_DOSEEND"].astype("str").tolist() == ["2023-03-06 12:00:00", "2023-03-27 12:00:00"]


def test_times_count_from_the_drugs_own_dose_and_a_sample_before_a_later_one_stands_twice(demo_study):
    adpc = adpc_of(demo_study)
    shown = adpc[["PCSEQ", "DOSENO", "NRRLT", "ARRLT", "NFRLT", "DTYPE", "AVAL", "BLQFL", "NCA1XRS"]].fillna(-9)
    assert shown.values.tolist() == [
        [1, 1, -2.5, -2.0, -2.5, "", 0, "Y", ""],
        [2, 1, -0.5, pytest.approx(-25 / 60), -0.5, "", 0, "Y", ""],
        [3, 1, 1.5, 1.55, 1.5, "", 24, "", ""],
        [4, 1, 4.5, 4.5, 4.5, "", 20, "", ""],
        [5, 1, 22.5, 22.5, 22.5, "", 16, "", ""],
        [7, 1, 166.5, 166.5, 166.5, "", 8, "", ""],
        [8, 1, 501.5, 502.0, 501.5, "COPY", 2, "", ""],
        [6, 1, 70.5, -9, 70.5, "", -9, "", "NO RESULT"],
        [8, 2, -2.5, -2.0, 501.5, "", 2, "", ""],
        [9, 2, 1.5, 1.6, 505.5, "", 26, "", ""],
        [10, 2, 501.5, 502.0, 1005.5, "", 3, "", ""],      # no dose of BAT4706 in cycle 3: it refers to the last one
    ]
    assert set(adpc["DOSEA"]) == {80}
    assert set(adpc["ADASTAT"]) == {"POSITIVE"}


@pytest.mark.parametrize(("row", "old", "new", "rule", "reason"), [
    (1, "2023-03-06T08:30", "2023-03-06T10:45", "pk.predose_after_dose", "PLANNED BEFORE THE DOSE, DRAWN AFTER ITS START"),
    (4, "2023-03-06T15:00", "2023-03-06T10:15", "pk.postdose_before_dose", "PLANNED AFTER THE DOSE, DRAWN BEFORE IT"),
    (3, "2023-03-06T12:03", "2023-03-06T11:30", "pk.end_of_infusion_early", ""),
    (5, "2023-03-07T09:00", "2023-03-06T15:00", "pk.two_samples_at_once", "ANOTHER SAMPLE AT THE SAME TIME"),
    (1, "<0.1     |         ", "0.3      | 0.3     ", "pk.measurable_before_first_dose", ""),
])
def test_a_time_that_contradicts_the_dose_is_one_finding_and_left_out(demo_study, findings, row, old, new, rule, reason):
    adpc = adpc_of(demo_study, change(PC, row, old, new))
    assert [(found.rule, found.record) for found in findings] == [(rule, f"PC:{row}")]
    assert adpc.loc[adpc["PCSEQ"] == row, ["NCAXFL", "NCA1XRS"]].values.tolist() == [["Y" if reason else "", reason]]


@pytest.mark.parametrize(("row", "old", "new", "reason"), [
    (4, "2023-03-06T15:00", "2023-03-06      ", "NO DATE AND TIME OF THE SAMPLE"),
    (10, "2023-04-17T08:30", "2023-05-17T08:30", ""),                                    # actual time does not exclude
    (10, "C3D1 START", "C4D1 START", "BEHIND THE DOSING INTERVAL"),
])
def test_the_reason_of_an_exclusion_is_stated(demo_study, row, old, new, reason):
    adpc = adpc_of(demo_study, change(PC, row, old, new))
    assert adpc.loc[adpc["PCSEQ"] == row, "NCA1XRS"].tolist() == [reason]


def test_a_sample_without_any_dose_before_it_has_no_reference(demo_study):
    adpc = adpc_of(demo_study, ex="\n".join(line for line in EX.strip().splitlines() if "BAT4706" not in line))
    assert set(adpc["NCA1XRS"]) == {"NO RESULT", "NO DOSE TO REFER TO"}
    assert adpc["PCRFTDTM"].isna().all()


@pytest.mark.parametrize(("rule", "values", "dtype"), [
    ("zero", [0, 0], ""), ("half", [0.05, 0.05], "HALFLLOQ"), ("missing", [np.nan, np.nan], ""),
    ("zero then half", [0, 0], ""),                                                     # both before the first dose
])
def test_a_value_below_the_limit_is_what_the_plan_says(demo_study, monkeypatch, rule, values, dtype):
    monkeypatch.setitem(demo_study.specs.facts.terms["pharmacokinetics"], "blq_value", rule)
    adpc = adpc_of(demo_study)
    blq = adpc[adpc["BLQFL"] == "Y"]
    np.testing.assert_array_equal(blq["AVAL"], values)
    assert set(blq["DTYPE"]) == {dtype}
    assert set(blq["AVALC"]) == {"<0.1"}


def test_shuffled_concentrations_give_the_same_adpc(demo_study):
    pc = demo_study.frame("PC", PC)
    shuffled = pc.sample(frac=1, random_state=3, ignore_index=True)
    pd.testing.assert_frame_equal(adpc_of(demo_study, shuffled), adpc_of(demo_study, pc))


def test_no_concentrations_are_no_records_and_no_parameters(demo_study):
    adpc = adpc_of(demo_study, header(PC))
    pp = demo_study.make("PP", ADPC=adpc)
    assert (len(adpc), len(pp)) == (0, 0)
    assert list(pp.columns) == [*demo_study.specs["PP"].variables, "_record"]


def test_a_dose_with_the_whole_series_has_all_parameters_and_another_the_few(demo_study):
    pp, plan = pp_of(demo_study), demo_study.specs.facts.terms["pharmacokinetics"]
    by_dose = pp.groupby("PPGRPID")["PPTESTCD"].agg(set)
    assert by_dose["BAT4706-C1D1"] == {*plan["parameters"], "AUCINT"}
    assert by_dose["BAT4706-C2D1"] == set(plan["sparse"])
    assert not pp.duplicated(["USUBJID", "PPCAT", "PPTESTCD", "PPTPTREF", "PPSTINT"]).any()


def test_the_parameters_are_those_of_the_samples_with_their_units(demo_study):
    pp = pp_of(demo_study)
    first = pp[pp["PPGRPID"] == "BAT4706-C1D1"].set_index("PPTESTCD")
    shown = first.loc[["CMAX", "TMAX", "CONCEINF", "CTROUGH", "LAMZ", "CMAXD"], ["PPORRES", "PPORRESU", "PPTEST"]]
    rate = np.polyfit([22.5, 166.5, 502], np.log([16, 8, 2]), 1)[0]
    assert shown.values.tolist() == [
        ["24", "ug/mL", "Max Conc"], ["1.55", "h", "Time of CMAX Observation"],
        ["24", "ug/mL", "Concentration at End Infusion"], ["2", "ug/mL", "Conc Trough"],
        [shown.loc["LAMZ", "PPORRES"], "/h", "Lambda z"], ["0.3", "ug/mL/mg", "Max Conc Norm by Dose"]]
    assert first.loc["LAMZ", "PPSTRESN"] == pytest.approx(-rate, rel=0.05)
    auc = 80 / first.loc["CLO", "PPSTRESN"]
    assert first.loc["AUCIFO", "PPSTRESN"] == pytest.approx(auc)                          # mg / (ug/mL) is L
    assert first.loc["AUCINT", ["PPSTINT", "PPENINT", "PPORRESU"]].tolist() == ["PT0H", "PT168H", "h*ug/mL"]


@pytest.mark.parametrize(("time", "tmax"), [("actual", "1.55"), ("nominal", "1.5")])
def test_the_plan_says_whether_actual_or_nominal_times_count(demo_study, monkeypatch, time, tmax):
    monkeypatch.setitem(demo_study.specs.facts.terms["pharmacokinetics"], "time", time)
    pp = pp_of(demo_study).set_index(["PPTESTCD", "PPGRPID"])
    assert pp.loc[("TMAX", "BAT4706-C1D1"), "PPORRES"] == tmax


@pytest.mark.parametrize(("rule", "ratio"), [("dose normalised", (26 / 40) / (24 / 80)), ("as measured", 26 / 24)])
def test_the_plan_says_whether_accumulation_is_of_concentrations_per_dose(demo_study, monkeypatch, rule, ratio):
    monkeypatch.setitem(demo_study.specs.facts.terms["pharmacokinetics"], "accumulation", rule)
    pp = pp_of(demo_study, ex=change(EX, 5, "| 80 ", "| 40 ")).set_index(["PPTESTCD", "PPGRPID"])
    assert pp.loc[("ARCMAX", "BAT4706-C2D1"), "PPSTRESN"] == pytest.approx(ratio)


def test_a_rule_of_accumulation_that_is_none_stops(demo_study, monkeypatch):
    monkeypatch.setitem(demo_study.specs.facts.terms["pharmacokinetics"], "accumulation", "dose normalized")
    with pytest.raises(SpecError, match="did you mean dose normalised"):
        pp_of(demo_study)


def test_a_parameter_without_value_is_not_done_and_says_why(demo_study):
    pp = pp_of(demo_study)
    none = pp[pp["PPORRES"] == ""]
    assert (none["PPREASND"] != "").all()
    assert set(none["PPSTAT"]) == {"NOT DONE"}
    assert set(pp.loc[pp["PPORRES"] != "", ["PPSTAT", "PPREASND"]].values.ravel()) == {""}
    assert none.set_index(["PPTESTCD", "PPGRPID"]).loc[("ARCMAX", "BAT4706-C1D1"), "PPREASND"].startswith("NO EARLIER")


def test_every_unit_and_name_of_a_parameter_is_a_cdisc_term(demo_study):
    pp, terms = pp_of(demo_study), demo_study.specs.codelists
    assert set(pp["PPORRESU"]) - {""} <= set(terms["PKUNIT"].terms)
    assert set(pp["PPTEST"]) <= set(terms["PKPARM"].terms)


def test_the_group_of_a_parameter_is_that_of_its_concentrations(demo_study):
    pp = pp_of(demo_study)
    assert set(pp["PPGRPID"]) == {"BAT4706-C1D1", "BAT4706-C2D1"}
    assert pp.loc[pp["PPGRPID"] == "BAT4706-C2D1", "PPRFTDTC"].unique().tolist() == ["2023-03-27T10:30"]


def adpp_of(demo) -> pd.DataFrame:
    adpc = adpc_of(demo)
    return demo.make("ADPP", ADPC=adpc, PP=demo.make("PP", ADPC=adpc), ADSL=demo.frame("ADSL", ADSL),
                     ADAB=demo.frame("ADAB", "USUBJID | PARCAT1 | PARAMCD | AVISIT | AVALC\n"
                                             "S1-1 | BAT4706 | ADASTAT1 | OVERALL | POSITIVE"))


def test_cmax_of_every_cycle_stands_in_adpp_with_dose_and_antibody_status(demo_study):
    adpp = adpp_of(demo_study)
    cmax = adpp[adpp["PARAMCD"] == "CMAX1"]
    assert cmax[["AVISIT", "AVAL", "DOSEA", "DOSEU", "ADASTAT", "PARCAT1"]].values.tolist() == [
        ["C1D1", 24, 80, "mg", "POSITIVE", "BAT4706"], ["C2D1", 26, 80, "mg", "POSITIVE", "BAT4706"]]


def test_dose_normalised_values_are_the_value_by_the_dose(demo_study):
    adpp = adpp_of(demo_study).set_index(["PARAMCD", "AVISIT"])
    for code, by in (("CMAXD1", "CMAX1"), ("AUCIFOD1", "AUCIFO1"), ("AUCTAUD1", "AUCTAU1")):
        assert adpp.loc[(code, "C1D1"), "AVAL"] == pytest.approx(adpp.loc[(by, "C1D1"), "AVAL"] / 80)


def test_a_parameter_code_and_its_description_belong_to_each_other(demo_study):
    for name in ("ADPP", "ADAB", "ADPC"):
        parameters = demo_study.specs[name].parameters
        assert len({p.PARAM for p in parameters.values()}) == len(parameters)
        assert len({p.PARAMN for p in parameters.values()}) == len(parameters)


@pytest.mark.parametrize(("change_", "text"), [
    ({"blq_rule": "standart"}, "there is no BLQ rule 'standart'; did you mean standard?"),
])
def test_a_plan_that_names_no_rule_stops(demo_study, change_, text):
    with pytest.raises(SpecError, match=text):
        read_nca_rule({**demo_study.specs.facts.terms["pharmacokinetics"], **change_})


PROFILES = """
DOSENO | DOSEVIS | ARRLT | AVAL | NCAXFL | DTYPE
1      | C1D1    | -0.5  | 0    |        |
1      | C1D1    | 1     | 100  |        |
1      | C1D1    | 504   | 20   |        | COPY
2      | C2D1    | -0.5  | 20   |        |
2      | C2D1    | 1     |      | Y      |
2      | C2D1    | 504   | 30   |        | COPY
"""


def test_a_dose_whose_own_samples_failed_has_no_cmax_but_its_trough(demo_study):
    """Cmax of the second dose is not the 30 that was measured before the third one."""
    rows = [[cell.strip() for cell in line.split("|")] for line in PROFILES.strip().splitlines()]
    adpc = pd.DataFrame(rows[1:], columns=rows[0])
    adpc = adpc.assign(**{name: pd.to_numeric(adpc[name]) for name in ("DOSENO", "ARRLT", "AVAL")})
    adpc = adpc.assign(USUBJID="S1-1", PARAMCD="BAT1308", BLQFL="", DOSEA=300.0, ADOSEDUR=1.0, DOSEU="mg", NRRLT=adpc["ARRLT"],
                       PCRFTDTM="", _record=[f"PK:{number}" for number in range(6)])
    plan = demo_study.specs.facts.terms["pharmacokinetics"]
    found = derive_parameters(adpc, plan, "ug/mL").set_index(["DOSEVIS", "PPTESTCD"])
    assert found.loc[("C1D1", "CMAX"), "VALUE"] == 100
    assert found.loc[("C2D1", "CTROUGH"), "VALUE"] == 30
    lacking = found.loc["C2D1"].loc[["CMAX", "TMAX", "CMAXD", "ARCMAX"]]
    assert lacking["VALUE"].isna().all() and (lacking["REASON"] != "").all()
    assert lacking.loc["CMAX", "REASON"] == "NO CONCENTRATION BETWEEN THE DOSE AND THE SAMPLE BEFORE THE NEXT"

"""The methods of the demo study's define.xml state the numbers of its analysis plan."""

import pytest

from adam.estimates import RATES, TIMES
from cdisckit.study import load_study


@pytest.fixture(scope="module")
def study():
    return load_study("bat4706_bat1308")


def wording(study, dataset, variable, by="", value=""):
    told = study.specs[dataset].variables[variable]
    return (told.where[by][value] if by else told).method


def test_responses_are_told_with_the_days_and_counts_of_the_plan(study):
    rules = study.specs.facts.terms["response"]
    told = {code: wording(study, "ADRS", "AVALC", "PARAMCD", code) for code in ("CRSP", "CB", "BOR", "CBOR")}
    assert f"{rules['min_days_confirm']} days later or more" in told["CRSP"]
    assert (rules["max_ne_between"], rules["max_sd_between"]) == ("1", "0")
    assert "at most one assessment may be NE, and none may be SD" in told["CRSP"]
    assert all(f"{rules['min_days_stable']} days after the first dose" in told[code] for code in ("CB", "BOR", "CBOR"))


def test_windows_of_days_are_those_of_the_plan(study):
    terms = study.specs.facts.terms
    assert f"{terms['treatment_emergent_days']} days after the last" in wording(study, "ADAE", "TRTEMFL")
    other = terms["treatment_emergent_windows"]["TRTEM1FL"]
    assert f"{other} days after the last" in wording(study, "ADAE", "TRTEM1FL")
    for dataset in ("ADCV", "ADEG", "ADLB", "ADPE", "ADVS"):
        assert f"{terms['on_treatment_days']} days after the last" in wording(study, dataset, "ONTRTFL")


def test_antibodies_and_concentrations_are_told_with_the_numbers_of_the_plan(study):
    antibodies, plan = study.specs.facts.terms["immunogenicity"], study.specs.facts.terms["pharmacokinetics"]
    assert f"({antibodies['persistent_days']} days)" in wording(study, "ADAB", "AVALC", "PARAMCD", "ADAPERS")
    assert f"{antibodies['boost_fold']} times" in wording(study, "ADAB", "AVALC", "PARAMCD", "ADAEMR")
    told = {code: wording(study, "PP", "PPORRES", "PPTESTCD", code) for code in ("CTROUGH", "CONCEINF", "AUCINT")}
    assert f"({plan['interval']} h)" in told["CTROUGH"] and f"{plan['trough_window']} h" in told["CTROUGH"]
    assert f"{plan['end_of_infusion_window']} h" in told["CONCEINF"]
    assert f"to {plan['partial'][0][1]} h" in told["AUCINT"]
    assert (plan["blq_value"], plan["accumulation"], plan["method"]) == ("zero", "dose normalised", "lin up/log down")


def test_exposure_and_age_groups_are_told_with_the_numbers_of_the_plan(study):
    terms = study.specs.facts.terms
    percent = f"{100 * float(terms['exposure']['reduced_below']):g} %"
    assert percent in wording(study, "ADEX", "AVAL", "PARAMCD", "NRED")
    assert list(terms["age_groups"]) == list(study.specs.codelists["AGEGR1"].terms)


@pytest.mark.parametrize(("dataset", "variable"), [
    ("ADDLT", "AVALC"), ("ADTTE", "AVAL"), ("ADRS", "AVALC"), ("ADTR", "AVAL"), ("ADEX", "AVAL"), ("ADAB", "AVALC")])
def test_every_parameter_that_is_derived_has_a_rule_of_its_own(study, dataset, variable):
    spec = study.specs[dataset]
    assert [code for code in spec.parameters if spec.told(variable, "PARAMCD", code) is None] == []


def test_every_pharmacokinetic_parameter_of_the_plan_has_a_rule_of_its_own(study):
    wanted = [*study.specs.facts.terms["pharmacokinetics"]["parameters"], "AUCINT"]
    assert [code for code in wanted if code not in study.specs["PP"].variables["PPORRES"].where["PPTESTCD"]] == []


def test_every_estimate_is_a_result_of_a_display(study):
    shown = {code for display in study.specs.displays.values() for result in display.results.values()
             for facts in result.datasets.values() for code in facts.where.get("PARAMCD", ())}
    assert [code for code in (*RATES, *TIMES) if code not in shown] == []
    assert {one["where"]["PARAMCD"] for one in study.specs.facts.terms["incidences"].values()
            if "PARAMCD" in one["where"]} <= shown


def test_the_limits_of_the_ejection_fraction_are_those_of_the_plan(study):
    limits = study.specs.facts.terms["lvef"]
    assert f"below {limits['below']} %" in wording(study, "ADCV", "CRIT1FL")
    told = wording(study, "ADCV", "CRIT2FL")
    assert f"below {limits['below']} %" in told and f"{limits['drop']} percentage points" in told


def test_customised_queries_are_told_with_the_terms_of_the_plan(study):
    for name, query in study.specs.facts.terms["ae_queries"].items():
        told = wording(study, "ADAE", name)
        assert told.startswith(query["name"]) and ", ".join(query["terms"]) in told
        assert query.get("flag", "") in told and ("related to a study drug" in told) == (query.get("related") == "true")

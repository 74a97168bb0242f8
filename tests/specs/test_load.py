"""A right specification is read whole: the study's rules over the facts of the standard."""

from pathlib import Path

import pytest

from cdisckit.errors import SpecError
from specs import load_specs, standard_layer, supplement_spec
from specs.standard import find_facts

STUDIES = Path(__file__).resolve().parents[2] / "studies"
INFUSION = Path(__file__).resolve().parents[1] / "data" / "infusion"
AE, VS, DM, ADSL, ADVS = (f"specs/{name}.yaml" for name in ("sdtm/ae", "sdtm/vs", "sdtm/dm", "adam/adsl", "adam/advs"))
TERMS, STUDY_YAML, ALL = "specs/codelists.yaml", "study.yaml", "*"


@pytest.mark.parametrize("study", [STUDIES / "cdiscpilot01", INFUSION], ids=["pilot", "infusion"])
def test_a_shipped_study_loads_without_error(study):
    specs = load_specs(study)
    assert list(specs.datasets)[-3:] == ["ADSL", "ADAE", "ADVS"]


def test_sdtm_comes_before_adsl_and_adsl_before_the_other_adam_datasets(load, tmp_path):
    assert list(load(tmp_path).datasets) == ["AE", "DM", "VS", "ADSL", "ADVS"]


def test_the_study_s_rule_stands_over_the_facts_of_the_standard(load, tmp_path):
    sev = load(tmp_path)["AE"].variables["AESEV"]
    assert (sev.label, sev.type, sev.role, sev.core, sev.codelist) == (
        "Severity/Intensity", "Char", "Record Qualifier", "Perm", "AESEV")
    assert (sev.verbs, sev.map) == (("from",), {"1": "MILD", "2": "SEVERE"})


def test_required_and_expected_variables_are_there_without_an_entry_and_permissible_ones_are_not(load, tmp_path):
    variables = load(tmp_path)["AE"].variables
    assert [variables[name].core for name in ("AESEQ", "AEENDTC")] == ["Req", "Exp"]
    assert "AELOC" not in variables


def test_a_verb_of_the_study_replaces_that_of_the_standard(load, tmp_path):
    change = (DM, "variables:\n", "variables:\n  STUDYID: {value: S1}\n")
    assert load(tmp_path, change)["DM"].variables["STUDYID"].verbs == ("value",)


def test_an_expected_variable_can_be_omitted(load, tmp_path):
    assert "AEENDTC" not in load(tmp_path, (AE, "omit: [AEPATT]", "omit: AEENDTC"))["AE"].variables


def test_sdtm_variables_stand_in_the_guide_s_order_whatever_the_file_says_and_supplements_last(load, tmp_path):
    names = list(load(tmp_path)["AE"].variables)
    guide = [name for name in standard_layer("AE").content["variables"] if name in names]
    assert names == [*guide, "AEREL1"]


def test_a_variable_of_the_model_stands_where_the_model_puts_it(load, tmp_path):
    """SDTM 2.0: qualifiers, VISITNUM, EPOCH, RPHASE, --DTC, --STDTC, --DY, --STDY. The study names them otherwise."""
    derived = "".join(f"  {name}: {{derive: derive_{name.lower()}}}\n" for name in ("AEDY", "AESTDY", "RPHASE", "VISITNUM"))
    specs = load(tmp_path, (AE, "variables:\n", f"variables:\n  AEDTC: {{dtc: AEDAT}}\n{derived}"))["AE"]
    assert list(specs.variables)[-10:] == ["AEREL", "VISITNUM", "EPOCH", "RPHASE", "AEDTC", "AESTDTC", "AEENDTC", "AEDY",
                                           "AESTDY", "AEREL1"]
    assert (specs.variables["AEDTC"].label, specs.variables["AEDTC"].model) == ("Date/Time of Collection", True)


def test_adam_variables_stand_in_the_study_s_order(load, tmp_path):
    assert list(load(tmp_path)["ADVS"].variables) == ["STUDYID", "USUBJID", "TRTP", "PARAM", "PARAMCD", "AVAL"]


@pytest.mark.parametrize(("structure", "variable", "label"), [
    ("ADSL", "TRT01P", "Planned Treatment for Period 01"),
    ("ADSL", "TRT02A", "Actual Treatment for Period 02"),
    ("ADSL", "TRT99AN", "Actual Treatment for Period 99 (N)"),
    ("ADSL", "AGEGR1", "Pooled Age Group 1"),
    ("ADSL", "AGEGR12N", "Pooled Age Group 12 (N)"),
    ("ADSL", "TR01PG1", "Planned Pooled Treatment 1 for Period 01"),
    ("ADSL", "P01S2SDT", "Period 01 Subperiod 2 Start Date"),
    ("BDS", "ANL01FL", "Analysis Flag 01"),
    ("BDS", "CRIT1", "Analysis Criterion 1"),
    ("OCCDS", "SMQ03NAM", "SMQ 03 Name"),
    ("OCCDS", "AETERM", "Reported Term"),
])
def test_a_template_gives_a_variable_its_label(structure, variable, label):
    facts = find_facts(variable, standard_layer(structure), {}, {})
    assert facts["label"] == label


@pytest.mark.parametrize(("structure", "variable"), [
    ("ADSL", "TRT1P"), ("ADSL", "TRT00P"), ("ADSL", "AGEGR0"), ("ADSL", "AGEGR01"), ("ADSL", "TRTXXP"),
])
def test_what_a_template_does_not_allow_is_unknown(structure, variable):
    assert find_facts(variable, standard_layer(structure), {}, {}) is None


@pytest.mark.parametrize("structure", ["ADSL", "BDS", "OCCDS"])
def test_no_label_made_of_a_template_keeps_a_placeholder(structure):
    for template in standard_layer(structure).content["variables"]:
        name = template.replace("--", "AE").replace("*", "X").replace("xx", "01").replace("zz", "01").replace("y", "1")
        label = find_facts(name.replace("w", "1"), standard_layer(structure), {}, {}).get("label", "")
        assert not {"xx", "zz", "y", "w", "XX", "...", "{"} & {*label.replace("{", "{ ").split()}


def test_a_predecessor_gives_label_type_and_codelist(load, tmp_path):
    trtp = load(tmp_path, (ADVS, "variables:\n", "variables:\n  AGEU: {from: ADSL.AGEU}\n"))["ADVS"].variables["AGEU"]
    assert (trtp.label, trtp.type, trtp.codelist, trtp.core) == ("Age Units", "Char", "AGEU", "")


def test_a_predecessor_may_stand_in_a_dataset_that_comes_later_in_the_alphabet(load, tmp_path, study_texts):
    change = ("specs/adam/adaa.yaml", ALL, study_texts[ADVS].replace("{from: ADSL.TRT01P}", "{from: ADVS.TRTP}"))
    assert list(load(tmp_path, change).datasets)[3:] == ["ADSL", "ADAA", "ADVS"]


def test_the_study_s_terms_stand_beside_those_of_ct(load, tmp_path):
    codelists = load(tmp_path)
    assert codelists.codelists["EPOCH"].terms["EXTENSION"].code == ""
    assert codelists.codelists["EPOCH"].terms["SCREENING"].code == "C202487"
    assert (codelists.codelists["CAUSE"].standard, codelists.codelists["CAUSE"].extensible) == (False, True)


def test_loading_one_study_leaves_ct_and_the_standard_as_they_were(load, tmp_path):
    load(tmp_path)
    assert "EXTENSION" not in load(tmp_path / "other", (TERMS, "EXTENSION: Extension", "RUN-IN 2: Second")).codelists[
        "EPOCH"].terms


def test_supp_has_the_parent_s_name_in_label_and_rdomain(load, tmp_path):
    spec = supplement_spec(load(tmp_path)["AE"])
    assert (spec.name, spec.label, spec.domain) == ("SUPPAE", "Supplemental Qualifiers for AE", "AE")
    assert spec.variables["RDOMAIN"].value == "AE"
    assert list(spec.variables) == ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL",
                                    "QORIG", "QEVAL"]
    assert supplement_spec(load(tmp_path)["DM"]).variables["RDOMAIN"].value == "DM"


def test_an_unknown_dataset_is_told_with_the_near_one(load, tmp_path):
    with pytest.raises(SpecError, match="the study has no specification of ADSV; did you mean ADVS?") as error:
        load(tmp_path)["ADSV"]
    assert error.value.fix == "write specs/sdtm/adsv.yaml"


def test_a_codelist_file_may_be_absent(load, tmp_path):
    load(tmp_path, (TERMS, ALL, ""), (AE, ", codelist: CAUSE", ""))

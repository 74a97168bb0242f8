"""Laws of the trial design: the plan of the protocol as TA TE TI TV TD TS, and what is wrong in it is told with its line."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.build import build
from cdisckit.errors import SpecError
from cdisckit.study import load_study
from specs import load_specs
from specs.design import find_summary_term, summary_terms, summary_values

INFUSION = Path(__file__).parents[1] / "data" / "infusion"
STUDY = Path(__file__).parents[2] / "studies" / "bat4706_bat1308"
NAMES = ("TA", "TE", "TI", "TV", "TD", "TS")


@pytest.fixture(scope="module")
def demo_study():
    return load_study("bat4706_bat1308")


@pytest.fixture(scope="module")
def made(demo_study):
    """Each trial design dataset of the demo study."""
    return {name: demo_study.datasets[name].function(spec=demo_study.specs[name], study=demo_study.specs) for name in NAMES}


@pytest.fixture
def small(tmp_path):
    """`small(design)`: the small study with this trial_design.yaml, and with TS and TV of it."""
    def make(design):
        study = tmp_path / "infusion"
        shutil.copytree(INFUSION, study, dirs_exist_ok=True)
        (study / "trial_design.yaml").write_text(design, encoding="utf-8")
        for name in ("ta", "te", "ti", "tv", "td", "ts"):
            shutil.copy(STUDY / "specs" / "sdtm" / f"{name}.yaml", study / "specs" / "sdtm")
        return study

    return make


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_has_exactly_the_variables_of_its_specification_and_unique_keys(demo_study, made, name):
    spec, frame = demo_study.specs[name], made[name]
    assert sorted(frame.columns) == sorted(spec.variables)
    assert len(frame) and not frame.duplicated([key for key in spec.keys if key in frame]).any()
    assert demo_study.datasets[name].scope == "study"


def test_every_arm_has_its_elements_in_order_and_the_branch_at_the_end_of_screening(made):
    ta = made["TA"]
    assert ta.groupby("ARMCD")["TAETORD"].apply(list).map(tuple).unique().tolist() == [(1.0, 2.0, 3.0, 4.0)]
    first = ta[ta["ARMCD"] == "DL1"]
    assert first["ETCD"].tolist() == ["SCRN", "COMBO", "MONO", "FUP"]
    assert first["TABRANCH"].tolist() == ["Assigned to BAT4706 0.3 mg/kg + BAT1308 300 mg", "", "", ""]
    assert first["TATRANS"].str.startswith("If ").tolist() == [True, True, False, False]


def test_every_element_says_how_it_starts_and_how_long_it_lasts(made, check):
    check(made["TE"], """
ETCD  | ELEMENT           | TESTRL                                    | TEDUR
SCRN  | Screening         | Informed consent                          | P28D
COMBO | BAT4706 + BAT1308 | First dose of study treatment in cycle 1  | P12W
MONO  | BAT1308           | First dose of BAT1308 in cycle 5          | P42W
FUP   | Follow-up         | Day after the last dose of study treatment |
""")


def test_every_visit_of_the_protocol_is_planned_and_has_no_day_zero(demo_study, made):
    tv = made["TV"]
    assert tv["VISIT"].tolist() == list(demo_study.specs.facts.visits)
    assert not (tv["VISITDY"] == 0).any()
    days = tv.set_index("VISIT")["VISITDY"]
    assert days[["SCREENING", "C1D1", "C1D15", "C2D1", "C18D1", "TUMOR W6"]].tolist() == [-28, 1, 15, 22, 358, 43]
    assert days[["EOT", "SAFETY FU 30", "SURVIVAL 1"]].isna().all()
    assert (tv["ARMCD"] == "").all()


def test_tumours_are_assessed_every_six_weeks_and_later_every_twelve(made, check):
    check(made["TD"], """
TDORDER | TDANCVAR | TDSTOFF | TDTGTPAI | TDMINPAI | TDMAXPAI | TDNUMRPT
1       | TRTSDT   | P0D     | P6W      | P5W      | P7W      | 8
2       | TRTSDT   | P48W    | P12W     | P11W     | P13W     | 6
""")


def test_criteria_are_inclusion_or_exclusion_with_the_version_of_the_protocol(made):
    ti = made["TI"]
    assert ti["IECAT"].value_counts().to_dict() == {"INCLUSION": 9, "EXCLUSION": 9}
    assert (ti["IETESTCD"].str[:4] == ti["IECAT"].str[:4]).all()
    assert set(ti["TIVERS"]) == {"1.0"}


# ---- TS ------------------------------------------------------------------------------------------------------------

FDA = {
    "ACTSUB", "ADAPT", "ADDON", "AGEMAX", "AGEMIN", "DCUTDESC", "DCUTDTC", "DOSE", "DOSFRQ", "DOSU", "EXTTIND",
    "FCNTRY", "HLTSUBJI", "INDIC", "INTMODEL", "INTTYPE", "LENGTH", "NARMS", "OBJPRIM", "OBJSEC", "OUTMSPRI",
    "OUTMSSEC", "PCLAS", "PDPSTIND", "PDSTIND", "PIPIND", "PLANSUB", "RANDOM", "RDIND", "REGID", "ROUTE", "SDTIGVER",
    "SDTMVER", "SENDTC", "SEXPOP", "SPONSOR", "SSTDTC", "STOPRULE", "STRATFCT", "STYPE", "TBLIND", "TCNTRL",
    "TDIGRP", "TINDTP", "TITLE", "TPHASE", "TRT", "TTYPE", "CURTRT", "ONGOSIND", "NCOHORT", "CRMDUR",
}


def test_the_summary_has_every_parameter_that_the_fda_asks_for(made):
    assert set(made["TS"]["TSPARMCD"]) >= FDA


def test_a_parameter_has_a_value_or_says_why_it_has_none(made):
    ts = made["TS"]
    assert ((ts["TSVAL"] == "") != (ts["TSVALNF"] == "")).all()
    assert not ((ts["TSVALCD"] == "") != (ts["TSVCDREF"] == "")).any()


def test_a_value_that_is_a_cdisc_term_has_its_code_and_the_version_of_its_terminology(made):
    ts = made["TS"].set_index("TSPARMCD")
    coded = ["TSVAL", "TSVALCD", "TSVCDREF", "TSVCDVER"]
    assert ts.loc["TBLIND", coded].tolist() == ["OPEN LABEL", "C49659", "CDISC CT", "2025-09-26"]
    assert ts.loc["RANDOM", coded].tolist() == ["N", "C49487", "CDISC CT", "2025-03-28"]
    assert ts.loc["INDIC", coded].tolist() == ["Malignant neoplastic disease", "363346000", "SNOMED", "2025-03-01"]
    assert ts.loc["AGEMIN", coded].tolist() == ["P18Y", "", "", ""]


def test_the_name_of_a_parameter_is_that_of_its_code(demo_study, made):
    codes = demo_study.specs.codelists["TSPARMCD"].terms
    names = {term.code: term.value for term in demo_study.specs.codelists["TSPARM"].terms.values()}
    assert all(name == names[codes[code].code] for code, name in zip(made["TS"]["TSPARMCD"], made["TS"]["TSPARM"], strict=True))


def test_values_are_numbered_within_their_parameter(made):
    ts = made["TS"]
    assert (ts["TSSEQ"] == ts.groupby("TSPARMCD").cumcount() + 1).all()


def test_the_summary_agrees_with_the_rest_of_the_study(demo_study, made):
    ts, facts = made["TS"].set_index("TSPARMCD")["TSVAL"], demo_study.specs.facts
    assert ts["NARMS"] == str(len(facts.arms))
    assert (ts["TITLE"], ts["DCUTDTC"]) == (facts.title, facts.cutoff)
    assert date.fromisoformat(ts["SSTDTC"]) < date.fromisoformat(ts["DCUTDTC"])


def test_the_terms_of_the_summary_are_those_that_cdisc_publishes(shared):
    folder = shared / "reference" / "ct"
    published = pd.concat([pd.read_csv(folder / name, dtype="str", keep_default_na=False)
                           for name in ("sdtm_ct_2025-03-28.csv", "protocol_ct_2025-09-26.csv")])
    for name, (_, terms) in summary_terms().items():
        rows = published[(published["codelist"] == name) & (published["term"] != "")]
        assert {term.value: term.code for term in terms.values()} == dict(zip(rows["term"], rows["term_code"], strict=True)), name


def test_every_parameter_with_a_codelist_finds_its_terms(demo_study):
    codelists = demo_study.specs.codelists
    assert set(summary_values()) <= codelists["TSPARMCD"].terms.keys()
    assert all(name in codelists or name in summary_terms() for kind, name in summary_values().values() if kind == "term")
    assert find_summary_term("TITLE", "N", codelists) == ("", "")
    assert find_summary_term("ADDON", "PERHAPS", codelists) == ("", "")


# ---- what may be wrong ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("design, said", [
    ("branch: SCREEN", "trial_design.yaml:1: study.yaml has no element SCREEN"),
    ("durations: {XXXX: P1D}", "trial_design.yaml:1: study.yaml has no element XXXX"),
    ("durations:\n  SCRN: 28 days", "trial_design.yaml:2: '28 days' is no ISO 8601 duration; write P28D or P12W"),
    ("durations: {SCRN: P}", "'P' is no ISO 8601 duration"),
    ("transitions: {XXXX: go}", "study.yaml has no element XXXX"),
    ("visits:\n  VISIT 99: {start: x}", "trial_design.yaml:2: study.yaml has no visit VISIT 99"),
    ("visits:\n  SCREENING: {start: x, day: '0'}", "the planned day '0' is no study day; there is no day 0"),
    ("visits:\n  SCREENING: {day: '-28'}", "visits.SCREENING.start: this entry is missing"),
    ("visits:\n  SCREENING: {start: x}", "nothing is said of the visit C1D1; write its start rule"),
    ("criteria:\n  INCL00001: {IECAT: INCLUSION, IETEST: x}", "'INCL00001' is not 1 to 8 of A-Z"),
    ("criteria:\n  INCL01: {IECAT: INCLUSIVE, IETEST: x}", "trial_design.yaml:2: criteria.INCL01.IECAT: 'INCLUSIVE' is not"),
    (f"criteria:\n  INCL01: {{IECAT: INCLUSION, IETEST: {'年' * 67}}}", "the criterion is 201 bytes long; XPT holds 200"),
    ("assessments:\n  - {anchor: TRTSDT, offset: P0D, interval: 6 weeks, minimum: P5W, maximum: P7W, number: 8}",
     "trial_design.yaml:2: interval: '6 weeks' is no ISO 8601 duration"),
    ("summary:\n  AGEMNI: P18Y", "trial_design.yaml:2: AGEMNI is no term of TSPARMCD; did you mean"),
    ("summary:\n  AGEMIN: 18", "AGEMIN: '18' is not an ISO 8601 duration"),
    ("summary:\n  SSTDTC: 6 March", "SSTDTC: '6 March' is not an ISO 8601 date"),
    ("summary:\n  NARMS: seven", "NARMS: 'seven' is not a number"),
    ("summary:\n  TBLIND: OPEN-LABEL", "TBLIND: 'OPEN-LABEL' is no term of TBLIND; did you mean OPEN LABEL?"),
    ("summary:\n  RANDOM: No", "RANDOM: 'No' is no term of NY"),
    ("summary:\n  TITLE: ''", "TITLE has a value or says by `null:` why it has none; write one of the two"),
    ("summary:\n  TITLE: {value: A, null: UNK}", "write one of the two"),
    ("summary:\n  REGID: {null: NONE}", "'NONE' is not"),
    ("summary:\n  INDIC: {value: Cancer, code: '1'}", "INDIC: a code and `ref:`, its terminology, go together"),
    ("summary:\n  INDIC: {value: Cancer, code: '1', ref: SNOWMED}", "'SNOWMED' is no term of DICTNAM; did you mean SNOMED?"),
    (f"summary:\n  TITLE: {'x' * 201}", "TITLE is 201 bytes long"),
    ("sumary: {}", "trial_design.yaml:1: sumary: there is no such entry; did you mean summary?"),
])
def test_what_is_wrong_in_the_plan_is_told_with_its_line(tmp_path, design, said):
    study = tmp_path / "infusion"
    shutil.copytree(INFUSION, study)
    (study / "trial_design.yaml").write_text(design, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_specs(study)
    assert any(said in case for case in caught.value.cases), caught.value.cases


def test_a_study_without_a_plan_has_empty_tables_and_no_error(small):
    study = load_study(str(small("{}")))
    for name in ("TI", "TV", "TD", "TS"):
        frame = study.datasets[name].function(spec=study.specs[name], study=study.specs)
        assert len(frame) == 0 and set(frame.columns) == set(study.specs[name].variables)


def test_a_build_writes_the_design_once_however_many_blocks_there_are(small, tmp_path):
    study = small("summary:\n  RANDOM: N\ncriteria:\n  INCL01: {IECAT: INCLUSION, IETEST: Has signed}\n")
    result = build(str(study), INFUSION / "raw", tmp_path / "out", block_subjects=2)
    assert not [finding for finding in result.findings if finding.dataset in NAMES]
    records = {name: number for name, _, number, _ in result.datasets}
    assert (records["TS"], records["TI"]) == (1, 1)
    assert records["TE"] == len(study_elements(study))
    ts, = (tmp_path / "out" / "sdtm").glob("ts.xpt")
    assert ts.stat().st_size > 0
    define = (tmp_path / "out" / "sdtm" / "define.xml").read_text(encoding="utf-8")
    assert 'Name="TS"' in define and 'IsReferenceData="Yes"' in define


def study_elements(study):
    return load_specs(study).facts.elements

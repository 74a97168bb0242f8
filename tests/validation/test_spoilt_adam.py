"""A clean package, spoilt by one fault after the other: each is found in its dataset, at its record and variable.

The package is what the demo study had built for four of its subjects (tests/data/spoilt).
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from validation.package import Package, Table, Variable
from validation.rules import load_rules, run_rules

CLEAN = Path(__file__).resolve().parents[1] / "data" / "spoilt"
RULES = {rule.id: rule for rule in load_rules()}
FAMILIES = ("adam_", "events.", "exposure.", "immunogenicity.", "oncology.", "pharmacokinetics.", "traceability.")
ONE, TWO, THREE, DIED = (f"BAT4706-1308-{number}" for number in ("01-0006", "02-0014", "02-0048", "03-0001"))
COPY, GONE, LESS = "the record is there twice", "the record is gone", "the variable is gone"

# what is wrong; dataset; the record; variable; what it says instead; the rule that finds it
FAULTS = [
    ("serious without a criterion", "AE", {"AEOUT": "FATAL"}, "AESER", {"AESDTH": "N", "AESHOSP": "N", "AESLIFE": ""},
     "events.serious_without_criterion"),
    ("in hospital and not serious", "AE", {"AESER": "N"}, "AESER", {"AESHOSP": "Y"},
     "events.criterion_without_serious"),
    ("criterion that is no flag", "AE", {"AESER": "N"}, "AESHOSP", "1", "events.criterion_without_serious"),
    ("died and recovered", "AE", {"AEOUT": "FATAL"}, "AEOUT", "RECOVERED/RESOLVED", "events.death_and_outcome"),
    ("fatal of grade 2", "AE", {"AEOUT": "FATAL"}, "AETOXGR", "2", "events.death_and_outcome"),
    ("fatal event of a living subject", "DM", {"USUBJID": DIED}, "DTHFL", "", "events.fatal_event_in_dm"),
    ("recovered without an end", "AE", {"AEOUT": "RECOVERED/RESOLVED"}, "AEENDTC", "", "events.outcome_and_end"),
    ("grade 7", "AE", {"AETOXGR": "1"}, "AETOXGR", "7", "events.grade_and_severity"),
    ("event without a term", "AE", {"AESEQ": 1.0}, "AETERM", "", "events.term_missing"),
    ("event without a start", "AE", {"AESEQ": 1.0}, "AESTDTC", "", "events.start_missing"),
    ("event twice", "AE", {"AESEQ": 1.0}, "AESEQ", COPY, "events.repeated_event"),
    ("medication with an end and ongoing", "CM", {"CMENRTPT": "ONGOING"}, "CMENRTPT", {"CMENDTC": "2024-01-01"},
     "events.ongoing_with_end"),
    ("dose without a unit", "EX", {"EXSEQ": 1.0}, "EXDOSU", "", "events.dose_without_unit"),
    ("disposition of death without a death", "DM", {"USUBJID": ONE}, "DTHFL", "", "events.death_in_ds"),
    ("one term in two classes", "AE", {"AEDECOD": "Cough"}, "AEBODSYS", "Cardiac disorders", "events.coding_differs"),
    ("dose before the consent", "EX", {"EXSEQ": 1.0}, "EXSTDTC", "2020-01-01", "exposure.before_consent"),
    ("dose of a screen failure", "DM", {"USUBJID": ONE}, "ACTARMCD", "SCRNFAIL", "exposure.not_treated"),
    ("dose of 0", "EX", {"EXSEQ": 1.0}, "EXDOSE", 0.0, "exposure.dose_value"),
    ("negative dose", "EX", {"EXSEQ": 2.0}, "EXDOSE", -5.0, "exposure.dose_value"),
    ("dose in another unit", "EX", {"EXSEQ": 2.0}, "EXDOSU", "g", "exposure.dose_value"),
    ("dose that goes on into the next one", "EX", {"EXSEQ": 2.0, "EXTRT": "BAT1308"}, "EXSTDTC", "2023-04-13T11:00",
     "exposure.overlap"),
    ("dose after the death", "EX", {"USUBJID": DIED, "EXSEQ": 1.0}, "EXSTDTC", "2025-06-01",
     "exposure.after_end_of_treatment"),
    ("first exposure of another day", "DM", {"USUBJID": TWO}, "RFXSTDTC", "2023-07-20", "dates.first_and_last_dose"),
    ("dose that was not collected", "EX", {"USUBJID": ONE, "EXSEQ": 1.0}, "EXSTDTC", "2023-04-14T10:48",
     "exposure.collected_and_given"),
    ("new lesion and stable disease", "RS", {"USUBJID": ONE, "RSTESTCD": "OVRLRESP"}, "RSSTRESC", "SD",
     "oncology.new_lesion_without_progression"),
    ("indicator denies a new lesion", "RS", {"USUBJID": ONE, "RSTESTCD": "NEWLIND"}, "RSSTRESC", "N",
     "oncology.new_lesion_without_progression"),
    ("lesion measured by another method", "TR",
     {"USUBJID": TWO, "TRLNKID": "T01", "VISIT": "TUMOR W12",
      "TRTESTCD": "TUMSTATE"}, "TRMETHOD", "X-RAY", "oncology.lesion_moves"),
    ("lesion of another group", "TR", {"USUBJID": TWO, "TRLNKID": "T01", "VISIT": "TUMOR W12", "TRTESTCD": "TUMSTATE"},
     "TRGRPID", "NON-TARGET", "oncology.lesion_moves"),
    ("lesion that nobody identified", "TR", {"USUBJID": TWO, "TRLNKID": "T01", "VISIT": "TUMOR W12"}, "TRLNKID", "T09",
     "oncology.lesion_not_identified"),
    ("lesion that was never measured", "TU", {"USUBJID": TWO, "TULNKID": "NT01"}, "TULNKID", "NT07",
     "oncology.lesion_not_identified"),
    ("wrong sum of diameters", "TR", {"USUBJID": TWO, "TRTESTCD": "SUMDIAM", "VISIT": "TUMOR W12"}, "TRSTRESN", 175.0,
     "oncology.sum_of_diameters"),
    ("wrong diameter", "TR", {"USUBJID": TWO, "TRTESTCD": "LDIAM", "VISIT": "TUMOR W12"}, "TRSTRESN", 99.0,
     "oncology.sum_of_diameters"),
    ("partial response of a growing tumour", "RS", {"USUBJID": TWO, "RSTESTCD": "TRGRESP", "VISIT": "TUMOR W12"},
     "RSSTRESC", "PR", "oncology.target_response"),
    ("complete response of stable parts", "RS", {"USUBJID": TWO, "RSTESTCD": "OVRLRESP", "VISIT": "TUMOR W12"},
     "RSSTRESC", "CR", "oncology.overall_response_of_parts"),
    ("stable after a progression", "RS", {"USUBJID": TWO, "RSTESTCD": "OVRLRESP", "VISIT": "TUMOR W12"}, "RSSTRESC",
     "PD", "oncology.response_after_progression"),
    ("response before its images", "RS", {"USUBJID": TWO, "RSTESTCD": "OVRLRESP", "VISIT": "TUMOR W12"}, "RSDTC",
     "2023-09-01", "oncology.dates_of_assessment"),
    ("response of a visit without images", "RS", {"USUBJID": TWO, "RSTESTCD": "TRGRESP", "VISIT": "TUMOR W12"},
     "RSSTRESC", {"VISITNUM": 555.0}, "oncology.response_without_images"),
    ("best response better than any", "ADRS", {"USUBJID": ONE, "PARAMCD": "BOR"}, "AVALC", "CR",
     "oncology.best_response"),
    ("wrong nadir", "ADTR", {"USUBJID": TWO, "PARAMCD": "SUMDIAM", "AVISIT": "TUMOR W12"}, "NADIR", 120.0,
     "oncology.nadir"),
    ("sample before the dose taken after it", "PC", {"USUBJID": ONE, "PCTPT": "PRE-DOSE"}, "PCDTC", "2023-04-13T12:29",
     "pharmacokinetics.sample_and_dose"),
    ("sample of 2 hours taken after that of 6", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCDTC", "2023-04-16T12:29",
     "pharmacokinetics.sample_and_dose"),
    ("samples out of order", "PC", {"USUBJID": ONE, "PCTPT": "6 H"}, "PCDTC", "2023-04-13T11:00",
     "pharmacokinetics.sample_order"),
    ("reference at which there was no dose", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCRFTDTC", "2023-04-13T09:00",
     "pharmacokinetics.reference_dose"),
    ("number below the limit", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCSTRESN", 0.2, "pharmacokinetics.below_limit"),
    ("negative concentration", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCSTRESN", -3.0,
     "pharmacokinetics.below_limit"),
    ("sample twice", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCTESTCD", COPY, "pharmacokinetics.repeated_sample"),
    ("concentration in another unit", "PC", {"USUBJID": ONE, "PCTPT": "2 H"}, "PCSTRESU", "ng/mL",
     "pharmacokinetics.unit_differs"),
    ("CMAX that no sample has", "PP", {"USUBJID": ONE, "PPTESTCD": "CMAX", "PPCAT": "BAT1308"}, "PPSTRESN", 300.0,
     "pharmacokinetics.largest_concentration"),
    ("AUC to the last sample above AUC to infinity", "PP", {"USUBJID": ONE, "PPTESTCD": "AUCLST"}, "PPSTRESN", 900000.0,
     "pharmacokinetics.parameters_agree"),
    ("half-life that is not ln 2 / lambda z", "PP", {"USUBJID": ONE, "PPTESTCD": "LAMZHL"}, "PPSTRESN", 1.0,
     "pharmacokinetics.parameters_agree"),
    ("drug before the first dose", "PC", {"USUBJID": ONE, "PCTPT": "PRE-DOSE"}, "PCSTRESN", 20.0,
     "pharmacokinetics.concentration_before_dose"),
    ("titre of a sample that was not positive", "IS",
     {"USUBJID": ONE, "ISTSTOPO": "SCREEN", "ISREFID": "D0006003",
      "ISBDAGNT": "BAT1308"}, "ISSTRESC", "NEGATIVE", "immunogenicity.titre_without_positive"),
    ("confirmed after a negative screen", "IS",
     {"USUBJID": TWO, "ISTSTOPO": "SCREEN", "ISREFID": "D0014002",
      "ISBDAGNT": "BAT1308"}, "ISSTRESC", "NEGATIVE", "immunogenicity.titre_without_positive"),
    ("baseline sample after the dose", "IS", {"USUBJID": ONE, "ISLOBXFL": "Y"}, "ISDTC", "2023-04-20T10:00",
     "immunogenicity.baseline_sample"),
    ("no planned treatment in ADSL", "ADSL", {}, "TRT01P", LESS, "adam_structure.required_variables"),
    ("parameter without a code", "ADLB", {"LBSEQ": 100.0}, "PARAMCD", "", "adam_structure.required_values"),
    ("subject twice in ADSL", "ADSL", {"USUBJID": ONE}, "USUBJID", COPY, "adam_structure.one_record_per_subject"),
    ("subject not in ADSL", "ADVS", {"USUBJID": ONE}, "USUBJID", "BAT4706-1308-99-9999",
     "adam_structure.subject_not_in_adsl"),
    ("subject of ADSL not in DM", "ADSL", {"USUBJID": ONE}, "USUBJID", "BAT4706-1308-99-9999",
     "adam_structure.subject_not_in_dm"),
    ("flag that is no flag", "ADLB", {"ABLFL": "Y"}, "ABLFL", "X", "adam_structure.flag_values"),
    ("empty population flag", "ADSL", {"USUBJID": ONE}, "SAFFL", "", "adam_structure.population_flags"),
    ("visit with another number", "ADLB", {"AVISIT": "C1D8"}, "AVISITN", 77.0, "adam_structure.number_of_text"),
    ("group with another number", "ADSL", {"USUBJID": TWO}, "AGEGR1N", 1.0, "adam_structure.number_of_text"),
    ("parameter with another name", "ADLB", {"LBSEQ": 100.0, "PARAMCD": "HGB"}, "PARAM", "Haemoglobin",
     "adam_structure.parameter_one_to_one"),
    ("parameter code that is no name", "ADLB", {"LBSEQ": 100.0, "PARAMCD": "HGB"}, "PARAMCD", "hgb-1",
     "adam_structure.parameter_code"),
    ("datetime of another day", "ADSL", {"USUBJID": ONE}, "TRTSDT", "2023-04-15", "adam_structure.datetime_of_date"),
    ("wrong day", "ADLB", {"AVISIT": "C1D8"}, "ADY", 3.0, "adam_structure.study_day"),
    ("event that ends before it starts", "ADAE", {"AESEQ": 1.0}, "AENDT", "2020-01-01",
     "adam_structure.end_before_start"),
    ("imputation that is none", "ADAE", {"AESEQ": 1.0}, "ASTDTF", "D", "adam_structure.imputation_flags"),
    ("another age", "ADAE", {"AESEQ": 1.0}, "AGE", 33.0, "adam_structure.adsl_values"),
    ("another sex", "ADLB", {"AVISIT": "C1D8"}, "SEX", "U", "adam_structure.adsl_values"),
    ("age that DM does not have", "ADSL", {"USUBJID": ONE}, "AGE", 62.0, "adam_structure.adsl_against_dm"),
    ("death of another day", "ADSL", {"USUBJID": ONE}, "DTHDT", "2023-08-01", "adam_structure.adsl_death"),
    ("first dose of another day", "ADSL", {"USUBJID": ONE}, "TRTSDT", "2023-04-20",
     "adam_structure.first_and_last_dose"),
    ("treatment of somebody else", "ADVS", {"USUBJID": ONE}, "TRTP", "PLACEBO", "adam_structure.treatment_of_subject"),
    ("treated and not of the safety population", "ADSL", {"USUBJID": ONE}, "SAFFL", "N", "adam_structure.safety_flag"),
    ("age in another group", "ADSL", {"USUBJID": ONE}, "AGEGR1", ">=65", "adam_structure.group_of_value"),
    ("wrong body-mass index", "ADSL", {"USUBJID": ONE}, "BMIBL", 30.0, "adam_structure.derived_of_subject"),
    ("wrong duration of an event", "ADAE", {"AESEQ": 1.0}, "ADURN", 99.0, "adam_structure.derived_of_subject"),
    ("discontinued without a reason", "ADSL", {"USUBJID": ONE}, "DCSREAS", "", "adam_structure.end_of_study"),
    ("event twice in ADAE", "ADAE", {"AESEQ": 1.0}, "AESEQ", COPY, "adam_structure.sequence_unique"),
    ("record twice", "ADVS", {"USUBJID": ONE}, "USUBJID", COPY, "adam_structure.repeated_record"),
    ("baseline that is not that of the record", "ADLB", {"AVISIT": "C1D8"}, "BASE", 99.0,
     "adam_values.base_of_baseline"),
    ("two baselines", "ADLB", {"AVISIT": "C1D8"}, "ABLFL", "Y", "adam_values.one_baseline"),
    ("wrong change", "ADLB", {"AVISIT": "C1D8"}, "CHG", 9.0, "adam_values.change"),
    ("wrong percent change", "ADLB", {"AVISIT": "C1D8"}, "PCHG", 9.0, "adam_values.percent_change"),
    ("baseline indicator of another record", "ADLB", {"AVISIT": "C1D8"}, "BNRIND", "HIGH",
     "adam_values.baseline_of_qualifier"),
    ("wrong shift", "ADLB", {"AVISIT": "C1D8"}, "SHIFT1", "LOW to HIGH", "adam_values.shift"),
    ("wrong range indicator", "ADLB", {"AVISIT": "C1D8", "PARAMCD": "HGB", "ANRIND": "NORMAL"}, "ANRIND", "HIGH",
     "adam_values.range_indicator"),
    ("wrong change from the nadir", "ADTR", {"USUBJID": TWO, "PARAMCD": "SUMDIAM", "AVISIT": "TUMOR W12"}, "CHGNAD",
     50.0, "adam_values.ratio"),
    ("emergent before the treatment", "ADAE", {"USUBJID": ONE, "AESEQ": 5.0}, "TRTEMFL", "Y",
     "adam_values.treatment_emergent"),
    ("not emergent under treatment", "ADAE", {"USUBJID": ONE, "AESEQ": 2.0}, "TRTEMFL", "",
     "adam_values.treatment_emergent"),
    ("first occurrence twice", "ADAE", {"USUBJID": ONE, "AESEQ": 1.0}, "AOCCFL", "Y", "adam_values.first_occurrence"),
    ("grade of another number", "ADAE", {"AESEQ": 1.0}, "ATOXGRN", 4.0, "adam_values.analysis_severity"),
    ("on treatment before the first dose", "ADLB", {"USUBJID": ONE, "AVISIT": "SCREENING"}, "ONTRTFL", "Y",
     "adam_values.on_treatment"),
    ("negative censoring", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "CNSR", -1.0, "adam_tte.censor_value"),
    ("event without a description", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "EVNTDESC", "", "adam_tte.description"),
    ("wrong time to event", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "AVAL", 120.0, "adam_tte.duration"),
    ("event before the start", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "ADT", "2023-01-01",
     "adam_tte.event_before_start"),
    ("two times to one event", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "PARAMCD", COPY, "adam_tte.one_record"),
    ("progression after the death", "ADTTE", {"USUBJID": ONE, "PARAMCD": "PFS"}, "ADT", "2024-01-01",
     "adam_tte.progression_after_death"),
    ("death of another day than in ADSL", "ADTTE", {"USUBJID": ONE, "PARAMCD": "OS"}, "ADT", "2023-07-30",
     "adam_tte.death_differs"),
    ("another start than the others", "ADTTE", {"USUBJID": ONE, "PARAMCD": "TTP"}, "STARTDT", "2023-04-20",
     "adam_tte.start_differs"),
    ("source that is not there", "ADTTE", {"USUBJID": ONE, "PARAMCD": "PFS"}, "SRCSEQ", 999.0,
     "traceability.source_resolves"),
    ("source in no variable", "ADLB", {"AVISIT": "C1D8"}, "SRCVAR", "LBVALUE", "traceability.source_resolves"),
    ("value that the source does not have", "ADLB", {"AVISIT": "C1D8", "PARAMCD": "HGB"}, "AVAL", 12.0,
     "traceability.source_value"),
    ("event that AE does not have", "ADAE", {"AESEQ": 1.0}, "AESEQ", 98.0, "traceability.sequence_resolves"),
    ("term that AE does not have", "ADAE", {"AESEQ": 1.0}, "AETERM", "Ache", "traceability.carried_values"),
    ("date that AE does not have", "ADAE", {"USUBJID": ONE, "AESEQ": 1.0}, "ASTDT", "2023-05-16",
     "traceability.analysis_of_result"),
    ("event left out of ADAE", "ADAE", {"AESEQ": 1.0}, "AESEQ", GONE, "traceability.records_missing"),
    ("treated subject left out of ADSL", "ADSL", {"USUBJID": ONE}, "USUBJID", GONE, "traceability.treated_not_in_adsl"),
]


def read_table(path: Path) -> Table:
    """A dataset as text; the header says behind a colon that a column is Num or has a date format."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    frame, variables = {}, []
    for title, column in zip(header, zip(*rows, strict=True), strict=True):
        name, _, kind = title.partition(":")
        text = pd.Series(column, dtype="str")
        frame[name] = text if not kind else pd.to_numeric(text.where(text != "")).astype("float64") if kind == "Num" \
            else pd.to_datetime(text.where(text != ""), format="ISO8601").astype("datetime64[s]")
        variables.append(Variable(name, "", "Num" if kind else "Char", 8, kind.removeprefix("Num")))
    return Table(path.stem, "", "ADaM" if path.stem.startswith("AD") else "SDTM", tuple(variables), pd.DataFrame(frame),
                 path.name)


@pytest.fixture(scope="module")
def clean():
    return Package({path.stem: read_table(path) for path in sorted(CLEAN.glob("*.csv"))})


@pytest.fixture(scope="module")
def of_clean(clean):
    known = {}

    def findings(rule_id):
        if rule_id not in known:
            known[rule_id] = run_rules(clean, [RULES[rule_id]])[0]
        return known[rule_id]
    return findings


def spoil(clean, dataset, where, variable, new):
    """The package with the fault, and the lines of its record; [] where the fault is one of the dataset."""
    table = clean[dataset]
    frame, variables = table.frame, table.variables
    at = int(np.flatnonzero(np.logical_and.reduce([frame[name] == value for name,
                                                   value in where.items()]))[0]) if where else 0
    lines = [at + 1]
    if new == COPY:
        frame, lines = pd.concat([frame, frame.iloc[[at]]], ignore_index=True), [at + 1, len(frame) + 1]
    elif new == GONE:
        frame, lines = frame.drop(index=at).reset_index(drop=True), [0]
    elif new == LESS:
        frame, variables, lines = frame.drop(columns=variable), tuple(v for v in variables if v.name != variable), [0]
    else:
        frame = frame.copy()
        for name, value in (new if isinstance(new, dict) else {variable: new}).items():
            value = pd.Timestamp(value) if frame[name].dtype.kind == "M" else value
            assert frame.loc[at, name] != value
            frame.loc[at, name] = value
    spoilt = Table(table.name, table.label, table.model, variables, frame, table.file)
    return Package({**clean.tables, dataset: spoilt}), lines


def test_the_clean_package_has_no_error(clean) -> None:
    findings, verdicts = run_rules(clean, [rule for rule in RULES.values() if rule.id.startswith(FAMILIES)])
    assert [f for f in findings if f.severity == "error"] == []
    assert [v.rule for v in verdicts if v.status == "failed"] == []


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[0].replace(" ", "-") for fault in FAULTS])
def test_a_fault_is_found_where_it_is(clean, of_clean, fault) -> None:
    _, dataset, where, variable, new, rule_id = fault
    package, lines = spoil(clean, dataset, where, variable, new)
    found = set(run_rules(package, [RULES[rule_id]])[0]) - set(of_clean(rule_id))
    assert (dataset, variable) in {(f.dataset, f.variable) for f in found if f.line in lines}, found

"""The CDISC pilot's real collected data, through SDTM: every raw record is accounted for and no value is invented."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS
from cdisckit.study import Study, load_study, used_fields
from raw import (
    FormAccount,
    RawBlock,
    account_for,
    collect_drops,
    fill_store,
    merge_accounts,
    read_block,
    report_account,
    split_records,
)
from sdtm.chronology import check_chronology
from sdtm.identifiers import check_subjects
from sdtm.supp import split_supplements
from specs.contract import apply_contract, check_data

RAW = Path(__file__).resolve().parents[3] / "shared" / "reference" / "raw" / "lzzt_cdash"
READ = {"AE": 1272, "CM": 7510, "DM": 306, "DS": 342, "EX": 591, "MH": 1818, "VS": 8211}
NO_EVENT = "AEYN is N: the form says that there was no adverse event"
MADE = {"DM": 306, "SE": 809, "SV": 2889, "AE": 1191, "CM": 7510, "DS": 342, "EX": 591, "MH": 1818, "VS": 29643}

pytestmark = pytest.mark.skipif(not RAW.is_dir(), reason="the pilot's raw data (../shared/reference/raw/lzzt_cdash) "
                                                         "do not lie beside the repository")


@dataclass(frozen=True)
class Made:
    """What the SDTM part of a build makes of all blocks."""

    study: Study
    raw: dict[str, pd.DataFrame]
    frames: dict[str, pd.DataFrame]
    supplements: dict[str, pd.DataFrame]
    findings: list[Finding]
    account: list[FormAccount]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]

    def rules(self) -> Counter:
        return Counter((finding.rule, finding.dataset) for finding in self.findings)


def make_block(study: Study, raw: RawBlock) -> dict[str, pd.DataFrame]:
    """The SDTM datasets of a block, each held to its contract."""
    frames: dict[str, pd.DataFrame] = {}
    for made in study.order(tuple(name for name, spec in study.specs.datasets.items() if spec.is_sdtm)):
        inputs = {"raw": raw, "spec": study.specs[made.name], "study": study.specs}
        given = {name: inputs[name] if name in INPUTS else frames[name.upper()] for name in made.parameters}
        frames[made.name] = apply_contract(made.function(**given), study.specs[made.name], made.where)
        if made.name != "DM":
            check_subjects(frames[made.name], frames["DM"], made.name)
            check_chronology(frames[made.name], frames["DM"], study.specs[made.name], study.specs)
    return frames


def make_study(folder: Path, block_subjects: int) -> Made:
    study = load_study("cdiscpilot01")
    with collect_findings() as findings, collect_drops() as drops:
        store = fill_store(study.specs, RAW, folder, block_subjects)
        blocks = [read_block(store, study.specs, block) for block in range(store.blocks)]
        made = [make_block(study, raw) for raw in blocks]
    account = []
    for raw, frames in zip(blocks, made, strict=True):
        for form, spec in study.specs.facts.forms.items():
            mapped = {record for name, frame in frames.items() if form in study.specs[name].form
                      for record in split_records(frame["_record"])}
            used, present = used_fields(study.specs)[form], set(store.fields[form])
            fields = {"unknown": present - used - set(spec.not_submitted) - {"STUDYID"}, "missing": used - present}
            account.append(account_for(form, spec.file, raw.form(form)["_record"], mapped, drops, fields))
    frames = {name: pd.concat([part[name] for part in made], ignore_index=True) for name in made[0]}
    split = {name: split_supplements(frame, study.specs[name]) for name, frame in frames.items()}
    return Made(study, {form: pd.concat([raw.form(form) for raw in blocks], ignore_index=True) for form in READ},
                {name: domain for name, (domain, _) in split.items()}, {name: supp for name, (_, supp) in split.items()},
                list(dict.fromkeys(findings)), merge_accounts(account))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    return make_study(tmp_path_factory.mktemp("whole"), 500)


def lengths(values: pd.Series) -> dict[int, int]:
    """How many dates are known to the year (4), the month (7), the day (10)."""
    return Counter(values[values != ""].str.len())


# ---- the account ---------------------------------------------------------------------------------------------------

def test_every_raw_record_is_mapped_or_dropped_for_its_reason(made):
    account = {form.form: form for form in made.account}
    assert {name: form.read for name, form in account.items()} == READ
    assert sum(READ.values()) == 20_050
    assert {name: dict(form.dropped) for name, form in account.items() if form.dropped} == {"AE": {NO_EVENT: 81}}
    assert {name: form.mapped for name, form in account.items()} == {**READ, "AE": 1191}
    assert [record for form in made.account for record in form.lost] == []


def test_every_field_that_the_specification_reads_is_in_the_files(made):
    assert [finding for finding in report_account(made.account) if finding.rule == "mapping.missing_field"] == []


def test_the_datasets_have_the_records_that_the_raw_data_have(made):
    assert {name: len(frame) for name, frame in made.frames.items()} == MADE
    results, not_done = (made.raw["VS"].filter(regex=f"_{name}$") != "" for name in ("VSORRES", "VSSTAT"))
    assert (results.sum().sum(), not_done.sum().sum()) == (29_635, 8)
    assert Counter(made["VS"]["VSSTAT"]) == {"": 29_635, "NOT DONE": 8}


def test_every_record_points_to_its_raw_records(made):
    known = {record for data in made.raw.values() for record in data["_record"]}
    for name, frame in made.frames.items():
        assert set(split_records(frame["_record"])) <= known, name


def test_raw_record_ids_are_unique(made):
    assert all(data["_record"].is_unique for data in made.raw.values())


# ---- findings ------------------------------------------------------------------------------------------------------

def test_the_findings_are_those_that_the_data_deserve(made):
    assert made.rules() == {
        ("cdiscpilot01.arm_not_proven", "DM"): 24,
        ("mapping.date_after_death", "SV"): 1,
        ("mapping.dose_without_end", "EX"): 6,
        ("mapping.implausible_change", "VS"): 1,
        ("mapping.seriousness", "AE"): 36,
        ("raw.key_not_unique", "AE"): 1,
        ("raw.duplicate_record", "MH"): 1,
    }


def test_the_collected_data_have_one_weight_and_one_visit_that_cannot_be_right(made):
    """98 lb among weights of 171 lb; a disposition that was entered as a visit of the day after the subject's death."""
    found = {f.rule: (f.record, f.value) for f in made.findings if f.rule in ("mapping.implausible_change", "mapping.date_after_death")}
    assert found == {
        "mapping.implausible_change": ("VS:717-1109/BASELINE/AFTER LYING DOWN FOR 5 MINUTES", "098.0"),
        "mapping.date_after_death": ("DS:710-1083/DISPOSITION EVENT", "2013-08-03")}


def test_the_arm_is_empty_where_no_dose_proves_it(made):
    dm = made["DM"].set_index("USUBJID")
    unproven = {finding.key.removeprefix("USUBJID=") for finding in made.findings if finding.rule.endswith("arm_not_proven")}
    assert (dm.loc[sorted(unproven), "ARMCD"] == "").all()
    assert Counter(dm["ARMCD"]) == {"Pbo": 86, "Xan_Lo": 72, "Xan_Hi": 72, "": 52 + 24}
    assert Counter(dm["ARMNRS"]) == {"": 254, "SCREEN FAILURE": 52}
    assert set(made["EX"].query("EXTRT == 'PLACEBO'")["USUBJID"]) == set(dm.index[dm["ARMCD"] == "Pbo"])


# ---- values --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dataset, variable, expected", [
    ("AE", "AESTDTC", {4: 11, 7: 15}), ("CM", "CMSTDTC", {4: 3731, 7: 1723}), ("MH", "MHSTDTC", {4: 517, 7: 131})])
def test_no_partial_date_is_lost_or_completed(made, dataset, variable, expected):
    form = made.study.specs[dataset].form[0]
    collected = made.raw[form][made.study.specs[dataset].variables[variable].dtc[0]]
    found = lengths(made[dataset][variable])
    assert {length: count for length, count in found.items() if length < 10} == expected
    assert found.total() == (collected.str.strip() != "").sum()
    assert made[dataset][variable].str.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?").all()


@pytest.mark.parametrize("dataset, variable", [("AE", "AESEV"), ("AE", "AESER"), ("AE", "AEREL"), ("MH", "MHSEV"),
                                               ("AE", "AEOUT"), ("AE", "AEENRTPT"), ("CM", "CMENRTPT"), ("DM", "RACE"),
                                               ("DM", "SEX"), ("VS", "VSPOS"), ("VS", "VSORRESU"), ("VS", "VSLOC")])
def test_coded_variables_hold_terms_only_and_no_code_comes_through(made, dataset, variable):
    rule = made.study.specs[dataset].variables[variable]
    values = set(made[dataset][variable])
    assert values <= {"", *made.study.specs.codelists[rule.codelist].terms}
    assert not any(value.isdigit() for value in values)


def test_severity_and_seriousness_are_what_was_coded(made):
    events = made.raw["AE"].query("AEYN == 'Y'")
    assert Counter(made["AE"]["AESEV"]) == Counter(events["AESEV"].map({"1": "MILD", "2": "MODERATE", "3": "SEVERE", "": ""}))
    assert Counter(made["AE"]["AESER"]) == Counter(events["AESER"].map({"No": "N", "2": "Y", "4": "Y"}))


def test_white_and_hispanic_is_white_with_both_as_ticked_in_suppdm(made):
    ticked = set(made.raw["DM"].query("RACE == 'CA,HP'")["SUBJID"])
    dm = made["DM"][made["DM"]["SUBJID"].isin(ticked)]
    supplement = made.supplements["DM"]
    assert (len(dm), set(dm["RACE"])) == (17, {"WHITE"})
    assert Counter(zip(supplement["QNAM"], supplement["QVAL"], strict=True)) == {
        ("RACE1", "WHITE"): 17, ("RACE2", "HISPANIC"): 17}
    assert set(supplement["USUBJID"]) == set(dm["USUBJID"])
    assert (supplement[["IDVAR", "IDVARVAL"]] == "").all(axis=None)


def test_results_are_converted_to_standard_units(made):
    first = made["VS"].query("USUBJID == '01-701-1015' and VISIT == 'SCREENING 1'").set_index("VSTESTCD")
    columns = ["VSORRES", "VSORRESU", "VSSTRESC", "VSSTRESN", "VSSTRESU"]
    assert first.loc["TEMP", columns].to_list() == ["96.9", "F", "36.06", 36.06, "C"]
    assert first.loc["WEIGHT", columns].to_list() == ["119.0", "LB", "53.98", 53.98, "kg"]
    assert first.loc["HEIGHT", columns].to_list() == ["58.0", "in", "147.32", 147.32, "cm"]
    done = made["VS"][made["VS"]["VSSTAT"] == ""]
    assert set(done["VSSTRESU"]) == {"mmHg", "beats/min", "C", "kg", "cm"}
    assert done["VSSTRESN"].notna().all()


def test_one_last_record_before_exposure_is_flagged_a_subject_test_position_and_time_point(made):
    flagged = made["VS"][made["VS"]["VSLOBXFL"] == "Y"]
    assert not flagged.duplicated(["USUBJID", "VSTESTCD", "VSPOS", "VSTPTNUM"]).any()
    treated = set(made["DM"].query("RFXSTDTC != ''")["USUBJID"])
    assert set(flagged["USUBJID"]) == treated
    assert (flagged["VSDY"] <= 1).all()


def test_study_days_are_never_zero(made):
    for name, frame in made.frames.items():
        for variable in [column for column in frame if column.endswith("DY") and frame[column].dtype.kind == "f"]:
            assert not (frame[variable] == 0).any(), f"{name}.{variable}"


def test_sequence_numbers_are_unique_within_a_subject(made):
    numbered = [name for name, frame in made.frames.items() if f"{name}SEQ" in frame]
    assert numbered == [name for name in made.frames if name not in ("DM", "SV")]
    for name in numbered:
        frame = made[name]
        assert not frame.duplicated(["USUBJID", f"{name}SEQ"]).any(), name
        assert (frame.groupby("USUBJID")[f"{name}SEQ"].max() == frame.groupby("USUBJID").size()).all(), name


def test_known_subjects_have_the_dates_that_were_published(made):
    dm = made["DM"].set_index("SUBJID")
    assert dm.loc["1015", ["RFSTDTC", "RFENDTC"]].to_list() == ["2014-01-02", "2014-07-02"]
    assert dm.loc["1023", ["RFSTDTC", "RFXENDTC", "RFENDTC", "RFPENDTC"]].to_list() == [
        "2012-08-05", "2012-09-01", "2012-09-02", "2013-02-18"]


def test_elements_of_a_subject_follow_each_other_without_a_gap(made):
    se = made["SE"]
    following = se.groupby("USUBJID")["SESTDTC"].shift(-1)
    assert (following[following.notna()] == se["SEENDTC"][following.notna()]).all()
    assert Counter(se["ETCD"]) == {"SCRN": 306, "X54": 196, "FUP": 149, "PBO": 86, "X81": 72}
    assert set(se.loc[se["ETCD"] == "PBO", "USUBJID"]).isdisjoint(se.loc[se["ETCD"] == "X81", "USUBJID"])
    assert (se["SESTDTC"] <= se["SEENDTC"]).all()


def test_every_dose_is_in_the_epoch_of_treatment_and_screening_failures_are_in_no_other_than_screening(made):
    assert set(made["EX"]["EPOCH"]) == {"TREATMENT"}
    failed = set(made["DM"].query("ARMNRS == 'SCREEN FAILURE'")["USUBJID"])
    assert set(made["SE"].loc[made["SE"]["USUBJID"].isin(failed), "ETCD"]) == {"SCRN"}


def test_a_planned_visit_is_one_record(made):
    assert not made["SV"].duplicated(["USUBJID", "VISIT"]).any()
    assert (made["SV"]["SVSTDTC"] <= made["SV"]["SVENDTC"]).all()
    assert list(made["SV"].loc[made["SV"]["SVPRESP"] == "", "VISIT"]) == ["UNSCHEDULED 3.1"]


# ---- blocks --------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def blocked(tmp_path_factory) -> Made:
    return make_study(tmp_path_factory.mktemp("blocked"), 160)


@pytest.mark.parametrize("name", MADE)
def test_blocks_of_subjects_give_the_same_datasets(made, blocked, name):
    pd.testing.assert_frame_equal(blocked[name], made[name])
    pd.testing.assert_frame_equal(blocked.supplements[name], made.supplements[name])


def test_blocks_of_subjects_give_the_same_account_and_findings(made, blocked):
    assert blocked.account == made.account
    assert sorted(blocked.findings) == sorted(made.findings)


def test_what_was_made_is_valid_but_for_terms_and_keys_that_the_data_repeat(made):
    found = Counter(finding.rule for name, frame in made.frames.items() if name != "DM"
                    for finding in check_data(frame, made.study.specs[name], made.study.specs.codelists))
    assert found.keys() == {"contract.unknown_term", "contract.duplicate_key"}
    assert found["contract.duplicate_key"] == 4

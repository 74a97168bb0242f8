"""The analysis datasets of the demo study as built: structure, traceability, and the truth of the generator."""

import json

import pandas as pd
import pytest

from cdisckit.build import build
from cdisckit.study import load_study
from studies.bat4706_bat1308.synthetic import simulate

STUDY = load_study("bat4706_bat1308")
MINE = ("ADSL", "ADEX", "ADAE", "ADLB", "ADVS", "ADEG", "ADPE", "ADCV", "ADDLT", "ADESC")
BDS = [name for name in MINE if "PARAMCD" in STUDY.specs[name].variables]
AVAL_ONLY = ("ADEX", "ADVS")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    simulate(folder / "raw", subjects=24, seed=5)
    return build("bat4706_bat1308", folder / "raw", folder / "out", only=MINE)


@pytest.fixture(scope="module")
def data(built):
    def read(name: str) -> pd.DataFrame:
        return pd.concat([pd.read_parquet(part) for part in sorted((built.out / "trace/data" / name).glob("*.parquet"))],
                         ignore_index=True)
    return {name: read(name) for name in (*MINE, "AE", "LB", "VS", "EG", "PE", "CV", "EC", "EX", "DM")}


@pytest.fixture(scope="module")
def truth(built):
    folder = built.out.parent / "raw" / "truth"
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("subjects", "study")}


def test_there_is_no_finding_of_the_analysis_datasets(built) -> None:
    assert [one for one in built.findings if one.dataset in MINE] == []


@pytest.mark.parametrize("name", BDS)
def test_parameter_code_name_and_number_are_one_to_one(data, name: str) -> None:
    parameters = data[name][["PARAMCD", "PARAM", "PARAMN"]].drop_duplicates()
    assert parameters["PARAMCD"].is_unique and parameters["PARAM"].is_unique and parameters["PARAMN"].is_unique
    assert set(parameters["PARAMCD"]) <= set(STUDY.specs[name].parameters)


@pytest.mark.parametrize("name", BDS)
def test_every_value_is_a_number_or_a_text(data, name: str) -> None:
    rows = data[name]
    text = rows["AVALC"] if name not in AVAL_ONLY else pd.Series("", index=rows.index)
    assert not (rows["AVAL"].isna() & (text == "") & (rows["PARAMCD"].str[:3] != "DUR")).any()


@pytest.mark.parametrize("name", BDS)
def test_every_variable_has_a_label_and_a_flag_has_no_other_value(data, name: str) -> None:
    for variable in STUDY.specs[name].columns:
        assert variable.label
        if variable.name.endswith("FL"):
            assert set(data[name][variable.name]) <= {"Y", "N", ""}


@pytest.mark.parametrize("name", [name for name in BDS if "SRCSEQ" in STUDY.specs[name].variables])
def test_every_record_leads_to_a_record_of_its_source(data, name: str) -> None:
    rows = data[name][data[name]["SRCDOM"] != "ADSL"]
    for domain, part in rows.groupby("SRCDOM"):
        known = set(zip(data[domain]["USUBJID"], data[domain][f"{domain}SEQ"], strict=True))
        assert set(zip(part["USUBJID"], part["SRCSEQ"], strict=True)) <= known
    assert len(rows) == len(data[name]) or name == "ADDLT"


@pytest.mark.parametrize("name", [name for name in BDS if "ABLFL" in STUDY.specs[name].variables])
def test_there_is_one_baseline_and_its_value_stands_on_the_records(data, name: str) -> None:
    by = [one for one in ("USUBJID", "PARAMCD", "BASETYPE", "DTYPE") if one in data[name]]
    flagged = data[name][data[name]["ABLFL"] == "Y"]
    assert len(flagged) and not flagged.duplicated(by).any()
    numbers = flagged[flagged["AVAL"].notna()]
    assert (numbers["AVAL"] == numbers["BASE"]).all()
    if "CHG" in data[name]:
        assert data[name].loc[data[name]["ABLFL"] == "Y", "CHG"].isna().all()


def test_variables_of_the_guide_stand_in_the_order_of_the_guide() -> None:
    """Within the value, the dates and the flags of a BDS dataset; the order of the groups is the study's."""
    for name in ("ADLB", "ADEG", "ADVS"):
        have = [one.name for one in STUDY.specs[name].columns]
        for group in (["PARAM", "PARAMCD", "PARAMN"], ["AVAL", "BASE", "CHG", "PCHG"], ["ADT", "ADY", "AVISIT", "AVISITN"],
                      ["SRCDOM", "SRCVAR", "SRCSEQ"]):
            places = [have.index(one) for one in group if one in have]
            assert places == sorted(places), (name, group)


def test_level_part_and_dates_of_the_subjects_are_the_truth(data, truth) -> None:
    adsl = data["ADSL"].set_index(["SITEID", "SUBJID"])
    for one in truth["subjects"]:
        mine = adsl.loc[(one["SITE"], one["SUBJECT"])]
        if one["screen_failure"]:
            assert (mine["SAFFL"], mine["SAFRSN"], mine["PART"]) == ("N", "SCREEN FAILURE", "")
            continue
        assert (mine["PART"], mine["DOSELVL"], mine["SAFFL"]) == (one["part"], one["level"], "Y")
        assert [mine[name].strftime("%Y-%m-%d") for name in ("TRTSDT", "TRTEDT")] == [one["first_dose"], one["last_dose"]]
        assert (mine["DTHDT"].strftime("%Y-%m-%d") if mine["DTHFL"] == "Y" else None) == one["death"]


def test_doses_given_and_planned_are_the_truth(data, truth) -> None:
    rows = data["ADEX"].set_index(["SITEID", "SUBJID", "PARAMCD"])["AVAL"]
    compared = 0
    for one in truth["subjects"]:
        for drug, expected in (one.get("dose_intensity") or {}).items() if not one["screen_failure"] else ():
            if expected:
                given, planned = (rows[one["SITE"], one["SUBJECT"], f"{code}{drug[-4:]}"] for code in ("TDOS", "TPLN"))
                assert (given, planned) == pytest.approx((expected["given_mg"], expected["planned_mg"]), abs=0.5)
                compared += 1
    assert compared > 30


def test_the_escalation_table_is_the_truth(data, truth) -> None:
    table = data["ADESC"].set_index("DOSELVL")
    last = {one["level"]: one for one in truth["study"]["cohorts"]}
    for level, row in table.iterrows():
        expected = (last[level]["evaluable_at_level"], last[level]["dlts_at_level"]) if level in last else (0, 0)
        assert (row["NEVAL"], row["NDLT"]) >= expected if level == list(last)[-1] else (row["NEVAL"], row["NDLT"]) == expected
    assert "".join(table.index[table["MTDFL"] == "Y"]) == (truth["study"]["mtd"] or "")
    assert table["DECSDESC"].str.len().min() > 20


def test_a_grade_is_of_a_value_beyond_its_range(data) -> None:
    graded = data["ADLB"][data["ADLB"]["ATOXGRN"] != 0].dropna(subset=["ATOXGRN", "ANRLO", "ANRHI"])
    low, high = graded[graded["ATOXGRN"] < 0], graded[(graded["ATOXGRN"] > 0) & ~graded["PARAMCD"].isin(["INR", "CREAT"])]
    assert len(low) and (low["AVAL"] < low["ANRLO"]).all()
    assert len(high) and (high["AVAL"] > high["ANRHI"]).all()

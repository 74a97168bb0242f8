"""The demo study from raw files to SDTM, read as a reviewer reads it: against the guide, itself and the known truth."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyreadstat
import pytest
from lxml import etree

from cdisckit.build import build
from cdisckit.defines import define_source
from cdisckit.study import load_study
from define import build_define, define_xml
from define.language import untranslated
from specs import load_specs
from specs.summary import summary_from_dict
from studies.bat4706_bat1308.synthetic import simulate

STUDY = Path(__file__).parents[2] / "studies" / "bat4706_bat1308"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """20 subjects: their datasets as transport files have them, the findings and account of the build, the truth."""
    folder = tmp_path_factory.mktemp("demo")
    simulate(folder / "raw", subjects=20, seed=1)
    result = build("bat4706_bat1308", folder / "raw", folder / "out")
    sdtm = {path.stem.upper(): pyreadstat.read_xport(path)[0] for path in (folder / "out" / "sdtm").glob("*.xpt")}
    adam = {name: pyreadstat.read_xport(folder / "out" / "adam" / f"{name.lower()}.xpt")[0] for name in ("ADSL", "ADTTE")}
    truth = json.loads((folder / "raw" / "truth" / "subjects.json").read_text(encoding="utf-8"))
    subjects = {f"BAT4706-1308-{one['SITE']}-{one['SUBJECT']}": one for one in truth}
    return SimpleNamespace(**sdtm, **adam, sdtm=sdtm, result=result, truth=subjects, specs=load_specs(STUDY),
                           treated={key: one for key, one in subjects.items() if not one["screen_failure"]})


def filled(column):
    return column.notna() if column.dtype.kind == "f" else column.fillna("") != ""


def number(column):
    return column.astype("int64").astype("str")


def test_the_build_finds_nothing_loses_nothing_and_knows_every_field(demo):
    assert [(one.rule, one.dataset, one.message) for one in demo.result.findings if one.severity != "notice" and not one.waived] == []
    assert (demo.result.account["lost"], [file["file"] for file in demo.result.account["files"] if file["fields"]["unknown"]]) == (0, [])


def test_required_variables_have_values_and_permissible_ones_without_any_are_not_submitted(demo):
    for name, frame in demo.sdtm.items():
        spec = demo.specs[name] if not name.startswith("SUPP") else None
        for column in frame if spec else ():
            core, has = spec.variables[column].core, filled(frame[column])
            assert core != "Req" or has.all(), (name, column)
            stays = core in ("Req", "Exp") or column in spec.keys or column.endswith(("DTC", "DY", "EPOCH"))
            assert stays or has.any(), (name, column)


def test_every_supplemental_qualifier_and_every_relationship_finds_its_record(demo):
    for name, rows in demo.sdtm.items():
        if name.startswith("SUPP"):
            parent = demo.sdtm[name[4:]]
            sequence = f"{name[4:]}SEQ"
            known = set(zip(parent["USUBJID"], number(parent[sequence]) if sequence in parent else "", strict=False))
            pointed = set(zip(rows["USUBJID"], rows["IDVARVAL"], strict=True))
            assert not known or pointed <= known, name
            assert not rows.duplicated(["USUBJID", "IDVARVAL", "QNAM"]).any(), name
    records = demo.RELREC[demo.RELREC["USUBJID"] != ""]
    for domain, rows in records.groupby("RDOMAIN"):
        frame = demo.sdtm[domain]
        known = set(zip(frame["USUBJID"], number(frame[f"{domain}SEQ"]), strict=True))
        assert set(zip(rows["USUBJID"], rows["IDVARVAL"], strict=True)) <= known, domain
    assert records.groupby(["USUBJID", "RELID"])["RDOMAIN"].nunique().min() == 2
    assert {"AE-CM", "AE-EX", "AE-EC", "AE-PR", "AE-DS"} <= set(records["RELID"].str.replace(r"-\d+$", "", regex=True))


@pytest.mark.parametrize(("one", "other", "identifier"), [("TU", "TR", "LNKID"), ("RS", "TR", "LNKGRP"), ("EX", "EC", "LNKID")])
def test_what_datasets_share_an_identifier_for_is_in_both(demo, one, other, identifier):
    left, right = (demo.sdtm[name][["USUBJID", f"{name}{identifier}"]].set_axis(["USUBJID", "link"], axis=1) for name in (one, other))
    assert set(map(tuple, left[left["link"] != ""].to_numpy())) <= set(map(tuple, right.to_numpy()))


@pytest.mark.parametrize(("name", "by"), [("VS", []), ("EG", []), ("LB", ["LBSPEC"]), ("PE", []), ("CV", []), ("RS", ["RSCAT"]),
                                          ("IS", ["ISBDAGNT", "ISTSTOPO"]), ("TU", ["TULNKID"]), ("TR", ["TRLNKID", "TRGRPID"])])
def test_the_last_record_before_exposure_is_one_a_test_and_is_before_the_first_dose(demo, name, by):
    flagged = demo.sdtm[name].query(f"{name}LOBXFL == 'Y'")
    assert len(flagged) and not flagged.duplicated(["USUBJID", f"{name}TESTCD", *by]).any()
    start = flagged["USUBJID"].map(demo.DM.set_index("USUBJID")["RFXSTDTC"])
    assert (flagged[f"{name}DTC"].str.slice(0, 10) <= start.str.slice(0, 10)).all()


def test_study_days_have_no_zero_and_count_from_the_first_dose(demo):
    start = pd.to_datetime(demo.DM.set_index("USUBJID")["RFSTDTC"].str.slice(0, 10).replace("", None))
    for name, frame in demo.sdtm.items():
        for day in [column for column in frame if column.endswith("DY") and column[:-2] + "DTC" in frame]:
            date = pd.to_datetime(frame[day[:-2] + "DTC"].where(frame[day[:-2] + "DTC"].str.len() >= 10, None).str.slice(0, 10))
            passed = (date - frame["USUBJID"].map(start)).dt.days
            assert frame[day].fillna(0).tolist() == (passed + (passed >= 0)).fillna(0).tolist(), (name, day)


def test_nothing_is_done_to_a_subject_before_the_informed_consent(demo):
    consent = demo.DM.set_index("USUBJID")["RFICDTC"]
    for name in ("LB", "VS", "EG", "PE", "CV", "TU", "TR", "RS", "EC", "PC", "IS"):
        frame = demo.sdtm[name]
        date, first = frame[f"{name}STDTC" if name == "EC" else f"{name}DTC"], frame["USUBJID"].map(consent)
        same = date.str.len().where(date.str.len() < 16, 16).astype("int64")
        early = [day < agreed[:size] for day, agreed, size in zip(date, first, same, strict=True) if day]
        assert not any(early), name


def test_a_result_lies_where_its_own_range_puts_it(demo):
    lb = demo.LB[demo.LB["LBSTRESN"].notna() & demo.LB["LBSTNRLO"].notna()]
    expected = lb["LBSTRESN"].lt(lb["LBSTNRLO"]).map({True: "LOW", False: "NORMAL"}).mask(lb["LBSTRESN"] > lb["LBSTNRHI"], "HIGH")
    assert lb["LBNRIND"].tolist() == expected.tolist() and set(expected) == {"LOW", "NORMAL", "HIGH"}
    done = demo.LB["LBSTAT"] == ""
    assert (demo.LB.loc[~done, ["LBORRES", "LBORRESU", "LBSTRESC"]] == "").all(axis=None) and not done.all()


def test_the_doses_of_a_subject_add_up_to_what_the_truth_says_was_given(demo):
    given = demo.EX.groupby(["USUBJID", "EXTRT"])["EXDOSE"].sum()
    for subject, one in demo.treated.items():
        for drug, facts in one["dose_intensity"].items():
            assert given[subject, drug] == pytest.approx(facts["given_mg"], abs=0.5), (subject, drug)
    split = demo.EX[demo.EX.duplicated(["USUBJID", "EXLNKID"], keep=False)]
    assert len(split) and (split["EXENDTC"] > split["EXSTDTC"]).all()


def test_deaths_first_and_last_doses_and_arms_are_those_of_the_truth(demo):
    for row in demo.DM.itertuples():
        one = demo.truth[row.USUBJID]
        assert (one.get("death") or "") == row.DTHDTC and (row.DTHFL == "Y") == bool(one.get("death"))
        assert (row.ARMNRS == "SCREEN FAILURE") == one["screen_failure"]
        if not one["screen_failure"]:
            assert (row.RFXSTDTC[:10], row.RFXENDTC[:10], row.ACTARMCD) == (one["first_dose"], one["last_dose"], one["cohort"])


def test_the_dose_limiting_toxicity_of_the_truth_is_an_event_that_the_investigator_called_one(demo):
    ae = demo.AE.assign(key=number(demo.AE["AESEQ"]))
    dlt = demo.SUPPAE.query("QNAM == 'AEDLT' and QVAL == 'Y'")[["USUBJID", "IDVARVAL"]]
    called = ae.merge(dlt, left_on=["USUBJID", "key"], right_on=["USUBJID", "IDVARVAL"], validate="one_to_one")
    assert set(called["USUBJID"]) == {subject for subject, one in demo.treated.items() if one["dlt"]}
    lines = called.groupby("USUBJID")["AESPID"].agg(list).to_dict()
    assert all(str(one["dlt_line"]) in lines[subject] for subject, one in demo.treated.items() if one["dlt"])


def test_sums_of_diameters_and_overall_responses_are_those_of_the_truth(demo):
    sums = demo.TR.query("TRTESTCD == 'SUMDIAM'").set_index(["USUBJID", "VISIT"])["TRSTRESN"]
    overall = demo.RS.query("RSTESTCD == 'OVRLRESP'").set_index(["USUBJID", "VISIT"])["RSSTRESC"]
    seen = 0
    for subject, one in demo.treated.items():
        for assessment in one["assessments"]:
            key = (subject, assessment["visit"])
            if assessment["done"] and assessment["sum"] is not None:
                assert sums[key] == assessment["sum"], key
                seen += 1
            if assessment["done"] and assessment["investigator"]:
                assert overall[key] == assessment["investigator"], key
    assert seen > 20


def test_only_a_subject_with_an_antibody_course_is_confirmed_positive_before_it_ends(demo):
    confirmed = demo.IS.query("ISTSTOPO == 'CONFIRM' and ISSTRESC == 'POSITIVE'")
    positive = set(map(tuple, confirmed[["USUBJID", "ISBDAGNT"]].to_numpy()))
    courses = {(subject, drug) for subject, one in demo.treated.items() for drug, facts in one["ada"].items() if facts["course"] != "NEGATIVE"}
    assert positive and positive <= courses
    titre, screened = (demo.IS[demo.IS["ISTSTOPO"] == tier] for tier in ("QUANTIFY", "SCREEN"))
    keys = ["USUBJID", "ISREFID", "ISBDAGNT"]
    assert set(map(tuple, titre[keys].to_numpy())) <= set(map(tuple, screened.query("ISSTRESC == 'POSITIVE'")[keys].to_numpy()))


def test_survival_ends_on_the_day_that_adsl_says_the_subject_was_last_alive(demo):
    survival = demo.ADTTE[demo.ADTTE["PARAMCD"] == "OS"].set_index("USUBJID")["ADT"]
    last = demo.ADSL.set_index("USUBJID")["LSTALVDT"].reindex(survival.index)
    assert len(survival) == len(demo.treated) and survival[survival != last].empty


@pytest.mark.parametrize("model", ["SDTM", "ADaM"])
def test_for_nmpa_every_text_of_define_xml_is_chinese(demo, model):
    study = load_study("bat4706_bat1308", "nmpa")
    stored = json.loads((demo.result.out / "trace" / "summaries.json").read_text(encoding="utf-8"))
    summaries = {name: summary_from_dict(entry) for name, entry in stored.items()}
    document = build_define(define_source(study, model, summaries))
    assert untranslated(document, study.texts) == []
    xml = etree.fromstring(define_xml(document))
    assert {text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in xml.iter("{*}TranslatedText")} == {"zh"}
    terms = [term for codelist in document.codelists for term in codelist.terms]
    assert [term.value for term in terms if re.search("[\u3400-\u9fff]", term.value)] == []

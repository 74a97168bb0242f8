"""What the agencies ask of labels and paths, and the texts of a study in another language."""

import shutil

import pytest

from cdisckit.errors import SpecError
from cdisckit.study import STUDIES, load_study
from specs import standard_layer
from specs.agency import (
    AGENCIES,
    Agency,
    check_labels,
    check_paths,
    find_agency,
    label_problems,
    translate_spec,
)
from specs.model import DatasetSpec
from specs.texts import Texts, make_texts

NMPA, FDA, PMDA = AGENCIES["nmpa"], AGENCIES["fda"], AGENCIES["pmda"]
UTF8, GB18030 = Agency("x", "zh"), Agency("x", "zh", encoding="gb18030")


@pytest.mark.parametrize(("label", "agency", "problems"), [
    ("研" * 13, UTF8, []),
    ("研" * 14, UTF8, ["is 42 bytes long in utf-8; 40 fit"]),
    ("研" * 20, GB18030, []),
    ("研" * 21, GB18030, ["is 42 bytes long in gb18030; 40 fit"]),
    ("Réponse", FDA, ["has characters that are not ASCII"]),
    ("Age", FDA, []),
    ("1st Event", NMPA, ["begins with a digit"]),
    ("<0.5", NMPA, ["has < or >"]),
    ("剂量(mg", NMPA, ["has a bracket or a quote without its partner"]),
    ("剂量（mg）", NMPA, []),
    ('the "dose', NMPA, ["has a bracket or a quote without its partner"]),
])
def test_a_label_keeps_to_the_bytes_and_characters_of_the_agency(label, agency, problems):
    assert list(label_problems(label, agency)) == problems


@pytest.mark.parametrize(("path", "agency", "problem"), [
    ("m5/datasets/x/tabulations/sdtm/ae.xpt", FDA, ""),
    ("m5/datasets/x/AE.xpt", FDA, "m5/datasets/x/AE.xpt: AE.xpt has other characters"),
    (f"m5/{'d' * 33}/ae.xpt", PMDA, "has 33 characters; 32 fit"),
    (f"m5/{'d' * 33}/ae.xpt", FDA, ""),
    (f"m5/{'a' * 29}.xpt", PMDA, "has 33 characters; 32 fit"),
    (f"m5/{'a' * 29}.pdf", PMDA, ""),
    ("/".join(["abcdefgh"] * 18), PMDA, "161 characters; 160 fit"),
])
def test_a_path_keeps_to_the_lengths_and_characters_of_the_agency(path, agency, problem):
    found = list(check_paths([path], agency))
    assert (len(found) == 1 and problem in found[0]) if problem else found == []


@pytest.fixture
def dm():
    content = standard_layer("DM").content
    variables = {name: {**content["variables"][name], "name": name} for name in ("SEX", "AGE")}
    return DatasetSpec.model_validate({**{k: v for k, v in content.items() if k not in ("dataset", "variables")},
                                       "name": "DM", "variables": variables})


def test_labels_are_translated_by_their_english_text(dm):
    made = translate_spec(dm, make_texts({"Demographics": "人口学", "Sex": "性别"}))
    assert (made.label, made.variables["SEX"].label, made.variables["AGE"].label) == ("人口学", "性别", "Age")


def test_a_label_without_a_text_in_the_language_is_named(dm):
    texts = make_texts({"Demographics": "人口学", "Sex": "性别"})
    assert list(check_labels([translate_spec(dm, texts)], NMPA, texts)) == [
        "DM.AGE: the label 'Age' has no text in texts_zh.csv"]
    assert list(check_labels([dm], FDA, Texts())) == []


def test_a_text_that_is_too_long_is_named_with_its_bytes(dm):
    texts = make_texts({"Demographics": "人口学", "Sex": "性别" * 7, "Age": "年龄"})
    assert list(check_labels([translate_spec(dm, texts)], NMPA, texts)) == [
        f"DM.SEX: the label {'性别' * 7!r} is 42 bytes long in utf-8; 40 fit"]


def test_an_unknown_agency_is_named_with_those_that_there_are():
    with pytest.raises(SpecError, match="there is no agency fdaa"):
        find_agency("fdaa")
    assert find_agency("NMPA") is NMPA
    assert find_agency("").language == "en"


@pytest.mark.parametrize("name", ["bat4706_bat1308", "cdiscpilot01"])
@pytest.mark.parametrize("agency", ["fda", "nmpa", "pmda"])
def test_the_shipped_studies_suit_every_agency(name, agency):
    study = load_study(name, agency)
    label = study.specs["AE"].variables["AETERM"].label
    assert label == ("报告的不良事件术语" if agency == "nmpa" else "Reported Term for the Adverse Event")


def test_a_study_with_labels_of_its_own_and_no_chinese_for_them_is_refused_for_nmpa_with_what_to_do(tmp_path):
    folder = shutil.copytree(STUDIES / "cdiscpilot01", tmp_path / "cdiscpilot01")
    (folder / "specs" / "texts_zh.csv").unlink()
    with pytest.raises(SpecError) as error:
        load_study(str(folder), "nmpa")
    assert "4 labels are not as NMPA wants them" in str(error.value)
    assert "ADVS: the label 'Vital Signs Analysis Dataset' has no text in texts_zh.csv" in str(error.value)
    assert "columns english,text" in str(error.value)

"""A define.xml in Chinese: what has a Chinese text is Chinese, what has none says that it is English."""

from dataclasses import replace

import pytest

from define import build_define, check_define
from define.check import _schema
from define.language import in_language, untranslated
from specs import Codelist
from specs.agency import translate_spec
from specs.texts import Texts, make_texts

TEXTS = make_texts({"Adverse Events": "不良事件", "Severity/Intensity": "严重程度", "How AESTDY is made.": "距首剂的天数。",
                    "Moderate": "中度"})
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def chinese(sdtm):
    datasets = tuple(translate_spec(spec, TEXTS) for spec in sdtm.datasets)
    return replace(sdtm, datasets=datasets, language="zh", texts=TEXTS)


def said(xml, path):
    return [(text.get(LANG), text.text) for text in xml.all(f"{path}//odm:TranslatedText")]


def test_what_has_a_text_is_in_the_language_and_what_has_none_says_that_it_is_english(chinese, written):
    xml = written(chinese)
    assert said(xml, "//odm:ItemGroupDef[@Name='AE']/odm:Description") == [("zh", "不良事件")]
    assert said(xml, "//odm:ItemGroupDef[@Name='VS']/odm:Description") == [("en", "Vital Signs")]
    assert said(xml, "//odm:ItemDef[@OID='IT.AE.AESEV']/odm:Description") == [("zh", "严重程度")]
    assert said(xml, "//odm:MethodDef[@OID='MT.derive_study_day']") == [("zh", "距首剂的天数。")]
    assert said(xml, "//odm:MethodDef[@OID='MT.derive_aerel']") == [("en", "How AEREL is made.")]
    assert said(xml, "//odm:CodeListItem[@CodedValue='YES']") == [("en", "Related")]
    assert _schema().validate(xml.root)
    assert {finding.rule for finding in check_define(xml.path)} <= {"define.ItemRef_Label"}


def test_every_text_is_in_one_language(chinese, written):
    assert written(chinese).all("//*[count(odm:TranslatedText) > 1]") == []


def test_the_texts_that_stay_english_are_named(chinese, sdtm):
    assert untranslated(build_define(sdtm), Texts()) == []
    left = untranslated(build_define(chinese), TEXTS)
    assert {"Vital Signs", "How AEREL is made.", "Related", "One record per adverse event per subject", "Annotated Case Report Form",
            "Computation by derive_aerel"} <= set(left)
    assert not {"Adverse Events", "Moderate", "不良事件"} & set(left)


def test_a_document_of_which_every_text_is_translated_leaves_none_in_english(chinese):
    left = untranslated(build_define(chinese), TEXTS)
    texts = make_texts(dict(TEXTS.plain) | dict.fromkeys(left, "中文"))
    assert untranslated(build_define(replace(chinese, texts=texts)), texts) == []


def test_a_decode_that_only_repeats_the_term_is_told_in_another_language_only(chinese, written):
    plain = {"label": "Outcome", "terms": {"BETTER": {"value": "BETTER", "decode": "Better"}, "X1": {"value": "X1", "decode": ""}}}
    lists = {**chinese.codelists, "AESEV": Codelist.model_validate({**plain, "name": "AESEV"})}
    path = "//odm:CodeList[@Name='Outcome']/*[@CodedValue='{}']"
    english = written(replace(chinese, language="en", texts=Texts(), codelists=lists))
    assert [item.tag.split("}")[1] for item in english.all(path.format("BETTER"))] == ["EnumeratedItem"]
    texts = make_texts({"Better": "好转"})
    made = replace(chinese, texts=texts, codelists=lists)
    assert said(written(made), path.format("BETTER")) == [("zh", "好转")]
    assert said(written(made), path.format("X1")) == [("zh", "X1")]
    assert "X1" not in untranslated(build_define(made), texts)


def test_a_text_without_words_is_in_every_language(everything):
    made = in_language(replace(everything, methods=(replace(everything.methods[0], text="1 + 1", translations=()),)), "zh", Texts())
    assert made.methods[0].translations == ()

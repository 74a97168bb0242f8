"""The model holds all that a define.xml can say, and it is written in the order of the standard."""

from dataclasses import fields, is_dataclass

import pytest
from lxml import etree

from define import define_xml
from define.check import _schema


def every_part(part):
    """The dataclasses that a definition is made of, itself included."""
    if is_dataclass(part):
        yield part
        for field in fields(part):
            yield from every_part(getattr(part, field.name))
    elif isinstance(part, tuple):
        for one in part:
            yield from every_part(one)


def test_all_that_the_model_holds_is_valid_by_the_official_schema(everything):
    root = etree.fromstring(define_xml(everything))
    _schema().validate(root)
    assert [error.message for error in _schema().error_log] == []


NOT_IN_THE_XML = {("Define", "model"), ("Define", "title"), ("Define", "synthetic")}        # of define.html


def test_nothing_that_the_model_holds_is_left_out(everything):
    """Every field of every part is filled in somewhere, and the text of each is in the document."""
    root = etree.fromstring(define_xml(everything))
    words = {text for element in root.iter() if isinstance(element.tag, str)
             for text in [element.text, *element.attrib.values()]}
    unfilled = {(type(part).__name__, field.name) for part in every_part(everything) for field in fields(part)}
    for part in every_part(everything):
        for field in fields(part):
            value, place = getattr(part, field.name), (type(part).__name__, field.name)
            unfilled -= set() if value in ("", ()) or value is None or value is False else {place}
            if isinstance(value, str | int) and not isinstance(value, bool) and place not in NOT_IN_THE_XML and value != "":
                assert field.name == "stylesheet" or str(value) in words, place
    assert unfilled == set()


@pytest.mark.parametrize(("path", "children"), [
    ("//odm:MetaDataVersion", "Standards AnnotatedCRF SupplementalDoc ValueListDef WhereClauseDef ItemGroupDef ItemDef "
                              "CodeList MethodDef CommentDef leaf AnalysisResultDisplays"),
    ("//odm:ItemGroupDef", "Description ItemRef Alias Class leaf"),
    ("//odm:ItemDef[@OID='IT.1']", "Description CodeListRef Alias Origin ValueListRef"),
    ("//odm:CodeListItem[@CodedValue='a']", "Decode Alias Description"),
    ("//odm:MethodDef", "Description FormalExpression Alias DocumentRef"),
    ("//arm:AnalysisResult", "Description AnalysisDatasets Documentation ProgrammingCode")])
def test_the_parts_of_a_definition_stand_in_the_order_of_the_standard(kit, everything, path, children):
    root = etree.fromstring(define_xml(everything))
    paths = {**kit.NAMESPACES, "arm": "http://www.cdisc.org/ns/arm/v1.0"}
    names = [etree.QName(child).localname for child in root.xpath(path, namespaces=paths)[0]]
    assert list(dict.fromkeys(names)) == children.split()


def test_a_text_in_several_languages_has_each_of_them_once_and_any_other_that_of_the_document(kit, everything):
    root = etree.fromstring(define_xml(everything))
    texts = root.xpath("//odm:ItemDef[@OID='IT.1']/odm:Description/odm:TranslatedText", namespaces=kit.NAMESPACES)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert [(text.get(lang), text.text) for text in texts] == [("en", "English"), ("zh", "中文")]
    label = root.xpath("//odm:ItemDef[@OID='IT.3']/odm:Description/odm:TranslatedText", namespaces=kit.NAMESPACES)
    assert label[0].get(lang) == "en"

"""The model holds all that a define.xml can say, and it is written in the order of the standard."""

from dataclasses import fields, is_dataclass

import pytest
from lxml import etree

from define import define_xml
from define.check import _schema
from define.model import (
    Alias,
    AnalysisDataset,
    AnalysisResult,
    CodeListDef,
    CommentDef,
    Define,
    Documentation,
    DocumentRef,
    Expression,
    External,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    ListTerm,
    MethodDef,
    Origin,
    PageRef,
    ProgrammingCode,
    RangeCheck,
    ResultDisplay,
    Shape,
    StandardDef,
    SubClass,
    Translated,
    ValueListDef,
    WhereClauseDef,
)

BOTH = (Translated("English", "en"), Translated("中文", "zh"))
PAGES = (DocumentRef("LF.doc", (PageRef(refs="1 2", title="Pages"), PageRef(first="3", last="5"),
                                PageRef("NamedDestination", "chapter"))),)
ALIASES = (Alias("Sponsor", "ours"),)
EVERYTHING = Define(
    study="S", description="D", protocol="P", model="ADaM", created="2025-01-01T00:00:00", file_oid="F", study_oid="ST",
    version_oid="V", name="N", version_description="VD", comment="COM.1", context="Other", originator="O",
    source_system="SS", source_version="1.0", as_of="2024-12-31T00:00:00", prior_file="F0", file_description="FD",
    language="en", stylesheet="style.xsl", title="T", synthetic=True,
    standards=(StandardDef("STD.1", "ADaMIG", "IG", "1.3", status="Draft", comment="COM.1"),
               StandardDef("STD.2", "CDISC/NCI", "CT", "2025-03-28", "ADaM")),
    annotated_crf=(DocumentRef("LF.crf"),), supplemental=(DocumentRef("LF.doc"),),
    value_lists=(ValueListDef("VL.1", (ItemRef("IT.3", 1, False, where=("WC.1", "WC.2"), method="MT.1", no_data=True),
                                       ), "English", BOTH),),
    where_clauses=(WhereClauseDef("WC.1", (RangeCheck("IT.1", "IN", ("a", "b", "")), RangeCheck("IT.2", "GE", ("5",))),
                                  "COM.1"),
                   WhereClauseDef("WC.2", (RangeCheck("IT.1", "NOTIN", ("a", "b"), "Hard"),))),
    groups=(ItemGroupDef(
        "IG.1", "ADX", "English", "Analysis", "One record", "BASIC DATA STRUCTURE", repeating=True, domain="AX",
        subclasses=(SubClass("TIME-TO-EVENT", "BASIC DATA STRUCTURE"),), reference=True, standard="STD.1",
        comment="COM.1", no_data=True, aliases=ALIASES, leaf=LeafDef("LF.ADX", "adx.xpt", "adx.xpt"), archive="LF.ADX",
        sas_name="ADX", translations=BOTH, non_standard=True,
        refs=(ItemRef("IT.1", 1, True, key=1, role="Topic", role_codelist="CL.1", non_standard=True),
              ItemRef("IT.2", None, False))),),
    items=(ItemDef("IT.1", "PARAMCD", "English", Shape("text", 8), "$8.", "CL.1",
                   (Origin("Assigned", "Sponsor", "English", PAGES, BOTH), Origin("Predecessor", "", "AE.X")), "COM.1",
                   "VL.1", "PARAMCD", ALIASES, BOTH),
           ItemDef("IT.2", "AVAL", "", Shape("float", 8, 0)), ItemDef("IT.3", "A", "Label", Shape("date"))),
    codelists=(CodeListDef("CL.1", "List", "text", (
                   ListTerm("a", "English", "C1", False, 1, "1.5", ALIASES, "Meaning", BOTH),
                   ListTerm("b", "B", "", True, 2, "2")), "C0", "STD.2", True, None, False, "COM.1", "$LIST", "English",
                   ALIASES, BOTH),
               CodeListDef("CL.2", "Plain", "integer", (ListTerm("1", order=1, rank="1", text="One"),),
                           non_standard=True),
               CodeListDef("CL.3", "MedDRA", "text", external=External("MedDRA", "27.0", "pt", "https://example.org"))),
    methods=(MethodDef("MT.1", "M", "Computation", "English", (Expression("Python", "a < b"), Expression("R", "a<b")),
                       PAGES, ALIASES, BOTH),),
    comments=(CommentDef("COM.1", "English", PAGES, BOTH),),
    leaves=(LeafDef("LF.crf", "acrf.pdf", "CRF"), LeafDef("LF.doc", "guide.pdf", "Guide")),
    displays=(ResultDisplay("RD.1", "Table 1", "English", (AnalysisResult(
        "AR.1", "English", "SPECIFIED IN SAP", "PRIMARY OUTCOME MEASURE",
        (AnalysisDataset("IG.1", "WC.1", ("IT.2",)), AnalysisDataset("IG.1")), "IT.1", "COM.1",
        Documentation("English", PAGES, BOTH), ProgrammingCode("Python", "x = 1", PAGES), BOTH),), PAGES, BOTH),),
)


def every_part(part):
    """The dataclasses that a definition is made of, itself included."""
    if is_dataclass(part):
        yield part
        for field in fields(part):
            yield from every_part(getattr(part, field.name))
    elif isinstance(part, tuple):
        for one in part:
            yield from every_part(one)


def test_all_that_the_model_holds_is_valid_by_the_official_schema():
    root = etree.fromstring(define_xml(EVERYTHING))
    _schema().validate(root)
    assert [error.message for error in _schema().error_log] == []


NOT_IN_THE_XML = {("Define", "model"), ("Define", "title"), ("Define", "synthetic")}        # of define.html


def test_nothing_that_the_model_holds_is_left_out():
    """Every field of every part is filled in EVERYTHING somewhere, and the text of each is in the document."""
    root = etree.fromstring(define_xml(EVERYTHING))
    words = {text for element in root.iter() if isinstance(element.tag, str)
             for text in [element.text, *element.attrib.values()]}
    unfilled = {(type(part).__name__, field.name) for part in every_part(EVERYTHING) for field in fields(part)}
    for part in every_part(EVERYTHING):
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
def test_the_parts_of_a_definition_stand_in_the_order_of_the_standard(kit, path, children):
    root = etree.fromstring(define_xml(EVERYTHING))
    paths = {**kit.NAMESPACES, "arm": "http://www.cdisc.org/ns/arm/v1.0"}
    names = [etree.QName(child).localname for child in root.xpath(path, namespaces=paths)[0]]
    assert list(dict.fromkeys(names)) == children.split()


def test_a_text_in_several_languages_has_each_of_them_once_and_any_other_that_of_the_document(kit):
    root = etree.fromstring(define_xml(EVERYTHING))
    texts = root.xpath("//odm:ItemDef[@OID='IT.1']/odm:Description/odm:TranslatedText", namespaces=kit.NAMESPACES)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert [(text.get(lang), text.text) for text in texts] == [("en", "English"), ("zh", "中文")]
    label = root.xpath("//odm:ItemDef[@OID='IT.3']/odm:Description/odm:TranslatedText", namespaces=kit.NAMESPACES)
    assert label[0].get(lang) == "en"

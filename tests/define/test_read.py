"""A define.xml that was read is written again and says the same; what cannot be taken is named, and nothing is read."""

import csv
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from cdisckit.errors import DefineError
from define import check_define, write_define
from define.build import build_define
from define.read import read_define, read_define_fully
from define.write import define_xml

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "shared" / "reference" / "define" / "examples"
EXPLAINED = list(csv.DictReader((HERE / "round_trip_differences.csv").read_text(encoding="utf-8").splitlines()))
NAMES = ("v20_phuse_tdf_sdtm", "v21_cdisc_official_adam_arm_2.1.10", "v21_cdisc_official_sdtm_2.1.10",
         "v21_cdiscpilot01_sdtm")
ODM, DEF = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1"


def shown(name: str) -> str:
    return re.sub(r"\{[^}]*/(odm|def|xlink|arm)[^}]*\}", lambda found: "" if found[1] == "odm" else f"{found[1]}:",
                  name).replace("{http://www.w3.org/1999/xlink}", "xlink:").replace(
        "{http://www.w3.org/XML/1998/namespace}", "xml:")


def facts(element, path="", after=()) -> Counter:
    """Every statement of a document as text: 'ODM/Study[..]/ItemDef[OID]@Length=200'.

    Without meaning, and so left out: the order of attributes, the order of children of different kinds (the schema
    prescribes it), blanks around a text, comments, prefixes. The order of children of one kind is kept by their number
    where nothing names them.
    """
    found: Counter = Counter()
    name = shown(element.tag)
    key = next((element.get(key) for key in ("OID", "ID", "ItemOID", "CodedValue", "leafID", "WhereClauseOID") if
                element.get(key)), None)
    here = f"{path}/{name}[{key if key is not None else ''.join(map(str, after))}]"
    found[here] += 1
    for attribute, value in element.attrib.items():
        found[f"{here}@{shown(attribute)}={value}"] += 1
    if (element.text or "").strip():
        found[f"{here}={element.text.strip()}"] += 1
    numbers: Counter = Counter()
    for child in element.iterchildren("*"):
        found += facts(child, here, (numbers[child.tag],))
        numbers[child.tag] += 1
    return found


def document(content: bytes) -> Counter:
    root = etree.fromstring(content)
    return facts(root) + Counter(str(node) for node in root.itersiblings(preceding=True) if node.tag is etree.PI)


def differences(before: Path, after: bytes) -> list[str]:
    one, two = document(before.read_bytes()), document(after)
    return [*(f"- {fact}" for fact in (one - two).elements()), *(f"+ {fact}" for fact in (two - one).elements())]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_define_read_and_written_again_says_the_same(name):
    path = EXAMPLES / f"{name}.xml"
    if not path.exists():
        pytest.skip("the public examples are not here")
    rules = [row for row in EXPLAINED if re.fullmatch(row["file"], name)]
    found = differences(path, define_xml(read_define(path)))
    unexplained = [one for one in found if not any(re.search(row["difference"], one) for row in rules)]
    assert unexplained == []
    assert [row["difference"] for row in rules if not any(re.search(row["difference"], one) for one in found)] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_public_define_is_left_out(name):
    path = EXAMPLES / f"{name}.xml"
    if not path.exists():
        pytest.skip("the public examples are not here")
    assert read_define_fully(path).not_taken == ()


@pytest.fixture
def path(sdtm, tmp_path) -> Path:
    write_define(sdtm, tmp_path / "define.xml")
    return tmp_path / "define.xml"


def mended(path: Path, old: str, new: str) -> Path:
    """The file with one text replaced by another."""
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return path


def test_what_was_built_is_read_as_it_was_written(sdtm, adam, tmp_path):
    for source in (sdtm, adam):
        built = build_define(source)
        (tmp_path / "define.xml").write_bytes(define_xml(built))
        assert define_xml(read_define(tmp_path / "define.xml")) == define_xml(built)


def test_all_that_the_model_holds_is_read_as_it_was_written(everything, tmp_path):
    (tmp_path / "define.xml").write_bytes(define_xml(everything))
    reading = read_define_fully(tmp_path / "define.xml")
    only_html = {name: getattr(everything, name) for name in ("model", "title", "synthetic")}
    assert replace(reading.define, **only_html) == everything
    assert reading.not_taken == ()


@pytest.mark.parametrize(("old", "new"), [
    ('Length="200"', 'Length="199"'), ("Reported Term for the Adverse Event", "Reported Term"),
    ('<def:WhereClauseRef WhereClauseOID="WC.VS.VSTESTCD.SYSBP"/>', ""), ('CodedValue="MILD"', 'CodedValue="Mild"'),
    ('Comparator="EQ"', 'Comparator="NE"'), ('PageRefs="12 14"', 'PageRefs="12"'), ("define2-1.xsl", "other.xsl"),
    ('KeySequence="1"', 'KeySequence="2"')])
def test_a_difference_is_seen_by_the_comparison(path, old, new):
    before = path.read_bytes()
    after = mended(path, old, new).read_bytes()
    path.write_bytes(before)
    assert differences(path, before) == []
    assert differences(path, after) != []


def test_extensions_of_a_vendor_are_named_with_their_line(path):
    mended(path, '<ItemDef OID="IT.AE.AETERM"', '<ItemDef xmlns:v="urn:vendor" v:Note="x" OID="IT.AE.AETERM"')
    mended(path, "<CodeList ", '<v:Extra xmlns:v="urn:vendor"><v:Deep a="1"/></v:Extra><CodeList ')
    reading = read_define_fully(path)
    assert [(lost.what, lost.why) for lost in reading.not_taken] == [
        ('ItemDef IT.AE.AETERM: {urn:vendor}Note="x"', "Define-XML has no such attribute here"),
        ("Extra in MetaDataVersion MDV.DEMO-01.SDTM", "Define-XML has no such element here")]
    assert all(lost.line > 1 for lost in reading.not_taken)
    assert str(reading.not_taken[0]).startswith(f"line {reading.not_taken[0].line}: ItemDef IT.AE.AETERM")


@pytest.mark.parametrize(("old", "new", "what", "why"), [
    ('Length="200"', 'Length="two"', 'ItemDef IT.AE.AETERM: Length="two"', "it is no whole number"),
    ('Mandatory="Yes"', 'Mandatory="yes"', 'Mandatory="yes"', "it is neither Yes nor No"),
    ("<def:ValueListRef", '<CodeListRef CodeListOID="A"/><CodeListRef CodeListOID="B"/><def:ValueListRef',
     "CodeListRef: CodeListRef", "there may be one of it only; the first is taken"),
    ('<CodeListItem CodedValue="MILD"', '<EnumeratedItem CodedValue="ODD"/><CodeListItem CodedValue="MILD"',
     "CodeList CL.AESEV: term ODD", "a codelist has terms with decodes or without; the term gets an empty decode")])
def test_a_value_that_no_definition_holds_is_named(path, old, new, what, why):
    found = read_define_fully(mended(path, old, new)).not_taken
    assert any(what in lost.what and lost.why == why for lost in found)


def test_texts_in_several_languages_are_all_kept(path):
    mended(path, '<TranslatedText xml:lang="en">Reported Term for the Adverse Event</TranslatedText>',
           '<TranslatedText xml:lang="zh">\u4e0d\u826f\u4e8b\u4ef6</TranslatedText>'
           '<TranslatedText xml:lang="en">Reported Term</TranslatedText>')
    define = read_define(path)
    (item,) = [item for item in define.items if item.oid == "IT.AE.AETERM"]
    assert (define.language, item.label) == ("en", "Reported Term")
    assert [(text.lang, text.text) for text in item.translations] == [("zh", "\u4e0d\u826f\u4e8b\u4ef6"),
                                                                     ("en", "Reported Term")]
    assert differences(path, define_xml(define)) == []


@pytest.mark.parametrize(("content", "what"), [
    (b"<html><body/></html>", "an XML document of <html>"),
    (b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><Study OID="S"/></ODM>', "an XML document of <ODM>"),
    (b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2" xmlns:def="http://www.cdisc.org/ns/def/v1.0"/>', "Define-XML 1.0"),
    (b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"/>',
     "0 MetaDataVersions"),
    (b"", "no well-formed XML"), (b"STUDYID,USUBJID\n1,2\n", "no well-formed XML"), (b"\x00\xff\xfe", "no well-formed XML"),
    (b'<?xml version="1.0" encoding="UTF-8"?><a>\xfc</a>', "no well-formed XML"),
    (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type definition"),
    (b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "document type definition")])
def test_what_is_no_define_is_refused_with_what_where_and_fix(tmp_path, content, what):
    path = tmp_path / "define.xml"
    path.write_bytes(content)
    with pytest.raises(DefineError) as caught:
        read_define(path)
    assert what in str(caught.value)
    assert "define.xml" in caught.value.where
    assert caught.value.fix


def test_utf_16_is_read_like_utf_8(path):
    mended(path, "Reported Term for the Adverse Event", "\u4e0d\u826f\u4e8b\u4ef6")
    one = read_define(path)
    etree.parse(path).write(path, encoding="UTF-16", xml_declaration=True)
    assert read_define(path) == one


@pytest.mark.parametrize("missing", ["OID", "Name", "DataType", "ItemOID", "CodedValue", "Comparator", "ID", "Type"])
def test_a_document_without_an_attribute_is_read_and_judged(path, missing):
    path.write_text(re.sub(rf' {missing}="[^"]*"', "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert read_define(path).study == "DEMO-01"
    assert any(finding.severity == "error" for finding in check_define(path))


TAGS = ("Study", "MetaDataVersion", "Standard", "ItemGroupDef", "ItemRef", "ItemDef", "CodeList", "CodeListItem",
        "RangeCheck", "MethodDef", "leaf", "Origin", "Description", "TranslatedText", "GlobalVariables", "Decode",
        "ValueListDef", "WhereClauseDef", "CommentDef", "EnumeratedItem", "CheckValue", "Class", "AnnotatedCRF")


@pytest.mark.parametrize("tag", TAGS)
def test_a_document_without_a_kind_of_element_is_judged_and_nothing_breaks(path, tag):
    tree = etree.parse(path)
    for element in tree.getroot().findall(f".//{{*}}{tag}"):
        if element.getparent() is not None:
            element.getparent().remove(element)
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    assert check_define(path)
    if tag not in ("Study", "MetaDataVersion"):
        assert read_define(path).file_oid


def as_20(path: Path) -> Path:
    """The document as 2.0 says it, as far as it can."""
    content = path.read_text(encoding="utf-8").replace("def/v2.1", "def/v2.0").replace("2.1.10", "2.0.0")
    content = re.sub(r' def:(Context|StandardOID|IsNonStandard|HasNoData)="[^"]*"', "", content)
    content = re.sub(r"<def:Standards>.*?</def:Standards>", "", content, flags=re.DOTALL)
    content = re.sub(r'(<def:Origin Type="[A-Za-z]+") Source="[A-Za-z]+"', r"\1", content).replace("Collected", "CRF")
    content = re.sub(r"<def:Class .*?/>", "", content).replace('def:Structure="', 'def:Class="EVENTS" def:Structure="')
    content = content.replace(" def:DefineVersion", ' def:StandardName="SDTM-IG" def:StandardVersion="3.4" def:DefineVersion')
    path.write_text(content, encoding="utf-8")
    return path


def test_a_define_of_20_is_judged_by_its_own_schema_and_rules(path):
    found = check_define(as_20(path))
    assert {finding.rule for finding in found if finding.severity == "error"} == {"define.ItemGroupDef_Class_Standard"}
    mended(path, 'def:StandardVersion="3.4"', 'def:StandardVersion=""')
    mended(path, '<def:Origin Type="CRF"', '<def:Origin Type="Collected"')
    rules = {finding.rule: finding.message for finding in check_define(path)}
    assert rules.keys() >= {"define.MetaDataVersion_Standard", "define.ItemDef_Origin_Type"}
    assert rules["define.ItemDef_Origin_Type"].endswith("Collected is a word of Define-XML 2.1")


def test_a_define_of_20_is_read_in_the_words_of_21(path):
    define = read_define(as_20(path))
    assert [(standard.name, standard.version) for standard in define.standards] == [("SDTMIG", "3.4")]
    assert {group.class_ for group in define.groups} == {"EVENTS"}
    assert {(origin.type, origin.source) for item in define.items for origin in item.origins} >= {
        ("Collected", "Investigator"), ("Derived", "Sponsor"), ("Assigned", "Sponsor")}

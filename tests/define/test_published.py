"""All published assertions are there by name; those about analysis results find what they are named after."""

import csv
from pathlib import Path

import pytest
from lxml import etree

from define import check_define, write_define
from define.analysis import ANALYSIS_RESULTS
from define.published import PUBLISHED

HERE = Path(__file__).parent
TSV = HERE.parents[2] / "shared" / "reference" / "define" / "define_checks.tsv"
NAMES = list(csv.DictReader((HERE / "published_checks.csv").read_text(encoding="utf-8").splitlines()))
ARM, DEF, ODM = "http://www.cdisc.org/ns/arm/v1.0", "http://www.cdisc.org/ns/def/v2.1", "http://www.cdisc.org/ns/odm/v1.3"
PATHS = {"arm": ARM, "def": DEF, "odm": ODM}

DISPLAYS = f"""
<arm:AnalysisResultDisplays xmlns:arm="{ARM}" xmlns:def="{DEF}" xmlns="{ODM}">
 <arm:ResultDisplay OID="RD.1" Name="Table 1">
  <Description><TranslatedText xml:lang="en">Systolic blood pressure by visit</TranslatedText></Description>
  <def:DocumentRef leafID="LF.guide"/>
  <arm:AnalysisResult OID="AR.1" ParameterOID="IT.ADVS.PARAMCD" AnalysisReason="SPECIFIED IN PROTOCOL"
                      AnalysisPurpose="PRIMARY OUTCOME MEASURE">
   <Description><TranslatedText xml:lang="en">Mean by visit</TranslatedText></Description>
   <arm:AnalysisDatasets def:CommentOID="COM.JOIN">
    <arm:AnalysisDataset ItemGroupOID="IG.ADVS">
     <def:WhereClauseRef WhereClauseOID="WC.ADVS.PARAMCD.SYSBP"/>
     <arm:AnalysisVariable ItemOID="IT.ADVS.AVAL"/>
    </arm:AnalysisDataset>
    <arm:AnalysisDataset ItemGroupOID="IG.ADSL"/>
   </arm:AnalysisDatasets>
   <arm:Documentation>
    <Description><TranslatedText xml:lang="en">Arithmetic mean</TranslatedText></Description>
    <def:DocumentRef leafID="LF.guide"/>
   </arm:Documentation>
   <arm:ProgrammingCode Context="Python 3.12"><def:DocumentRef leafID="LF.guide"/></arm:ProgrammingCode>
  </arm:AnalysisResult>
 </arm:ResultDisplay>
</arm:AnalysisResultDisplays>"""
OTHERS = f"""
<x xmlns:def="{DEF}" xmlns="{ODM}" xmlns:xlink="http://www.w3.org/1999/xlink">
 <def:CommentDef OID="COM.JOIN"><Description><TranslatedText xml:lang="en">By USUBJID</TranslatedText></Description>
 </def:CommentDef>
 <def:leaf ID="LF.guide" xlink:href="adrg.pdf"><def:title>Reviewer's Guide</def:title></def:leaf>
</x>"""


@pytest.fixture
def changed(adam, tmp_path):
    """Writes a complete define of ADaM with a result, with one thing changed, and gives the rules that object."""
    def check(change=lambda root: None) -> set[str]:
        path = tmp_path / "define.xml"
        write_define(adam, path)
        tree = etree.parse(path)
        version = tree.getroot().find(".//odm:MetaDataVersion", PATHS)
        version.extend([*etree.fromstring(OTHERS), etree.fromstring(DISPLAYS)])
        change(tree.getroot())
        tree.write(path, encoding="UTF-8", xml_declaration=True)
        return {finding.rule.removeprefix("define.") for finding in check_define(path)}
    return check


def first(root, path):
    return root.xpath(path, namespaces=PATHS)[0]


def put(path, name, value):
    return lambda root: first(root, path).set(name.replace("def:", f"{{{DEF}}}"), value)


def drop(path, name=""):
    def change(root):
        found = first(root, path)
        if name:
            del found.attrib[name.replace("def:", f"{{{DEF}}}")]
        else:
            found.getparent().remove(found)
    return change


def twice(path, **attributes):
    def change(root):
        found = first(root, path)
        copy = etree.fromstring(etree.tostring(found))
        for name, value in attributes.items():
            copy.set(name, value)
        found.addnext(copy)
    return change


def blank(path):
    def change(root):
        first(root, f"{path}/odm:Description/odm:TranslatedText").text = " "
    return change


DISPLAY, RESULT, DATASET = "//arm:ResultDisplay", "//arm:AnalysisResult", "//arm:AnalysisDataset"
BROKEN = {
    "ResultDisplay_OID_Unique": twice(DISPLAY, Name="Table 2"),
    "ResultDisplay_Name_Unique": twice(DISPLAY, OID="RD.2"),
    "ResultDisplay_Description": blank(DISPLAY),
    "AnalysisResult_Description": blank(RESULT),
    "Documentation_Description": blank("//arm:Documentation"),
    "AnalysisResult_DocumentRef_leaf": put(f"{DISPLAY}/def:DocumentRef", "leafID", "LF.none"),
    "AnalysisResult_Documentation_leaf": put("//arm:Documentation/def:DocumentRef", "leafID", "LF.none"),
    "AnalysisResult_ProgrammingCode_leaf": put("//arm:ProgrammingCode/def:DocumentRef", "leafID", "LF.none"),
    "AnalysisResult_OID_Unique": twice(RESULT),
    "AnalysisResult_ParameterOID_ItemDef": put(RESULT, "ParameterOID", "IT.none"),
    "AnalysisResult_ParameterOID_BDS": drop(RESULT, "ParameterOID"),
    "AnalysisResult_ParameterOID_BDS2": drop(DATASET),
    "AnalysisDatasets_CommentDef": put("//arm:AnalysisDatasets", "def:CommentOID", "COM.none"),
    "AnalysisDatasets2_CommentDef": drop("//arm:AnalysisDatasets", "def:CommentOID"),
    "AnalysisDataset_ItemGroupDef": put(DATASET, "ItemGroupOID", "IG.none"),
    "AnalysisDataset_WhereClauseDef": put(f"{DATASET}/def:WhereClauseRef", "WhereClauseOID", "WC.none"),
    "AnalysisVariable": drop("//arm:AnalysisVariable"),
    "AnalysisVariable_ItemDef": put("//arm:AnalysisVariable", "ItemOID", "IT.none"),
    "AnalysisVariable_Dataset": put("//arm:AnalysisVariable", "ItemOID", "IT.ADSL.AGE"),
    "AnalysisDataset_Condition": put(DATASET, "ItemGroupOID", "IG.ADSL"),
    "AnalysisResult_Reason": put(RESULT, "AnalysisReason", "BECAUSE"),
    "AnalysisResult_Purpose": put(RESULT, "AnalysisPurpose", "NONE"),
    "ProgrammingCode_Code_DocumentRef": drop("//arm:ProgrammingCode/def:DocumentRef"),
}


@pytest.mark.parametrize("name", [row["check"] for row in NAMES])
def test_every_published_assertion_is_checked_under_its_name(name):
    assert name in {check.name for check in (*PUBLISHED, *ANALYSIS_RESULTS)}


@pytest.mark.skipif(not TSV.exists(), reason="the published list is not here")
def test_the_names_are_those_of_the_published_list():
    published = csv.DictReader(TSV.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    assert {(row["part"], row["check"]) for row in published} == {(row["part"], row["check"]) for row in NAMES}


def test_a_complete_define_with_results_passes(changed):
    assert changed() == set()


@pytest.mark.parametrize("name", BROKEN)
def test_each_assertion_about_results_finds_what_it_is_named_after(changed, name):
    assert name in changed(BROKEN[name])


def test_every_assertion_about_results_has_a_counter_example():
    assert {check.name for check in ANALYSIS_RESULTS} == BROKEN.keys()


@pytest.mark.parametrize(("name", "parent", "wrong"), [
    ("NON-COMPARTMENTAL ANALYSIS", "BASIC DATA STRUCTURE", False), ("ADVERSE EVENT", "BASIC DATA STRUCTURE", True),
    ("POPULATION PHARMACOKINETIC ANALYSIS", "OCCURRENCE DATA STRUCTURE", True),
    ("TIME-TO-EVENT", "SUBJECT LEVEL ANALYSIS DATASET", True), ("NON-COMPARTMENTAL ANALYSIS", "ADAM OTHER", True),
    ("MEDICAL DEVICE TIME-TO-EVENT", "BASIC DATA STRUCTURE", True), ("TIME-TO-EVENT", "BASIC DATA STRUCTURE", False),
    ("ADVERSE EVENT", "OCCURRENCE DATA STRUCTURE", False)])
def test_a_subclass_belongs_to_its_class(changed, name, parent, wrong):
    def change(root):
        told = first(root, "//odm:ItemGroupDef[@Name='ADVS']/def:Class")
        told.set("Name", parent)
        etree.SubElement(told, f"{{{DEF}}}SubClass", Name=name)

    assert ("ItemGroupDef-Class-SubClass" in changed(change)) == wrong

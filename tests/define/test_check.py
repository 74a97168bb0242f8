"""Each check finds what it is named after, names the element, and is silent about a complete define."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from cdisckit.errors import DefineError
from define import check_define, write_define
from define.analysis import ANALYSIS_RESULTS
from define.check import CHECKS

ODM, DEF, XLINK = ("{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.cdisc.org/ns/def/v2.1}",
                   "{http://www.w3.org/1999/xlink}")
XML = "{http://www.w3.org/XML/1998/namespace}"
PATHS = {"odm": ODM[1:-1], "def": DEF[1:-1], "xlink": XLINK[1:-1]}

Change = Callable[[etree._Element], None]


def qualified(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return {"": "", "odm": ODM, "def": DEF, "xlink": XLINK, "xml": XML}[prefix] + local


def first(root, path):
    return root.xpath(path, namespaces=PATHS)[0]


def put(path: str, **attributes: str) -> Change:
    """Set attributes (def_Class is def:Class) of the first element that the path finds."""
    def change(root):
        for name, value in attributes.items():
            first(root, path).set(qualified(name.replace("_", ":", 1)), value)
    return change


def drop(path: str, attribute: str = "") -> Change:
    """Remove an attribute, or the first element that the path finds."""
    def change(root):
        found = first(root, path)
        if attribute:
            del found.attrib[qualified(attribute)]
        else:
            found.getparent().remove(found)
    return change


def add(path: str, name: str, first_child: bool = False, **attributes: str) -> Change:
    def change(root):
        parent = first(root, path)
        child = etree.Element(qualified(name if ":" in name else f"odm:{name}"))
        for key, value in attributes.items():
            child.set(qualified(key.replace("_", ":", 1)), value)
        parent.insert(0 if first_child else len(parent), child)
    return change


def twice(path: str, **attributes: str) -> Change:
    """Put a copy of the element behind it, with other attributes."""
    def change(root):
        found = first(root, path)
        copy = etree.fromstring(etree.tostring(found))
        for name, value in attributes.items():
            copy.set(qualified(name.replace("_", ":", 1)), value)
        found.addnext(copy)
    return change


def text(path: str, content: str) -> Change:
    def change(root):
        first(root, path).text = content
    return change


def both(*changes: Change) -> Change:
    def change(root):
        for one in changes:
            one(root)
    return change


def rename_root(root):
    for element in root.xpath("/odm:ODM", namespaces=PATHS):
        element.tag = f"{DEF}ODM"


VERSION, STUDY = "//odm:MetaDataVersion", "//odm:Study"
AE, TA, SUPPAE = (f"//odm:ItemGroupDef[@Name='{name}']" for name in ("AE", "TA", "SUPPAE"))
AETERM, AESTDY, AESEV, AESEQ = (f"//odm:ItemDef[@OID='IT.AE.{name}']" for name in ("AETERM", "AESTDY", "AESEV",
                                                                                   "AESEQ"))
REF = f"{AE}/odm:ItemRef[@ItemOID='IT.AE.AETERM']"
VALUE = "//def:ValueListDef/odm:ItemRef"
CLAUSE = "//def:WhereClauseDef[@OID='WC.VS.VSTESTCD.TEMP']"
CL_AESEV, CL_LOC = "//odm:CodeList[@OID='CL.AESEV']", "//odm:CodeList[@OID='CL.LOC']"
CODED, PLAIN = f"{CL_AESEV}/odm:CodeListItem", f"{CL_LOC}/odm:EnumeratedItem"
METHOD, COMMENT = "//odm:MethodDef", "//def:CommentDef"
CRF = "//def:AnnotatedCRF"
NO_LEAF = add(VERSION, "def:SupplementalDoc")

BROKEN: dict[str, Change] = {
    "ODM_Namespace_Present": rename_root,
    "ODM_FileType": put("/odm:ODM", FileType="Transactional"),
    "ODM_Version": put("/odm:ODM", ODMVersion="1.3.1"),
    "Study_Element": twice(STUDY),
    "MetaDataVersion_Element": twice(VERSION),
    "MetaDataVersion_DefineVersion": put(VERSION, def_DefineVersion="2.0.0"),
    "Standard_Not_Referenced": twice("//def:Standard", OID="STD.OTHER"),
    "Standard_Publishing_Set": drop("//def:Standard[@Type='CT']", "PublishingSet"),
    "MetaDataVersion_AnnotatedCRF": twice(CRF),
    "MetaDataVersion_AnnotatedCRF_DocumentRef": drop(f"{CRF}/def:DocumentRef"),
    "MetaDataVersion_AnnotatedCRF_DocumentRef_leaf": put(f"{CRF}/def:DocumentRef", leafID="LF.none"),
    "MetaDataVersion_SupplementalDoc": both(NO_LEAF, NO_LEAF),
    "MetaDataVersion_SupplementalDoc_DocumentRef": NO_LEAF,
    "MetaDataVersion_SupplementalDoc_DocumentRef_leaf": both(
        NO_LEAF, add("//def:SupplementalDoc", "def:DocumentRef", leafID="LF.none")),
    "ValueListDef_ItemRef_WhereClauseRef": drop(f"{VALUE}/def:WhereClauseRef"),
    "ValueListDef_ItemRef_WhereClauseDef": put(f"{VALUE}/def:WhereClauseRef", WhereClauseOID="WC.none"),
    "WhereClauseDef_Not_Referenced": twice(CLAUSE, OID="WC.OTHER"),
    "WhereClauseDef_RangeCheck_ItemDef": put(f"{CLAUSE}/odm:RangeCheck", def_ItemOID="IT.none"),
    "WhereClauseDef_CommentDef": put(CLAUSE, def_CommentOID="COM.none"),
    "ItemGroupDef_NoData_ArchiveLocationID": put(AE, def_HasNoData="Yes"),
    "ItemGroupDef_ArchiveLocationID": drop(AE, "def:ArchiveLocationID"),
    "ItemGroupDef_leaf_ArchiveLocationID": put(AE, def_ArchiveLocationID="LF.TA"),
    "ItemGroupDef_Standard_NonStandard_both": put(AE, def_IsNonStandard="Yes"),
    "ItemGroupDef_Standard_NonStandard": drop(AE, "def:StandardOID"),
    "ItemGroupDef_Description": text(f"{AE}/odm:Description/odm:TranslatedText", "  "),
    "ItemGroupDef_Alias": drop(f"{SUPPAE}/odm:Alias"),
    "ItemGroupDef_Class_Analysis": put(AE, Purpose="Analysis"),
    "ItemGroupDef_Class_Tabulation": put(f"{AE}/def:Class", Name="BASIC DATA STRUCTURE"),
    "ItemGroupDef_Class_SubClass_Analysis": add(f"{AE}/def:Class", "def:SubClass", Name="ADVERSE EVENT"),
    "ItemGroupDef-Class-SubClass": add(f"{AE}/def:Class", "def:SubClass", Name="TIME-TO-EVENT"),
    "ItemGroupDef_ItemRef_KeySequence": both(*(drop(f"{TA}/odm:ItemRef[@KeySequence]",
                                                    "KeySequence") for _ in range(3))),
    "ItemGroupDef_CommentDef": put(AE, def_CommentOID="COM.none"),
    "ItemRef_OrderNumber_Integer": put(REF, OrderNumber="1.5"),
    "ItemRef_ItemDef": put(REF, ItemOID="IT.none"),
    "ItemRef_OrderNumber_Duplicate": put(REF, OrderNumber="1"),
    "ItemRef_MethodDef": put(REF, MethodOID="MT.none"),
    "ItemDef_Not_Referenced": twice(AETERM, OID="IT.OTHER"),
    "ItemDef_Origin_Collected": drop(f"{AETERM}/def:Origin/def:DocumentRef"),
    "ItemDef_CommentDef": put(AETERM, def_CommentOID="COM.none"),
    "ItemDef_CodeList": put(f"{AESEV}/odm:CodeListRef", CodeListOID="CL.none"),
    "ItemDef_ValueListRef_ValueListDef": put("//def:ValueListRef", ValueListOID="VL.none"),
    "ItemDef_Origin_DocumentRef_leaf": put(f"{AETERM}/def:Origin/def:DocumentRef", leafID="LF.none"),
    "CodeList_Not_Referenced": twice(CL_AESEV, OID="CL.OTHER"),
    "CodeList_Name_Duplicate": twice(CL_AESEV, OID="CL.OTHER"),
    "CodeList_CodeListItem_Rank": put(CODED, Rank="1"),
    "CodeList_CodeListItem_OrderNumber": drop(CODED, "OrderNumber"),
    "CodeList_CodeListItem_OrderNumber_duplicate": put(f"{CODED}[2]", OrderNumber="1"),
    "CodeList_EnumeratedItem_Rank": put(PLAIN, Rank="1"),
    "CodeList_EnumeratedItem_OrderNumber": drop(PLAIN, "OrderNumber"),
    "CodeList_EnumeratedItem_OrderNumber_duplicate": put(f"{PLAIN}[2]", OrderNumber="1"),
    "CodeList_Standard_NonStandard_both": put(CL_AESEV, def_IsNonStandard="Yes"),
    "CodeList_Standard_NonStandard": drop(CL_AESEV, "def:StandardOID"),
    "CodeList_Standard_NCICode": both(drop(CL_AESEV, "def:StandardOID"), put(CL_AESEV, def_IsNonStandard="Yes")),
    "MethodDef_Not_Referenced": twice(METHOD, OID="MT.OTHER"),
    "MethodDef_Type": drop(METHOD, "Type"),
    "MethodDef_Description": text(f"{METHOD}/odm:Description/odm:TranslatedText", " "),
    "MethodDef_DocumentRef_leaf": add(METHOD, "def:DocumentRef", leafID="LF.none"),
    "CommentDef_Not_Referenced": twice(COMMENT, OID="COM.OTHER"),
    "CommentDef_Description": text(f"{COMMENT}/odm:Description/odm:TranslatedText", ""),
    "CommentDef_DocumentRef_leaf": add(COMMENT, "def:DocumentRef", leafID="LF.none"),
    "DocumentRef_PDFPageRef": twice(f"{AETERM}/def:Origin/def:DocumentRef"),
    "leaf_DocumentRef_ItemGroupDef": twice(f"{VERSION}/def:leaf", ID="LF.other"),
    "leaf_duplicate": twice(f"{VERSION}/def:leaf", ID="LF.other"),
    "Stylesheet": put("/odm:ODM", Originator="x"),      # it stands before the root: see the test of its own
    "Standards_Present": drop("//def:Standards"),
    "StandardOID_Resolves": put(AE, def_StandardOID="STD.none"),
    "CommentOID_Resolves": put(CL_AESEV, def_CommentOID="COM.none"),
    "ItemGroupDef_Name": put(AE, SASDatasetName="AEX"),
    "ItemGroupDef_Domain": drop(AE, "Domain"),
    "ItemGroupDef_Repeating": put(TA, Repeating="Yes"),
    "ItemGroupDef_NoData_Comment": put(AE, def_HasNoData="Yes"),
    "ItemGroupDef_leaf_Name": put(f"{AE}/def:leaf", xlink_href="AE.XPT"),
    "ItemGroupDef_Order": lambda root: first(root, TA).addprevious(first(root, AE)),
    "ItemGroupDef_KeySequence": put(f"{AE}/odm:ItemRef[@KeySequence='4']", KeySequence="5"),
    "SUPPQUAL_ValueList": drop("//odm:ItemDef[@OID='IT.SUPPAE.QVAL']/def:ValueListRef"),
    "ItemRef_OrderNumber": drop(REF, "OrderNumber"),
    "ItemRef_Role": put(AE, Purpose="Analysis"),
    "ItemRef_Role_Missing": drop(REF, "Role"),
    "ItemRef_Method_Derived": drop(f"{AE}/odm:ItemRef[@MethodOID]", "MethodOID"),
    "ItemRef_NoData_Comment": put(REF, def_HasNoData="Yes"),
    "ItemRef_NonStandard": put(REF, def_IsNonStandard="Yes"),
    "ItemRef_Label": text(f"{AETERM}/odm:Description/odm:TranslatedText", "x" * 41),
    "ItemDef_SASFieldName": drop(AETERM, "SASFieldName"),
    "ItemDef_Length": drop(AETERM, "Length"),
    "ItemDef_Length_200": put(AETERM, Length="201"),
    "ItemDef_Length_Value": put("//odm:ItemDef[@OID='IT.VS.VSORRES.TEMP']", Length="100"),
    "ItemDef_SignificantDigits": put(AESEQ, DataType="float"),
    "ItemDef_Origin_Missing": drop(f"{AETERM}/def:Origin"),
    "ItemDef_Origin_Twice": add("//odm:ItemDef[@OID='IT.SUPPAE.QVAL']", "def:Origin", Type="Derived", Source="Sponsor"),
    "ItemDef_Origin_Source": put(f"{AESEV}/def:Origin", Source="Sponsor"),
    "ItemDef_Origin_Predecessor": both(put(AE, Purpose="Analysis"),
                                       add(AETERM, "def:Origin", Type="Predecessor")),
    "AnnotatedCRF_Missing": lambda root: [found.getparent().remove(found)
                                          for found in root.xpath("//def:AnnotatedCRF | //def:DocumentRef",
                                                                  namespaces=PATHS)],
    "PDFPageRef_Pages": put("//def:PDFPageRef", FirstPage="3"),
    "RangeCheck_SoftHard": put(f"{CLAUSE}/odm:RangeCheck", SoftHard="Hard"),
    "RangeCheck_Values": twice(f"{CLAUSE}//odm:CheckValue"),
    "RangeCheck_CodeList": text(f"{CLAUSE}//odm:CheckValue", "NOTHING"),
    "CodeList_Term_Unmarked": drop(f"{CODED}/odm:Alias"),
    "CodeList_DataType": put(CL_AESEV, DataType="integer"),
    "ExternalCodeList_Version": add(CL_AESEV, "ExternalCodeList", Dictionary="MedDRA"),
    "Forbidden_Character": text(f"{COMMENT}/odm:Description/odm:TranslatedText", "bell [U+0007]"),
    "XML_Encoding": put("/odm:ODM", Originator="x"),    # how the file is written: see the test of its own
    "ODM_CreationDateTime": put("/odm:ODM", CreationDateTime="30 June 2025"),
    "ODM_Other_Content": add("/odm:ODM", "ClinicalData", StudyOID="x", MetaDataVersionOID="x"),
    "Study_Names": text("//odm:ProtocolName", " "),
    "OID_Duplicate": twice(AETERM),
    "TranslatedText_Languages": twice(f"{AETERM}//odm:TranslatedText", xml_lang="zh"),
    "Text_Placeholder": text(f"{METHOD}/odm:Description/odm:TranslatedText", "TBD."),
    "ItemGroupDef_Name_Duplicate": twice(AE, OID="IG.OTHER"),
    "ItemGroupDef_Purpose": put(AE, Purpose="Tables"),
    "MetaDataVersion_Purposes": put(AE, Purpose="Analysis"),
    "ItemGroupDef_Domain_Name": put(AE, Domain="CM"),
    "ItemGroupDef_Repeating_Keys": put(AE, Repeating="No"),
    "ItemGroupDef_Reference_Subject": put(AE, IsReferenceData="Yes"),
    "Label_Not_ASCII": text(f"{AETERM}//odm:TranslatedText", "T\u00e9rm"),
    "ItemDef_Origin_Pages": drop(f"{AETERM}/def:Origin//def:PDFPageRef"),
    "CodeList_Test_Pairs": drop("//odm:CodeList[@OID='CL.VSTEST']/*[@CodedValue='Temperature']"),
    "Standard_Publication": put("//def:Standard[@Type='CT']", Version="2025-03-27"),
    "Standard_Duplicate": twice("//def:Standard[@Type='CT']", OID="STD.OTHER"),
    "ItemGroupDef_Empty": lambda root: [first(root, TA).remove(ref) for ref in first(root, TA).findall(f"{ODM}ItemRef")],
    "ItemGroupDef_Structure": put(AE, def_Structure="-"),
    "ItemGroupDef_Class_Missing": drop(f"{AE}/def:Class"),
    "ItemGroupDef_Label_Length": text(f"{AE}/odm:Description/odm:TranslatedText", "x" * 41),
    "ItemGroupDef_leaf_Duplicate": put(f"{AE}/def:leaf", xlink_href="TA.xpt"),
    "ItemGroupDef_Variable_Duplicate": put(AESEV, Name="AETERM"),
    "ItemGroupDef_Reference": put(TA, IsReferenceData="No"),
    "ItemRef_Duplicate": twice(REF),
    "ItemRef_OrderNumber_Missing": lambda root: [ref.attrib.pop("OrderNumber") for ref in first(root, TA).findall(
        f"{ODM}ItemRef")],
    "ItemRef_RoleCodeList": put(REF, RoleCodeListOID="CL.none"),
    "ItemRef_NoData_Mandatory": put(REF, def_HasNoData="Yes", Mandatory="Yes"),
    "ItemRef_Label_Inconsistent": text("//odm:ItemDef[@OID='IT.AE.STUDYID']//odm:TranslatedText", "Study"),
    "ItemRef_DataType_Inconsistent": put("//odm:ItemDef[@OID='IT.VS.STUDYID']", DataType="integer"),
    "ItemDef_Name": put(AETERM, Name="aeterm"),
    "ItemDef_SASFieldName_Name": put(AETERM, SASFieldName="AETERMS"),
    "ItemDef_SASFieldName_Form": put(AETERM, SASFieldName="AETERM_TOO_LONG"),
    "ItemDef_DataType": put(AETERM, DataType="string"),
    "ItemDef_Length_Number": put(AETERM, Length="0"),
    "ItemDef_Digits_Length": put(AESEQ, DataType="float", SignificantDigits="8", Length="8"),
    "ItemDef_DataType_Date": put("//odm:ItemDef[@OID='IT.AE.AESTDTC']", DataType="text"),
    "ItemDef_DataType_Number": put(AESEQ, DataType="text"),
    "ItemDef_Value_DataType": put("//odm:ItemDef[@OID='IT.VS.VSSTRESN.TEMP']", DataType="text"),
    "ItemDef_DisplayFormat": put(AESEQ, def_DisplayFormat="8,1"),
    "ItemDef_DisplayFormat_Date": both(put(AE, Purpose="Analysis"), put(AESEQ, Name="ASTDT"),
                                       text(f"{AESEQ}//odm:TranslatedText", "Analysis Start Date")),
    "ItemDef_Origin_Type": put(f"{AETERM}/def:Origin", Type="CRF"),
    "ItemDef_Origin_Predecessor_Missing": put(f"{AETERM}/def:Origin", Type="Predecessor"),
    "ItemDef_Origin_Predecessor_Unknown": both(put(f"{AETERM}/def:Origin", Type="Predecessor"), add(
        f"{AETERM}/def:Origin", "Description", first_child=True), lambda root: first(root, f"{AETERM}/def:Origin")[
            0].append(etree.fromstring(f'<TranslatedText xmlns="{ODM[1:-1]}">VS.VSNONE</TranslatedText>'))),
    "ItemDef_Origin_Document": put(f"{AETERM}/def:Origin/def:DocumentRef", leafID="LF.TA"),
    "ItemRef_Method_Not_Derived": put(REF, MethodOID="MT.AE.AESTDY"),
    "AnnotatedCRF_Element_Missing": drop(CRF),
    "PDFPageRef_Type": put("//def:PDFPageRef", Type="Page"),
    "PDFPageRef_Numbers": put("//def:PDFPageRef", PageRefs="12, 14"),
    "leaf_href": put(f"{AE}/def:leaf", xlink_href="file:///C:/study/ae.xpt"),
    "leaf_title": text(f"{AE}/def:leaf/def:title", ""),
    "ValueListDef_Not_Referenced": twice("//def:ValueListDef", OID="VL.OTHER"),
    "ValueListDef_Empty": add(VERSION, "def:ValueListDef", OID="VL.OTHER"),
    "MethodDef_Type_Word": put(METHOD, Type="Derivation"),
    "MethodDef_Name": put(METHOD, Name=""),
    "FormalExpression_Context": add(METHOD, "FormalExpression"),
    "RangeCheck_Comparator": put(f"{CLAUSE}/odm:RangeCheck", Comparator="LIKE"),
    "RangeCheck_ItemOID_Missing": drop(f"{CLAUSE}/odm:RangeCheck", "def:ItemOID"),
    "RangeCheck_Value_Missing": drop(f"{CLAUSE}//odm:CheckValue"),
    "RangeCheck_Value_Duplicate": twice(f"{CLAUSE}//odm:CheckValue"),
    "RangeCheck_Value_Type": put(f"{CLAUSE}/odm:RangeCheck", def_ItemOID="IT.VS.VISITNUM"),
    "RangeCheck_Order_Of_Texts": put(f"{CLAUSE}/odm:RangeCheck", Comparator="LT"),
    "WhereClauseDef_Empty": drop(f"{CLAUSE}/odm:RangeCheck"),
    "WhereClauseDef_Other_Dataset": put(f"{CLAUSE}/odm:RangeCheck", def_ItemOID="IT.AE.AESEV"),
    "ValueListDef_Same_Condition": text(f"{CLAUSE}//odm:CheckValue", "SYSBP"),
    "SUPPQUAL_Value_Label": drop("//odm:ItemDef[@OID='IT.SUPPAE.QVAL.AETRTEM']/odm:Description"),
    "CodeList_Mixed": add(CL_AESEV, "EnumeratedItem", CodedValue="OTHER"),
    "CodeList_Empty": lambda root: [first(root, CL_LOC).remove(term) for term in first(root, CL_LOC).findall(
        f"{ODM}EnumeratedItem")],
    "CodeList_Term_Duplicate": twice(CODED),
    "CodeList_Rank_Duplicate": both(put(CODED, Rank="1"), put(f"{CODED}[2]", Rank="1")),
    "CodeList_Term_Case": put("//odm:CodeList[@OID='CL.RELATED']/*[@CodedValue='NO']", CodedValue="yes"),
    "CodeList_Term_Blank": put(PLAIN, CodedValue="HEAD "),
    "CodeList_Term_DataType": put(CL_AESEV, DataType="integer"),
    "CodeList_Term_Length": put("//odm:ItemDef[@OID='IT.AE.AEREL']", Length="2"),
    "CodeList_Decode": text(f"{CODED}/odm:Decode/odm:TranslatedText", ""),
    "NCI_Code_Form": put(f"{CODED}/odm:Alias", Name="41338"),
    "CodeList_CT_Code": both(put(CL_AESEV, Name="AESEV"), put(f"{CL_AESEV}/odm:Alias", Name="C66742")),
    "CodeList_CT_Term": put(f"{CODED}/odm:Alias", Name="C41339"),
    "CodeList_CT_Not_Extensible": both(put(f"{CODED}[1]", CodedValue="LETHAL"), drop(f"{CODED}[1]/odm:Alias")),
    "CodeList_CT_Extension": both(put(PLAIN, CodedValue="Head", def_ExtendedValue="Yes"), drop(f"{PLAIN}/odm:Alias")),
    "Standard_Name": put("//def:Standard[@Type='IG']", Name="STDTMIG"),
    "Standard_Version": put("//def:Standard[@Type='CT']", Version="March 2025"),
    "Standard_Kind": put(AE, def_StandardOID="STD.CT.SDTM.2025-03-28"),
    "MetaDataVersion_Standard": put("/odm:ODM", Originator="x"),        # of Define-XML 2.0: see the test of its own
    "ItemGroupDef_Class_Standard": put(f"{AE}/def:Class", Name="FINDINGS"),
    "ItemGroupDef_Label_Standard": text(f"{AE}/odm:Description/odm:TranslatedText", "Adverse Experiences"),
    "ItemGroupDef_Required_Missing": drop(REF),
    "ItemRef_Label_Standard": text(f"{AETERM}//odm:TranslatedText", "Term"),
    "ItemRef_DataType_Standard": put(AESEQ, DataType="text"),
    "ItemRef_Mandatory_Standard": put(REF, Mandatory="No"),
    "ItemRef_Role_Standard": put(REF, Role="Identifier"),
    "ItemRef_CodeList_Standard": drop(f"{AESEV}/odm:CodeListRef"),
}
NEED_A_TEST_OF_THEIR_OWN = ("Stylesheet", "XML_Encoding", "MetaDataVersion_Standard")


@pytest.fixture
def broken(sdtm, tmp_path) -> Callable[[Change], Path]:
    """Writes the complete define with one thing broken."""
    def make(change: Change) -> Path:
        path = tmp_path / "define.xml"
        write_define(sdtm, path)
        tree = etree.parse(path)
        change(tree.getroot())
        tree.write(path, encoding="UTF-8", xml_declaration=True)
        return path
    return make


def without_stylesheet(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(
        '<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>', ""), encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in NEED_A_TEST_OF_THEIR_OWN])
def test_each_check_finds_what_it_is_named_after(broken, name):
    found = [finding for finding in check_define(broken(BROKEN[name])) if finding.rule == f"define.{name}"]
    assert found
    assert all(finding.source == "define" and finding.message for finding in found)
    assert name == "ODM_Namespace_Present" or any(finding.value or "ODM" in finding.message for finding in found)


def test_a_define_without_stylesheet_is_found(broken):
    path = broken(BROKEN["Stylesheet"])
    assert check_define(path) == []
    without_stylesheet(path)
    assert [finding.rule for finding in check_define(path)] == ["define.Stylesheet"]


def test_a_label_in_another_language_is_not_held_against_the_english_of_the_guide(broken):
    chinese = "\u4e0d\u826f\u4e8b\u4ef6"
    label = f"{AE}/odm:Description/odm:TranslatedText"
    changes = both(text(f"{AETERM}//odm:TranslatedText", chinese), put(f"{AETERM}//odm:TranslatedText", xml_lang="zh"),
                   text(label, chinese), put(label, xml_lang="zh"))
    assert check_define(broken(changes)) == []


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1"])
def test_another_encoding_is_read_and_named(broken, encoding):
    path = broken(text(f"{AETERM}//odm:TranslatedText", "Begriff f\u00fcr das Ereignis"))
    etree.parse(path).write(path, encoding=encoding, xml_declaration=True)
    found = check_define(path)
    assert {finding.rule for finding in found} == {"define.XML_Encoding", "define.ItemRef_Label_Standard",
                                                   "define.Label_Not_ASCII"}
    assert "f\u00fcr" in next(finding.message for finding in found if finding.rule == "define.ItemRef_Label_Standard")


def test_the_wrong_encoding_is_refused_with_file_and_fix(broken):
    path = broken(text(f"{AETERM}//odm:TranslatedText", "f\u00fcr"))
    path.write_bytes(path.read_bytes().replace("\u00fc".encode(), b"\xfc"))
    with pytest.raises(DefineError, match="well-formed") as caught:
        check_define(path)
    assert (caught.value.where.startswith(f"{path}:"), bool(caught.value.fix)) == (True, True)


def test_a_truncated_file_is_refused(broken):
    path = broken(put(AE, Purpose="Tabulation"))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DefineError, match="well-formed"):
        check_define(path)


def test_a_file_of_a_size_that_no_define_has_is_refused(broken, monkeypatch):
    monkeypatch.setattr("define.document.MAX_BYTES", 1000)
    with pytest.raises(DefineError, match="more than 1,000 is no define.xml"):
        check_define(broken(put(AE, Purpose="Tabulation")))


def test_every_check_has_a_counter_example():
    assert {check.name for check in CHECKS} - {check.name for check in ANALYSIS_RESULTS} == BROKEN.keys()


def test_no_check_has_the_name_of_another():
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))


def test_a_finding_names_element_dataset_variable_and_line(broken):
    (finding,) = check_define(broken(drop(f"{AETERM}/def:Origin/def:DocumentRef")))
    assert (finding.rule, finding.severity, finding.dataset, finding.variable, finding.value) == (
        "define.ItemDef_Origin_Collected", "error", "AE", "AETERM", "IT.AE.AETERM")
    assert finding.message.startswith("Origin of ItemDef IT.AE.AETERM: ")
    assert finding.line > 0
    assert finding.fix


def test_a_finding_names_the_file_with_its_folder(sdtm, tmp_path):
    (tmp_path / "sdtm").mkdir()
    write_define(sdtm, tmp_path / "sdtm" / "define.xml")
    found = check_define(tmp_path / "sdtm" / "define.xml", tmp_path)
    assert {finding.file for finding in found} == {"sdtm/define.xml"}


def test_a_finding_about_a_value_names_the_variable_it_belongs_to(broken):
    found = check_define(broken(put("//odm:ItemDef[@OID='IT.VS.VSORRES.TEMP']", Length="100")))
    assert [(finding.dataset, finding.variable, finding.value) for finding in found] == [
        ("VS", "VSORRES", "IT.VS.VSORRES.TEMP")]


def test_what_the_schema_forbids_is_an_error_with_its_line(broken):
    found = [finding for finding in check_define(broken(put(AETERM,
                                                            DataType="string!"))) if finding.rule == "define.XSD"]
    assert found[0].severity == "error"
    assert "string!" in found[0].message
    assert found[0].line > 0


def test_the_schema_forbids_elements_out_of_order(broken):
    def move(root):
        first(root, VERSION).append(first(root, "//def:Standards"))

    assert "define.XSD" in {finding.rule for finding in check_define(broken(move))}


def test_files_that_are_named_and_missing_are_found(sdtm, tmp_path):
    write_define(sdtm, tmp_path / "define.xml")
    for name in ("ta.xpt", "vs.xpt", "suppae.xpt", "acrf.pdf"):
        (tmp_path / name).touch()
    (finding,) = check_define(tmp_path / "define.xml", tmp_path)
    assert (finding.rule, finding.dataset, finding.value) == ("define.leaf_File_Missing", "AE", "LF.AE")


def test_datasets_that_the_define_does_not_describe_are_found(sdtm, tmp_path):
    write_define(sdtm, tmp_path / "define.xml")
    for name in ("ae.xpt", "ta.xpt", "vs.xpt", "suppae.xpt", "acrf.pdf", "lb.xpt", "notes.txt"):
        (tmp_path / name).touch()
    (finding,) = check_define(tmp_path / "define.xml", tmp_path)
    assert (finding.rule, finding.dataset, finding.value) == ("define.File_Not_Described", "LB", "lb.xpt")


def test_a_folder_that_is_not_there_lacks_every_file(sdtm, tmp_path):
    write_define(sdtm, tmp_path / "define.xml")
    found = check_define(tmp_path / "define.xml", tmp_path / "none")
    assert {finding.rule for finding in found} == {"define.leaf_File_Missing"}
    assert len(found) == 5


ENTITIES = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize("content", [
    '<!DOCTYPE x><x/>',
    '<!DOCTYPE x SYSTEM "file:///nowhere.dtd"><x/>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "SECRET">]><x>&a;</x>',
    '<!DOCTYPE x [<!ENTITY % a SYSTEM "SECRET"> %a;]><x/>',
    f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><x>&i;</x>',
    f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><x y="&i;"/>',
    "", "no xml", "<x>", '<?xml version="1.0" encoding="nothing"?><x/>', "<x>&a;</x>"])
def test_what_is_no_xml_or_carries_a_dtd_is_refused_and_nothing_is_read(tmp_path, content):
    secret = tmp_path / "secret"
    secret.write_text("TOP-SECRET")
    path = tmp_path / "define.xml"
    path.write_text(content.replace("SECRET", secret.as_uri()))
    with pytest.raises(DefineError) as caught:
        check_define(path)
    assert "TOP-SECRET" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DefineError, match="define.xml cannot be read"):
        check_define(tmp_path / "define.xml")


def test_another_xml_document_has_findings_and_no_exception(tmp_path):
    path = tmp_path / "define.xml"
    path.write_text("<html><body/></html>")
    assert {"define.ODM_Namespace_Present", "define.XSD"} <= {finding.rule for finding in check_define(path)}


def test_comments_and_processing_instructions_disturb_no_check(broken):
    def comment(root):
        for element in list(root.iter(etree.Element)):
            element.insert(0, etree.Comment(" note "))

    assert {finding.rule for finding in check_define(broken(comment))} <= {"define.XSD"}


def test_the_same_file_gives_the_same_findings(broken, tmp_path):
    path = broken(put(AE, Purpose="Analysis"))
    copy = Path(shutil.copyfile(path, tmp_path / "copy.xml"))
    one, two = check_define(path), check_define(copy)
    assert [(finding.rule, finding.value, finding.line) for finding in one] == [
        (finding.rule, finding.value, finding.line) for finding in two]

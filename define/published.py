"""The published assertions about Define-XML 2.1 that the schema cannot make: names as published, the rest our own.

References must resolve and definitions must be used; classes, standards, codelists and documents must fit together.
"""

import re
from collections.abc import Callable

from define.document import NAMESPACES, Check, Document, Element, attribute
from define.model import SUBCLASSES

__all__ = ["PUBLISHED"]

ANALYSIS = ("ADAM OTHER", "BASIC DATA STRUCTURE", "DEVICE LEVEL ANALYSIS DATASET", "OCCURRENCE DATA STRUCTURE",
            "MEDICAL DEVICE BASIC DATA STRUCTURE", "MEDICAL DEVICE OCCURRENCE DATA STRUCTURE",
            "REFERENCE DATA STRUCTURE", "SUBJECT LEVEL ANALYSIS DATASET")
TABULATION = ("EVENTS", "FINDINGS", "FINDINGS ABOUT", "INTERVENTIONS", "RELATIONSHIP", "SPECIAL PURPOSE",
              "STUDY REFERENCE", "TRIAL DESIGN")
COLLECTED = "//odm:ItemDef/def:Origin[(@Type='Collected' and not(@Source='Vendor')) or @Type='CRF']"
ONLY_21 = ("2.1",)

Test = Callable[[Element, Document], bool]


def children(element: Element, path: str) -> list[Element]:
    return element.findall(path, NAMESPACES)


def text_of(element: Element, path: str = "odm:Description/odm:TranslatedText") -> str:
    return "".join(children(element, path)[0].itertext()).strip() if children(element, path) else ""


def undefined(kind: str, name: str) -> Test:
    """Wrong where the attribute refers to nothing of that kind."""
    return lambda element, document: not document.is_defined(kind, attribute(element, name))


def unused(name: str) -> Test:
    """Wrong where no attribute of that name refers to the element."""
    return lambda element, document: not document.is_used(name, element)


def has(path: str) -> Test:
    return lambda element, _: bool(children(element, path))


def has_not(path: str) -> Test:
    return lambda element, _: not children(element, path)


def lacks_text(element: Element, _: Document) -> bool:
    return not text_of(element)


def some_not_all(path: str, name: str) -> Test:
    """Wrong where some of the children have the attribute and others have not."""
    return lambda element, _: 0 < len(children(element, f"{path}[@{name}]")) < len(children(element, path))


def is_no_integer(element: Element, _: Document) -> bool:
    number = element.get("OrderNumber", "0")
    return not (number.isascii() and number.removeprefix("-").isdigit())


def supplement_without_alias(element: Element, _: Document) -> bool:
    is_supplement = element.get("Name", "").startswith("SUPP")
    return is_supplement and not children(element, "odm:Alias[@Context='DomainDescription']")


def leaf_unused(element: Element, document: Document) -> bool:
    return not (document.is_used("leafID", element) or document.is_used("ArchiveLocationID", element))


def codelist_unused(element: Element, document: Document) -> bool:
    return not (document.is_used("CodeListOID", element) or document.is_used("RoleCodeListOID", element))


def lacks_crf_page(element: Element, document: Document) -> bool:
    """A collected item without a page. Without any annotated CRF that is one warning for the whole document."""
    return not children(element, "def:DocumentRef") and document.knows_crf


def leaf_of_another(element: Element, _: Document) -> bool:
    wanted = attribute(element, "def:ArchiveLocationID")
    return wanted not in [leaf.get("ID") for leaf in children(element, "def:leaf")]


def listed_twice(element: Element, _: Document) -> bool:
    leaves = [ref.get("leafID") for ref in children(element, "def:DocumentRef")]
    return len(leaves) != len(set(leaves))


def wrong_subclass(element: Element, _: Document) -> bool:
    parent = element.get("ParentClass") or element.getparent().get("Name", "")
    return element.get("Name", "") in SUBCLASSES and parent not in SUBCLASSES[element.get("Name", "")]


def unwanted_set(element: Element, _: Document) -> bool:
    return (element.get("Type") == "CT") != bool(element.get("PublishingSet"))


def subclass_of_tabulation(element: Element, _: Document) -> bool:
    return element.getparent().get("Purpose") != "Analysis" and bool(children(element, "def:SubClass"))


def other_version(element: Element, document: Document) -> bool:
    """Wrong where the version is none of those that the namespace stands for."""
    return not re.fullmatch(rf"{re.escape(document.version)}\.\d+", attribute(element, "def:DefineVersion"))


def list_without_standard(element: Element, _: Document) -> bool:
    told = attribute(element, "def:StandardOID") or attribute(element, "def:IsNonStandard")
    return not told and not children(element, "odm:ExternalCodeList")


def documents(name: str, at: str) -> Check:
    return Check(f"{name}_leaf", f"{at}/def:DocumentRef", undefined("leaf", "leafID"),
                 "the document it refers to is not defined")


def comments(name: str, at: str) -> Check:
    return Check(name, f"{at}[@def:CommentOID]", undefined("CommentDef", "def:CommentOID"),
                 "its comment is not defined")


ONE = "//odm:MetaDataVersion"
GROUP = "//odm:ItemGroupDef"
DATASET_LEAF = "//odm:ItemGroupDef[@def:ArchiveLocationID]"

HEADER = (
    Check("ODM_Namespace_Present", "/*", lambda e, _: e.tag != f"{{{NAMESPACES['odm']}}}ODM",
          "the document is no ODM 1.3"),
    Check("ODM_FileType", "/odm:ODM", lambda e, _: e.get("FileType") != "Snapshot", "FileType must be Snapshot"),
    Check("ODM_Version", "/odm:ODM", lambda e, _: e.get("ODMVersion") != "1.3.2", "ODMVersion must be 1.3.2"),
    Check("Study_Element", "/odm:ODM", lambda e, _: len(children(e, "odm:Study")) != 1, "there must be one Study"),
    Check("MetaDataVersion_Element", "/odm:ODM/odm:Study", lambda e, _: len(children(e, "odm:MetaDataVersion")) != 1,
          "there must be one MetaDataVersion"),
    Check("MetaDataVersion_DefineVersion", ONE, other_version,
          "DefineVersion is not that of the namespace: 2.1.n or 2.0.n"),
    Check("Standard_Not_Referenced", "//def:Standard", unused("StandardOID"), "nothing refers to this standard",
          "warning", versions=ONLY_21),
    Check("Standard_Publishing_Set", "//def:Standard", unwanted_set,
          "PublishingSet is stated for terminology (Type CT) and for nothing else", versions=ONLY_21),
    Check("MetaDataVersion_AnnotatedCRF", ONE, has("def:AnnotatedCRF[2]"), "there is more than one AnnotatedCRF"),
    Check("MetaDataVersion_AnnotatedCRF_DocumentRef", "//def:AnnotatedCRF",
          lambda e, _: len(children(e, "def:DocumentRef")) != 1, "AnnotatedCRF must name one document"),
    documents("MetaDataVersion_AnnotatedCRF_DocumentRef", "//def:AnnotatedCRF"),
    Check("MetaDataVersion_SupplementalDoc", ONE, has("def:SupplementalDoc[2]"),
          "there is more than one SupplementalDoc"),
    Check("MetaDataVersion_SupplementalDoc_DocumentRef", "//def:SupplementalDoc", has_not("def:DocumentRef"),
          "SupplementalDoc names no document"),
    documents("MetaDataVersion_SupplementalDoc_DocumentRef", "//def:SupplementalDoc"),
)

VALUE_LEVEL = (
    Check("ValueListDef_ItemRef_WhereClauseRef", "//def:ValueListDef/odm:ItemRef", has_not("def:WhereClauseRef"),
          "a value needs a where clause"),
    Check("ValueListDef_ItemRef_WhereClauseDef", "//odm:ItemRef/def:WhereClauseRef",
          undefined("WhereClauseDef", "WhereClauseOID"), "the where clause it refers to is not defined"),
    Check("WhereClauseDef_Not_Referenced", "//def:WhereClauseDef", unused("WhereClauseOID"),
          "no value has this condition", "warning"),
    Check("WhereClauseDef_RangeCheck_ItemDef", "//odm:RangeCheck[@def:ItemOID]", undefined("ItemDef", "def:ItemOID"),
          "the condition tests an item that is not defined"),
    comments("WhereClauseDef_CommentDef", "//def:WhereClauseDef"),
)

DATASETS = (
    Check("ItemGroupDef_NoData_ArchiveLocationID", f"{GROUP}[@def:HasNoData='Yes']",
          lambda e, _: bool(attribute(e, "def:ArchiveLocationID")), "a dataset without data has no file"),
    Check("ItemGroupDef_ArchiveLocationID", f"{GROUP}[not(@def:HasNoData='Yes')]",
          lambda e, _: not attribute(e, "def:ArchiveLocationID"),
          "a dataset with data needs its file (ArchiveLocationID)"),
    Check("ItemGroupDef_leaf_ArchiveLocationID", DATASET_LEAF, leaf_of_another,
          "ArchiveLocationID is not the ID of its leaf"),
    Check("ItemGroupDef_Standard_NonStandard_both", f"{GROUP}[@def:StandardOID and @def:IsNonStandard]",
          lambda e, _: True, "a dataset follows a standard or is non-standard, not both"),
    Check("ItemGroupDef_Standard_NonStandard", f"{GROUP}[not(@def:StandardOID) and not(@def:IsNonStandard)]",
          lambda e, _: True, "a dataset names its standard or is marked as non-standard",
          versions=ONLY_21),
    Check("ItemGroupDef_Description", GROUP, lacks_text, "the dataset has no label"),
    Check("ItemGroupDef_Alias", GROUP, supplement_without_alias,
          "SUPP-- needs the label of its domain (Alias DomainDescription)"),
    Check("ItemGroupDef_Class_Analysis", f"{GROUP}[@Purpose='Analysis']/def:Class",
          lambda e, _: e.get("Name") not in ANALYSIS, "an analysis dataset cannot have this class"),
    Check("ItemGroupDef_Class_Tabulation", f"{GROUP}[@Purpose='Tabulation']/def:Class",
          lambda e, _: e.get("Name") not in TABULATION, "a tabulation dataset cannot have this class"),
    Check("ItemGroupDef_Class_SubClass_Analysis", f"{GROUP}/def:Class", subclass_of_tabulation,
          "only analysis datasets have a subclass"),
    Check("ItemGroupDef-Class-SubClass", "//def:Class/def:SubClass", wrong_subclass, "the class has no such subclass"),
    Check("ItemGroupDef_ItemRef_KeySequence", GROUP, has_not("odm:ItemRef[@KeySequence]"),
          "the dataset has no key variable"),
    comments("ItemGroupDef_CommentDef", GROUP),
)

ITEMS = (
    Check("ItemRef_OrderNumber_Integer", "//odm:ItemRef[@OrderNumber]", is_no_integer, "OrderNumber is no integer"),
    Check("ItemRef_ItemDef", "//odm:ItemRef", undefined("ItemDef", "ItemOID"), "the item it refers to is not defined"),
    Check("ItemRef_OrderNumber_Duplicate", "//odm:ItemRef[@OrderNumber]", lambda e, d: d.repeats(e, "OrderNumber"),
          "another item has the same OrderNumber"),
    Check("ItemRef_MethodDef", "//odm:ItemRef[@MethodOID]", undefined("MethodDef", "MethodOID"),
          "its method is not defined"),
    Check("ItemDef_Not_Referenced", "//odm:ItemDef", lambda e, d: e.get("OID") not in d.item_refs,
          "no dataset and no value list has this item", "warning"),
    Check("ItemDef_Origin_Collected", COLLECTED, lacks_crf_page,
          "a collected item needs its page of the annotated CRF"),
    comments("ItemDef_CommentDef", "//odm:ItemDef"),
    Check("ItemDef_CodeList", "//odm:ItemDef/odm:CodeListRef", undefined("CodeList", "CodeListOID"),
          "its codelist is not defined"),
    Check("ItemDef_ValueListRef_ValueListDef", "//odm:ItemDef/def:ValueListRef",
          undefined("ValueListDef", "ValueListOID"), "its value list is not defined"),
    documents("ItemDef_Origin_DocumentRef", "//odm:ItemDef/def:Origin"),
)

CODELISTS = (
    Check("CodeList_Not_Referenced", "//odm:CodeList", codelist_unused, "no item uses this codelist", "warning"),
    Check("CodeList_Name_Duplicate", "//odm:CodeList", lambda e, d: d.repeats(e, "Name"),
          "another codelist has the same name"),
    *(Check(f"CodeList_{kind}_{name}", "//odm:CodeList", some_not_all(f"odm:{kind}", name),
            f"{name} is stated for all terms or none")
      for kind in ("CodeListItem", "EnumeratedItem") for name in ("Rank", "OrderNumber")),
    *(Check(f"CodeList_{kind}_OrderNumber_duplicate", f"//odm:CodeList/odm:{kind}[@OrderNumber]",
            lambda e, d: d.repeats(e, "OrderNumber"), "another term has the same OrderNumber")
      for kind in ("CodeListItem", "EnumeratedItem")),
    Check("CodeList_Standard_NonStandard_both", "//odm:CodeList[@def:StandardOID and @def:IsNonStandard]",
          lambda e, _: True, "a codelist follows a standard or is non-standard, not both"),
    Check("CodeList_Standard_NonStandard", "//odm:CodeList", list_without_standard,
          "a codelist names its standard or is marked as non-standard", versions=ONLY_21),
    Check("CodeList_Standard_NCICode", "//odm:CodeList[odm:Alias[@Context='nci:ExtCodeID']]",
          lambda e, _: not attribute(e, "def:StandardOID"), "a codelist with a C-code names its standard",
          versions=ONLY_21),
)

METHODS_AND_DOCUMENTS = (
    Check("MethodDef_Not_Referenced", "//odm:MethodDef", unused("MethodOID"), "no item uses this method", "warning"),
    Check("MethodDef_Type", "//odm:MethodDef", lambda e, _: not e.get("Type"), "the method has no type"),
    Check("MethodDef_Description", "//odm:MethodDef", lacks_text, "the method has no text"),
    documents("MethodDef_DocumentRef", "//odm:MethodDef"),
    Check("CommentDef_Not_Referenced", "//def:CommentDef", unused("CommentOID"), "nothing refers to this comment",
          "warning"),
    Check("CommentDef_Description", "//def:CommentDef", lacks_text, "the comment has no text"),
    documents("CommentDef_DocumentRef", "//def:CommentDef"),
    Check("DocumentRef_PDFPageRef", "//*[def:DocumentRef]", listed_twice, "it refers to the same document twice"),
    Check("leaf_DocumentRef_ItemGroupDef", "//def:leaf", leaf_unused, "nothing refers to this file", "warning"),
    Check("leaf_duplicate", "//odm:MetaDataVersion/def:leaf", lambda e, d: d.names_document_again(e),
          "another leaf has the same file and title"),
)

PUBLISHED = (*HEADER, *VALUE_LEVEL, *DATASETS, *ITEMS, *CODELISTS, *METHODS_AND_DOCUMENTS)

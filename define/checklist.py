"""What Define-XML 2.1 asks beyond the schema and the published assertions: each rule by a name of our own."""

import re

from define.document import Check, Document, Element, attribute
from define.published import COLLECTED, children, text_of, undefined
from define.text import FORBIDDEN_SHOWN

__all__ = ["CHECKLIST"]

GROUP = "//odm:ItemGroupDef"
GROUP_REF = "//odm:ItemGroupDef/odm:ItemRef"
ITEM = "//odm:ItemDef"
CLASS_ORDER = ("TRIAL DESIGN", "SPECIAL PURPOSE", "INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT",
               "RELATIONSHIP",
               "STUDY REFERENCE")
LABEL_BYTES, TEXT_BYTES = 40, 200
WITH_LENGTH = ("text", "integer", "float")
SOURCES = {
    "Tabulation": {"Collected": ("Subject", "Investigator", "Vendor"), "Derived": ("Vendor", "Sponsor"),
                   "Assigned": ("Vendor", "Sponsor"), "Protocol": ("Sponsor",), "Predecessor": ("",)},
    "Analysis": {"Derived": ("Sponsor",), "Assigned": ("Sponsor",), "Predecessor": ("",)},
}


def purpose_of(item: Element, document: Document) -> str:
    """Tabulation or Analysis, by the dataset that has the item or the variable it is a value of."""
    parent = document.parents.get(item.get("OID", ""), item)
    refs = document.item_refs.get(parent.get("OID", ""), [])
    return next((ref.getparent().get("Purpose", "") for ref in refs if ref.getparent().get("Purpose")), "")


def origins_of(item: Element, document: Document) -> list[Element]:
    """The item's origins, or those of the variable it is a value of."""
    parent = document.parents.get(item.get("OID", ""))
    return children(item, "def:Origin") or (children(parent, "def:Origin") if parent is not None else [])


def items_of(ref: Element, document: Document) -> list[Element]:
    item = document.definitions.get("ItemDef", {}).get(ref.get("ItemOID", ""))
    return [] if item is None else [item]


def no_standards(element: Element, _: Document) -> bool:
    context = attribute(element.getroottree().getroot(), "def:Context")
    return context == "Submission" and not children(element, "def:Standards")


def no_stylesheet(element: Element, _: Document) -> bool:
    return not any("xml-stylesheet" in str(node) for node in element.itersiblings(preceding=True))


def wrong_dataset_name(element: Element, _: Document) -> bool:
    name = element.get("Name", "")
    return not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", name) or element.get("SASDatasetName") != name


def wrong_domain(element: Element, _: Document) -> bool:
    if element.get("Purpose") == "Analysis":
        return bool(element.get("Domain"))
    return not element.get("Domain") and not element.get("Name", "").startswith("REL")


def wrong_file_name(element: Element, _: Document) -> bool:
    href = attribute(element, "xlink:href")
    return href.rpartition("/")[2] != f"{element.getparent().get('Name', '').lower()}.xpt"


def out_of_class_order(element: Element, _: Document) -> bool:
    """Wrong for a tabulation dataset before one of an earlier class, or of its class and an earlier name."""
    def place(group: Element) -> tuple[int, str]:
        name = next((found.get("Name", "") for found in children(group, "def:Class")), "")
        return (CLASS_ORDER.index(name) if name in CLASS_ORDER else len(CLASS_ORDER)), group.get("Name", "")

    after = element.getnext()
    if after is None or after.tag != element.tag or element.get("Purpose") != "Tabulation":
        return False
    return place(element) > place(after)


def broken_keys(element: Element, _: Document) -> bool:
    keys = sorted(int(ref.get("KeySequence", "0")) for ref in children(element, "odm:ItemRef[@KeySequence]")
                  if ref.get("KeySequence", "").isdigit())
    return bool(keys) and keys != list(range(1, len(keys) + 1))


def some_unordered(element: Element, _: Document) -> bool:
    return 0 < len(children(element, "odm:ItemRef[@OrderNumber]")) < len(children(element, "odm:ItemRef"))


def derived_without_method(element: Element, document: Document) -> bool:
    """A variable or value that is stated to be derived; a value may also leave the method to its variable."""
    items = items_of(element, document)
    variables = [document.parents[oid] for item in items if (oid := item.get("OID", "")) in document.parents]
    refs = [element, *(ref for item in variables for ref in document.item_refs.get(item.get("OID", ""), []))]
    derived = any(children(item, "def:Origin[@Type='Derived']") for item in items)
    return derived and not any(ref.get("MethodOID") for ref in refs)


def empty_without_comment(element: Element, document: Document) -> bool:
    return not any(attribute(item, "def:CommentOID") for item in items_of(element, document))


def wrong_length(element: Element, _: Document) -> bool:
    length = element.get("Length", "")
    return (element.get("DataType") in WITH_LENGTH) != bool(length)


def too_long_text(element: Element, _: Document) -> bool:
    length = element.get("Length", "")
    return element.get("DataType") == "text" and length.isdigit() and int(length) > TEXT_BYTES


def longer_than_variable(element: Element, document: Document) -> bool:
    parent = document.parents.get(element.get("OID", ""), element)
    mine, theirs = element.get("Length", ""), parent.get("Length", "")
    return mine.isdigit() and theirs.isdigit() and int(mine) > int(theirs)


def wrong_label(element: Element, document: Document) -> bool:
    label = next((text_of(item) for item in items_of(element, document)), "-")
    return not 0 < document.label_size(label) <= LABEL_BYTES


def no_origin(element: Element, document: Document) -> bool:
    if element.get("OID") not in document.item_refs or origins_of(element, document):
        return False
    values = document.values.get(element.get("OID", ""), [])
    return not values or any(not children(value, "def:Origin") for value in values)


def wrong_source(element: Element, document: Document) -> bool:
    pairs = SOURCES.get(purpose_of(element.getparent(), document), {})
    return bool(pairs) and element.get("Source", "") not in pairs.get(element.get("Type", ""), ())


def unnamed_predecessor(element: Element, document: Document) -> bool:
    analysis = purpose_of(element.getparent(), document) == "Analysis"
    return analysis and not re.search(r"[A-Z][A-Z0-9_]*\.[A-Z][A-Z0-9_]*", text_of(element))


def no_annotated_crf(element: Element, document: Document) -> bool:
    return not document.knows_crf and bool(document.find(COLLECTED))


def wrong_pages(element: Element, _: Document) -> bool:
    listed, first, last = (bool(element.get(name)) for name in ("PageRefs", "FirstPage", "LastPage"))
    return listed == (first or last) or first != last


def value_outside_codelist(element: Element, document: Document) -> bool:
    """A condition that tests for a value which the codelist of the tested variable does not have."""
    items = document.definitions.get("ItemDef", {})
    item = items.get(attribute(element.getparent(), "def:ItemOID"))
    lists = [] if item is None else children(item, "odm:CodeListRef")
    codelist = document.definitions.get("CodeList", {}).get(lists[0].get("CodeListOID", "")) if lists else None
    if codelist is None or children(codelist, "odm:ExternalCodeList"):
        return False
    terms = {term.get("CodedValue") for term in children(codelist, "*[@CodedValue]")}
    return bool(element.text) and element.text not in terms


def several_values(element: Element, _: Document) -> bool:
    return element.get("Comparator") not in ("IN", "NOTIN") and len(children(element, "odm:CheckValue")) != 1


def qualifiers_without_values(element: Element, document: Document) -> bool:
    return any(item.get("Name") == "QVAL" and not children(item, "def:ValueListRef")
               for ref in children(element, "odm:ItemRef") for item in items_of(ref, document))


def has_code(term: Element) -> bool:
    return bool(children(term, "odm:Alias[@Context='nci:ExtCodeID']"))


def unmarked_term(element: Element, _: Document) -> bool:
    """In a CDISC list a term has a C-code, or is marked as the study's own, never both; elsewhere none is marked."""
    codelist = element.getparent()
    extended = attribute(element, "def:ExtendedValue") == "Yes"
    return has_code(element) == extended if has_code(codelist) else extended


def other_data_type(element: Element, document: Document) -> bool:
    """A text variable with a list of numbers, or the reverse; whole numbers fit a list of decimals."""
    codelist = document.definitions.get("CodeList", {}).get(element.get("CodeListOID", ""))
    if codelist is None:
        return False
    numbers = [kind.get("DataType") in ("integer", "float") for kind in (element.getparent(), codelist)]
    return numbers[0] != numbers[1]


def shows_forbidden(element: Element, _: Document) -> bool:
    return any(FORBIDDEN_SHOWN.search(text) for text in [element.text or "", *map(str, element.attrib.values())])


def both_origins(element: Element, document: Document) -> bool:
    values = document.values.get(element.get("OID", ""), [])
    return bool(values and children(element, "def:Origin")) and all(children(value, "def:Origin") for value in values)


DATASETS = (
    Check("Stylesheet", "/*", no_stylesheet, "no stylesheet is named between the XML declaration and ODM", "warning"),
    Check("Standards_Present", "//odm:MetaDataVersion", no_standards, "a submission names its standards"),
    Check("StandardOID_Resolves", "//*[@def:StandardOID]", undefined("Standard", "def:StandardOID"),
          "its standard is not defined"),
    Check("CommentOID_Resolves", "//odm:MetaDataVersion[@def:CommentOID] | //def:Standard[@def:CommentOID] | "
          "//odm:CodeList[@def:CommentOID]", undefined("CommentDef", "def:CommentOID"), "its comment is not defined"),
    Check("ItemGroupDef_Name", GROUP, wrong_dataset_name,
          "Name and SASDatasetName are the same 1 to 8 capital letters, digits and _"),
    Check("ItemGroupDef_Domain", GROUP, wrong_domain,
          "a tabulation dataset names its domain, an analysis dataset has none"),
    Check("ItemGroupDef_Repeating", f"{GROUP}[@IsReferenceData='Yes']", lambda e, _: e.get("Repeating") != "No",
          "reference data are not repeating"),
    Check("ItemGroupDef_NoData_Comment", f"{GROUP}[@def:HasNoData='Yes']",
          lambda e, _: not attribute(e, "def:CommentOID"), "a dataset without data needs a comment that says why"),
    Check("ItemGroupDef_leaf_Name", f"{GROUP}/def:leaf", wrong_file_name,
          "the file is not called like the dataset in lower case"),
    Check("ItemGroupDef_Order", f"{GROUP}[def:Class]", out_of_class_order,
          "the datasets are not ordered by class and name", "notice"),
    Check("ItemGroupDef_KeySequence", GROUP, broken_keys, "the key variables are not numbered 1, 2, 3 ..."),
    Check("SUPPQUAL_ValueList", GROUP, qualifiers_without_values, "QVAL needs a value list by QNAM"),
)

REFERENCES = (
    Check("ItemRef_OrderNumber", f"{GROUP} | //def:ValueListDef", some_unordered,
          "OrderNumber is stated for all items or none"),
    Check("ItemRef_Role", f"{GROUP}[@Purpose='Analysis']/odm:ItemRef[@Role]", lambda e, _: True,
          "a variable of an analysis dataset has no role"),
    Check("ItemRef_Role_Missing", f"{GROUP}[@Purpose='Tabulation']/odm:ItemRef[not(@Role)]", lambda e, _: True,
          "the variable has no role", "notice"),
    Check("ItemRef_Method_Derived", "//odm:ItemRef", derived_without_method, "a derived item needs a method",
          "warning"),
    Check("ItemRef_NoData_Comment", "//odm:ItemRef[@def:HasNoData='Yes']", empty_without_comment,
          "an item without data needs a comment that says why"),
    Check("ItemRef_NonStandard", "/odm:ODM[@def:Context='Submission']//odm:ItemRef[@def:IsNonStandard]",
          lambda e, _: True, "in a submission a variable is never marked as non-standard"),
    Check("ItemRef_Label", GROUP_REF, wrong_label, f"the label of a variable has 1 to {LABEL_BYTES} bytes"),
)

ITEMS = (
    Check("ItemDef_SASFieldName", ITEM, lambda e, _: not e.get("SASFieldName"), "the item has no SASFieldName",
          "warning"),
    Check("ItemDef_Length", ITEM, wrong_length, "Length is stated for text, integer and float, and for nothing else"),
    Check("ItemDef_Length_200", ITEM, too_long_text, f"a text is at most {TEXT_BYTES} bytes long"),
    Check("ItemDef_Length_Value", ITEM, longer_than_variable, "the value is longer than its variable"),
    Check("ItemDef_SignificantDigits", ITEM,
          lambda e, _: (e.get("DataType") == "float") != ("SignificantDigits" in e.attrib),
          "SignificantDigits is stated for float, and for nothing else"),
    Check("ItemDef_Origin_Missing", ITEM, no_origin, "nothing says where the item comes from"),
    Check("ItemDef_Origin_Twice", ITEM, both_origins,
          "the origin is stated for the variable and again for all its values", "notice"),
    Check("ItemDef_Origin_Source", "//odm:ItemDef/def:Origin", wrong_source,
          "this type of origin cannot have this source here", versions=("2.1",)),
    Check("ItemDef_Origin_Predecessor", "//odm:ItemDef/def:Origin[@Type='Predecessor']", unnamed_predecessor,
          "the predecessor of an analysis variable is described as DATASET.VARIABLE"),
    Check("AnnotatedCRF_Missing", "//odm:MetaDataVersion", no_annotated_crf,
          "there is no annotated CRF yet: collected variables cannot name their pages", "warning"),
    Check("PDFPageRef_Pages", "//def:PDFPageRef", wrong_pages, "pages are PageRefs, or FirstPage and LastPage"),
    Check("RangeCheck_SoftHard", "//def:WhereClauseDef/odm:RangeCheck", lambda e, _: e.get("SoftHard") != "Soft",
          "SoftHard must be Soft"),
    Check("RangeCheck_Values", "//def:WhereClauseDef/odm:RangeCheck", several_values,
          "this comparator takes one value"),
    Check("RangeCheck_CodeList", "//def:WhereClauseDef/odm:RangeCheck/odm:CheckValue", value_outside_codelist,
          "the codelist of the tested variable lacks this value"),
    Check("CodeList_Term_Unmarked", "//odm:CodeList/*[@CodedValue]", unmarked_term,
          "a term of a CDISC list has a C-code, or is marked as an extension if the list is extensible"),
    Check("CodeList_DataType", "//odm:ItemDef/odm:CodeListRef", other_data_type,
          "item and codelist differ in data type", "warning"),
    Check("ExternalCodeList_Version", "//odm:ExternalCodeList",
          lambda e, _: not (e.get("Dictionary") and e.get("Version")),
          "an external dictionary needs its name and version", "warning"),
    Check("Forbidden_Character", "//*", shows_forbidden,
          "a text holds a character that XML forbids; it is shown as its code", "warning"),
)

CHECKLIST = (*DATASETS, *REFERENCES, *ITEMS)

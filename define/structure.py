"""Defects of a define.xml that are met in practice: names, numbers, origins, pages, links and texts."""

import re
from collections import Counter
from datetime import datetime

from define.checklist import items_of, purpose_of
from define.document import Check, Document, Element, attribute
from define.published import children, text_of, undefined, unused

__all__ = ["STRUCTURE"]

GROUP, GROUP_REF, ITEM, ORIGIN = ("//odm:ItemGroupDef", "//odm:ItemGroupDef/odm:ItemRef", "//odm:ItemDef",
                                  "//odm:ItemDef/def:Origin")
DATA_TYPES = ("text", "integer", "float", "datetime", "date", "time", "partialDate", "partialTime", "partialDatetime",
              "incompleteDatetime", "durationDatetime", "intervalDatetime")
NUMBERS = ("integer", "float")
ORIGINS = {"2.1": ("Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available", "Other"),
           "2.0": ("CRF", "Derived", "Assigned", "Protocol", "eDT", "Predecessor")}
SAS_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
SAS_FORMAT = re.compile(r"(?=.*[A-Z0-9])\$?([A-Z_][A-Z0-9_]*)?\.?\d*(\.\d*)?", re.IGNORECASE)
ALWAYS_NUMBERS = re.compile(r"[A-Z]{2}(SEQ|DY|STDY|ENDY|STRESN|DOSE)|VISITNUM|VISITDY|TAETORD|AVAL|BASE|CHG|PCHG|"
                            "PARAMN")
PREDECESSOR = re.compile(r"\b([A-Z][A-Z0-9_]{1,7})\.([A-Z_][A-Z0-9_]{0,7})\b")
PLACEHOLDER = re.compile(r"\W*(tb[dca]|to ?do|to be (determined|defined|completed|added|confirmed)|xxx+|\?+|"
                         r"placeholder|lorem ipsum.*)\W*", re.IGNORECASE)
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\")
DATE_WORDS = re.compile(r"\b(date|time|datetime)\b", re.IGNORECASE)


def defined_before(element: Element, document: Document) -> bool:
    oid = element.get("OID") or element.get("ID")
    return bool(oid) and document.definitions[element.tag.rpartition("}")[2]].get(oid) is not element


def same_variables(element: Element, document: Document) -> str:
    """The names that several variables of the dataset have."""
    refs = children(element, "odm:ItemRef")
    names = Counter(item.get("Name", "") for ref in refs for item in items_of(ref, document))
    once = len({ref.get("ItemOID") for ref in refs}) == len(refs)
    return ", ".join(sorted(name for name, count in names.items() if count > 1 and once))


def wrong_time(element: Element, _: Document) -> bool:
    try:
        datetime.fromisoformat(element.get("CreationDateTime", ""))
    except ValueError:
        return True
    return False


def other_content(element: Element, _: Document) -> str:
    return ", ".join(name for name in ("AdminData", "ReferenceData", "ClinicalData", "Association")
                     if children(element, f"odm:{name}"))


def nameless_study(element: Element, _: Document) -> str:
    return ", ".join(name for name in ("StudyName", "StudyDescription", "ProtocolName")
                     if not text_of(element, f"odm:GlobalVariables/odm:{name}"))


def wrong_origin(element: Element, document: Document) -> str:
    words = ORIGINS.get(document.version, ORIGINS["2.1"])
    told = element.get("Type", "")
    other = next((version for version, known in ORIGINS.items() if told in known), "")
    return "" if told in words else f"{told or 'nothing'}{f' is a word of Define-XML {other}' if other else ''}"


def unknown_predecessor(element: Element, document: Document) -> str:
    """Predecessors that the document itself must know, and does not have."""
    named = PREDECESSOR.findall(text_of(element))
    return ", ".join(f"{dataset}.{variable}" for dataset, variable in named
                     if dataset in document.variables and variable not in document.variables[dataset])


def names_predecessor(element: Element, _: Document) -> bool:
    return not text_of(element)


def pages_of_another(element: Element, document: Document) -> bool:
    crf = {ref.get("leafID") for ref in document.find("//def:AnnotatedCRF/def:DocumentRef")}
    return bool(crf) and not crf & {ref.get("leafID") for ref in children(element, "def:DocumentRef")}


def wrong_page_numbers(element: Element, _: Document) -> bool:
    """Physical pages are whole numbers from 1, with blanks between; a range of pages does not run backwards."""
    if element.get("Type") == "NamedDestination":
        return bool(element.get("FirstPage") or element.get("LastPage"))
    listed = element.get("PageRefs", "").split()
    ends = [element.get(name) for name in ("FirstPage", "LastPage") if element.get(name)]
    numbers = [*listed, *ends]
    if not all(number.isascii() and number.isdigit() and int(number) > 0 for number in numbers):
        return True
    return len(ends) == 2 and int(ends[0]) > int(ends[1])


def wrong_link(element: Element, _: Document) -> bool:
    href = attribute(element, "xlink:href")
    return not href.strip() or bool(ABSOLUTE.match(href)) or "\\" in href


def wrong_variable_name(element: Element, document: Document) -> bool:
    return any(not SAS_NAME.fullmatch(item.get("Name", "")) for item in items_of(element, document))


def other_sas_name(element: Element, document: Document) -> bool:
    return any(item.get("SASFieldName", item.get("Name")) != item.get("Name") for item in items_of(element, document))


def no_sas_name(element: Element, _: Document) -> bool:
    return not SAS_NAME.fullmatch(element.get("SASFieldName", "").upper())


def length_without_sense(element: Element, _: Document) -> bool:
    length = element.get("Length", "1")
    return not (length.isascii() and length.isdigit() and int(length) > 0)


def more_digits_than_length(element: Element, _: Document) -> bool:
    length, digits = element.get("Length", ""), element.get("SignificantDigits", "")
    return length.isdigit() and digits.isdigit() and int(digits) >= int(length)


def text_instead_of_date(element: Element, document: Document) -> bool:
    variable = any(ref.getparent().tag.endswith("}ItemGroupDef") for ref in document.item_refs.get(
        element.get("OID", ""), []))
    return variable and bool(re.fullmatch(r"[A-Z]{2,6}DTC|[A-Z]{2}DUR", element.get("Name", ""))) and element.get(
        "DataType") in ("text", *NUMBERS)


def text_instead_of_number(element: Element, document: Document) -> bool:
    return bool(ALWAYS_NUMBERS.fullmatch(element.get("Name", ""))) and element.get("DataType") in DATA_TYPES \
        and element.get("DataType") not in NUMBERS


def wrong_format(element: Element, _: Document) -> bool:
    return not SAS_FORMAT.fullmatch(attribute(element, "def:DisplayFormat"))


def date_without_format(element: Element, document: Document) -> bool:
    """A numeric date, time or date-time of an analysis dataset that is shown as a number."""
    named = re.fullmatch(r"[A-Z0-9]*(DT|DTM|TM)", element.get("Name", ""))
    return bool(named and DATE_WORDS.search(text_of(element))) and element.get("DataType") in NUMBERS \
        and purpose_of(element, document) == "Analysis"


def value_of_another_type(element: Element, document: Document) -> bool:
    parent = document.parents.get(element.get("OID", ""))
    return parent is not None and parent.get("DataType") in NUMBERS and element.get("DataType") not in NUMBERS


def placeholder(element: Element, _: Document) -> bool:
    return bool(PLACEHOLDER.fullmatch("".join(element.itertext()).strip()))


def other_domain(element: Element, _: Document) -> str:
    """A tabulation dataset whose Domain is not in its name: AE of AE and SUPPAE, QS of QSPH."""
    name, domain = element.get("Name", ""), element.get("Domain", "")
    fits = not domain or element.get("Purpose") != "Tabulation" or name.removeprefix("SUPP").startswith(domain)
    return "" if fits else f"{name} has the Domain {domain}"


def keys_of(element: Element, document: Document) -> set[str]:
    return {item.get("Name", "") for ref in children(element, "odm:ItemRef[@KeySequence]")
            for item in items_of(ref, document)}


def wrong_repeating(element: Element, document: Document) -> str:
    """One record a subject by the keys and Repeating, or several records a subject and not Repeating."""
    keys = keys_of(element, document) - {"STUDYID", "DOMAIN", "SITEID", "SUBJID"}
    if element.get("IsReferenceData") == "Yes" or "USUBJID" not in keys:
        return ""
    repeating = element.get("Repeating") == "Yes"
    return f"the keys are {', '.join(sorted(keys))}" if repeating == (keys == {"USUBJID"}) else ""


def subjects_in_reference(element: Element, document: Document) -> bool:
    return "USUBJID" in document.variables.get(element.get("Name", ""), {})


def both_purposes(element: Element, _: Document) -> bool:
    return len({group.get("Purpose") for group in children(element, "odm:ItemGroupDef")} & {
        "Tabulation", "Analysis"}) > 1


def no_ascii(element: Element, _: Document) -> bool:
    lang = element.get("{http://www.w3.org/XML/1998/namespace}lang", "en")
    return lang.startswith("en") and not "".join(element.itertext()).isascii()


def other_label(element: Element, document: Document) -> str:
    """The label that the variable has in the first dataset with a variable of this name."""
    return _differs(element, document, lambda item: text_of(item))


def other_type(element: Element, document: Document) -> str:
    return _differs(element, document, lambda item: "number" if item.get("DataType") in NUMBERS else "text")


def _differs(element: Element, document: Document, fact) -> str:  # type: ignore[no-untyped-def]
    item = next(iter(items_of(element, document)), None)
    if item is None or item.get("Name", "") not in document.first_variable:
        return ""
    dataset, first = document.first_variable[item.get("Name", "")]
    return f"{fact(first)!r} in {dataset}, {fact(item)!r} here" if fact(first) != fact(item) else ""


DOCUMENT = (
    Check("XML_Encoding", "/*", lambda _, d: d.encoding not in ("UTF-8", "ASCII", "US-ASCII"),
          "the file is not encoded in UTF-8", "warning"),
    Check("ODM_CreationDateTime", "/odm:ODM", wrong_time, "CreationDateTime is no ISO 8601 date and time"),
    Check("ODM_Other_Content", "/odm:ODM", other_content, "a define.xml holds metadata only"),
    Check("Study_Names", "//odm:Study", nameless_study, "the study is not named completely"),
    Check("OID_Duplicate", "//*[@OID or @ID]", defined_before, "another element of this kind has the same OID"),
    Check("TranslatedText_Languages", "//*[odm:TranslatedText[2]]", lambda e, _: True,
          "the text is there in several languages; readers show the first one only", "notice"),
    Check("Label_Not_ASCII", "//odm:ItemGroupDef/odm:Description/odm:TranslatedText | "
          "//odm:ItemDef/odm:Description/odm:TranslatedText", no_ascii, "an English label has letters beyond ASCII",
          "notice"),
    Check("Text_Placeholder", "//odm:Description/odm:TranslatedText", placeholder, "the text is a placeholder",
          "warning"),
)

DATASETS = (
    Check("ItemGroupDef_Name_Duplicate", GROUP, lambda e, d: d.repeats(e, "Name"), "another dataset has this name"),
    Check("ItemGroupDef_Purpose", GROUP, lambda e, _: e.get("Purpose") not in ("Tabulation", "Analysis"),
          "Purpose is Tabulation or Analysis"),
    Check("MetaDataVersion_Purposes", "//odm:MetaDataVersion", both_purposes,
          "tabulation and analysis datasets each have a document of their own", "warning"),
    Check("ItemGroupDef_Domain_Name", GROUP, other_domain,
          "Domain is the one that the name begins with: AE for AE and SUPPAE"),
    Check("ItemGroupDef_Repeating_Keys", GROUP, wrong_repeating,
          "Repeating is Yes where a subject may have several records, and No where it has one", "warning"),
    Check("ItemGroupDef_Reference_Subject", f"{GROUP}[@IsReferenceData='Yes']", subjects_in_reference,
          "reference data do not speak of subjects", "warning"),
    Check("ItemGroupDef_Empty", GROUP, lambda e, _: not children(e, "odm:ItemRef"), "the dataset has no variable"),
    Check("ItemGroupDef_Structure", GROUP, lambda e, _: not attribute(e, "def:Structure").strip(" -"),
          "nothing says what a record stands for (Structure)"),
    Check("ItemGroupDef_Class_Missing", f"{GROUP}[not(@def:IsNonStandard='Yes')]",
          lambda e, _: not children(e, "def:Class"), "the dataset has no class"),
    Check("ItemGroupDef_Label_Length", GROUP, lambda e, d: d.label_size(text_of(e)) > 40,
          "the label of the dataset is longer than 40 bytes"),
    Check("ItemGroupDef_leaf_Duplicate", f"{GROUP}/def:leaf", lambda e, d: d.shares_file(e),
          "another dataset has the same file"),
    Check("ItemGroupDef_Variable_Duplicate", GROUP, same_variables, "several variables have the same name"),
    Check("ItemGroupDef_Reference", f"{GROUP}[def:Class/@Name='TRIAL DESIGN']",
          lambda e, _: e.get("IsReferenceData") != "Yes", "a trial design dataset is reference data", "warning"),
    Check("ItemRef_Duplicate", "//odm:ItemRef", lambda e, d: d.repeats(e, "ItemOID"),
          "the same item is referred to twice"),
    Check("ItemRef_OrderNumber_Missing", GROUP,
          lambda e, _: bool(children(e, "odm:ItemRef")) and not children(e, "odm:ItemRef[@OrderNumber]"),
          "no variable has an OrderNumber", "warning"),
    Check("ItemRef_RoleCodeList", "//odm:ItemRef[@RoleCodeListOID]", undefined("CodeList", "RoleCodeListOID"),
          "the codelist of its role is not defined"),
    Check("ItemRef_NoData_Mandatory", f"{GROUP_REF}[@def:HasNoData='Yes']", lambda e, _: e.get("Mandatory") == "Yes",
          "a variable without data cannot be mandatory"),
    Check("ItemRef_Label_Inconsistent", GROUP_REF, other_label, "the variable has another label in another dataset",
          "notice"),
    Check("ItemRef_DataType_Inconsistent", GROUP_REF, other_type,
          "the variable has another type in another dataset", "warning"),
)

ITEMS = (
    Check("ItemDef_Name", GROUP_REF, wrong_variable_name,
          "the name of a variable is 1 to 8 capital letters, digits and _, and no digit first"),
    Check("ItemDef_SASFieldName_Name", GROUP_REF, other_sas_name, "Name and SASFieldName of a variable differ"),
    Check("ItemDef_SASFieldName_Form", f"{ITEM}[@SASFieldName]", no_sas_name,
          "SASFieldName is no name that SAS can have"),
    Check("ItemDef_DataType", ITEM, lambda e, _: e.get("DataType") not in DATA_TYPES, "there is no such DataType"),
    Check("ItemDef_Length_Number", f"{ITEM}[@Length]", length_without_sense, "Length is no whole number above 0"),
    Check("ItemDef_Digits_Length", f"{ITEM}[@DataType='float']", more_digits_than_length,
          "there are more SignificantDigits than the Length has room for"),
    Check("ItemDef_DataType_Date", ITEM, text_instead_of_date,
          "a date or a duration in ISO 8601 has a DataType of its own", "warning"),
    Check("ItemDef_DataType_Number", ITEM, text_instead_of_number, "this variable is a number"),
    Check("ItemDef_Value_DataType", ITEM, value_of_another_type, "the variable is a number and its value is not"),
    Check("ItemDef_DisplayFormat", f"{ITEM}[@def:DisplayFormat]", wrong_format, "DisplayFormat is no SAS format",
          "warning"),
    Check("ItemDef_DisplayFormat_Date", f"{ITEM}[not(@def:DisplayFormat)]", date_without_format,
          "a numeric date or time needs a DisplayFormat", "warning"),
    Check("ItemDef_Origin_Type", ORIGIN, wrong_origin, "there is no such type of origin"),
    Check("ItemDef_Origin_Predecessor_Missing", f"{ORIGIN}[@Type='Predecessor']", names_predecessor,
          "nothing says which variable is the predecessor"),
    Check("ItemDef_Origin_Predecessor_Unknown", f"{ORIGIN}[@Type='Predecessor']", unknown_predecessor,
          "the document has no such predecessor"),
    Check("ItemDef_Origin_Document", f"{ORIGIN}[@Type='Collected' or @Type='CRF'][def:DocumentRef]", pages_of_another,
          "the pages are not those of the annotated CRF", "warning"),
    Check("ItemDef_Origin_Pages", f"{ORIGIN}[@Type='Collected' or @Type='CRF']/def:DocumentRef",
          lambda e, _: not children(e, "def:PDFPageRef"), "the pages of the annotated CRF are missing", "warning"),
    Check("ItemRef_Method_Not_Derived", "//odm:ItemRef[@MethodOID]",
          lambda e, d: any(children(item, "def:Origin") and not children(item, "def:Origin[@Type='Derived']")
                           and not children(item, "def:Origin[@Type='Assigned']") for item in items_of(e, d)),
          "the item has a method, and its origin is neither Derived nor Assigned", "notice"),
)

DOCUMENTS = (
    Check("AnnotatedCRF_Element_Missing", "//odm:MetaDataVersion[not(def:AnnotatedCRF)]",
          lambda e, _: bool(children(e, "odm:ItemDef/def:Origin[@Type='Collected']/def:DocumentRef")
                            or children(e, "odm:ItemDef/def:Origin[@Type='CRF']/def:DocumentRef")),
          "items refer to pages of an annotated CRF, and the document does not name it (def:AnnotatedCRF)",
          "notice"),
    Check("PDFPageRef_Type", "//def:PDFPageRef", lambda e, _: e.get("Type") not in ("PhysicalRef", "NamedDestination"),
          "Type is PhysicalRef or NamedDestination"),
    Check("PDFPageRef_Numbers", "//def:PDFPageRef", wrong_page_numbers,
          "physical pages are whole numbers with blanks between, a range does not run backwards, and a named "
          "destination has no range"),
    Check("leaf_href", "//def:leaf", wrong_link, "the link is empty or no relative path with /"),
    Check("leaf_title", "//def:leaf", lambda e, _: not text_of(e, "def:title"), "the file has no title"),
    Check("ValueListDef_Not_Referenced", "//def:ValueListDef", unused("ValueListOID"), "no variable has these values",
          "warning"),
    Check("ValueListDef_Empty", "//def:ValueListDef", lambda e, _: not children(e, "odm:ItemRef"),
          "the value list has no item"),
    Check("MethodDef_Type_Word", "//odm:MethodDef[@Type]",
          lambda e, _: e.get("Type") not in ("Computation", "Imputation"), "Type is Computation or Imputation"),
    Check("MethodDef_Name", "//odm:MethodDef", lambda e, _: not e.get("Name", "").strip(), "the method has no name"),
    Check("FormalExpression_Context", "//odm:FormalExpression",
          lambda e, _: not e.get("Context", "").strip() or not "".join(e.itertext()).strip(),
          "an expression needs its language (Context) and its text"),
)

STRUCTURE = (*DOCUMENT, *DATASETS, *ITEMS, *DOCUMENTS)

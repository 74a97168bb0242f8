"""The datasets and variables of a define.xml against the implementation guides: class, labels, Required variables.

The facts are those of SDTMIG 3.4 and ADaMIG 1.3. Where the document states another version a difference is a warning.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from define.checklist import items_of
from define.document import Check, Document, Element, attribute
from define.published import children, text_of
from define.terms import nci_code
from specs.ct import standard_codelists
from specs.standard import known_layers, standard_layer

__all__ = ["GUIDE"]

VERSIONS = {
    "SDTMIG": ("3.1.1", "3.1.2", "3.1.3", "3.2", "3.3", "3.4"), "SDTMIG-MD": ("1.0", "1.1"), "SDTMIG-AP": ("1.0",),
    "ADaMIG": ("1.0", "1.1", "1.2", "1.3"), "ADaMIG-MD": ("1.0",), "ADaMIG-NCA": ("1.0",), "ADaMIG-popPK": ("1.0",),
    "ADaM-OCCDSIG": ("1.0", "1.1"), "SENDIG": ("3.0", "3.1", "3.1.1"), "SENDIG-AR": ("1.0",),
    "SENDIG-DART": ("1.1", "1.2"), "SENDIG-GENETOX": ("1.0",), "BIMO": ("1.0",),
}
NEWEST = {"Tabulation": "3.4", "Analysis": "1.3"}
NAMES = {"Tabulation": "SDTMIG", "Analysis": "ADaMIG"}
LAYERS = {"SUBJECT LEVEL ANALYSIS DATASET": "ADSL", "BASIC DATA STRUCTURE": "BDS",
          "OCCURRENCE DATA STRUCTURE": "OCCDS"}
GROUP, GROUP_REF = "//odm:ItemGroupDef", "//odm:ItemGroupDef/odm:ItemRef"
TABULATION_REF = f"{GROUP}[not(@Purpose='Analysis')]/odm:ItemRef"      # ADaM lets Required variables be null
NUMBERS = ("integer", "float")
ALWAYS = ("STUDYID", "USUBJID", "PARAMCD", "PARAM")
TEMPLATE = re.compile(r"[a-z*]|--")


def layer_of(group: Element) -> Mapping[str, Any]:
    """The guide's facts of a dataset, or nothing where it has none."""
    name, domain = group.get("Name", ""), group.get("Domain", "")
    if group.get("Purpose") == "Analysis":
        found = [LAYERS[told.get("Name", "")] for told in children(group, "def:Class") if told.get("Name") in LAYERS]
        return standard_layer(found[0]).content if found else {}
    if name.startswith("SUPP"):
        return standard_layer("SUPPQUAL").content
    wanted = next((known for known in (name, domain) if known in known_layers()), "")
    return standard_layer(wanted).content if wanted else {}


def facts_of(ref: Element, document: Document) -> tuple[Element | None, Mapping[str, Any]]:
    """The ItemDef of a variable and the guide's facts of it."""
    item = next(iter(items_of(ref, document)), None)
    known = layer_of(ref.getparent()).get("variables", {})
    return item, known.get(item.get("Name", ""), {}) if item is not None else {}


def guide_of(element: Element) -> str:
    """SDTMIG 3.4: the guide that our facts of the dataset are from, whatever version the document follows."""
    group = element if element.tag.endswith("}ItemGroupDef") else element.getparent()
    purpose = "Analysis" if group.get("Purpose") == "Analysis" else "Tabulation"
    return f"{NAMES[purpose]} {NEWEST[purpose]}"


def of_another_version(element: Element, document: Document) -> bool:
    group = element if element.tag.endswith("}ItemGroupDef") else element.getparent()
    standard = document.definitions.get("Standard", {}).get(attribute(group, "def:StandardOID"))
    version = attribute(document.find("//odm:MetaDataVersion")[0], "def:StandardVersion") if standard is None else \
        standard.get("Version", "")
    return version != NEWEST.get(group.get("Purpose", ""), "")


def other_class(group: Element, _: Document) -> str:
    wanted = layer_of(group).get("class", "")
    told = [found.get("Name", "") for found in children(group, "def:Class")]
    return f"{wanted} in {guide_of(group)}, not {told[0]}" if wanted and told and told[0] != wanted else ""


def is_english(element: Element | None) -> bool:
    """True where the label is in English, or in no stated language."""
    texts = [] if element is None else children(element, "odm:Description/odm:TranslatedText")
    return not texts or texts[0].get("{http://www.w3.org/XML/1998/namespace}lang", "en").startswith("en")


def other_dataset_label(group: Element, _: Document) -> str:
    layer, name = layer_of(group), group.get("Name", "")
    if group.get("Purpose") == "Analysis" or not layer or not is_english(group):
        return ""
    domain = group.get("Domain", "") or name[4:6]
    wanted = f"Supplemental Qualifiers for {name.removeprefix('SUPP')}" if name.startswith("SUPP") else layer["label"]
    split = not name.startswith("SUPP") and name != domain
    told = f"{wanted!r} in {guide_of(group)}, not {text_of(group)!r}"
    return told if text_of(group) not in ("", wanted) and not split else ""


def lacks_required(group: Element, document: Document) -> str:
    """The Required variables that a dataset lacks; of an analysis dataset those that every one of its class has."""
    mine = document.variables.get(group.get("Name", ""), {})
    known = layer_of(group).get("variables", {})
    if group.get("Purpose") == "Analysis":
        known = {name: facts for name, facts in known.items() if name in ALWAYS}
    return ", ".join(name for name, facts in known.items()
                     if facts.get("core") == "Req" and name not in mine and not TEMPLATE.search(name))


def other_label(ref: Element, document: Document) -> str:
    item, facts = facts_of(ref, document)
    label = facts.get("label", "")
    if item is None or not label or not is_english(item) or re.search(r"\{|\.\.\.|\bXX\b", label):
        return ""
    return f"{label!r} in {guide_of(ref)}, not {text_of(item)!r}" if text_of(item) not in ("", label) else ""


def other_type(ref: Element, document: Document) -> str:
    item, facts = facts_of(ref, document)
    wrong = item is not None and facts.get("type") == "Num" and item.get("DataType") not in NUMBERS
    return guide_of(ref) if wrong else ""


def may_be_missing(ref: Element, document: Document) -> str:
    wrong = facts_of(ref, document)[1].get("core") == "Req" and ref.get("Mandatory") != "Yes"
    return f"Required in {guide_of(ref)}" if wrong else ""


def other_role(ref: Element, document: Document) -> str:
    role = facts_of(ref, document)[1].get("role", "")
    told = f"{role} in {guide_of(ref)}, not {ref.get('Role')}"
    return told if role and ref.get("Role", role).casefold() != role.casefold() else ""


def other_codelist(ref: Element, document: Document) -> str:
    """The CDISC list that the guide names for the variable, where it has another or none."""
    item, facts = facts_of(ref, document)
    wanted = standard_codelists().get(facts.get("codelist", ""))
    if item is None or wanted is None or not wanted.code or attribute(ref, "def:HasNoData") == "Yes":
        return ""
    refs = children(item, "odm:CodeListRef")
    codelist = document.definitions.get("CodeList", {}).get(refs[0].get("CodeListOID", "")) if refs else None
    named = f"{wanted.name} ({wanted.code}) of {guide_of(ref)}"
    if codelist is None:
        return "" if refs or children(item, "def:ValueListRef") else f"{named} is missing"
    code = nci_code(codelist)
    return "" if code == wanted.code else f"{named}, not {code or codelist.get('Name')}"


def wrong_standard_version(standard: Element, _: Document) -> bool:
    name, version = standard.get("Name", ""), standard.get("Version", "")
    if standard.get("Type") == "CT" or name == "CDISC/NCI":
        return not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version)
    return name in VERSIONS and version not in VERSIONS[name]


def no_day_of_publication(standard: Element, _: Document) -> bool:
    """CDISC terminology is published on Fridays, four or five times a year (so since 2015)."""
    version = standard.get("Version", "")
    try:
        day = date.fromisoformat(version)
    except ValueError:
        return False
    return day.year >= 2015 and (day.isoweekday() != 5 or day.month not in (3, 6, 9, 11, 12))


def stated_before(standard: Element, _: Document) -> bool:
    def told(element: Element) -> tuple[str, ...]:
        return tuple(element.get(name, "") for name in ("Name", "Type", "PublishingSet", "Version"))

    return any(told(other) == told(standard) for other in standard.itersiblings(standard.tag, preceding=True))


def wrong_standard_name(standard: Element, _: Document) -> bool:
    ct = standard.get("Type") == "CT"
    return standard.get("Name", "") not in (("CDISC/NCI",) if ct else VERSIONS)


def standard_of_another_kind(element: Element, document: Document) -> bool:
    """A codelist that names a guide as its standard, a dataset that names terminology or the other model's guide."""
    standard = document.definitions.get("Standard", {}).get(attribute(element, "def:StandardOID"))
    if standard is None:
        return False
    if element.tag.endswith("}CodeList"):
        return standard.get("Type") != "CT"
    analysis = standard.get("Name", "").startswith("ADaM")
    return standard.get("Type") == "CT" or analysis != (element.get("Purpose") == "Analysis")


def wrong_standard_of_20(element: Element, document: Document) -> bool:
    """Define-XML 2.0 names one standard for the whole document."""
    return not (attribute(element, "def:StandardName").strip() and attribute(element, "def:StandardVersion").strip())


GUIDE = (
    Check("Standard_Name", "//def:Standard", wrong_standard_name,
          f"a standard is one of {', '.join(VERSIONS)}, and CDISC/NCI for terminology (Type CT)", versions=("2.1",)),
    Check("Standard_Version", "//def:Standard", wrong_standard_version,
          "the standard has no such version (of terminology: the date of the package)", versions=("2.1",)),
    Check("Standard_Publication", "//def:Standard[@Type='CT']", no_day_of_publication,
          "no package of terminology was published on this day", "warning", versions=("2.1",)),
    Check("Standard_Duplicate", "//def:Standard", stated_before, "the standard is listed twice", "warning",
          versions=("2.1",)),
    Check("Standard_Kind", f"{GROUP}[@def:StandardOID] | //odm:CodeList[@def:StandardOID]", standard_of_another_kind,
          "a dataset follows the guide of its model, a codelist a version of the terminology", versions=("2.1",)),
    Check("MetaDataVersion_Standard", "//odm:MetaDataVersion", wrong_standard_of_20,
          "the standard or its version is not stated", versions=("2.0",)),
    Check("ItemGroupDef_Class_Standard", GROUP, other_class, "the guide has the dataset in another class"),
    Check("ItemGroupDef_Label_Standard", GROUP, other_dataset_label, "the guide has another label", "warning"),
    Check("ItemGroupDef_Required_Missing", GROUP, lacks_required, "Required variables are missing",
          softer=of_another_version),
    Check("ItemRef_Label_Standard", GROUP_REF, other_label, "the guide has another label", "warning"),
    Check("ItemRef_DataType_Standard", GROUP_REF, other_type, "the variable is numeric by the guide"),
    Check("ItemRef_Mandatory_Standard", TABULATION_REF, may_be_missing, "a Required variable is mandatory",
          softer=of_another_version),
    Check("ItemRef_Role_Standard", f"{TABULATION_REF}[@Role]", other_role,
          "the guide has another role", "warning"),
    Check("ItemRef_CodeList_Standard", GROUP_REF, other_codelist, "the guide names another codelist", "warning"),
)

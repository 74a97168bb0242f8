"""The codelists of a define.xml against CDISC's controlled terminology: C-codes, terms and extensions.

Judged are the lists that the standards' variables name, by the package shipped with this program. Where the document
states another version of the terminology a difference is a warning: terms come and go between versions.
"""

import re
from collections.abc import Mapping
from functools import cache

from define.document import Check, Document, Element, attribute
from define.published import children
from specs.ct import CT_VERSION, standard_codelists
from specs.model import Codelist

__all__ = ["TERMS"]

LIST, TERM = "//odm:CodeList", "//odm:CodeList/*[self::odm:CodeListItem or self::odm:EnumeratedItem]"
NCI = "nci:ExtCodeID"


@cache
def lists_by_code() -> Mapping[str, Codelist]:
    return {codelist.code: codelist for codelist in standard_codelists().values() if codelist.code}


@cache
def lists_by_name() -> Mapping[str, Codelist]:
    lists = [codelist for codelist in standard_codelists().values() if codelist.code]
    return {name.casefold(): codelist for codelist in lists for name in (codelist.name, codelist.label)}


@cache
def values_by_code(code: str) -> Mapping[str, str]:
    return {term.code: term.value for term in lists_by_code()[code].terms.values() if term.code}


def nci_code(element: Element) -> str:
    return next((alias.get("Name", "") for alias in children(element, "odm:Alias") if alias.get("Context") == NCI), "")


def of_another_version(element: Element, document: Document) -> bool:
    """True where the codelist is stated to be of another version of the terminology, or of none."""
    codelist = element if element.tag.endswith("}CodeList") else element.getparent()
    standard = document.definitions.get("Standard", {}).get(attribute(codelist, "def:StandardOID"))
    return standard is None or standard.get("Version") != CT_VERSION


def malformed_code(element: Element, _: Document) -> str:
    told = [alias for alias in children(element, "odm:Alias") if alias.get("Context", "").lower().startswith("nci")]
    wrong = [alias for alias in told if alias.get("Context") != NCI or not re.fullmatch(r"C\d{3,7}",
                                                                                       alias.get("Name", ""))]
    return ", ".join(f"{alias.get('Context')} {alias.get('Name', '')}" for alias in wrong)


def code_of_another_list(codelist: Element, _: Document) -> str:
    """The C-code that CDISC gives the list of this name, where the document has another one."""
    known, code = lists_by_name().get(codelist.get("Name", "").casefold()), nci_code(codelist)
    return f"{known.label} is {known.code}, not {code}" if known and code and known.code != code else ""


def other_term_of_code(term: Element, _: Document) -> str:
    """What CDISC's list has under the C-code of the term, if it is not this term."""
    codelist, code, value = nci_code(term.getparent()), nci_code(term), term.get("CodedValue", "")
    if codelist not in lists_by_code() or not code:
        return ""
    known = values_by_code(codelist).get(code)
    if known is None:
        ours = lists_by_code()[codelist].terms.get(value)
        return f"{value} is {ours.code}, not {code}" if ours and ours.code else f"the list has no {code} ({value})"
    return "" if known == value else f"{code} is {known!r}, not {value!r}"


def unknown_term(term: Element, _: Document) -> str:
    """A term without a C-code that a list which is not extensible does not have."""
    codelist, value = lists_by_code().get(nci_code(term.getparent())), term.get("CodedValue", "")
    wrong = codelist is not None and not codelist.extensible and not nci_code(term) and value not in codelist.terms
    return f"{codelist.label} ({codelist.code}) has no {value!r}" if wrong and codelist else ""


def known_extension(term: Element, _: Document) -> str:
    """The term of CDISC's list that the study has as its own, or without its C-code, be it in other capitals."""
    codelist, value = lists_by_code().get(nci_code(term.getparent())), term.get("CodedValue", "")
    if codelist is None or nci_code(term):
        return ""
    known = {name.casefold(): found for name, found in codelist.terms.items() if found.code}.get(value.casefold())
    return f"{known.value} is {known.code}" if known else ""


def unpaired_tests(ref: Element, document: Document) -> str:
    """The C-codes that only one of the codelists of --TESTCD and --TEST has."""
    items = document.definitions.get("ItemDef", {})
    code = items.get(ref.get("ItemOID", ""))
    dataset = document.variables.get(ref.getparent().get("Name", ""), {})
    name = dataset.get("" if code is None else code.get("Name", "").removesuffix("CD"))
    if code is None or name is None or not code.get("Name", "").endswith("TESTCD"):
        return ""
    one, two = (codes_of(item, document) for item in (code, name))
    return ", ".join(sorted(one ^ two)) if one and two else ""


def codes_of(item: Element, document: Document) -> set[str]:
    """The C-codes of the terms of an item's codelist."""
    lists = [document.definitions.get("CodeList", {}).get(ref.get("CodeListOID", ""))
             for ref in children(item, "odm:CodeListRef")]
    terms = [term for codelist in lists if codelist is not None for term in children(codelist, "*[@CodedValue]")]
    return {nci_code(term) for term in terms} - {""}


TERMS = (
    Check("CodeList_Test_Pairs", "//odm:ItemGroupDef/odm:ItemRef", unpaired_tests,
          "the codelists of the test codes and of the test names have other tests", "warning"),
    Check("NCI_Code_Form", f"{LIST} | {TERM}", malformed_code,
          "a C-code is C and digits, in the context nci:ExtCodeID"),
    Check("CodeList_CT_Code", LIST, code_of_another_list, "the codelist of this name has another C-code",
          softer=of_another_version),
    Check("CodeList_CT_Term", TERM, other_term_of_code, f"term and C-code do not match the terminology of {CT_VERSION}",
          softer=of_another_version),
    Check("CodeList_CT_Not_Extensible", TERM, unknown_term, "the codelist is not extensible and lacks the term",
          softer=of_another_version),
    Check("CodeList_CT_Extension", TERM, known_extension, f"the terminology of {CT_VERSION} has the term",
          softer=of_another_version),
)

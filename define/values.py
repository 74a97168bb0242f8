"""Defects of value-level conditions and of codelists that the schema does not see or does not explain."""

from collections import Counter
from itertools import chain

from define.checklist import has_code, purpose_of
from define.document import Check, Document, Element, attribute
from define.published import children, text_of

__all__ = ["VALUES"]

COMPARATORS = ("LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN")
NUMBERS = ("integer", "float")
TERM = "//odm:CodeList/*[self::odm:CodeListItem or self::odm:EnumeratedItem]"
CHECK = "//def:WhereClauseDef/odm:RangeCheck"


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def tested_item(check: Element, document: Document) -> Element | None:
    return document.definitions.get("ItemDef", {}).get(attribute(check, "def:ItemOID"))


def values_of(check: Element) -> list[str]:
    return ["".join(value.itertext()) for value in children(check, "odm:CheckValue")]


def no_number(check: Element, document: Document) -> str:
    """The values that are no numbers although the tested variable is one."""
    item = tested_item(check, document)
    numeric = item is not None and item.get("DataType") in NUMBERS
    return ", ".join(repr(value) for value in values_of(check) if numeric and value and not is_number(value))


def order_of_texts(check: Element, document: Document) -> bool:
    item = tested_item(check, document)
    return check.get("Comparator") in ("LT", "LE", "GT", "GE") and item is not None and item.get("DataType") == "text"


def repeated_values(check: Element, _: Document) -> bool:
    values = values_of(check)
    return len(values) != len(set(values))


def no_value(check: Element, _: Document) -> bool:
    return not children(check, "odm:CheckValue")


def other_dataset(ref: Element, document: Document) -> str:
    """The tested variables that are not of the dataset of the value, where no comment says how to join."""
    values = ref.getparent().getparent()
    clause = document.definitions.get("WhereClauseDef", {}).get(ref.get("WhereClauseOID", ""))
    if clause is None or attribute(clause, "def:CommentOID"):
        return ""
    variables = document.users_of_values.get(values.get("OID", ""), [])
    mine = set(chain.from_iterable(document.datasets_of(variable) for variable in variables))
    tested = [attribute(check, "def:ItemOID") for check in children(clause, "odm:RangeCheck")]
    known = document.definitions.get("ItemDef", {})
    return ", ".join(oid for oid in tested if mine and oid in known and not mine & set(document.datasets_of(oid)))


def condition(clause: Element | None) -> frozenset[tuple[str, str, frozenset[str]]]:
    checks = [] if clause is None else children(clause, "odm:RangeCheck")
    return frozenset((attribute(check, "def:ItemOID"), check.get("Comparator", ""), frozenset(values_of(check)))
                     for check in checks)


def same_condition(values: Element, document: Document) -> str:
    """The conditions that several items of one value list have."""
    clauses = document.definitions.get("WhereClauseDef", {})
    told = [(condition(clauses.get(ref.get("WhereClauseOID", ""))), ref.get("WhereClauseOID", ""))
            for item in children(values, "odm:ItemRef") for ref in children(item, "def:WhereClauseRef")]
    counts = Counter(found for found, _ in told if found)
    return ", ".join(sorted({oid for found, oid in told if counts[found] > 1}))


def unlabelled_value(values: Element, document: Document) -> str:
    """The qualifiers without a label of 1 to 40 bytes."""
    variables = [document.definitions["ItemDef"][oid] for oid in document.users_of_values.get(values.get("OID", ""), [])
                 if oid in document.definitions.get("ItemDef", {})]
    items = document.definitions.get("ItemDef", {})
    supplement = any(variable.get("Name") == "QVAL" and purpose_of(variable, document) == "Tabulation"
                     for variable in variables)
    refs = children(values, "odm:ItemRef") if supplement else []
    return ", ".join(ref.get("ItemOID", "") for ref in refs if ref.get("ItemOID") in items
                     and not 0 < document.label_size(text_of(items[ref.get("ItemOID", "")])) <= 40)


def terms_of(codelist: Element) -> list[Element]:
    return children(codelist, "*[@CodedValue]")


def mixed(codelist: Element, _: Document) -> bool:
    kinds = [bool(children(codelist, f"odm:{kind}")) for kind in ("CodeListItem", "EnumeratedItem", "ExternalCodeList")]
    return sum(kinds) > 1


def no_terms(codelist: Element, _: Document) -> bool:
    return not any(children(codelist, f"odm:{kind}") for kind in ("CodeListItem", "EnumeratedItem", "ExternalCodeList"))


def twice(name: str):  # type: ignore[no-untyped-def]
    def wrong(codelist: Element, _: Document) -> str:
        counts = Counter(term.get(name) for term in terms_of(codelist) if name in term.attrib)
        return ", ".join(sorted(value for value, count in counts.items() if value and count > 1))

    return wrong


def only_case_differs(codelist: Element, _: Document) -> str:
    """Terms of the sponsor's own list that differ in nothing but capitals."""
    values = {} if has_code(codelist) else Counter(term.get("CodedValue", "").casefold().strip()
                                                   for term in set_of_terms(codelist))
    return ", ".join(sorted(value for value, count in values.items() if count > 1))


def set_of_terms(codelist: Element) -> list[Element]:
    return list({term.get("CodedValue"): term for term in terms_of(codelist)}.values())


def no_number_in_list(term: Element, _: Document) -> bool:
    kind, value = term.getparent().get("DataType"), term.get("CodedValue", "")
    return kind in NUMBERS and not (is_number(value) and (kind == "float" or float(value).is_integer()))


def blanks(term: Element, _: Document) -> bool:
    value = term.get("CodedValue", "")
    return not value or value != value.strip()


def no_decode(term: Element, _: Document) -> bool:
    return not text_of(term, "odm:Decode/odm:TranslatedText")


def longer_than_item(codelist: Element, document: Document) -> str:
    """Which text variable is too short for a term; a list of CDISC's may hold terms that the study does not use."""
    terms = [] if has_code(codelist) else terms_of(codelist)
    longest = max((len(term.get("CodedValue", "").encode()) for term in terms), default=0)
    short = [item for item in document.users_of_codelist.get(codelist.get("OID", ""), []) if item.get("DataType") ==
             "text" and item.get("Length", "").isdigit() and int(item.get("Length", "")) < longest]
    return f"{longest} bytes, {short[0].get('OID')} has {short[0].get('Length')}" if short else ""


VALUES = (
    Check("RangeCheck_Comparator", CHECK, lambda e, _: e.get("Comparator") not in COMPARATORS,
          "there is no such comparator"),
    Check("RangeCheck_ItemOID_Missing", CHECK, lambda e, _: not attribute(e, "def:ItemOID"),
          "nothing says which variable is tested (def:ItemOID)"),
    Check("RangeCheck_Value_Missing", CHECK, no_value, "the condition has no value to compare with"),
    Check("RangeCheck_Value_Duplicate", CHECK, repeated_values, "the condition names a value twice", "warning"),
    Check("RangeCheck_Value_Type", CHECK, no_number, "the tested variable is a number and the value is not"),
    Check("RangeCheck_Order_Of_Texts", CHECK, order_of_texts, "the order of texts is tested", "warning"),
    Check("WhereClauseDef_Empty", "//def:WhereClauseDef", lambda e, _: not children(e, "odm:RangeCheck"),
          "the where clause has no condition"),
    Check("WhereClauseDef_Other_Dataset", "//def:ValueListDef/odm:ItemRef/def:WhereClauseRef", other_dataset,
          "the condition tests a variable of another dataset, and no comment says how to join"),
    Check("ValueListDef_Same_Condition", "//def:ValueListDef", same_condition,
          "several items of the value list have the same condition"),
    Check("SUPPQUAL_Value_Label", "//def:ValueListDef", unlabelled_value,
          "each qualifier has a label of 1 to 40 bytes (its QLABEL)"),
    Check("CodeList_Mixed", "//odm:CodeList", mixed, "a codelist has one kind of items only"),
    Check("CodeList_Empty", "//odm:CodeList", no_terms, "the codelist has no term and no dictionary"),
    Check("CodeList_Term_Duplicate", "//odm:CodeList", twice("CodedValue"), "terms stand twice in the codelist"),
    Check("CodeList_Rank_Duplicate", "//odm:CodeList", twice("Rank"), "several terms have the same Rank"),
    Check("CodeList_Term_Case", "//odm:CodeList", only_case_differs, "terms differ in capitals only", "warning"),
    Check("CodeList_Term_Blank", TERM, blanks, "the term is empty, or begins or ends with a blank"),
    Check("CodeList_Term_DataType", TERM, no_number_in_list, "the term is no number of the codelist's DataType"),
    Check("CodeList_Term_Length", "//odm:CodeList", longer_than_item,
          "a term is longer than a variable that has the codelist", "notice"),
    Check("CodeList_Decode", "//odm:CodeListItem", no_decode, "the term has no decode"),
)

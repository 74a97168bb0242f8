"""The codelists of a define.xml: CDISC's, the study's own, and the codes of tests, parameters and qualifiers.

A list of up to 25 terms is written whole, but for CDISC's of which the specification decides what there can be: tests,
epochs, constants, choices of a form that a map lists. Such a list, and a longer one, is written with the terms that the
study uses: those in the data and those that the specification can give. A term of the data that a CDISC list lacks is
written too, marked as an extension where the list is extensible; where it is not, it stands there unmarked and the
check reports it. What the specification itself puts into a list that is not extensible (MULTIPLE in RACE) is an
extension too, written if used.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from define.items import Item, code_names
from define.model import CodeListDef, DefineSource, External, ListTerm
from define.oids import codelist_oid, ct_oid, dictionary_oid, subset_oid, variable_list_oid
from specs.ct import CT_VERSION
from specs.model import Codelist, DatasetSpec, VariableSpec

__all__ = ["make_codelists"]

WHOLE, FEW = 25, 5
BLANKS = " \t\r\n"
NUMBERS = (("integer", re.compile(r"[+-]?\d+", re.ASCII)), ("float", re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)))
NAMES = ("TEST", "TSPARM")               # the endings of variables that hold the name of a test
CODES_OF_TESTS = ("TESTCD", "TSPARMCD")
DECIDED = (*NAMES, *CODES_OF_TESTS, "EPOCH", "TSVCDREF", "ANMETH")
CODES = {"PARAMCD": "PARAMCD", "PARAM": "PARAMCD", "PARAMN": "PARAMCD", "QNAM": "QNAM"}


@dataclass(frozen=True)
class Usage:
    """How the study uses one codelist."""

    types: frozenset[str]                # Char and Num, by the variables that refer to it
    terms: frozenset[str]                # in the data or planned
    decodes: Mapping[str, str]           # the names of test codes
    whole: bool                          # the terms of the data are not known: write all
    names: bool                          # its terms are names of tests already, and need no decode
    decided: bool                        # the specification alone decides which of its terms there can be


def make_codelists(items: Iterable[Item], source: DefineSource) -> tuple[dict[str, str], tuple[CodeListDef, ...]]:
    """The codelist that each item refers to (by OID), and the lists themselves, by OID and with unique names."""
    items = list(items)
    usages = {name: _usage(name, items, source) for name in sorted({item.variable.codelist for item in items} - {""})}
    specs = {spec.name: spec for spec in source.datasets}
    references: dict[str, str] = {}
    made: dict[str, CodeListDef] = {}
    for item in items:
        codelist = _list_of(item, specs[item.dataset], usages, source)
        if codelist is not None and (codelist.terms or codelist.external):
            references[item.oid] = codelist.oid
            made[codelist.oid] = codelist
    told = {oid: codelist if codelist.external else _made(codelist, source.language) for oid, codelist in made.items()}
    return references, _with_unique_names(told)


def _list_of(item: Item, spec: DatasetSpec, usages: Mapping[str, Usage], source: DefineSource) -> CodeListDef | None:
    codelist = source.codelists.get(item.variable.codelist)
    if codelist is None:
        return _dictionary(item, source) or (_list_of_codes(item, spec, source) if not item.value else None)
    usage = usages[item.variable.codelist]
    if not item.value or item.is_qualifier or (item.told and item.told.codelist):
        return _list_in_use(codelist, usage, item.variable.type)
    if len(item.summary.terms) > FEW:
        return _list_in_use(codelist, usage, item.variable.type)
    whole = _list_in_use(codelist, usage, item.variable.type)
    if {term.value for term in whole.terms} <= set(item.summary.terms):
        return whole
    return _subset(codelist, usage, item.summary.terms) if item.summary.terms else None


def _dictionary(item: Item, source: DefineSource) -> CodeListDef | None:
    """The external dictionary of a variable, where the study says which version it used: its terms, or its codes."""
    name = item.variable.dictionary
    known = source.facts.dictionaries.get(name)
    if known is None or (item.value and not item.is_qualifier):
        return None
    numeric = item.variable.type == "Num"
    shown = known.name or name
    return CodeListDef(dictionary_oid(name, numeric), f"{shown} (codes)" if numeric else shown,
                       "integer" if numeric else "text",
                       external=External(shown, known.version, known.ref, known.href))


def _usage(name: str, items: Iterable[Item], source: DefineSource) -> Usage:
    """What all variables together use of a codelist."""
    users = [item for item in items if item.variable.codelist == name]
    known = source.codelists[name].terms.keys()
    decodes: dict[str, str] = {}
    terms: set[str] = set()
    for item in users:
        if item.place.endswith(CODES_OF_TESTS):
            decodes |= code_names(item.spec, item.place, source)
        planned = _planned_terms(item.variable, item.spec)
        if item.told:                                        # what results as collected have, too
            planned |= _planned_terms(item.spec.variables.get(f"{item.spec.domain}ORRES", item.variable), item.spec)
            planned &= known
        terms |= {*item.summary.terms, *planned}
    return Usage(
        frozenset(item.variable.type for item in users),
        frozenset(terms),
        decodes,
        any(item.summary.filled and not item.summary.terms for item in users),
        all(item.place.endswith(NAMES) for item in users),
        all(item.place.endswith(DECIDED) or item.variable.map or item.variable.value for item in users),
    )


def _planned_terms(variable: VariableSpec, spec: DatasetSpec) -> set[str]:
    """The terms that the specification can give a variable: its maps, its constants, its tests and their units."""
    rules = [variable, *(variable.overridden(own[variable.name]) for own in spec.by_form.values()
                         if variable.name in own)]
    planned = {term for rule in rules for term in (*rule.map.values(), rule.value or "")}
    suffix = variable.name.removeprefix(spec.domain)
    for code, test in spec.tests.items():
        told = {"TESTCD": code, "TEST": test.name, "STRESU": test.unit}
        planned |= {told.get(suffix, ""), test.values.get(variable.name, "")}
    return planned - {""}


def _list_in_use(codelist: Codelist, usage: Usage, type_: str) -> CodeListDef:
    """The whole list, or of a long one the terms in use; a list for numbers apart where text variables use it too."""
    whole = usage.whole or (len(codelist.terms) <= WHOLE and not (usage.decided and codelist.standard))
    fixed = codelist.standard and not codelist.extensible
    standing = {term.value for term in codelist.terms.values() if term.code or not fixed}
    terms = _terms(codelist, usage, standing | usage.terms if whole else usage.terms)
    numeric = type_ == "Num"
    oid = codelist_oid(codelist.name, numeric and len(usage.types) > 1)
    return CodeListDef(oid, codelist.label or codelist.name, _data_type(terms) if numeric else "text", terms,
                       codelist.code, _standard(codelist), decoded=not usage.names)


def _subset(codelist: Codelist, usage: Usage, values: Iterable[str]) -> CodeListDef:
    """The few terms that one test uses: its units."""
    terms = _terms(codelist, usage, values)
    shown = [term.value for term in terms]
    name = f"{codelist.label or codelist.name} ({', '.join(shown)})"
    return CodeListDef(subset_oid(codelist.name, shown), name, "text", terms, codelist.code, _standard(codelist),
                       decoded=True)


def _made(codelist: CodeListDef, language: str) -> CodeListDef:
    """The list with its terms numbered: decoded where it may be and any term has a decode that says more than the
    term, as every decode in another language than English does.
    """
    decoded = codelist.decoded and any(term.decode and (language != "en" or term.decode.upper() != term.value.upper())
                                       for term in codelist.terms)
    terms = tuple(replace(term, order=order, decode=(term.decode or term.value) if decoded else "")
                  for order, term in enumerate(codelist.terms, 1))
    return replace(codelist, terms=terms, decoded=decoded, non_standard=not codelist.standard)


def _list_of_codes(item: Item, spec: DatasetSpec, source: DefineSource) -> CodeListDef | None:
    """The study's own codes and names, for PARAMCD, PARAM, PARAMN, QNAM, --TESTCD or --TEST without a codelist."""
    name = item.variable.name
    tests = {f"{spec.domain}TESTCD": f"{spec.domain}TESTCD", f"{spec.domain}TEST": f"{spec.domain}TESTCD"}
    by = (CODES | tests).get(name, "")
    names = code_names(spec, by, source) if by in spec.variables else {}
    if not names:
        return None
    if name == "PARAMN":
        names = {str(parameter.PARAMN): parameter.PARAM for parameter in spec.parameters.values()}
    elif name != by:
        names = dict.fromkeys(names.values(), "")
    names |= {term: "" for term in item.summary.terms if term not in names}
    terms = tuple(ListTerm(value, decode) for value, decode in names.items() if value.strip(BLANKS))
    kind = "integer" if item.variable.type == "Num" else "text"
    return CodeListDef(variable_list_oid(item.dataset, name), f"{item.variable.label} ({item.dataset})", kind, terms,
                       decoded=True)


def _terms(codelist: Codelist, usage: Usage, values: Iterable[str]) -> tuple[ListTerm, ...]:
    """The list's own terms in its order, then what it lacks, sorted. A text of blanks is no value in a file."""
    wanted = {value for value in values if value.strip(BLANKS)}
    ordered = [*(value for value in codelist.terms if value in wanted), *sorted(wanted - codelist.terms.keys())]
    return tuple(_list_term(codelist, usage.decodes, value) for value in ordered)


def _list_term(codelist: Codelist, decodes: Mapping[str, str], value: str) -> ListTerm:
    term = codelist.terms.get(value)
    decode = decodes.get(value) or (term.decode if term else "")
    code = term.code if term else ""
    own = codelist.standard and not code
    return ListTerm(value, decode, code, own and (codelist.extensible or term is not None))


def _standard(codelist: Codelist) -> str:
    return ct_oid(codelist.package, codelist.version or CT_VERSION) if codelist.standard else ""


def _data_type(terms: Iterable[ListTerm]) -> str:
    values = [term.value for term in terms]
    return next((name for name, pattern in NUMBERS if all(pattern.fullmatch(value) for value in values)), "text")


def _with_unique_names(made: Mapping[str, CodeListDef]) -> tuple[CodeListDef, ...]:
    lists = [made[oid] for oid in sorted(made)]
    names = [codelist.name for codelist in lists]
    return tuple(codelist if names.count(codelist.name) == 1 else
                 replace(codelist, name=f"{codelist.name} ({codelist.oid.removeprefix('CL.')})") for codelist in lists)

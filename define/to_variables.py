"""One variable of a define.xml as an entry of a specification: what the standard does not say already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from define.model import ItemDef, ItemGroupDef, ItemRef, ListTerm, Origin
from define.to_report import FROM_DATA
from specs.model import LABEL_BYTES, TEXT_BYTES, VERBS, byte_length
from specs.text_yaml import TextYaml

if TYPE_CHECKING:
    from define.to_study import Making, Source

__all__ = ["Place", "variable_entry"]

Content = dict[str, Any]
ORIGINS = ("Collected", "Derived", "Assigned", "Protocol", "Predecessor")
ORIGINATORS = ("Subject", "Investigator", "Vendor")
NUMBERS = ("integer", "float")
NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
PREDECESSOR = re.compile(r"([A-Z][A-Z0-9]{1,7})\.([A-Z_][A-Z0-9_]{0,7})")
OF_THE_STANDARD = "a specification has it from the standard"


@dataclass(frozen=True, eq=False)
class Place:
    """The dataset that a variable stands in, and what is known around it."""

    group: ItemGroupDef
    standard: TextYaml
    sdtm: bool
    source: "Source"
    making: "Making"
    form: bool                                        # some of its variables are collected

    def known(self, name: str) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = self.standard.content["variables"].get(name, {})
        return facts

    def terms(self, name: str) -> tuple[ListTerm, ...]:
        """The terms of the codelist of a variable."""
        found = [item.codelist for _, item in self.source.variables(self.group) if item.name == name]
        codelist = self.source.codelists.get(found[0]) if found else None
        return codelist.terms if codelist else ()

    def codelist_of(self, name: str, entries: Mapping[str, Content]) -> str:
        """The codelist that a variable will have: its own, or the standard's."""
        return str(entries.get(name, {}).get("codelist", self.known(name).get("codelist", "")))

    def comment(self, oid: str, at: str) -> str:
        comment = self.source.comments.get(oid)
        if oid and comment is None:
            self.making.losses.add(at, f"comment {oid}", "the document does not define it")
        if comment is not None and comment.documents:
            self._documents(at, f"comment {oid}")
        return " ".join(comment.text.split()) if comment else ""

    def method(self, oid: str, at: str) -> str:
        method = self.source.methods.get(oid)
        if oid and method is None:
            self.making.losses.add(at, f"method {oid}", "the document does not define it")
        if method is not None and method.documents:
            self._documents(at, f"method {oid}")
        for expression in method.expressions if method else ():
            self.making.losses.add(at, f"FormalExpression ({expression.context}) of method {oid}",
                                   "the function that is to be written takes its place")
        return " ".join(method.text.split()) if method else ""

    def _documents(self, at: str, what: str) -> None:
        self.making.losses.add(at, f"documents of {what}", "a specification refers to no document")


def variable_entry(place: Place, ref: ItemRef, item: ItemDef, facts: Mapping[str, Any] | None,
                   name: str = "") -> Content | None:
    """The entry of a variable, or of a supplemental qualifier (`name`); None, with the reason told, where there can be
    none.
    """
    losses, supplement = place.making.losses, bool(name)
    name = name or item.name
    if not NAME.fullmatch(name):
        losses.add(item.oid, name, "the name of a variable is 1 to 8 of A-Z, 0-9 and _ with no digit first")
        return None
    if facts is None and place.sdtm and not supplement:
        losses.add(item.oid, f"{name} ({item.label})", f"it is no variable of {place.group.name} in the guide or the "
                   "model; a supplemental qualifier could hold it (`supp: true`)")
        return None
    kind = "Num" if item.shape.data_type in NUMBERS and not supplement else "Char"
    kind = str(facts["type"]) if facts and "type" in facts else kind
    entry: Content = {**_where_from(place, item, name, kind, facts or {}), **_facts(place, item, name, kind, facts)}
    if supplement:
        entry["supp"] = "true"
    entry |= _shape(place, item, kind)
    entry |= _terms(place, item, facts or {})
    entry |= {"comment": place.comment(item.comment, item.oid), "method": place.method(ref.method, item.oid)}
    _tell_rest(place, ref, item, facts or {}, supplement)
    return {key: value for key, value in entry.items() if value != "" or key == "codelist"}


def _facts(place: Place, item: ItemDef, name: str, kind: str, facts: Mapping[str, Any] | None) -> Content:
    """Label and type where the standard does not give them; what the standard gives otherwise is told."""
    losses = place.making.losses
    label = item.label if 0 < byte_length(item.label) <= LABEL_BYTES else ""
    known = str((facts or {}).get("label", ""))
    if known and place.sdtm:
        if item.label != known:
            losses.add(item.oid, f"label {item.label!r} of {name}", f"it is {known!r} by the standard")
        return {}
    if not label:
        label = known or _cut(item.label) or name
        losses.add(item.oid, f"label {item.label!r} of {name}",
                   f"a label has 1 to {LABEL_BYTES} bytes; it is {label!r} now")
    if facts and "type" in facts:
        return {"label": label if label != known else ""}
    return {"label": label, "type": kind}


def _cut(label: str) -> str:
    return label.encode()[:LABEL_BYTES].decode(errors="ignore").strip()


def _where_from(place: Place, item: ItemDef, name: str, kind: str, facts: Mapping[str, Any]) -> Content:
    """The verb and the origin. What the standard derives itself (USUBJID, --SEQ) keeps its verb."""
    losses = place.making.losses
    origin = item.origin or Origin("")
    told: Content = {"origin": origin.type if origin.type in ORIGINS else "", "pages": _pages(place, item),
                     "originator": origin.source if origin.source in ORIGINATORS else ""}
    if origin.type and origin.type not in ORIGINS:
        losses.add(item.oid, f"origin {origin.type} of {name}", f"a specification has {', '.join(ORIGINS)}")
    expected = {"Collected": ORIGINATORS, "Predecessor": ("",)}.get(origin.type, ("Sponsor", "Vendor"))
    if origin.type and origin.source not in expected:
        losses.add(item.oid, f"source {origin.source or '(none)'} of {name}", "it is inferred from the origin")
        told["originator"] = ""
    for other in item.origins[1:]:
        losses.add(item.oid, f"second origin {other.type} of {name}", "a variable has one origin")
    copied = _copied(place, origin, kind) if not place.sdtm else ""
    if copied:
        return {"from": copied}
    if origin.text:
        why = "an origin has no text of its own" if origin.type != "Predecessor" else \
            "the dataset it comes from is not imported, or it is of another type"
        losses.add(item.oid, f"origin of {name}: {origin.text[:80]}", why)
    if set(VERBS) & facts.keys():
        return told
    if place.sdtm and place.form and origin.type == "Collected":
        told["originator"] = "" if told["originator"] == "Investigator" else told["originator"]
        return {("dtc" if name.endswith("DTC") else "from"): name, **told, "origin": ""}
    return {"derive": f"derive_{name.lower()}", **told}


def _copied(place: Place, origin: Origin, kind: str) -> str:
    """ADSL.AGE, where the variable that a predecessor names is imported and of the same type."""
    found = PREDECESSOR.fullmatch(origin.text.strip()) if origin.type == "Predecessor" else None
    known = place.making.types.get(found[1], {}) if found else {}
    return origin.text.strip() if found and found[1] != place.group.name and known.get(found[2]) == kind else ""


def _pages(place: Place, item: ItemDef) -> str:
    """The pages of the annotated CRF; one list or one range of pages can be stated."""
    documents = item.origin.documents if item.origin else ()
    pages = [page for document in documents for page in document.pages]
    for page in pages[1:]:
        place.making.losses.add(item.oid, f"pages {page.shown}", "a specification states one list or range of pages")
    return pages[0].shown if pages else ""


def _shape(place: Place, item: ItemDef, kind: str) -> Content:
    losses, shape = place.making.losses, item.shape
    told: Content = {}
    if shape.length is not None and (shape.data_type == "text" or kind == "Num"):
        if 1 <= shape.length <= TEXT_BYTES:
            told["length"] = str(shape.length)
        else:
            losses.add(item.oid, f"Length {shape.length}", f"a length is 1 to {TEXT_BYTES}")
    elif shape.length is not None:
        losses.add(item.oid, f"Length {shape.length} of a {shape.data_type}", FROM_DATA)
    if shape.digits is not None and kind == "Num":
        told["digits"] = str(shape.digits) if 0 <= shape.digits <= 15 else ""
    if item.format:
        told["format"] = item.format
    if (shape.data_type in NUMBERS) != (kind == "Num"):
        losses.add(item.oid, f"DataType {shape.data_type}", f"the variable is {kind} by the standard")
    return told


def _terms(place: Place, item: ItemDef, facts: Mapping[str, Any]) -> Content:
    """The codelist or the dictionary, where it is not the standard's."""
    wanted = str(facts.get("codelist", ""))
    codelist = place.source.codelists.get(item.codelist)
    if codelist is None:
        if item.codelist:
            place.making.losses.add(item.oid, f"codelist {item.codelist}", "the document does not define it")
        return {"codelist": ""} if wanted else {}
    name, dictionary = place.making.codelists.refer(codelist, place.making.losses.file)
    if dictionary:
        return {"dictionary": dictionary, **({"codelist": ""} if wanted else {})}
    place.making.codelists.used.add(name)
    constant = str(facts.get("value", ""))
    if constant and constant not in place.making.codelists.terms(name):
        return {}                                     # DOMAIN is AE: the standard's list has the term
    return {"codelist": name} if name != wanted else {}


def _tell_rest(place: Place, ref: ItemRef, item: ItemDef, facts: Mapping[str, Any], supplement: bool) -> None:
    """What is the standard's, or follows from the data."""
    losses, core, role = place.making.losses, facts.get("core", ""), str(facts.get("role", ""))
    if not supplement and ref.mandatory != (core == "Req"):
        losses.add(item.oid, f"Mandatory {'Yes' if ref.mandatory else 'No'} of {item.name}",
                   f"{OF_THE_STANDARD}: {core or 'no core'}")
    if place.sdtm and not supplement and ref.role and ref.role.casefold() != role.casefold():
        losses.add(item.oid, f"role {ref.role} of {item.name}", f"{OF_THE_STANDARD}: {role or 'no role'}")
    if ref.no_data:
        losses.add(item.oid, f"HasNoData of {item.name}", FROM_DATA)
    if ref.non_standard or ref.role_codelist:
        losses.add(item.oid, f"IsNonStandard or RoleCodeListOID of {item.name}", OF_THE_STANDARD)
    if item.translations:
        losses.add(item.oid, f"label of {item.name} in {', '.join(text.lang for text in item.translations)}",
                   "a specification has one language")
    for alias in item.aliases:
        losses.add(item.oid, f"Alias {alias.context}: {alias.name}", "a specification has no aliases")

"""A study's specification made of define.xml: what a specification holds is taken, the rest is named one by one.

A define.xml says where values come from and not how they are made: a collected variable is taken from a raw field of
its name, a derived one is made by a function that is still to be written, whose text is the method.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from define.model import Define, ItemDef, ItemGroupDef, ItemRef, MethodDef
from define.read import DefineReading
from define.to_codelists import Codelists
from define.to_report import FROM_DATA, Loss, Losses
from define.to_results import displays_of
from define.to_unused import tell_unused
from define.to_variables import Place, variable_entry
from specs.ct import CT_VERSION
from specs.model import LABEL_BYTES, NAME_BYTES, VERBS, byte_length
from specs.standard import covers, find_facts, known_layers, standard_layer

__all__ = ["StudyFiles", "study_of_defines"]

Content = dict[str, Any]
BY_CLASS = {"SUBJECT LEVEL ANALYSIS DATASET": "ADSL", "OCCURRENCE DATA STRUCTURE": "OCCDS",
            "BASIC DATA STRUCTURE": "BDS", "ADAM OTHER": "OTHER"}
CODE = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
FOLLOWED = (("SDTMIG", "3.4"), ("ADaMIG", "1.3"), ("ADaM-OCCDSIG", "1.1"), ("ADaMIG-NCA", "1.0"),
            ("CDISC/NCI", CT_VERSION))
NO_TIME = "1970-01-01T00:00:00"
PLACEHOLDER = ("a define.xml says nothing of raw files; the name of the file and of its fields are placeholders for "
               "those of the study")


@dataclass(frozen=True)
class StudyFiles:
    """The content of each file of the specification, and what of the documents is not in them."""

    files: dict[str, Content]
    losses: tuple[Loss, ...]


@dataclass
class Making:
    """The specification while it is made of one document after the other."""

    losses: Losses
    codelists: Codelists
    files: dict[str, Content] = field(default_factory=dict)
    forms: dict[str, Content] = field(default_factory=dict)
    names: frozenset[str] = frozenset()               # of all datasets that are imported
    types: dict[str, dict[str, str]] = field(default_factory=dict)       # {"ADSL": {"AGE": "Num"}}: what may be copied


@dataclass(frozen=True, eq=False)
class Source:
    """One document, with its definitions by OID."""

    define: Define

    @cached_property
    def items(self) -> Mapping[str, ItemDef]:
        return _by_oid(self.define.items)

    @cached_property
    def methods(self) -> Mapping[str, MethodDef]:
        return _by_oid(self.define.methods)

    @cached_property
    def comments(self):  # type: ignore[no-untyped-def]
        return _by_oid(self.define.comments)

    @cached_property
    def codelists(self):  # type: ignore[no-untyped-def]
        return _by_oid(self.define.codelists)

    @cached_property
    def value_lists(self):  # type: ignore[no-untyped-def]
        return _by_oid(self.define.value_lists)

    @cached_property
    def clauses(self):  # type: ignore[no-untyped-def]
        return _by_oid(self.define.where_clauses)

    def variables(self, group: ItemGroupDef) -> list[tuple[ItemRef, ItemDef]]:
        """The variables of a dataset in the order that the document states."""
        known = [(ref, self.items[ref.item]) for ref in group.refs if ref.item in self.items]
        if any(ref.order is None for ref, _ in known):
            return known
        return sorted(known, key=lambda pair: pair[0].order or 0)

    def condition(self, ref: ItemRef) -> tuple[str, str]:
        """The variable and the one value that a value-level definition is about: ("VSTESTCD", "SYSBP"), or nothing."""
        clauses = [self.clauses[oid] for oid in ref.where if oid in self.clauses]
        if len(clauses) != 1 or len(clauses[0].checks) != 1:
            return "", ""
        check = clauses[0].checks[0]
        item = self.items.get(check.item)
        single = check.comparator in ("EQ", "IN") and len(check.values) == 1
        return (item.name, check.values[0]) if item and single else ("", "")


def _by_oid[T](parts: Sequence[T]) -> Mapping[str, T]:
    """The definitions by their OID; of two with the same OID the first."""
    return {part.oid: part for part in reversed(parts)}  # type: ignore[attr-defined]


def study_of_defines(readings: Sequence[tuple[str, DefineReading]]) -> StudyFiles:
    """The specification of a study from the define.xml of SDTM, of ADaM, or both, each with the name of its file."""
    losses = Losses()
    making = Making(losses, Codelists(losses))
    making.names = frozenset(group.name for _, reading in readings for group in reading.define.groups)
    for name, reading in sorted(readings, key=lambda pair: pair[1].define.model == "ADaM"):
        losses.file, losses.lines = name, reading.lines
        for lost in reading.not_taken:
            losses.add(lost.what, "", lost.why, lost.line)
        _take_document(Source(reading.define), making)
    _study(readings, making)
    own = {name: stated for name, stated in making.codelists.own.items() if name in making.codelists.used}
    if own:
        making.files["specs/codelists.yaml"] = own
    return StudyFiles(making.files, tuple(sorted(losses.found)))


def _take_document(source: Source, making: Making) -> None:
    define = source.define
    supplements = [group for group in define.groups if group.name.startswith("SUPP")]
    parents = {group.name for group in define.groups}
    ordered = sorted(define.groups, key=lambda group: group.name != "ADSL")
    for group in ordered:
        if group not in supplements:
            qualifiers = next((other for other in supplements if other.name == f"SUPP{group.name}"), None)
            _take_dataset(group, qualifiers, source, making)
    for group in supplements:
        if group.name.removeprefix("SUPP") not in parents:
            making.losses.add(group.oid, group.name, "its parent domain is not in the document")
    shown = displays_of(define, source, making.files, making.losses)
    if shown:
        making.files["specs/analysis_results.yaml"] = shown
    _tell_documents(define, making.losses)
    tell_unused(define, making.losses)


def _tell_documents(define: Define, losses: Losses) -> None:
    """What a document says beside its datasets and has no place in a specification."""
    for leaf in define.leaves:
        losses.add(leaf.id, f"{leaf.href} ({leaf.title})",
                   "the documents of a submission are made and named by `package`")
    for standard in define.standards:
        if (standard.name, standard.version) not in FOLLOWED or standard.status not in ("Final", ""):
            losses.add(standard.oid, f"{standard.name} {standard.version} {standard.status}".strip(),
                       f"a specification follows {', '.join(map(' '.join, FOLLOWED))}; other terminology under `ct:`")
    for comment in (*define.standards, define):
        if comment.comment:
            losses.add(getattr(comment, "oid", "MetaDataVersion"), f"comment {comment.comment}",
                       "a specification comments on datasets and variables")
    if define.context == "Other":
        losses.add("ODM", "Context Other", "what is written is meant for a submission")


def _layer(group: ItemGroupDef) -> str:
    """The standard's layer that a dataset extends."""
    if group.purpose == "Analysis":
        return "ADSL" if group.name == "ADSL" else BY_CLASS.get(group.class_, "OTHER")
    layers = known_layers()
    fits = [name for name in (group.name, group.domain) if name in layers and name[:2] == group.name[:2]]
    return fits[0] if fits else ""


def _take_dataset(group: ItemGroupDef, qualifiers: ItemGroupDef | None, source: Source, making: Making) -> None:
    layer, losses = _layer(group), making.losses
    sdtm = group.purpose != "Analysis"
    if not re.fullmatch(rf"[A-Z][A-Z0-9]{{1,{NAME_BYTES - 1}}}", group.name):
        losses.add(group.oid, group.name, f"the name of a dataset is 2 to {NAME_BYTES} capital letters and digits")
        return
    if not layer:
        losses.add(group.oid, f"{group.name} ({group.label}), {len(group.refs)} variables",
                   "the specification has no facts of this domain: there is no standard layer to extend")
        return
    path = f"specs/{'sdtm' if sdtm else 'adam'}/{group.name.lower()}.yaml"
    if path in making.files:
        losses.add(group.oid, group.name, "the dataset stands twice; the first is taken")
        return
    _tell_undefined(group.oid, group.refs, source, losses)
    standard = standard_layer(layer)
    place = Place(group, standard, sdtm, source, making, _collected(group, qualifiers, source) if sdtm else False)
    entries = _variables(place)
    if qualifiers is not None:
        entries |= _qualifiers(qualifiers, place)
    content: Content = {"extends": layer, **_dataset_facts(place, entries)}
    content |= _tests(place, entries) if sdtm else _parameters(place)
    if place.form:
        content["form"] = group.name
        making.forms[group.name] = {"file": f"{group.name.lower()}.csv"}
    content["variables"] = entries
    content |= _omitted(place, entries)
    making.files[path] = {key: content[key] for key in ORDER if content.get(key)}
    kinds = {item.name: "Num" if item.shape.data_type in ("integer", "float") else "Char"
             for _, item in source.variables(group)}
    making.types[group.name] = {name: str(place.known(name).get("type") or entry.get("type") or kinds.get(name, "Char"))
                                for name, entry in entries.items()}


ORDER = ("extends", "label", "structure", "subclass", "keys", "form", "comment", "omit", "variables", "tests",
         "parameters")


def _tell_undefined(oid: str, refs: Iterable[ItemRef], source: Source, losses: Losses) -> None:
    for ref in refs:
        if ref.item not in source.items:
            losses.add(oid, f"item {ref.item or '(no OID)'}", "the document does not define it")


def _collected(group: ItemGroupDef, qualifiers: ItemGroupDef | None, source: Source) -> bool:
    """True where any variable of the dataset, or any of its qualifiers, is collected: then it has a form."""
    groups = [group, *([qualifiers] if qualifiers else [])]
    items = [item for one in groups for _, item in source.variables(one)]
    items += [source.items[ref.item] for item in items if item.values in source.value_lists
              for ref in source.value_lists[item.values].refs if ref.item in source.items]
    return any(item.origin is not None and item.origin.type == "Collected" for item in items)


def _dataset_facts(place: Place, entries: Mapping[str, Content]) -> Content:
    """Label, structure, subclass, keys and comment where they are not the standard's."""
    group, losses, known = place.group, place.making.losses, place.standard.content
    label = group.label
    if not 0 < byte_length(label) <= LABEL_BYTES:
        label = str(known["label"])[:LABEL_BYTES]
        losses.add(group.oid, f"label {group.label!r}", f"a label has 1 to {LABEL_BYTES} bytes; it is {label!r} now")
    keys = [name for _, name in sorted((ref.key, item.name) for ref, item in place.source.variables(group) if ref.key)]
    lost = [key for key in keys if key not in entries]
    if lost:
        losses.add(group.oid, f"keys {', '.join(lost)}", "they are variables that the specification does not have")
    kept = list(dict.fromkeys(key for key in keys if key in entries))
    kept = kept or [key for key in known["keys"] if key in entries] or list(entries)[:1]
    facts: Content = {"label": label if label != known["label"] else "",
                      "structure": group.structure if group.structure != known["structure"] else "",
                      "keys": kept, "comment": place.comment(group.comment, group.oid)}
    if group.subclasses and not place.sdtm:
        facts["subclass"] = group.subclasses[0].name
    if group.class_ != known["class"]:
        losses.add(group.oid, f"class {group.class_ or '(none)'}", f"it is {known['class']} by the standard")
    if group.repeating is group.reference is True or len(group.subclasses) > 1 or group.non_standard:
        losses.add(group.oid, "Repeating, SubClass or IsNonStandard", "a specification has it from the standard")
    if group.no_data:
        losses.add(group.oid, "HasNoData", FROM_DATA)
    return facts


def _variables(place: Place) -> dict[str, Content]:
    """The entries of the variables, in the order of the document."""
    entries: dict[str, Content] = {}
    for ref, item in place.source.variables(place.group):
        if item.name in entries:
            place.making.losses.add(item.oid, item.name, "the variable stands twice; the first is taken")
            continue
        facts = find_facts(item.name, place.standard, {}, {}) if CODE.fullmatch(item.name) else None
        entry = variable_entry(place, ref, item, facts)
        if entry is not None:
            entries[item.name] = entry
    for values in _value_lists(place):
        _tell_values(values, place)
    return entries | _required(place, entries)


def _value_lists(place: Place) -> Iterator[ItemDef]:
    """The variables that have value-level definitions, those of qualifiers apart."""
    return (item for _, item in place.source.variables(place.group) if item.values and item.name != "QVAL")


def _tell_values(item: ItemDef, place: Place) -> None:
    """Value-level definitions are made again of the data; what they state of an origin or a method is lost."""
    values = place.source.value_lists.get(item.values)
    if values is None:
        place.making.losses.add(item.oid, f"value list {item.values}", "the document does not define it")
        return
    _tell_undefined(values.oid, values.refs, place.source, place.making.losses)
    for ref in values.refs:
        value = place.source.items.get(ref.item)
        if value is not None:
            place.making.losses.add(value.oid, f"value level of {item.name}: {value.shape.data_type}, Length "
                                    f"{value.shape.length}, codelist {value.codelist or 'none'}", FROM_DATA)
            told = [f"origin {origin.type}" for origin in value.origins]
            told += [f"{name} {oid}" for name, oid in (("method", ref.method), ("comment", value.comment)) if oid]
            for what in told:
                place.making.losses.add(value.oid, what, "a specification states it of the whole variable")


def _required(place: Place, entries: Mapping[str, Content]) -> dict[str, Content]:
    """Required variables that the document lacks: the specification must say where they come from."""
    known: Mapping[str, Content] = place.standard.content["variables"]
    missing = [name for name, facts in known.items() if facts.get("core") == "Req" and not covers(name, entries)
               and not (place.sdtm and set(VERBS) & facts.keys())]
    made: dict[str, Content] = {}
    for template in missing:
        name = template.replace("--", place.group.name[2:4])
        for letters, digits in (("xx", "01"), ("zz", "01"), ("y", "1"), ("w", "1")):
            name = name.replace(letters, digits)
        facts = find_facts(name, place.standard, {}, {}) or {}
        label = {} if facts.get("label") else {"label": f"{name} (label to be written)"}
        place.making.losses.add(place.group.oid, f"{name} is added",
                                "the standard requires it, and the document lacks it")
        made[name] = {"derive": f"derive_{name.lower()}", **label}
    return made


def _omitted(place: Place, entries: Mapping[str, Content]) -> Content:
    """The standard's variables that the document does not have."""
    known: Mapping[str, Content] = place.standard.content["variables"]
    wanted = [name for name, facts in known.items() if name not in entries and facts.get("core") != "Req"
              and (facts.get("core") == "Exp" or set(VERBS) & facts.keys())] if place.sdtm else []
    return {"omit": wanted}


def _qualifiers(group: ItemGroupDef, place: Place) -> dict[str, Content]:
    """The supplemental qualifiers of a domain: each value of QNAM is a variable with `supp: true`."""
    entries: dict[str, Content] = {}
    for _, item in place.source.variables(group):
        values = place.source.value_lists.get(item.values) if item.name == "QVAL" else None
        for ref in values.refs if values else ():
            value = place.source.items.get(ref.item)
            by, name = place.source.condition(ref)
            if value is None:
                place.making.losses.add(ref.item, "value level of QVAL", "the document does not define it")
            elif by != "QNAM" or not CODE.fullmatch(name):
                place.making.losses.add(ref.item, "value level of QVAL", "its condition is not one name (QNAM)")
            elif name in entries or find_facts(name, place.standard, {}, {}) is not None:
                place.making.losses.add(value.oid, name, f"{place.group.name} has a variable of this name")
            else:
                entry = variable_entry(place, ref, value, None, name=name)
                if entry is not None:
                    entries[name] = entry
    if not entries:
        place.making.losses.add(group.oid, group.name, "QVAL has no values by QNAM, so no qualifier is known")
    return entries


def _tests(place: Place, entries: dict[str, Content]) -> Content:
    """The tests of a findings domain: code, name, standard unit and decimals."""
    prefix = place.group.name[:2]
    if f"{prefix}TESTCD" not in entries or not place.form:
        return {}
    codes = place.terms(f"{prefix}TESTCD")
    names = place.making.codelists.terms(place.codelist_of(f"{prefix}TEST", entries))
    by_code = {code: name for name, code in names.items() if code}
    published = place.making.codelists.terms(place.codelist_of(f"{prefix}TESTCD", entries))
    tests: dict[str, Content] = {}
    for term in codes:                                # a code that was published once may now be that of another term
        own = published.get(term.value, term.code) != term.code
        name = ("" if own else by_code.get(term.code, "")) or term.decode or term.value
        if not CODE.fullmatch(term.value) or byte_length(name) > LABEL_BYTES or (names and name not in names):
            place.making.losses.add(place.group.oid, f"test {term.value} ({name})",
                                    "code and name do not belong together by the codelists, or are too long")
            continue
        tests[term.value] = {"name": name, "from": term.value}
    for name in (f"{prefix}TESTCD", f"{prefix}TEST", f"{prefix}ORRES") if tests else ():
        if name in entries:
            entries[name] = {key: value for key, value in entries[name].items() if key not in VERBS}
    return {"tests": tests}


def _parameters(place: Place) -> Content:
    """The parameters of a BDS dataset: code, name, number and decimals."""
    made: dict[str, Content] = {}
    numbers = {term.decode: term.value for term in place.terms("PARAMN")}
    taken: set[str] = set()
    names: set[str] = set()
    for place_in_list, term in enumerate(place.terms("PARAMCD"), 1):
        if not CODE.fullmatch(term.value) or not term.decode or term.decode in names:
            place.making.losses.add(place.group.oid, f"parameter {term.value} ({term.decode})",
                                    "a parameter has a code of 1 to 8 characters and a name of its own")
            continue
        number = numbers.get(term.decode, "")
        number = number if number.isdigit() and number not in taken else str(1000 + place_in_list)
        taken.add(number)
        names.add(term.decode)
        made[term.value] = {"PARAM": term.decode, "PARAMN": number}
    return {"parameters": made}


def _study(readings: Sequence[tuple[str, DefineReading]], making: Making) -> None:
    """study.yaml: what the documents say of the study; the raw files that they cannot know are placeholders."""
    define = readings[0][1].define
    subject_form = "DM" if "DM" in making.forms or not making.forms else sorted(making.forms)[0]
    forms = {subject_form: making.forms.get(subject_form, {"file": f"{subject_form.lower()}.csv"}), **making.forms}
    making.files["study.yaml"] = {
        "STUDYID": define.study or "STUDY", "title": define.description or define.study or "-",
        "protocol": define.protocol or define.study or "-", "created": _time(define, making.losses),
        **({"sponsor": define.originator} if define.originator else {}), "subject_form": subject_form,
        "SITEID": "SITEID", "SUBJID": "SUBJID", "USUBJID": ["SUBJID"], "forms": dict(sorted(forms.items())),
        **({"dictionaries": making.codelists.dictionaries} if making.codelists.dictionaries else {}),
    }
    for form in forms:
        making.losses.add("study.yaml", f"form {form}", PLACEHOLDER, 0)


def _time(define: Define, losses: Losses) -> str:
    try:
        return datetime.fromisoformat(define.created).replace(tzinfo=None).isoformat()
    except ValueError:
        losses.add("ODM", f"CreationDateTime {define.created!r}", f"it is no date and time; {NO_TIME} stands for it")
        return NO_TIME



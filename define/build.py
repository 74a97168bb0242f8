"""Turn specifications and what is known of the data into the definitions of a define.xml: all is decided here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from define.codelists import make_codelists
from define.items import Item, is_code, list_items
from define.language import in_language
from define.methods import make_methods
from define.model import (
    Alias,
    CodeListDef,
    CommentDef,
    Define,
    DefineSource,
    DocumentRef,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    Origin,
    RangeCheck,
    Shape,
    StandardDef,
    SubClass,
    ValueListDef,
    WhereClauseDef,
)
from define.oids import (
    ANNOTATED_CRF,
    comment_oid,
    dictionary_oid,
    file_oid,
    group_oid,
    item_oid,
    leaf_id,
    standard_oid,
    study_oid,
    value_list_oid,
    version_oid,
    where_oid,
)
from define.origin import infer_origins
from define.results import make_displays
from define.shape import infer_shape
from define.source import check_source, split_standard
from specs.model import CLASSES, DatasetSpec

__all__ = ["build_define"]

VERSION = "0.2.0"                        # of cdisckit, in the headers

NAME = "Study {study}, {model} data definitions"
DESCRIPTION = "Data definitions of the {model} datasets: {title}."
SYNTHETIC = "The data are synthetic."
ENCODING = "The transport files are encoded in {encoding}."
CRF = "Annotated Case Report Form"
NO_VALUE = "No record has a value."
NO_RECORD = "The dataset has no record and is not submitted as a file."
NOT_COLLECTED = "The standard expects this variable; the study neither collects nor derives it."
OTHER_LIST = "The terms are those of {dictionary}, version {version}."
NO_VERSION = "Coded with {dictionary}; the specification of the study does not state its version."


def build_define(source: DefineSource) -> Define:
    """The finished document; DefineError with all that is wrong where the source cannot become a valid define.xml."""
    check_source(source)
    specs = _in_standard_order(source.datasets)
    items = {spec.name: list_items(spec, source) for spec in specs}
    every = [item for spec in specs for item in items[spec.name]]
    lists, codelists = make_codelists(every, source)
    methods, method_defs = make_methods(every, source)
    displays, clauses, joins = make_displays(source)
    definitions = tuple(_item(item, items[item.dataset], lists, source) for item in every)
    crf = LeafDef(leaf_id(ANNOTATED_CRF), "acrf.pdf", CRF)
    has_crf = any(origin.documents for item in definitions for origin in item.origins)
    facts = source.facts
    document = Define(
        study=facts.STUDYID, description=facts.description or facts.title, protocol=facts.protocol or facts.STUDYID,
        model=source.model, created=datetime.fromisoformat(facts.created).isoformat(),
        file_oid=file_oid(facts.STUDYID, source.model), study_oid=study_oid(facts.STUDYID),
        version_oid=version_oid(facts.STUDYID, source.model),
        name=NAME.format(study=facts.STUDYID, model=source.model),
        version_description=_description(source),
        originator=facts.sponsor, source_system="cdisckit", source_version=VERSION,
        as_of=f"{facts.cutoff}T00:00:00" if facts.cutoff else "",
        standards=_standards(specs, codelists),
        value_lists=tuple(_value_lists(every, methods, source)),
        where_clauses=(*_where_clauses(every), *clauses),
        groups=tuple(_group(spec, items[spec.name], methods, source) for spec in specs),
        items=definitions,
        codelists=codelists,
        methods=method_defs,
        comments=(*_comments(specs, every, lists, source), *joins),
        leaves=((crf,) if has_crf else ()) + source.guides,
        annotated_crf=(DocumentRef(crf.id),) if has_crf else (),
        supplemental=tuple(DocumentRef(guide.id) for guide in source.guides),
        displays=displays,
        title=facts.title, synthetic=facts.synthetic,
    )
    return document if source.language == "en" else in_language(document, source.language, source.texts)


def _description(source: DefineSource) -> str:
    """What the document is of, whether the data are real, and how the files beside it are encoded."""
    sentences = [DESCRIPTION.format(model=source.model, title=source.facts.title)]
    sentences += [SYNTHETIC] if source.facts.synthetic else []
    sentences += [ENCODING.format(encoding=source.encoding)] if source.encoding else []
    return " ".join(sentences)


def _in_standard_order(specs: Iterable[DatasetSpec]) -> list[DatasetSpec]:
    """SDTM by class (trial design, special purpose, interventions ...) and name, ADaM with ADSL first, then by name."""
    def place(spec: DatasetSpec) -> tuple[int, str]:
        return CLASSES.index(spec.class_) if spec.is_sdtm else int(spec.name != "ADSL"), spec.name

    return sorted(specs, key=place)


def _standards(specs: Iterable[DatasetSpec], codelists: Iterable[CodeListDef]) -> tuple[StandardDef, ...]:
    """The guides of the datasets and the terminology packages of the codelists: those that something refers to."""
    guides = {split_standard(spec.standard) for spec in specs}
    made = [StandardDef(standard_oid(name, version), name, "IG", version) for name, version in guides]
    packages = (oid.split(".", 3) for oid in {codelist.standard for codelist in codelists} if oid)
    made += [StandardDef(".".join([*begin, model, version]), "CDISC/NCI", "CT", version, model)
             for *begin, model, version in packages]
    return tuple(sorted(made, key=lambda standard: (standard.type == "CT", standard.oid)))


def _group(spec: DatasetSpec, items: Sequence[Item], methods: Mapping[str, str], source: DefineSource) -> ItemGroupDef:
    name, version = split_standard(spec.standard)
    parent = source.parents.get(spec.name)
    no_data = not source.summaries[spec.name].records
    one_a_subject = set(spec.keys) <= {"STUDYID", "USUBJID"}
    columns = [item for item in items if not item.value]
    file = f"{spec.name.lower()}.xpt"
    return ItemGroupDef(
        oid=group_oid(spec.name), name=spec.name, sas_name=spec.name, domain=_domain(spec, parent), label=spec.label,
        purpose="Tabulation" if source.model == "SDTM" else "Analysis", structure=spec.structure or "-",
        class_=spec.class_, subclasses=(SubClass(spec.subclass),) if spec.subclass else (),
        repeating=not (spec.reference or one_a_subject), reference=spec.reference,
        standard=standard_oid(name, version), comment=comment_oid(spec.name) if spec.comment.strip() or no_data else "",
        no_data=no_data, aliases=(Alias("DomainDescription", parent.label),) if parent else (),
        leaf=None if no_data else LeafDef(leaf_id(spec.name), file, file),
        archive="" if no_data else leaf_id(spec.name),
        refs=tuple(_column_ref(item, order, spec, methods, source) for order, item in enumerate(columns, 1)),
    )


def _domain(spec: DatasetSpec, parent: DatasetSpec | None) -> str:
    """AE for AE and for SUPPAE; none for ADaM and for relationship datasets that belong to no domain."""
    if parent:
        return parent.name
    return spec.name if spec.is_sdtm and spec.class_ != "RELATIONSHIP" else ""


def _column_ref(item: Item, order: int, spec: DatasetSpec, methods: Mapping[str, str],
                source: DefineSource) -> ItemRef:
    variable = item.variable
    columns = {column.name for column in spec.columns}
    keys = list(dict.fromkeys(key for key in spec.keys if key in columns))
    return ItemRef(item.oid, order, mandatory=_is_mandatory(item, spec),
                   key=keys.index(variable.name) + 1 if variable.name in keys else None,
                   role=variable.role if spec.is_sdtm else "", method=methods.get(item.oid, ""),
                   no_data=_is_empty(item, source))


def _is_mandatory(item: Item, spec: DatasetSpec) -> bool:
    """True for a Required variable. ADaM requires that the variable is there, and lets its values be null (ADaMIG 1.3,
    section 3): only where every record has a value is it mandatory.
    """
    filled = item.summary.filled == item.summary.records
    return item.variable.core == "Req" and (spec.is_sdtm or filled)


def _is_empty(item: Item, source: DefineSource) -> bool:
    """True for a variable without any value in a dataset that has records."""
    return not item.summary.filled and bool(source.summaries[item.dataset].records)


def _item(item: Item, siblings: Iterable[Item], lists: Mapping[str, str], source: DefineSource) -> ItemDef:
    """The definition of a variable or value. The value of a result says only what differs, and inherits the rest.
    Where values differ in their origin each of them has one, and the variable none.
    """
    values = [] if item.value else _values(item, siblings)
    inherits = bool(item.value) and not item.is_qualifier
    name = item.value if is_code(item.by) else item.place
    by_value = item.place == "QVAL" or any(one.told and one.told.origin for one in _values(item, siblings))
    return ItemDef(
        oid=item.oid, name=name, label=item.label, shape=_shape(item, siblings),
        format=item.variable.format, codelist=lists.get(item.oid, ""),
        origins=_origins(item, source) if by_value == bool(item.value) or not (values or item.value) else (),
        sas_name=_sas_name(name),
        comment="" if inherits else _comment_oid(item, lists, source),
        values=value_list_oid(item.dataset, item.place) if values else "",
    )


def _origins(item: Item, source: DefineSource) -> tuple[Origin, ...]:
    """The origins; a predecessor that is a supplemental qualifier is called by the dataset it is in."""
    made = infer_origins(item.variable, item.spec, bool(item.summary.filled), source.facts.forms,
                         source.pages.get(item.entry, ()))
    return tuple(replace(one, text=_supplement(one.text, source)) if one.type == "Predecessor" else one for one in made)


def _supplement(text: str, source: DefineSource) -> str:
    """AE.AEREL1, where AEREL1 is a supplemental qualifier of AE, is SUPPAE.AEREL1."""
    dataset, _, name = text.partition(".")
    parent = source.parents.get(f"SUPP{dataset}")
    held = parent is not None and name in {variable.name for variable in parent.supplements}
    return f"SUPP{dataset}.{name}" if held else text


def _sas_name(name: str) -> str:
    """The name, if SAS can have it: a test code that came out of bad data may be none."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", name) else ""


def _values(item: Item, siblings: Iterable[Item]) -> list[Item]:
    return [other for other in siblings if other.value and other.place == item.place]


def _shape(item: Item, siblings: Iterable[Item]) -> Shape:
    """A text value is no longer than its variable in the file; a numeric variable is as wide as its widest value."""
    shape = infer_shape(item.variable, item.summary)
    if item.is_qualifier:
        qval = next(other for other in siblings if other.place == "QVAL" and not other.value)
        return _qualifier_shape(item, shape, infer_shape(qval.variable, qval.summary).length or 1)
    if item.value or shape.data_type == "text" or shape.length is None:
        return shape
    values = [infer_shape(other.variable, other.summary).length or 0 for other in _values(item, siblings)]
    return replace(shape, length=max(shape.length, *values, 0))


def _qualifier_shape(item: Item, shape: Shape, longest: int) -> Shape:
    """QVAL is text. A number in it is called one only where the specification states its decimals."""
    digits = item.variable.digits
    if item.variable.type == "Char":
        return shape if shape.length is None else replace(shape, length=min(shape.length, longest))
    length = min(item.summary.max_bytes or longest, longest)
    if digits is None or not item.summary.filled or 0 < digits > length - 2:
        return Shape("text", length)
    return Shape("float", length, digits) if digits else Shape("integer", length)


def _value_lists(items: Iterable[Item], methods: Mapping[str, str], source: DefineSource) -> Iterable[ValueListDef]:
    by_place: dict[str, list[Item]] = {}
    for item in items:
        if item.value:
            by_place.setdefault(value_list_oid(item.dataset, item.place), []).append(item)
    for oid, values in by_place.items():
        yield ValueListDef(oid, tuple(_value_ref(item, order, methods, source) for order, item in enumerate(values, 1)))


def _value_ref(item: Item, order: int, methods: Mapping[str, str], source: DefineSource) -> ItemRef:
    """A qualifier is Required wherever its record stands, a value if its variable is; its method is that of this."""
    qualifier = item.is_qualifier
    return ItemRef(item.oid, order, mandatory=qualifier or _is_mandatory(item, item.spec),
                   role=item.variable.role if qualifier and source.model == "SDTM" else "",
                   method=methods.get(item.oid, ""), no_data=qualifier and _is_empty(item, source),
                   where=(where_oid(item.dataset, item.by, item.value),))


def _where_clauses(items: Iterable[Item]) -> tuple[WhereClauseDef, ...]:
    made = {where_oid(item.dataset, item.by, item.value): item for item in items if item.value}
    return tuple(WhereClauseDef(oid, (RangeCheck(item_oid(item.dataset, item.by), "EQ", (item.value,)),))
                 for oid, item in made.items())


def _comment_texts(item: Item, lists: Mapping[str, str], source: DefineSource) -> dict[str, str]:
    """What there is to say of an item, by OID: the specification's own remark, and those that many items share."""
    texts = {comment_oid(*item.entry): item.variable.comment.strip(), **_dictionary_text(item, lists, source)}
    if _is_empty(item, source):
        planned = item.variable.verbs or item.spec.tests or item.spec.parameters
        texts |= {comment_oid("no-data"): NO_VALUE} if planned else {comment_oid("not-collected"): NOT_COLLECTED}
    return {oid: text for oid, text in texts.items() if text}


def _dictionary_text(item: Item, lists: Mapping[str, str], source: DefineSource) -> dict[str, str]:
    """A remark on the dictionary of an item, where its codelist does not say which it is."""
    name = item.variable.dictionary
    known = source.facts.dictionaries.get(name)
    if not name or (known and lists.get(item.oid) == dictionary_oid(name, item.variable.type == "Num")):
        return {}
    text = (OTHER_LIST.format(dictionary=known.name or name, version=known.version) if known
            else NO_VERSION.format(dictionary=name))
    return {comment_oid("dictionary", name.replace(" ", "-")): text}


def _comment_oid(item: Item, lists: Mapping[str, str], source: DefineSource) -> str:
    texts = list(_comment_texts(item, lists, source))
    return texts[0] if len(texts) == 1 else comment_oid(*item.entry) if texts else ""


def _comments(specs: Iterable[DatasetSpec], items: Iterable[Item], lists: Mapping[str, str],
              source: DefineSource) -> Iterator[CommentDef]:
    """Each comment that something refers to, by OID; several remarks on one item are one comment."""
    made: dict[str, str] = {}
    for spec in specs:
        no_record = "" if source.summaries[spec.name].records else NO_RECORD
        made[comment_oid(spec.name)] = " ".join(text for text in (spec.comment.strip(), no_record) if text)
    for item in items:
        if not item.value or item.is_qualifier:
            made[_comment_oid(item, lists, source)] = " ".join(_comment_texts(item, lists, source).values())
    yield from (CommentDef(oid, made[oid]) for oid in sorted(made) if oid and made[oid])

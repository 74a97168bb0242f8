"""From the rows of a Pinnacle 21 workbook to the definitions of a define.xml.

What a define.xml cannot hold is refused cell by cell: it is left out, and an error says where it stands. References to
nothing are kept as they are: the check of the define.xml finds them again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from define.model import (
    Alias,
    CodeListDef,
    Define,
    DocumentRef,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    Origin,
    Shape,
    StandardDef,
    SubClass,
    ValueListDef,
    WhereClauseDef,
)
from define.oids import file_oid, group_oid, leaf_id, study_oid, value_list_oid, version_oid
from define.origin import page_reference
from define.workbook import MORE, REST, Names, decode_fields, decode_whole, item_of, spoiled
from define.workbook_lists import (
    comment_of_row,
    method_of_row,
    read_codelists,
    read_dictionaries,
    read_displays,
    read_leaf,
)
from define.workbook_reading import (
    Reading,
    check_own_cells,
    clause_of,
    is_analysis,
    is_yes,
    more_of,
    number_of,
    other_rows,
    standard_of_row,
    standards_listed,
    word_of,
)
from specs.p21 import CellProblem, Row, Workbook
from specs.p21_check_items import WITH_LENGTH
from specs.p21_check_values import conditions_of
from specs.p21_index import names_in
from specs.p21_where import Condition, WhereError, parse_where
from specs.p21_words import find_word

__all__ = ["WorkbookReading", "define_of_workbook"]

CRF = re.compile(r"annotated|\bcrf\b|acrf|blankcrf|case report form", re.IGNORECASE)
OLD_SOURCES = {"CRF": "Investigator", "EDT": "Vendor"}  # of origins before Define-XML 2.1
SPONSORS = ("Derived", "Assigned", "Protocol")
KINDS = {
    "Codelists": "Codelist",
    "Dictionaries": "Codelist",
    "Methods": "Method",
    "Comments": "Comment",
    "Documents": "Document",
    "Analysis Displays": "Display",
}
UNUSED: Mapping[str, type[Any]] = {
    "items": ItemDef,
    "value_lists": ValueListDef,
    "where_clauses": WhereClauseDef,
    "codelists": CodeListDef,
}
NO_TIME = "1970-01-01T00:00:00"


@dataclass(frozen=True)
class WorkbookReading:
    """The definitions of a workbook, every cell that they cannot hold and leave out, and where each OID stands."""

    define: Define
    refused: tuple[CellProblem, ...]
    places: Mapping[str, tuple[str, int]]  # sheet and row


def define_of_workbook(book: Workbook, created: str = "") -> WorkbookReading:
    """The definitions that the rows of a workbook make."""
    check_own_cells(book)
    reading = Reading(book, _names(book), "")
    leaves = tuple(read_leaf(row, reading) for row in reading.unique("Documents", "ID"))
    reading.crf = next((leaf.id for leaf in leaves if CRF.search(f"{leaf.id} {leaf.title}")), leaf_id("acrf"))
    groups, items = _groups(reading)
    valued = {(row["Dataset"], row["Variable"]) for row in book.rows("ValueLevel")}
    names = {item.oid: item.name for item in items}
    places = [
        (ref.item, (group.name, names[ref.item])) for group in groups for ref in group.refs if ref.item in names
    ]
    lists = {oid: value_list_oid(*place) for oid, place in reversed(places) if place in valued}
    listed = {item.oid: item.values or lists.get(item.oid, "") for item in items}
    value_lists, value_items = _value_lists(reading, {place: listed[oid] for oid, place in places})
    with_values = {values.oid for values in value_lists}
    items = tuple(replace(item, values=item.values or listed[item.oid]) if listed[item.oid] in with_values else item
                  for item in items)
    displays = read_displays(reading)
    _read_unused_clauses(reading)
    codelists = (*read_codelists(reading), *read_dictionaries(reading))
    methods = tuple(method_of_row(row, reading) for row in reading.unique("Methods", "ID"))
    comments = tuple(comment_of_row(row, reading) for row in reading.unique("Comments", "ID"))
    study, model = book.study, "ADaM" if is_analysis(book) else "SDTM"
    name = study.get("StudyName", "") or "STUDY"
    made = Define(
        study=name,
        description=study.get("StudyDescription", ""),
        protocol=study.get("ProtocolName", "") or name,
        model=model,
        created=created or book.modified or NO_TIME,
        file_oid=file_oid(name, model),
        study_oid=study_oid(name),
        version_oid=version_oid(name, model),
        name=f"Study {name}, {model} data definitions",
        version_description=f"Data definitions of the {model} datasets: {study.get('StudyDescription', '')}",
        source_system="cdisckit",
        language=study.get("Language", "") or "en",
        standards=_standards(reading),
        groups=groups,
        items=_once((*items, *value_items)),
        value_lists=value_lists,
        where_clauses=tuple(reading.clauses.values()),
        codelists=codelists,
        methods=methods,
        comments=comments,
        leaves=leaves,
        title=study.get("StudyDescription", ""),
        displays=displays,
    )
    made = decode_fields(_with_rest(_with_documents(made, reading), reading), more_of(study.get(MORE, "")))
    return WorkbookReading(made, tuple(reading.refused), _places(reading))


def _with_rest(define: Define, reading: Reading) -> Define:
    """With the definitions that no row of the layout tells: of a sheet of our own, as far as no row tells them now."""
    for row in other_rows(reading.book.others.get(REST, {})):
        kind = row.get("Kind", "")
        if kind not in UNUSED:
            raise spoiled(row)
        part = decode_whole(UNUSED[kind], more_of(row.get("Definition", "")))
        known = getattr(define, kind)
        if part.oid not in {other.oid for other in known}:
            define = replace(define, **{kind: (*known, part)})
    return define


def _places(reading: Reading) -> dict[str, tuple[str, int]]:
    """Sheet and row of each definition."""
    places = dict(reading.places)
    for sheet, prefix in (
        ("Datasets", "IG."),
        ("Codelists", "CL."),
        ("Dictionaries", "CL."),
        ("Methods", "MT."),
        ("Comments", "COM."),
        ("Documents", "LF."),
    ):
        for row in reversed(reading.book.rows(sheet)):
            places[f"{prefix}{row['Dataset'] or row['ID']}"] = (sheet, row.number)
    return places


def _once(items: Sequence[ItemDef]) -> tuple[ItemDef, ...]:
    """Each definition once: several variables may share one."""
    return tuple({item.oid: item for item in reversed(items)}.values())[::-1]


def _names(book: Workbook) -> Names:
    oids: dict[str, dict[str, str]] = {}
    for sheet, kind in KINDS.items():
        key = "oid" if kind != "Document" else "id"
        for row in book.rows(sheet):
            if oid := more_of(row[MORE]).get("list" if kind == "Codelist" else "", more_of(row[MORE])).get(key):
                oids.setdefault(kind, {})[row["ID"]] = oid
    return Names(oids)


def _standards(reading: Reading) -> tuple[StandardDef, ...]:
    """Those that the workbook lists; the guides of the datasets, then the terminology of the codelists; each once."""
    found: list[StandardDef | None] = [*standards_listed(reading)]
    found += [standard_of_row(row, "Standard", "IG", reading) for row in reading.book.rows("Datasets")]
    found += [standard_of_row(row, "Terminology", "CT", reading) for row in reading.book.rows("Codelists")]
    return tuple({standard.oid: standard for standard in found if standard}.values())


def _with_documents(define: Define, reading: Reading) -> Define:
    """The annotated CRF, made where pages name it and no document is it; every other document is supplemental."""
    known = {leaf.id for leaf in define.leaves}
    has_pages = any(
        document.leaf == reading.crf
        for item in define.items
        for origin in item.origins
        for document in origin.documents
    )
    leaves = define.leaves
    if has_pages and reading.crf not in known:
        leaves = (LeafDef(reading.crf, "acrf.pdf", "Annotated Case Report Form"), *leaves)
    annotated = tuple(DocumentRef(leaf.id) for leaf in leaves if leaf.id == reading.crf)
    other = tuple(DocumentRef(leaf.id) for leaf in leaves if leaf.id != reading.crf)
    return replace(define, leaves=leaves, annotated_crf=annotated, supplemental=other)


def _groups(reading: Reading) -> tuple[tuple[ItemGroupDef, ...], tuple[ItemDef, ...]]:
    """The datasets with their variables in order."""
    known = {row["Dataset"] for row in reading.book.rows("Datasets")}
    rows: dict[str, list[Row]] = {}
    for row in reading.unique("Variables", "Dataset", "Variable"):
        if row["Dataset"] in known:
            rows.setdefault(row["Dataset"], []).append(row)
        else:
            reading.refuse(
                "Variables",
                row,
                "Dataset",
                f"there is no dataset {row['Dataset']}; the variable was left out",
                "add the dataset to the sheet Datasets",
            )
    labels = {row["Dataset"]: row["Label"] for row in reading.book.rows("Datasets")}
    groups, items = [], []
    for row in reading.unique("Datasets", "Dataset"):
        keys = _keys(row, rows.get(row["Dataset"], []), reading)
        refs = []
        for variable in rows.get(row["Dataset"], ()):
            oid = item_of(row["Dataset"], variable["Variable"])
            more = more_of(variable[MORE])
            item = decode_fields(
                read_item(variable, "Variables", oid, variable["Variable"], reading), more.get("item", {})
            )
            ref = read_ref(
                variable,
                "Variables",
                item.oid,
                keys.index(variable["Variable"]) + 1 if variable["Variable"] in keys else None,
                (),
                reading,
            )
            items.append(item)
            reading.places[item.oid] = ("Variables", variable.number)
            refs.append(decode_fields(ref, more.get("ref", {})))
        groups.append(decode_fields(read_group(row, tuple(refs), labels, reading), more_of(row[MORE])))
    return tuple(groups), tuple(items)


def _keys(row: Row, own: Sequence[Row], reading: Reading) -> list[str]:
    """The keys that the dataset names, or else those that its variables say they are (KeySequence)."""
    variables = {other["Variable"] for other in own}
    keys = list(dict.fromkeys(names_in(row["Key Variables"])))
    if not keys:
        numbered = [other for other in own if other["KeySequence"].isdecimal()]
        keys = [other["Variable"] for other in sorted(numbered, key=lambda other: int(other["KeySequence"]))]
    for key in keys:
        if key not in variables:
            reading.refuse(
                "Datasets",
                row,
                "Key Variables",
                f"the key {key} is no variable of {row['Dataset']} and was left out",
                "add the variable",
            )
    return [key for key in keys if key in variables]


def read_group(row: Row, refs: tuple[ItemRef, ...], labels: dict[str, str], reading: Reading) -> ItemGroupDef:
    """The definition of a dataset by its row."""
    name, class_ = row["Dataset"], find_word("class", row["Class"])
    adam = class_.of == "ADaM" if class_ else is_analysis(reading.book)
    no_data, file = is_yes(row, "Has No Data"), f"{name.lower()}.xpt"
    parent = name.removeprefix("SUPP") if name.startswith("SUPP") and not adam else ""
    standard = standard_of_row(row, "Standard", "IG", reading)
    reference = None if not row["Reference Data"] else is_yes(row, "Reference Data")
    return ItemGroupDef(
        oid=group_oid(name),
        name=name,
        label=row["Label"],
        purpose=row["Purpose"] or ("Analysis" if adam else "Tabulation"),
        structure=row["Structure"],
        class_=class_.term if class_ else row["Class"],
        repeating=is_yes(row, "Repeating"),
        refs=refs,
        domain=_domain(name, parent, adam),
        subclasses=(SubClass(word_of("subclass", row["SubClass"])),) if row["SubClass"] else (),
        reference=reference,
        standard=standard.oid if standard else "",
        comment=reading.names.oid("Comment", row["Comment"]),
        no_data=no_data,
        aliases=(Alias("DomainDescription", labels[parent]),) if labels.get(parent) else (),
        leaf=None if no_data else LeafDef(leaf_id(name), file, file),
        archive="" if no_data else leaf_id(name),
        sas_name=_sas_name(name),
    )


def _domain(name: str, parent: str, adam: bool) -> str:
    """AE for AE and SUPPAE; none for ADaM and for the datasets of relationships."""
    return "" if adam or name.startswith("REL") else parent or name


def _sas_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", name) else ""


def read_item(row: Row, sheet: str, oid: str, name: str, reading: Reading) -> ItemDef:
    """The definition of a variable or a value by its row."""
    kind = word_of("data type", row["Data Type"]) or "text"
    digits = number_of(row, sheet, "Significant Digits", reading)
    length = number_of(row, sheet, "Length", reading)
    return ItemDef(
        oid=oid,
        name=name,
        label=row["Label"],
        shape=Shape(kind, length if kind in WITH_LENGTH else None, digits),
        format=row["Format"],
        codelist=reading.names.oid("Codelist", row["Codelist"]),
        origins=_origins(row, sheet, reading),
        comment=reading.names.oid("Comment", row["Comment"]),
        sas_name=_sas_name(name),
    )


def _origins(row: Row, sheet: str, reading: Reading) -> tuple[Origin, ...]:
    text = row["Origin"]
    kind = word_of("origin", text)
    if not kind:
        if row["Predecessor"]:
            return (Origin("Predecessor", "", row["Predecessor"]),)
        for column in ("Source", "Pages"):
            if row[column]:
                reading.refuse(
                    sheet,
                    row,
                    column,
                    "there is no origin that it belongs to; it was left out",
                    "write Collected, Derived, Assigned ... into Origin",
                )
        return ()
    source = word_of("source", row["Source"])
    if not source and reading.book.generation < 3:  # Define-XML 2.0 had no source
        source = OLD_SOURCES.get(text.upper(), "Sponsor" if kind in SPONSORS else "")
    documents = (DocumentRef(reading.crf, (page_reference(row["Pages"]),)),) if row["Pages"] else ()
    return (Origin(kind, source, row["Predecessor"], documents),)


def read_ref(row: Row, sheet: str, oid: str, key: int | None, where: tuple[str, ...], reading: Reading) -> ItemRef:
    return ItemRef(
        oid,
        number_of(row, sheet, "Order", reading),
        is_yes(row, "Mandatory"),
        key,
        row["Role"],
        reading.names.oid("Method", row["Method"]),
        is_yes(row, "Has No Data"),
        where,
    )


def _value_lists(
    reading: Reading, known: Mapping[tuple[str, str], str]
) -> tuple[tuple[ValueListDef, ...], tuple[ItemDef, ...]]:
    """The value lists of the variables in `known` (with the OID of each list), and the definitions of their values."""
    lists: dict[str, dict[ItemRef, None]] = {}
    items: dict[str, ItemDef] = {}
    for row in reading.unique("ValueLevel", "Dataset", "Variable", "Where Clause"):
        place = row["Dataset"], row["Variable"]
        if place not in known:
            reading.refuse(
                "ValueLevel",
                row,
                "Variable",
                f"{place[0]} has no variable {place[1]}; the row was left out",
                "add the variable",
            )
            continue
        more = more_of(row[MORE])
        try:
            item, ref, clauses = whole_value(more) if "whole" in more else read_value(row, reading)
        except WhereError as error:
            reading.refuse(
                "ValueLevel",
                row,
                "Where Clause",
                f"the where clause cannot be read ({error}); the row was left out",
                "write for example PARAMCD EQ HGB",
            )
            continue
        if own := more.get("clauses"):
            clauses = tuple(decode_whole(WhereClauseDef, clause) for clause in own)
        item, ref = decode_fields(item, more.get("item", {})), decode_fields(ref, more.get("ref", {}))
        reading.clauses |= {clause.oid: clause for clause in clauses if clause.oid not in reading.clauses}
        items[item.oid] = item
        reading.places[item.oid] = ("ValueLevel", row.number)
        lists.setdefault(known[place], {})[replace(ref, item=item.oid)] = None
    return tuple(ValueListDef(oid, tuple(refs)) for oid, refs in lists.items()), tuple(items.values())


def _read_unused_clauses(reading: Reading) -> None:
    """The where clauses of the sheet WhereClauses that no value has: a define.xml can hold them too."""
    for name, rows in reading.book.clauses.items():
        if not name or f"WC.{name}" in reading.clauses:
            continue
        try:
            conditions = [condition for row in rows for condition in conditions_of(row)]
        except WhereError as error:
            what = f"the condition cannot be read ({error}); the where clause was left out"
            reading.refuse("WhereClauses", rows[0], "Comparator", what, "mend Comparator and Value")
            continue
        clause = clause_of(conditions, rows[0]["Dataset"], reading, name)
        reading.clauses[clause.oid] = clause


def whole_value(more: Mapping[str, Any]) -> tuple[ItemDef, ItemRef, tuple[WhereClauseDef, ...]]:
    """The definition of a value whose where clause no text can say: it is kept as a whole."""
    return decode_whole(ItemDef, more["whole"]), decode_whole(ItemRef, more["ref"]), ()


def read_value(row: Row, reading: Reading) -> tuple[ItemDef, ItemRef, tuple[WhereClauseDef, ...]]:
    """The definition of a value by its row, and its where clauses; WhereError where they cannot be read."""
    dataset, variable = row["Dataset"], row["Variable"]
    alternatives = _where(row, reading)
    clauses = tuple(
        clause_of(conditions, dataset, reading, name, row["Join Comment"]) for name, conditions in alternatives
    )
    first = alternatives[0][1]
    name = first[0].values[0] if len(first) == 1 and first[0].comparator == "EQ" else ""
    short = _short_value(first, clauses[0].oid.removeprefix(f"WC.{dataset}."))
    item = read_item(row, "ValueLevel", f"{item_of(dataset, variable)}.{short}", name or variable, reading)
    return item, read_ref(row, "ValueLevel", item.oid, None, tuple(clause.oid for clause in clauses), reading), clauses


def _short_value(conditions: Sequence[Condition], short: str) -> str:
    """SYSBP for VSTESTCD EQ SYSBP: the end of the OID of a value."""
    only = conditions[0]
    plain = len(conditions) == 1 and only.comparator == "EQ" and not only.dataset
    return short.removeprefix(f"{only.variable}.") if plain else short


def _where(row: Row, reading: Reading) -> list[tuple[str, tuple[Condition, ...]]]:
    """The alternatives of a where clause: by its ID on the sheet WhereClauses, else as text; with the ID, if any."""
    text = row["Where Clause"]
    found = reading.book.clauses.get(text, [])
    if found:
        alternatives = [(text, tuple(condition for other in found for condition in conditions_of(other)))]
    else:
        alternatives = [("", conditions) for conditions in parse_where(text)]
    return [
        (name, tuple(condition.of(row["Dataset"]) for condition in conditions)) for name, conditions in alternatives
    ]

"""From the definitions of a define.xml to the rows of a Pinnacle 21 workbook (generation 3).

Each row is read back at once; what it does not tell of its definition is kept beside it, in the column for more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from define.model import (
    AnalysisResult,
    CodeListDef,
    CommentDef,
    Define,
    Documentation,
    DocumentRef,
    Expression,
    External,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    MethodDef,
    Origin,
    ProgrammingCode,
    ResultDisplay,
    Shape,
    WhereClauseDef,
)
from define.oids import leaf_id, value_list_oid
from define.workbook import (
    MORE,
    REST,
    Names,
    as_json,
    conditions_in,
    encode_fields,
    encode_whole,
    item_of,
    standard_text,
)
from define.workbook_lists import (
    read_codelist,
    read_comment,
    read_dictionary,
    read_display,
    read_method,
    read_result_clauses,
)
from define.workbook_read import define_of_workbook, read_group, read_item, read_ref, read_value
from define.workbook_reading import Reading
from specs.p21 import Row, Sheet, Workbook, layout
from specs.p21_cells import column_letter
from specs.p21_where import WhereError, write_where

__all__ = ["book_of_rows", "untold", "workbook_of_define"]

Cells = dict[str, str]
ROW_FIELDS = (
    "groups",
    "items",
    "value_lists",
    "where_clauses",
    "codelists",
    "methods",
    "comments",
    "leaves",
    "displays",
)
# the fields of `Define` that rows tell, one row an entry
UNUSED = ("items", "value_lists", "where_clauses", "codelists")  # that only a row of their user, or of a term, tells


@dataclass(frozen=True)
class Known:
    """What a row needs to know of the whole document, and the reading that tells what a row says."""

    define: Define
    names: Names
    places: Mapping[str, Mapping[str, str]]  # by item: the datasets that have it, with the name of the variable
    items: Mapping[str, ItemDef]
    standards: Mapping[str, str]
    filled: frozenset[str]  # the value lists that have values
    reading: Reading


def workbook_of_define(define: Define) -> dict[str, list[Cells]]:
    """The rows of each sheet. `define_of_workbook` makes the same definitions of them."""
    known = _known(define)
    made = {
        "Define": [{"Attribute": name, "Value": value} for name, value in _study(define).items()],
        "Datasets": [_dataset(group, known) for group in define.groups],
        "Variables": [_variable(group, ref, known) for group in define.groups for ref in group.refs],
        "ValueLevel": [cells for group in define.groups for cells in _values(group, known)],
        "Codelists": [
            cells for codelist in define.codelists if not codelist.external for cells in _terms(codelist, known)
        ],
        "Dictionaries": [_dictionary(codelist, known) for codelist in define.codelists if codelist.external],
        "Methods": [_method(method, known) for method in define.methods],
        "Comments": [_comment(comment, known) for comment in define.comments],
        "Documents": [_document(leaf, known) for leaf in define.leaves],
        "Analysis Displays": [_display(display, known) for display in define.displays],
        "Analysis Results": [
            _result(display, result, known) for display in define.displays for result in display.results
        ],
    }
    if not define.displays and define.model == "SDTM":
        made = {name: rows for name, rows in made.items() if not name.startswith("Analysis")}
    told = define_of_workbook(book_of_rows(made), "-").define  # the time stands in no cell
    more = {name: value for name, value in encode_fields(define, told).items() if name not in ROW_FIELDS}
    if more:
        made["Define"].append({"Attribute": MORE, "Value": as_json(more)})
    rest = [
        {"Kind": kind, "OID": part.oid, "Definition": as_json(encode_whole(part))}
        for kind in UNUSED
        for part in getattr(define, kind)
        if part.oid not in {known.oid for known in getattr(told, kind)}
    ]
    return {**made, REST: rest} if rest else made


def untold(define: Define, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[tuple[str, str]]:
    """The OID of each definition that rows do not give back as it was, and why: it stands twice, or something refers
    to nothing.
    """
    told = define_of_workbook(book_of_rows(rows), "-").define
    for kind in ROW_FIELDS:
        parts = getattr(define, kind)
        known = set(getattr(told, kind))
        seen: set[str] = set()
        for part in parts:
            oid = getattr(part, "oid", getattr(part, "id", ""))
            if oid in seen:
                yield oid, f"one of {kind} with an OID that stands twice; the first was taken"
            elif part not in known:
                yield oid, f"one of {kind} that a workbook cannot say as it stands; what it can say was taken"
            seen.add(oid)
    defined = {item.oid for item in define.items}
    for item in told.items:
        if item.oid not in defined:
            yield item.oid, "an item that is defined nowhere; its row in the workbook defines it now"


def book_of_rows(sheets: Mapping[str, Sequence[Mapping[str, str]]], path: Path = Path()) -> Workbook:
    """The rows as if they had been read from a file."""
    made = {}
    for name, rows in ((name, rows) for name, rows in sheets.items() if name in layout()):
        columns = dict.fromkeys([column.name for column in layout()[name] if "3" in column.generations], "")
        columns |= dict.fromkeys((column for row in rows for column in row), "")
        letters = {column: column_letter(number) for number, column in enumerate(columns, 1)}
        filled = tuple(
            Row(number, {column: value for column, value in row.items() if value}) for number, row in enumerate(rows, 2)
        )
        made[name] = Sheet(name, name, letters, filled)
    return Workbook(path, 3, made, {name: _plain_sheet(rows) for name, rows in sheets.items() if name not in layout()})


def _plain_sheet(rows: Sequence[Mapping[str, str]]) -> dict[int, dict[str, str]]:
    """The rows of a sheet that the layout does not have, as they stand in a file."""
    letters = {column: column_letter(n) for n, column in enumerate(dict.fromkeys(c for row in rows for c in row), 1)}
    header = {letter: column for column, letter in letters.items()}
    return {1: header} | {n: {letters[column]: text for column, text in row.items()} for n, row in enumerate(rows, 2)}


def _known(define: Define) -> Known:
    names = Names.of(
        {
            "Codelist": [codelist.oid for codelist in define.codelists],
            "Method": [method.oid for method in define.methods],
            "Comment": [comment.oid for comment in define.comments],
            "Document": [leaf.id for leaf in define.leaves],
        }
    )
    items = {item.oid: item for item in reversed(define.items)}
    places: dict[str, dict[str, str]] = {}
    for group in define.groups:
        for ref in group.refs:
            name = items[ref.item].name if ref.item in items else ref.item
            places.setdefault(ref.item, {}).setdefault(group.name, name)
    standards = {standard.oid: standard_text(standard) for standard in define.standards}
    groups = [{"Dataset": group.name, "Class": group.class_, "Label": group.label} for group in define.groups]
    variables = [
        {"Dataset": group.name, "Variable": items[ref.item].name}
        for group in define.groups
        for ref in group.refs
        if ref.item in items
    ]
    crf = define.annotated_crf[0].leaf if define.annotated_crf else leaf_id("acrf")
    sheets: dict[str, list[Cells]] = {name: [] for name in layout()}
    book = book_of_rows(sheets | {"Datasets": groups, "Variables": variables})
    filled = frozenset(values.oid for values in define.value_lists if values.refs)
    return Known(define, names, places, items, standards, filled, Reading(book, names, crf))


def _study(define: Define) -> Cells:
    return {
        "StudyName": define.study,
        "StudyDescription": define.description,
        "ProtocolName": define.protocol,
        "Language": define.language,
    }


def _cells(**cells: str) -> Cells:
    return {name.replace("_", " "): value for name, value in cells.items() if value}


def _with_more(cells: Cells, more: Mapping[str, Any]) -> Cells:
    more = {name: value for name, value in more.items() if value not in ({}, None)}
    return {**cells, MORE: as_json(more)} if more else cells


def _own_oid(kind: str, oid: str, known: Known, key: str = "oid") -> dict[str, str]:
    """The OID, where it does not follow from the ID by the rule."""
    return {} if Names({}).oid(kind, known.names.id(kind, oid)) == oid else {key: oid}


def _yes_no(fact: bool | None) -> str:
    return "" if fact is None else "Yes" if fact else "No"


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _dataset(group: ItemGroupDef, known: Known) -> Cells:
    keys = sorted((ref for ref in group.refs if ref.key is not None), key=lambda ref: ref.key or 0)
    cells = {
        "Dataset": group.name,
        "Label": group.label,
        "Class": group.class_,
        "SubClass": group.subclasses[0].name if group.subclasses else "",
        "Structure": group.structure,
        "Key Variables": ", ".join(known.places[ref.item][group.name] for ref in keys),
        "Standard": known.standards.get(group.standard, ""),
        "Has No Data": _yes_no(group.no_data),
        "Repeating": _yes_no(group.repeating),
        "Reference Data": _yes_no(group.reference),
        "Comment": known.names.id("Comment", group.comment),
    }
    labels = {other.name: other.label for other in known.define.groups}
    told = read_group(Row(0, cells), group.refs, labels, known.reading)
    return _with_more(cells, encode_fields(group, told))


def _variable(group: ItemGroupDef, ref: ItemRef, known: Known) -> Cells:
    item = known.items.get(ref.item, ItemDef(ref.item, ref.item, "", Shape("text")))
    cells = {"Dataset": group.name, "Variable": item.name} | _item_cells(item, ref, known)
    row = Row(0, cells)
    told = read_item(row, "Variables", item_of(group.name, item.name), item.name, known.reading)
    values = value_list_oid(group.name, item.name)
    told = replace(told, values=values if item.values == values and values in known.filled else "")
    told_ref = read_ref(row, "Variables", item.oid, ref.key, (), known.reading)
    return _with_more(cells, {"item": encode_fields(item, told), "ref": encode_fields(ref, told_ref)})


def _item_cells(item: ItemDef, ref: ItemRef, known: Known) -> Cells:
    """What the rows of a variable and of a value have in common."""
    origin = item.origin or Origin("")
    pages = [
        page.shown for document in origin.documents if document.leaf == known.reading.crf for page in document.pages
    ]
    return {
        "Order": _number(ref.order),
        "Label": item.label,
        "Data Type": item.shape.data_type,
        "Length": _number(item.shape.length),
        "Significant Digits": _number(item.shape.digits),
        "Format": item.format,
        "Mandatory": _yes_no(ref.mandatory),
        "Codelist": known.names.id("Codelist", item.codelist),
        "Origin": origin.type,
        "Source": origin.source,
        "Pages": " ".join(pages),
        "Method": known.names.id("Method", ref.method),
        "Predecessor": origin.text,
        "Role": ref.role,
        "Has No Data": _yes_no(ref.no_data),
        "Comment": known.names.id("Comment", item.comment),
    }


def _values(group: ItemGroupDef, known: Known) -> Iterator[Cells]:
    lists = {values.oid: values for values in reversed(known.define.value_lists)}
    clauses = {clause.oid: clause for clause in reversed(known.define.where_clauses)}
    for ref in group.refs:
        item = known.items.get(ref.item)
        seen: set[str] = set()
        for value in lists[item.values].refs if item and item.values in lists else ():
            yield _value(group.name, item.name if item else "", value, clauses, seen, known)


def _value(
    dataset: str,
    variable: str,
    ref: ItemRef,
    clauses: Mapping[str, WhereClauseDef],
    seen: set[str],
    known: Known,
) -> Cells:
    """The row of a value; one without a condition, or with that of a row before it (`seen`), is named by its OID."""
    item = known.items.get(ref.item, ItemDef(ref.item, variable, "", Shape("text")))
    used = [clauses[oid] for oid in ref.where if oid in clauses]
    alternatives = [
        [condition.of(dataset) for condition in conditions_in(clause, known.places, dataset)] for clause in used
    ]
    text = write_where(alternatives)
    text = f"({ref.item})" if text in seen or not text else text
    seen.add(text)
    cells = _item_cells(item, ref, known) | {
        "Dataset": dataset,
        "Variable": variable,
        "Where Clause": text,
        "Join Comment": known.names.id("Comment", used[0].comment) if used else "",
    }
    del cells["Has No Data"], cells["Role"]  # the layout has no such columns for values
    row = Row(0, cells)
    try:
        told, told_ref, told_clauses = read_value(row, known.reading)
    except WhereError:
        whole = {"whole": encode_whole(item), "ref": encode_whole(ref)}
        return _with_more(cells, {**whole, "clauses": [encode_whole(clause) for clause in used]})
    more: dict[str, Any] = {
        "item": encode_fields(item, told),
        "ref": encode_fields(ref, told_ref),
    }
    if list(told_clauses) != used:
        more["clauses"] = [encode_whole(clause) for clause in used]
    return _with_more(cells, more)


def _terms(codelist: CodeListDef, known: Known) -> list[Cells]:
    """One row a term; what is said of the list stands in each, and what the layout cannot say in the first."""
    name = known.names.id("Codelist", codelist.oid)
    rows = [
        {
            "ID": name,
            "Name": codelist.name,
            "NCI Codelist Code": codelist.code,
            "Data Type": codelist.data_type,
            "Terminology": known.standards.get(codelist.standard, ""),
            "Comment": known.names.id("Comment", codelist.comment),
            "Order": _number(term.order),
            "Term": term.value,
            "NCI Term Code": term.code,
            "Decoded Value": term.decode,
        }
        for term in codelist.terms
    ]
    if not rows:
        return []
    told = read_codelist([Row(0, cells) for cells in rows], known.reading)
    whole = encode_fields(codelist, told)
    whole.pop("terms", None)
    made = []
    for position, (cells, term, said) in enumerate(zip(rows, codelist.terms, told.terms, strict=True)):
        own = _own_oid("Codelist", codelist.oid, known) if position == 0 else {}
        made.append(
            _with_more(cells, {"list": {**whole, **own} if position == 0 else {}, "term": encode_fields(term, said)})
        )
    return made


def _dictionary(codelist: CodeListDef, known: Known) -> Cells:
    external = codelist.external or External("")
    cells = {
        "ID": known.names.id("Codelist", codelist.oid),
        "Name": codelist.name,
        "Data Type": codelist.data_type,
        "Dictionary": external.dictionary,
        "Version": external.version,
    }
    told = read_dictionary(Row(0, cells), known.reading)
    return _with_more(cells, {"list": encode_fields(codelist, told) | _own_oid("Codelist", codelist.oid, known)})


def _of_documents(documents: Sequence[DocumentRef], known: Known) -> Cells:
    pages = documents[0].pages if documents else ()
    return {
        "Document": ", ".join(known.names.id("Document", document.leaf) for document in documents),
        "Pages": " ".join(page.shown for page in pages),
    }


def _method(method: MethodDef, known: Known) -> Cells:
    expression = method.expressions[0] if method.expressions else Expression("", "")
    cells = {
        "ID": known.names.id("Method", method.oid),
        "Name": method.name,
        "Type": method.type,
        "Description": method.text,
        "Expression Context": expression.context,
        "Expression Code": expression.code,
        **_of_documents(method.documents, known),
    }
    told = read_method(Row(0, cells), known.reading)
    return _with_more(cells, encode_fields(method, told) | _own_oid("Method", method.oid, known))


def _comment(comment: CommentDef, known: Known) -> Cells:
    cells = {
        "ID": known.names.id("Comment", comment.oid),
        "Description": comment.text,
        **_of_documents(comment.documents, known),
    }
    told = read_comment(Row(0, cells), known.reading)
    return _with_more(cells, encode_fields(comment, told) | _own_oid("Comment", comment.oid, known))


def _document(leaf: LeafDef, known: Known) -> Cells:
    cells = {"ID": known.names.id("Document", leaf.id), "Title": leaf.title, "Href": leaf.href}
    return _with_more(cells, _own_oid("Document", leaf.id, known, "id"))


def _display(display: ResultDisplay, known: Known) -> Cells:
    cells = {"ID": display.name, "Title": display.text, **_of_documents(display.documents, known)}
    return _with_more(cells, encode_fields(display, read_display(Row(0, cells), display.results, known.reading)))


def _result(display: ResultDisplay, result: AnalysisResult, known: Known) -> Cells:
    clauses = {clause.oid: clause for clause in known.define.where_clauses}
    used = [clauses[dataset.where] for dataset in result.datasets if dataset.where in clauses]
    documentation = result.documentation or Documentation("")
    code = result.code or ProgrammingCode()
    groups = {group.oid: group.name for group in known.define.groups}
    named = [(groups.get(dataset.group, ""), oid) for dataset in result.datasets for oid in dataset.variables]
    variables = [_result_variable(name, oid, known) for name, oid in named]
    cells = {
        "Display": display.name,
        "ID": result.oid.removeprefix(f"AR.{display.name}."),
        "Description": result.text,
        "Variables": ", ".join(variables),
        "Reason": result.reason,
        "Purpose": result.purpose,
        "Selection Criteria": "\n".join(
            write_where([conditions_in(clauses[dataset.where], known.places, groups.get(dataset.group, ""))])
            for dataset in result.datasets
            if dataset.where in clauses
        ),
        "Join Comment": known.names.id("Comment", result.comment),
        "Documentation": documentation.text,
        "Documentation Refs": _of_documents(documentation.documents, known)["Document"],
        "Programming Context": code.context,
        "Programming Code": code.code,
        "Programming Document": _of_documents(code.documents, known)["Document"],
        "Pages": _of_documents(code.documents, known)["Pages"],
    }
    told, told_clauses = read_result_clauses(Row(0, cells), known.reading)
    more = encode_fields(result, told)
    if "datasets" in more or list(told_clauses) != used:
        more["clauses"] = [encode_whole(clause) for clause in used]
    return _with_more(cells, more)


def _result_variable(dataset: str, oid: str, known: Known) -> str:
    """ADSL.AGE; the OID where it is defined nowhere."""
    shared = known.places.get(oid, {})
    place = dataset if dataset in shared else next(iter(shared), "")
    return f"{place}.{shared[place]}" if place else oid

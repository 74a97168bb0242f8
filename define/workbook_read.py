"""From the rows of a Pinnacle 21 workbook to the definitions of a define.xml.

What a define.xml cannot hold is refused cell by cell: it is left out, and an error says where it stands. References to
nothing are kept as they are: the check of the define.xml finds them again.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from define.model import (
    Alias,
    AnalysisDataset,
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
    ListTerm,
    MethodDef,
    Origin,
    ProgrammingCode,
    RangeCheck,
    ResultDisplay,
    Shape,
    StandardDef,
    SubClass,
    ValueListDef,
    WhereClauseDef,
)
from define.oids import group_oid, leaf_id, study_oid, value_list_oid, version_oid, file_oid
from define.origin import page_reference
from define.workbook import MORE, Names, decode_fields, decode_whole, is_adam, item_of, standard_of, where_name
from specs.p21 import CellProblem, Row, Workbook
from specs.p21_check_items import WITH_LENGTH, conditions_of
from specs.p21_index import BOOLEANS, problem, references
from specs.p21_where import Condition, WhereError, parse_where
from specs.p21_words import find_word

__all__ = ["define_of_workbook"]

CRF = re.compile(r"annotated|\bcrf\b|acrf|blankcrf|case report form", re.IGNORECASE)
OLD_SOURCES = {"CRF": "Investigator", "EDT": "Vendor"}        # of origins before Define-XML 2.1
SPONSORS = ("Derived", "Assigned", "Protocol")
KINDS = {"Codelists": "Codelist", "Dictionaries": "Codelist", "Methods": "Method", "Comments": "Comment",
         "Documents": "Document", "Analysis Displays": "Display"}
NO_TIME = "1970-01-01T00:00:00"


@dataclass
class Reading:
    """A workbook while it is turned into definitions: its names, the annotated CRF, and what was refused."""

    book: Workbook
    names: Names
    crf: str                                            # the OID of its document
    refused: list[CellProblem] = field(default_factory=list)
    clauses: dict[str, WhereClauseDef] = field(default_factory=dict)

    @cached_property
    def where_rows(self) -> dict[str, list[Row]]:
        """The rows of the sheet WhereClauses by their ID."""
        made: dict[str, list[Row]] = {}
        for row in self.book.rows("WhereClauses"):
            made.setdefault(row["ID"], []).append(row)
        return made

    def refuse(self, sheet: str, row: Row, column: str, what: str, fix: str) -> None:
        self.refused.append(problem(self.book.sheets[sheet], row, column, "refused", "error", what, fix))

    def unique(self, sheet: str, *columns: str) -> Iterator[Row]:
        """The rows with their name, the first of each name only."""
        seen: set[tuple[str, ...]] = set()
        for row in self.book.rows(sheet):
            key = tuple(row[column] for column in columns)
            if not all(key):
                empty = next(column for column in columns if not row[column])
                self.refuse(sheet, row, empty, f"the row has no {empty} and was left out", "fill the cell, or clear the row")
            elif key in seen:
                self.refuse(sheet, row, columns[-1], f"{' '.join(key)} stands twice; this row was left out", "remove one")
            else:
                yield row
            seen.add(key)


def define_of_workbook(book: Workbook, created: str = "") -> tuple[Define, tuple[CellProblem, ...]]:
    """The definitions of the workbook, and every cell that they cannot hold and leave out."""
    reading = Reading(book, _names(book), "")
    leaves = tuple(_leaf(row, reading) for row in reading.unique("Documents", "ID"))
    reading.crf = next((leaf.id for leaf in leaves if CRF.search(f"{leaf.id} {leaf.title}")), leaf_id("acrf"))
    groups, items = _groups(reading)
    valued = {(row["Dataset"], row["Variable"]) for row in book.rows("ValueLevel")}
    names = {item.oid: item.name for item in items}
    places = {ref.item: (group.name, names[ref.item]) for group in groups for ref in group.refs}
    items = tuple(replace(item, values=item.values or value_list_oid(*places[item.oid]))
                  if places[item.oid] in valued else item for item in items)
    value_lists, value_items = _value_lists(reading, {places[item.oid]: item.values for item in items})
    with_values = {values.oid for values in value_lists}
    items = tuple(item if item.values in with_values else replace(item, values="") for item in items)
    displays = _displays(reading)
    codelists = (*_codelists(reading), *_dictionaries(reading))
    methods = tuple(_method(row, reading) for row in reading.unique("Methods", "ID"))
    comments = tuple(_comment(row, reading) for row in reading.unique("Comments", "ID"))
    study, model = book.study, "ADaM" if _is_adam(book) else "SDTM"
    name = study.get("StudyName", "") or "STUDY"
    made = Define(
        study=name, description=study.get("StudyDescription", ""), protocol=study.get("ProtocolName", "") or name, model=model,
        created=created or book.modified or NO_TIME, file_oid=file_oid(name, model), study_oid=study_oid(name),
        version_oid=version_oid(name, model), name=f"Study {name}, {model} data definitions",
        version_description=f"Data definitions of the {model} datasets: {study.get('StudyDescription', '')}",
        source_system="cdisckit", language=study.get("Language", "") or "en", standards=_standards(reading),
        groups=groups, items=_once((*items, *value_items)), value_lists=value_lists,
        where_clauses=tuple(reading.clauses.values()), codelists=codelists, methods=methods, comments=comments,
        leaves=leaves, title=study.get("StudyDescription", ""), displays=displays,
    )
    return decode_fields(_with_documents(made, reading), _more_of(study.get(MORE, ""))), tuple(reading.refused)


def _once(items: Sequence[ItemDef]) -> tuple[ItemDef, ...]:
    """Each definition once: several variables may share one."""
    return tuple({item.oid: item for item in reversed(items)}.values())[::-1]


def _more_of(text: str) -> dict[str, Any]:
    """What the column for more holds; nothing where somebody has spoiled it."""
    try:
        more = json.loads(text) if text else {}
    except ValueError:
        return {}
    return more if isinstance(more, dict) else {}


def _names(book: Workbook) -> Names:
    oids: dict[str, dict[str, str]] = {}
    for sheet, kind in KINDS.items():
        key = "oid" if kind != "Document" else "id"
        for row in book.rows(sheet):
            if oid := _more_of(row[MORE]).get("list" if kind == "Codelist" else "", _more_of(row[MORE])).get(key):
                oids.setdefault(kind, {})[row["ID"]] = oid
    return Names(oids)


def _is_adam(book: Workbook) -> bool:
    """By the classes of the datasets, else by the standard, else by the names."""
    classes = [word.of for row in book.rows("Datasets") if (word := find_word("class", row["Class"]))]
    if classes:
        return classes.count("ADaM") * 2 > len(classes)
    if standards := [book.study.get("StandardName", ""), *(row["Standard"] for row in book.rows("Datasets"))]:
        return is_adam(standards) or any(row["Dataset"].startswith("AD") for row in book.rows("Datasets"))
    return False


# --- standards and documents -----------------------------------------------------------------------------------------

def _standard_of(row: Row, column: str, type_: str, reading: Reading) -> StandardDef | None:
    """The standard that a cell names; by its ID where the workbook has a sheet of standards; else the study's."""
    text = row[column]
    for standard in reading.book.rows("Standards"):
        if text and standard["ID"] == text:
            return StandardDef(text, standard["Name"], standard["Type"], standard["Version"], standard["Publishing Set"],
                               standard["Status"] or "Final", reading.names.oid("Comment", standard["Comment"]))
    if text:
        return standard_of(text, type_)
    study = reading.book.study
    if type_ == "IG" and study.get("StandardName"):
        return standard_of(f"{study['StandardName']} {study.get('StandardVersion', '')}")
    return None


def _standards(reading: Reading) -> tuple[StandardDef, ...]:
    """The guides of the datasets, then the terminology of the codelists, each once."""
    found = [_standard_of(row, "Standard", "IG", reading) for row in reading.book.rows("Datasets")]
    found += [_standard_of(row, "Terminology", "CT", reading) for row in reading.book.rows("Codelists")]
    return tuple({standard.oid: standard for standard in found if standard}.values())


def _leaf(row: Row, reading: Reading) -> LeafDef:
    leaf = LeafDef(reading.names.oid("Document", row["ID"]), row["Href"], row["Title"])
    return decode_fields(leaf, _more_of(row[MORE]))


def _documents(row: Row, column: str, reading: Reading, pages: str = "Pages") -> tuple[DocumentRef, ...]:
    """The documents that a cell names; the pages are those of the first."""
    named = [reading.names.oid("Document", name) for name in references(row[column])]
    shown = row[pages] if pages else ""
    return tuple(DocumentRef(oid, (page_reference(shown),) if shown and position == 0 else ())
                 for position, oid in enumerate(named))


def _with_documents(define: Define, reading: Reading) -> Define:
    """The annotated CRF, made where pages name it and no document is it; every other document is supplemental."""
    known = {leaf.id for leaf in define.leaves}
    has_pages = any(document.leaf == reading.crf for item in define.items for origin in item.origins
                    for document in origin.documents)
    leaves = define.leaves
    if has_pages and reading.crf not in known:
        leaves = (LeafDef(reading.crf, "acrf.pdf", "Annotated Case Report Form"), *leaves)
    annotated = tuple(DocumentRef(leaf.id) for leaf in leaves if leaf.id == reading.crf)
    other = tuple(DocumentRef(leaf.id) for leaf in leaves if leaf.id != reading.crf)
    return replace(define, leaves=leaves, annotated_crf=annotated, supplemental=other)


# --- datasets and variables ------------------------------------------------------------------------------------------

def _groups(reading: Reading) -> tuple[tuple[ItemGroupDef, ...], tuple[ItemDef, ...]]:
    """The datasets with their variables in order."""
    known = {row["Dataset"] for row in reading.book.rows("Datasets")}
    rows: dict[str, list[Row]] = {}
    for row in reading.unique("Variables", "Dataset", "Variable"):
        if row["Dataset"] in known:
            rows.setdefault(row["Dataset"], []).append(row)
        else:
            reading.refuse("Variables", row, "Dataset", f"there is no dataset {row['Dataset']}; the variable was left out",
                           "add the dataset to the sheet Datasets")
    labels = {row["Dataset"]: row["Label"] for row in reading.book.rows("Datasets")}
    groups, items = [], []
    for row in reading.unique("Datasets", "Dataset"):
        keys = _keys(row, {other["Variable"] for other in rows.get(row["Dataset"], ())}, reading)
        refs = []
        for variable in rows.get(row["Dataset"], ()):
            oid = item_of(row["Dataset"], variable["Variable"])
            more = _more_of(variable[MORE])
            item = decode_fields(read_item(variable, "Variables", oid, variable["Variable"], reading), more.get("item", {}))
            ref = read_ref(variable, "Variables", item.oid, keys.index(variable["Variable"]) + 1
                           if variable["Variable"] in keys else None, (), reading)
            items.append(item)
            refs.append(decode_fields(ref, more.get("ref", {})))
        groups.append(decode_fields(read_group(row, tuple(refs), labels, reading), _more_of(row[MORE])))
    return tuple(groups), tuple(items)


def _keys(row: Row, variables: set[str], reading: Reading) -> list[str]:
    keys = list(dict.fromkeys(references(row["Key Variables"].replace(" ", ","))))
    for key in keys:
        if key not in variables:
            reading.refuse("Datasets", row, "Key Variables",
                           f"the key {key} is no variable of {row['Dataset']} and was left out", "add the variable")
    return [key for key in keys if key in variables]


def read_group(row: Row, refs: tuple[ItemRef, ...], labels: dict[str, str], reading: Reading) -> ItemGroupDef:
    """The definition of a dataset by its row."""
    name, class_ = row["Dataset"], find_word("class", row["Class"])
    adam = class_.of == "ADaM" if class_ else _is_adam(reading.book)
    no_data, file = _yes(row, "Has No Data"), f"{name.lower()}.xpt"
    parent = name.removeprefix("SUPP") if name.startswith("SUPP") and not adam else ""
    standard = _standard_of(row, "Standard", "IG", reading)
    reference = None if not row["Reference Data"] else _yes(row, "Reference Data")
    return ItemGroupDef(
        oid=group_oid(name), name=name, label=row["Label"], purpose=row["Purpose"] or ("Analysis" if adam else "Tabulation"),
        structure=row["Structure"], class_=class_.term if class_ else row["Class"], repeating=_yes(row, "Repeating"),
        refs=refs, domain=_domain(name, parent, adam),
        subclasses=(SubClass(_word("subclass", row["SubClass"])),) if row["SubClass"] else (), reference=reference,
        standard=standard.oid if standard else "", comment=reading.names.oid("Comment", row["Comment"]), no_data=no_data,
        aliases=(Alias("DomainDescription", labels[parent]),) if labels.get(parent) else (),
        leaf=None if no_data else LeafDef(leaf_id(name), file, file), archive="" if no_data else leaf_id(name),
        sas_name=_sas_name(name),
    )


def _domain(name: str, parent: str, adam: bool) -> str:
    """AE for AE and SUPPAE; none for ADaM and for the datasets of relationships."""
    return "" if adam or name.startswith("REL") else parent or name


def _yes(row: Row, column: str) -> bool:
    return BOOLEANS.get(row[column].upper()) == "Yes"


def _word(kind: str, text: str) -> str:
    """The word of the list that the text is, or the text as it stands."""
    word = find_word(kind, text)
    return word.term if word else text


def _sas_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", name) else ""


def _number(row: Row, sheet: str, column: str, reading: Reading) -> int | None:
    text = row[column]
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    reading.refuse(sheet, row, column, f"{text!r} is no whole number and was left out", "write digits only")
    return None


def read_item(row: Row, sheet: str, oid: str, name: str, reading: Reading) -> ItemDef:
    """The definition of a variable or a value by its row."""
    kind = _word("data type", row["Data Type"]) or "text"
    digits = _number(row, sheet, "Significant Digits", reading)
    length = _number(row, sheet, "Length", reading)
    return ItemDef(
        oid=oid, name=name, label=row["Label"], shape=Shape(kind, length if kind in WITH_LENGTH else None, digits),
        format=row["Format"], codelist=reading.names.oid("Codelist", row["Codelist"]),
        origins=_origins(row, sheet, reading), comment=reading.names.oid("Comment", row["Comment"]),
        sas_name=_sas_name(name),
    )


def _origins(row: Row, sheet: str, reading: Reading) -> tuple[Origin, ...]:
    text = row["Origin"]
    kind = _word("origin", text)
    if not kind:
        if row["Predecessor"]:
            return (Origin("Predecessor", "", row["Predecessor"]),)
        for column in ("Source", "Pages"):
            if row[column]:
                reading.refuse(sheet, row, column, "there is no origin that it belongs to; it was left out",
                               "write Collected, Derived, Assigned ... into Origin")
        return ()
    source = _word("source", row["Source"])
    if not source and reading.book.generation < 3:            # Define-XML 2.0 had no source
        source = OLD_SOURCES.get(text.upper(), "Sponsor" if kind in SPONSORS else "")
    documents = (DocumentRef(reading.crf, (page_reference(row["Pages"]),)),) if row["Pages"] else ()
    return (Origin(kind, source, row["Predecessor"], documents),)


def read_ref(row: Row, sheet: str, oid: str, key: int | None, where: tuple[str, ...], reading: Reading) -> ItemRef:
    return ItemRef(oid, _number(row, sheet, "Order", reading), _yes(row, "Mandatory"), key, _role(row["Role"]),
                   reading.names.oid("Method", row["Method"]), _yes(row, "Has No Data"), where)


def _role(text: str) -> str:
    """As the SDTM writes it (Record Qualifier), whatever the capitals of the workbook."""
    return text.title() if find_word("role", text) else text


# --- value level -----------------------------------------------------------------------------------------------------

def _value_lists(reading: Reading, known: Mapping[tuple[str, str], str]) -> tuple[tuple[ValueListDef, ...],
                                                                                 tuple[ItemDef, ...]]:
    """The value lists of the variables in `known` (with the OID of each list), and the definitions of their values."""
    lists: dict[str, dict[ItemRef, None]] = {}
    items: dict[str, ItemDef] = {}
    for row in reading.unique("ValueLevel", "Dataset", "Variable", "Where Clause"):
        place = row["Dataset"], row["Variable"]
        if place not in known:
            reading.refuse("ValueLevel", row, "Variable", f"{place[0]} has no variable {place[1]}; the row was left out",
                           "add the variable")
            continue
        try:
            item, ref, clauses = read_value(row, reading)
        except WhereError as error:
            reading.refuse("ValueLevel", row, "Where Clause", f"the where clause cannot be read ({error}); the row was left "
                           "out", "write for example PARAMCD EQ HGB")
            continue
        more = _more_of(row[MORE])
        if own := more.get("clauses"):
            clauses = tuple(decode_whole(WhereClauseDef, clause) for clause in own)
        item, ref = decode_fields(item, more.get("item", {})), decode_fields(ref, more.get("ref", {}))
        reading.clauses |= {clause.oid: clause for clause in clauses if clause.oid not in reading.clauses}
        items[item.oid] = item
        lists.setdefault(known[place], {})[replace(ref, item=item.oid)] = None
    return tuple(ValueListDef(oid, tuple(refs)) for oid, refs in lists.items()), tuple(items.values())


def read_value(row: Row, reading: Reading) -> tuple[ItemDef, ItemRef, tuple[WhereClauseDef, ...]]:
    """The definition of a value by its row, and its where clauses; WhereError where they cannot be read."""
    dataset, variable = row["Dataset"], row["Variable"]
    alternatives = _where(row, reading)
    clauses = tuple(_clause(conditions, dataset, reading, name, row["Join Comment"]) for name, conditions in alternatives)
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
    found = reading.where_rows.get(text, [])
    if found:
        alternatives = [(text, tuple(condition for other in found for condition in conditions_of(other)))]
    else:
        alternatives = [("", conditions) for conditions in parse_where(text)]
    return [(name, tuple(replace(condition, dataset="") if condition.dataset == row["Dataset"] else condition
                         for condition in conditions)) for name, conditions in alternatives]


def _clause(conditions: Sequence[Condition], dataset: str, reading: Reading, name: str = "",
            comment: str = "") -> WhereClauseDef:
    """The definition of a where clause; its OID by its ID or else by its words."""
    checks = tuple(RangeCheck(item_of(condition.dataset or dataset, condition.variable), condition.comparator,
                              condition.values) for condition in conditions)
    comment = next((row["Comment"] for row in reading.where_rows.get(name, ()) if row["Comment"]), comment)
    return WhereClauseDef(f"WC.{name or where_name(conditions, dataset)}", checks, reading.names.oid("Comment", comment))


# --- codelists, methods, comments ------------------------------------------------------------------------------------

def _codelists(reading: Reading) -> Iterator[CodeListDef]:
    lists: dict[str, list[Row]] = {}
    for row in reading.unique("Codelists", "ID", "Term"):
        lists.setdefault(row["ID"], []).append(row)
    for rows in lists.values():
        yield read_codelist(rows, reading)


def read_codelist(rows: Sequence[Row], reading: Reading) -> CodeListDef:
    """The definition of a codelist by its rows: what they say of the list is said by the first."""
    first = rows[0]
    code, standard = first["NCI Codelist Code"], _standard_of(first, "Terminology", "CT", reading)
    terms = tuple(decode_fields(
        ListTerm(row["Term"], row["Decoded Value"], row["NCI Term Code"], bool(code and not row["NCI Term Code"]),
                 _number(row, "Codelists", "Order", reading)), _more_of(row[MORE]).get("term", {})) for row in rows)
    made = CodeListDef(
        oid=reading.names.oid("Codelist", first["ID"]), name=first["Name"] or first["ID"],
        data_type=_word("data type", first["Data Type"]) or "text", terms=terms, code=code,
        standard=standard.oid if standard else "", decoded=any(term.decode for term in terms),
        non_standard=not (code or standard), comment=reading.names.oid("Comment", first["Comment"]),
    )
    return decode_fields(made, _more_of(first[MORE]).get("list", {}))


def _dictionaries(reading: Reading) -> Iterator[CodeListDef]:
    for row in reading.unique("Dictionaries", "ID"):
        yield read_dictionary(row, reading)


def read_dictionary(row: Row, reading: Reading) -> CodeListDef:
    made = CodeListDef(
        oid=reading.names.oid("Codelist", row["ID"]), name=row["Name"] or row["ID"],
        data_type=_word("data type", row["Data Type"]) or "text",
        external=External(_word("dictionary", row["Dictionary"]), row["Version"]),
    )
    return decode_fields(made, _more_of(row[MORE]).get("list", {}))


def _method(row: Row, reading: Reading) -> MethodDef:
    return decode_fields(read_method(row, reading), _more_of(row[MORE]))


def read_method(row: Row, reading: Reading) -> MethodDef:
    expressions = (Expression(row["Expression Context"], row["Expression Code"]),) if row["Expression Code"] else ()
    return MethodDef(reading.names.oid("Method", row["ID"]), row["Name"] or row["ID"],
                     _word("method type", row["Type"]) or "Computation", row["Description"], expressions,
                     _documents(row, "Document", reading))


def _comment(row: Row, reading: Reading) -> CommentDef:
    return decode_fields(read_comment(row, reading), _more_of(row[MORE]))


def read_comment(row: Row, reading: Reading) -> CommentDef:
    return CommentDef(reading.names.oid("Comment", row["ID"]), row["Description"], _documents(row, "Document", reading))


# --- analysis results ------------------------------------------------------------------------------------------------

def _displays(reading: Reading) -> tuple[ResultDisplay, ...]:
    results: dict[str, list[AnalysisResult]] = {}
    for row in reading.unique("Analysis Results", "Display", "ID"):
        results.setdefault(row["Display"], []).append(read_result(row, reading))
    displays = []
    for row in reading.unique("Analysis Displays", "ID"):
        made = read_display(row, tuple(results.pop(row["ID"], ())), reading)
        displays.append(decode_fields(made, _more_of(row[MORE])))
    for row in reading.book.rows("Analysis Results"):
        if row["Display"] in results:
            reading.refuse("Analysis Results", row, "Display", f"there is no display {row['Display']}; the result was left out",
                           "add it to the sheet Analysis Displays")
    return tuple(displays)


def read_display(row: Row, results: tuple[AnalysisResult, ...], reading: Reading) -> ResultDisplay:
    return ResultDisplay(reading.names.oid("Display", row["ID"]), row["ID"], row["Title"], results,
                         _documents(row, "Document", reading))


def read_result(row: Row, reading: Reading) -> AnalysisResult:
    """The definition of a result by its row, its where clauses being noted."""
    result, clauses = read_result_clauses(row, reading)
    more = _more_of(row[MORE])
    if own := more.get("clauses"):
        clauses = tuple(decode_whole(WhereClauseDef, clause) for clause in own)
    reading.clauses |= {clause.oid: clause for clause in clauses if clause.oid not in reading.clauses}
    return decode_fields(result, more)


def read_result_clauses(row: Row, reading: Reading) -> tuple[AnalysisResult, tuple[WhereClauseDef, ...]]:
    """The definition of a result by its row, and its where clauses."""
    datasets, clauses = _result_datasets(row, reading)
    documented = row["Documentation"] or row["Documentation Refs"]
    documentation = Documentation(row["Documentation"], _documents(row, "Documentation Refs", reading, ""))
    programmed = row["Programming Code"] or row["Programming Document"] or row["Programming Context"]
    code = ProgrammingCode(row["Programming Context"], row["Programming Code"],
                           _documents(row, "Programming Document", reading))
    result = AnalysisResult(
        oid=f"AR.{row['Display']}.{row['ID']}", text=row["Description"], reason=_word("reason", row["Reason"]),
        purpose=_word("purpose", row["Purpose"]), datasets=datasets, parameter=_parameter(datasets, reading),
        comment=reading.names.oid("Comment", row["Join Comment"]), documentation=documentation if documented else None,
        code=code if programmed else None,
    )
    return result, clauses


def _result_datasets(row: Row, reading: Reading) -> tuple[tuple[AnalysisDataset, ...], tuple[WhereClauseDef, ...]]:
    """The datasets of a result in the order of its variables, then of its criteria."""
    variables: dict[str, list[str]] = {}
    for name in references(row["Variables"].replace(" ", ",")):
        dataset, dot, variable = name.partition(".")
        if not dot:
            reading.refuse("Analysis Results", row, "Variables", f"{name!r} is not DATASET.VARIABLE and was left out",
                           "write ADSL.AGE")
            continue
        variables.setdefault(dataset, []).append(item_of(dataset, variable))
    clauses: dict[str, WhereClauseDef] = {}
    for line in filter(None, (line.strip() for line in re.split(r"[\n;]", row["Selection Criteria"]))):
        try:
            alternatives = parse_where(line)
        except WhereError as error:
            reading.refuse("Analysis Results", row, "Selection Criteria", f"{line!r} cannot be read ({error}); it was left out",
                           "write ADSL.SAFFL EQ Y")
            continue
        dataset = alternatives[0][0].dataset or next(iter(variables), "")
        if len(alternatives) > 1 or dataset in clauses or not dataset:
            reading.refuse("Analysis Results", row, "Selection Criteria",
                           f"{line!r} is more than one condition for one dataset; it was left out", "join it with and")
            continue
        clauses[dataset] = _clause(alternatives[0], dataset, reading)
    made = tuple(AnalysisDataset(group_oid(dataset), clauses[dataset].oid if dataset in clauses else "",
                                 tuple(variables.get(dataset, ()))) for dataset in {**variables, **clauses})
    return made, tuple(clauses.values())


def _parameter(datasets: Sequence[AnalysisDataset], reading: Reading) -> str:
    """PARAMCD of the first dataset that has parameters."""
    with_parameters = {row["Dataset"] for row in reading.book.rows("Variables") if row["Variable"] == "PARAMCD"}
    return next((item_of(name, "PARAMCD") for dataset in datasets
                 if (name := dataset.group.removeprefix("IG.")) in with_parameters), "")

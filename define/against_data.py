"""A define.xml against the data that it describes: what it states must be true of every dataset, variable and value.

Each finding is an error where the document says something untrue of the data, and a warning where it says too little.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cdisckit.errors import suggest
from cdisckit.findings import Finding
from define.columns import Column, Sheet, Table
from define.conditions import CannotEvaluate, select_records
from define.model import CodeListDef, Define, ItemDef, ItemGroupDef, ItemRef
from define.text import stated_encoding

__all__ = ["check_define_against_data"]

NUMBERS = ("integer", "float")
STORAGE = 8                                            # a Length of 8 for a number means how SAS stores it
FIX_EITHER = "programmer: is the define.xml right or the data? Mend the one and make the other again"
FIX_DEFINE = "programmer: mend the metadata and write the define.xml again"
YEAR, MONTH, DAY = r"\d{4}", r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
CLOCK = r"([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d([.,]\d+)?)?)?"
ZONE = r"(Z|[+-]\d{2}(:?\d{2})?)?"
DATE, DATETIME = f"{YEAR}-{MONTH}-{DAY}", f"{YEAR}-{MONTH}-{DAY}T{CLOCK}{ZONE}"
PARTIAL_DATE = f"{YEAR}(-{MONTH}(-{DAY})?)?"
INCOMPLETE_CLOCK = r"T([01]\d|2[0-3]|-)(:([0-5]\d|-)(:([0-5]\d([.,]\d+)?|-))?)?"
INCOMPLETE = rf"({YEAR}|-)(-({MONTH}|-)(-({DAY}|-)({INCOMPLETE_CLOCK}{ZONE})?)?)?"
DURATION = r"[+-]?P(?=[\dT])(\d+([.,]\d+)?W|(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?D)?" \
           r"(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?)"
ISO = {
    "date": DATE, "time": CLOCK + ZONE, "datetime": DATETIME, "partialDate": PARTIAL_DATE,
    "partialTime": CLOCK + ZONE, "partialDatetime": f"{PARTIAL_DATE}|{DATETIME}",
    "incompleteDatetime": f"{INCOMPLETE}(/({INCOMPLETE}))?", "durationDatetime": DURATION,
    "intervalDatetime": f"({INCOMPLETE}|{DURATION})/({INCOMPLETE}|{DURATION})",
}
ANY_ISO = "|".join(f"(?:{pattern})" for pattern in ISO.values())
WIDTH = re.compile(r"(\$|\$CHAR|BEST|F)?\d*(\.\d*)?")     # a format that only says how wide a value is shown
NAMES_OF_CODES = {"TESTCD": "TEST", "PARAMCD": "PARAM", "QNAM": "QLABEL", "ARMCD": "ARM", "ETCD": "ELEMENT"}


def check_define_against_data(define: Define, tables: Mapping[str, Table], path: str = "") -> list[Finding]:
    """Every statement of the define.xml that the datasets of its model contradict.

    In: the definitions; the datasets by name. Out: findings with the records, at most 1,000 of each rule and variable
    and then their number. `path` is the file that the findings name.
    """
    mine = {name: table for name, table in tables.items() if table.model in ("", define.model)}
    facts = Facts(define)
    encoding = stated_encoding(define.version_description)
    sheets = {group.name: Sheet(mine[group.name], group, facts.keys(group), path, encoding)
              for group in define.groups if group.name in mine}
    found = [*_check_presence(define, mine, path)]
    for sheet in sheets.values():
        found += _check_dataset(sheet)
        found += _check_variables(sheet, facts)
        found += _check_keys(sheet)
        for ref, item in facts.variables(sheet.group):
            if sheet.has(item.name):
                found += _check_variable(sheet, ref, item, facts)
                found += _check_value_level(sheet, item, facts, sheets)
        found += _check_code_names(sheet, facts)
    return found


@dataclass(frozen=True, eq=False)
class Facts:
    """The definitions by their OIDs."""

    define: Define

    @cached_property
    def items(self) -> Mapping[str, ItemDef]:
        return {item.oid: item for item in reversed(self.define.items)}

    @cached_property
    def codelists(self) -> Mapping[str, CodeListDef]:
        return {codelist.oid: codelist for codelist in self.define.codelists}

    @cached_property
    def value_lists(self) -> Mapping[str, tuple[ItemRef, ...]]:
        return {values.oid: values.refs for values in self.define.value_lists}

    @cached_property
    def clauses(self):  # type: ignore[no-untyped-def]
        return {clause.oid: clause for clause in self.define.where_clauses}

    @cached_property
    def places(self) -> Mapping[str, list[tuple[str, str]]]:
        """The datasets that have each item, and the name of the variable."""
        found: dict[str, list[tuple[str, str]]] = {}
        for group in self.define.groups:
            for _, item in self.variables(group):
                found.setdefault(item.oid, []).append((group.name, item.name))
        return found

    def variables(self, group: ItemGroupDef) -> list[tuple[ItemRef, ItemDef]]:
        """The variables of a dataset in the order that the document states."""
        known = [(ref, self.items[ref.item]) for ref in group.refs if ref.item in self.items]
        if any(ref.order is None for ref, _ in known):
            return known
        return sorted(known, key=lambda pair: pair[0].order or 0)

    def keys(self, group: ItemGroupDef) -> tuple[str, ...]:
        found = [(ref.key, item.name) for ref, item in self.variables(group) if ref.key is not None]
        return tuple(name for _, name in sorted(found))


def _check_presence(define: Define, tables: Mapping[str, Table], path: str) -> Iterator[Finding]:
    """Datasets that only one of the two has."""
    described = {group.name for group in define.groups}
    for group in define.groups:
        if group.name not in tables and not group.no_data:
            yield Finding("define", "define.data_dataset_missing", "error", group.name, value=group.file,
                          message="the define.xml describes the dataset, and there is no such dataset", fix=FIX_EITHER,
                          file=path)
    for name, table in tables.items():
        if name not in described:
            yield Finding("define", "define.data_dataset_unknown", "error", name, value=table.file, fix=FIX_EITHER,
                          message=f"the define.xml does not describe the dataset{suggest(name, described)}", file=path)


def _check_dataset(sheet: Sheet) -> Iterator[Finding]:
    group, table = sheet.group, sheet.table
    if group.label != table.label:
        yield sheet.finding("data_dataset_label", "error", f"the label is {group.label!r} in the define.xml and "
                            f"{table.label!r} in the dataset", FIX_EITHER, value=table.label)
    if group.no_data and len(sheet):
        yield sheet.finding("data_has_data", "error",
                            f"HasNoData is stated, and the dataset has {len(sheet):,} records", FIX_DEFINE)
    if not group.no_data and not len(sheet):
        yield sheet.finding("data_has_no_data", "warning", "the dataset has no record, and HasNoData is not stated",
                            FIX_DEFINE)
    file = table.file.replace("\\", "/").rpartition("/")[2]
    if file and group.file and group.file.rpartition("/")[2] != file:
        yield sheet.finding("data_file", "error", f"the define.xml names the file {group.file}, and it is {file}",
                            FIX_DEFINE, value=file)


def _check_variables(sheet: Sheet, facts: Facts) -> Iterator[Finding]:
    """Variables that only one of the two has, and their order."""
    described = [item.name for _, item in facts.variables(sheet.group)]
    there = [variable.name for variable in sheet.table.variables]
    for name in described:
        if name not in there:
            yield sheet.finding("data_variable_missing", "error",
                                "the define.xml describes the variable, and the dataset has no such variable",
                                FIX_EITHER, name)
    for name in there:
        if name not in described:
            yield sheet.finding("data_variable_unknown", "error",
                                f"the define.xml does not describe the variable{suggest(name, described)}", FIX_EITHER,
                                name)
    both = set(described) & set(there)
    one, two = ([name for name in dict.fromkeys(names) if name in both] for names in (described, there))
    if one != two:
        first = next(here for here, other in zip(one, two, strict=False) if here != other)
        yield sheet.finding("data_variable_order", "error", "the variables stand in another order in the dataset: "
                            f"{first} is the first that does", FIX_EITHER, first)


def _check_keys(sheet: Sheet) -> Iterator[Finding]:
    """Records that another record has the keys of."""
    if not sheet.keys or not sheet.has(*sheet.keys) or not len(sheet):
        return
    codes = pd.DataFrame({name: sheet.column(name).codes for name in sheet.keys})
    rows = codes.duplicated(keep=False).to_numpy()
    if rows.any():
        yield from sheet.findings(rows, "data_key_duplicate", "warning", "",
                                  f"another record has the same keys ({', '.join(sheet.keys)})", FIX_EITHER)


def _check_variable(sheet: Sheet, ref: ItemRef, item: ItemDef, facts: Facts) -> Iterator[Finding]:
    """What is stated of a variable: label, type, length and format of the file, and its values."""
    variable = next((known for known in sheet.table.variables if known.name == item.name), None)
    if variable is None:
        return
    if item.label != variable.label:
        yield sheet.finding("data_variable_label", "error", f"the label is {item.label!r} in the define.xml and "
                            f"{variable.label!r} in the dataset", FIX_EITHER, item.name, variable.label)
    column, kind = sheet.column(item.name), item.shape.data_type
    if variable.type == "Num" and kind not in NUMBERS:
        severity = "error" if kind == "text" or not column.is_date else "warning"
        yield sheet.finding("data_variable_type", severity, f"the variable is Num in the dataset and {kind} in the "
                            "define.xml", FIX_EITHER, item.name)
    if variable.type == "Char" and kind in NUMBERS:
        yield sheet.finding("data_variable_type", "warning", f"the variable is Char in the dataset and {kind} in the "
                            "define.xml", FIX_EITHER, item.name)
    yield from _check_file_length(sheet, item, variable)
    yield from _check_format(sheet, item, variable)
    yield from _check_emptiness(sheet, ref, item, column)
    yield from _check_values(sheet, item.name, item, ref.mandatory, None, facts, "")


def _check_file_length(sheet: Sheet, item: ItemDef, variable) -> Iterator[Finding]:  # type: ignore[no-untyped-def]
    """A text variable that is longer in the file than in the definition: one of them is not up to date."""
    length = item.shape.length
    if variable.type == "Char" and item.shape.data_type == "text" and length is not None and variable.length > length:
        yield sheet.finding("data_variable_length", "warning", f"the variable has {variable.length} bytes in the file "
                            f"and a Length of {length} in the define.xml", FIX_EITHER, item.name, str(variable.length))


def _check_format(sheet: Sheet, item: ItemDef, variable) -> Iterator[Finding]:  # type: ignore[no-untyped-def]
    stated, there = (re.sub(r"\.$", "", text.strip().upper()) for text in (item.format, variable.format))
    if stated == there or WIDTH.fullmatch(stated) and WIDTH.fullmatch(there) and not (stated and there):
        return
    severity = "error" if stated and there else "warning"
    yield sheet.finding("data_format", severity, f"the format is {item.format or 'not stated'} in the define.xml and "
                        f"{variable.format or 'none'} in the dataset", FIX_EITHER, item.name, variable.format)


def _check_emptiness(sheet: Sheet, ref: ItemRef, item: ItemDef, column: Column) -> Iterator[Finding]:
    filled = len(sheet) > 0 and not column.missing.all()
    if ref.no_data and filled:
        rows = column.has(~column.missing)
        yield from sheet.findings(rows, "data_no_data", "error", item.name,
                                  "HasNoData is stated of the variable, and the record has a value", FIX_DEFINE)
    if not ref.no_data and not filled and len(sheet):
        yield sheet.finding("data_all_null", "warning",
                            "no record has a value, and HasNoData is not stated of the variable", FIX_DEFINE, item.name)


def _check_values(sheet: Sheet, name: str, item: ItemDef, mandatory: bool, rows: np.ndarray | None, facts: Facts,
                  under: str) -> Iterator[Finding]:
    """What a definition states of the values of a column, in all records or those under a condition."""
    column = sheet.column(name)
    present = column.present(rows)
    if mandatory and (present & column.missing).any():
        yield from sheet.findings(column.has(column.missing, rows), "data_mandatory", "error", name,
                                  f"Mandatory is Yes{under}, and there is no value", FIX_EITHER)
    filled = present & ~column.missing
    for rule, severity, problem, message in _wrong_values(column, item, facts):
        bad = filled & problem(column)
        if bad.any():
            yield from sheet.findings(column.has(bad, rows), rule, severity, name, f"{message}{under}", FIX_EITHER)


Problem = Callable[[Column], np.ndarray]


def _wrong_values(column: Column, item: ItemDef, facts: Facts) -> Iterator[tuple[str, str, Problem, str]]:
    """Rule, severity, which of the distinct values are wrong, and what to say, for all that the definition states."""
    kind, length, digits = item.shape.data_type, item.shape.length, item.shape.digits
    if column.is_text and kind in ISO:
        own = _matches(column.values, ISO[kind])
        other = ~own
        other[other] = _matches(column.values[other], ANY_ISO)
        yield "data_iso8601", "error", lambda c: ~own & ~other, f"the value is no {kind} of ISO 8601"
        yield "data_iso8601_type", "warning", lambda c: other, f"the value is of ISO 8601, and no {kind}"
    if kind == "integer" and not column.is_date:
        yield "data_integer", "error", lambda c: c.is_no_integer, "the DataType is integer, and the value is none"
    if kind == "float" and column.is_text:
        yield ("data_number", "error", lambda c: c.numbers.isna().to_numpy(),
               "the DataType is float, and the value is none")
    if kind == "float" and digits is not None and not column.is_date:
        yield ("data_significant_digits", "warning", lambda c: c.decimals > digits,
               f"the value has more decimals than the {digits} SignificantDigits")
    if length is not None and column.is_text and kind in ("text", *NUMBERS):
        yield "data_length", "error", lambda c: c.sizes > length, f"the value is longer than the Length of {length}"
    if length is not None and not column.is_text and not column.is_date and kind == "integer" and length != STORAGE:
        yield "data_length", "error", lambda c: c.sizes > length, f"the value is longer than the Length of {length}"
    codelist = facts.codelists.get(item.codelist)
    if codelist is not None and codelist.terms and not column.is_date:
        yield ("data_codelist", "error", lambda c: ~_in_codelist(c, codelist),
               f"the value is no term of the codelist {codelist.name}")


def _matches(texts: pd.Series, pattern: str) -> np.ndarray:
    return np.asarray(texts.str.fullmatch(pattern, na=False), dtype=bool)


def _in_codelist(column: Column, codelist: CodeListDef) -> np.ndarray:
    terms = [term.value for term in codelist.terms]
    numbers = pd.to_numeric(pd.Series(terms, dtype="str"), errors="coerce").dropna().tolist()
    as_number = np.asarray(column.numbers.isin(numbers), dtype=bool)
    if not column.is_text:
        return as_number
    as_text = np.asarray(column.values.isin(terms), dtype=bool)
    return as_text | as_number if codelist.data_type in NUMBERS else as_text


def _check_value_level(sheet: Sheet, item: ItemDef, facts: Facts, sheets: Mapping[str, Sheet]) -> Iterator[Finding]:
    """What is stated of the values of a variable under conditions, and whether the conditions part the records."""
    refs = [ref for ref in facts.value_lists.get(item.values, ()) if ref.item in facts.items]
    claimed = np.zeros(len(sheet), dtype=np.int16)
    complete = bool(refs)
    for ref in refs:
        value = facts.items[ref.item]
        clauses = tuple(facts.clauses[oid] for oid in ref.where if oid in facts.clauses)
        try:
            rows = select_records(sheet, clauses, facts.places, sheets)
        except CannotEvaluate as error:
            complete = False
            yield sheet.finding("data_condition", "notice", f"{value.oid}: {error}; its values are not judged",
                                FIX_DEFINE, item.name, value.oid)
            continue
        claimed += rows
        yield from _check_one_value(sheet, item, ref, value, rows, facts)
    if complete:
        yield from _check_parting(sheet, item, claimed)


def _check_one_value(sheet: Sheet, item: ItemDef, ref: ItemRef, value: ItemDef, rows: np.ndarray,
                     facts: Facts) -> Iterator[Finding]:
    under = f" ({value.oid})"
    if not rows.any():
        if not ref.no_data and len(sheet):
            yield sheet.finding("data_value_unused", "notice", f"no record meets the condition of {value.oid}",
                                FIX_DEFINE, item.name, value.oid)
        return
    column = sheet.column(item.name)
    if ref.no_data and (column.present(rows) & ~column.missing).any():
        yield from sheet.findings(column.has(~column.missing, rows), "data_no_data", "error", item.name,
                                  f"HasNoData is stated of {value.oid}, and the record has a value", FIX_DEFINE)
    inherits = value if value.codelist or value.shape.data_type != "text" else replace(value, codelist=item.codelist)
    yield from _check_values(sheet, item.name, inherits, ref.mandatory, rows, facts, under)
    if item.name == "QVAL" and sheet.has("QLABEL") and value.label:
        labels = sheet.column("QLABEL")
        other = np.asarray(labels.values != value.label, dtype=bool)
        if (labels.present(rows) & other).any():
            yield from sheet.findings(labels.has(other, rows), "data_qlabel", "error", "QLABEL",
                                      f"the label is {value.label!r} in the define.xml{under}", FIX_EITHER)


def _check_parting(sheet: Sheet, item: ItemDef, claimed: np.ndarray) -> Iterator[Finding]:
    """Records with a value that several definitions claim, or (of supplemental qualifiers) that none does."""
    column = sheet.column(item.name)
    filled = ~column.missing[column.codes]
    if (claimed > 1).any():
        yield from sheet.findings((claimed > 1) & filled, "data_value_ambiguous", "warning", item.name,
                                  "several value-level definitions speak of the value", FIX_DEFINE)
    if item.name == "QVAL" and (filled & (claimed == 0)).any():
        yield from sheet.findings(filled & (claimed == 0), "data_value_undescribed", "error", "QNAM",
                                  "no value-level definition speaks of the qualifier", FIX_DEFINE)


def _check_code_names(sheet: Sheet, facts: Facts) -> Iterator[Finding]:
    """Codes whose name in the data (PARAM of PARAMCD) is not the decode that the codelist states. A Chinese decode says
    nothing against an English name: in a document of another language the decodes may be translations.
    """
    translated = not facts.define.language.startswith("en")
    for _, item in facts.variables(sheet.group):
        suffix = next((code for code in NAMES_OF_CODES if item.name.endswith(code)), "")
        name = item.name.removesuffix(suffix) + NAMES_OF_CODES.get(suffix, "")
        codelist = facts.codelists.get(item.codelist)
        if not suffix or codelist is None or not codelist.decoded or not sheet.has(item.name, name) or codelist.code:
            continue
        decodes = {term.value: term.decode for term in codelist.terms}
        pairs = sheet.table.frame[[item.name, name]].drop_duplicates()
        told = pairs[item.name].map(decodes)
        wrong = told.notna() & (told.str.strip() != pairs[name].str.strip()) & (pairs[name] != "")
        if translated:
            wrong &= told.str.isascii().fillna(True).astype(bool) | ~pairs[name].str.isascii()
        for code, shown, decode in zip(pairs[item.name][wrong], pairs[name][wrong], told[wrong], strict=True):
            yield sheet.finding("data_decode", "warning", f"{item.name} {code} is {decode!r} in the codelist "
                                f"{codelist.name} and {shown!r} in the data", FIX_EITHER, name, str(shown))

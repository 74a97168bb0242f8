"""Take what was collected: fields to variables, codes to terms, parts to dates - all that a specification states."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

import pandas as pd

from cdisckit.errors import SpecError
from cdisckit.findings import Finding, report_findings
from raw.block import RawBlock
from sdtm.identifiers import make_usubjid
from sdtm.timing import compute_dtc, read_plain_date
from specs.load import StudySpecs
from specs.model import DatasetSpec, VariableSpec

__all__ = [
    "collected_dates", "map_date", "map_form", "map_forms", "map_terms", "map_values", "report_records", "to_number",
]

ACT_DATE = "data management: query the site for the date"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
CODE = r"[\d\s.,+-]*"
NONE = pd.DataFrame({"_record": pd.Series(dtype="str"), "collected": pd.Series(dtype="str")})


def map_form(raw: RawBlock, spec: DatasetSpec, form: str = "") -> pd.DataFrame:
    """One record for every record of the form, with every variable that the specification takes from it.

    `from` copies a field, `map` turns its codes into terms, `value` sets a constant, `dtc` makes ISO 8601 of date and
    time fields; the fields of `uses` come along as _FIELD for the derivations that need them. Codes without a term,
    numbers that are none and dates that do not exist are findings. `_record`, `_subject`, `_SITEID` and `_SUBJID` come
    along.
    """
    if not (form or spec.form):
        raise SpecError(f"{spec.name} maps no form", fix=f"name it in the specification: `form: {spec.name}`")
    form = form or spec.form[0]
    spec = spec.for_form(form)
    data = raw.form(form)
    facts = raw.study.facts
    columns: dict[str, pd.Series] = {"_record": data["_record"], "_subject": data["_subject"],
                                     "_SITEID": raw.field(form, facts.SITEID), "_SUBJID": raw.field(form, facts.SUBJID)}
    columns |= {f"_{field}": raw.field(form, field) for field in spec.uses}
    by_test = _given_by_tests(spec)
    _read_dates(raw, [(form, *variable.dtc, "")[:3] for variable in spec.variables.values() if variable.dtc])
    for variable in spec.variables.values():
        if not variable.derive and (variable.verbs or variable.name not in by_test):
            columns[variable.name] = map_variable(raw, form, spec, variable)
    return pd.DataFrame(columns, copy=False)


def map_forms(raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The records of all forms of the dataset, one form after the other, each mapped by its own rules (`map_form`)."""
    parts = [map_form(raw, spec, form) for form in spec.form]
    data = pd.concat(parts, ignore_index=True)
    texts = [name for name in data if data[name].dtype != "float64"]
    return data.assign(**{name: data[name].astype("str").fillna("") for name in texts})


def map_variable(raw: RawBlock, form: str, spec: DatasetSpec, variable: VariableSpec) -> pd.Series:
    """The variable's values for the records of the form; empty where the specification states nothing."""
    if variable.from_:
        return map_values(raw, form, spec, variable, variable.from_, raw.field(form, variable.from_))
    if variable.dtc:
        return map_date(raw, form, spec.name, variable.name, *variable.dtc)
    text = pd.Series(variable.value or "", index=raw.form(form).index, dtype="str")
    return pd.to_numeric(text).astype("float64") if variable.type == "Num" else text


def _given_by_tests(spec: DatasetSpec) -> set[str]:
    """The variables of a findings domain that its block `tests:` gives (see `map_tests`)."""
    if not spec.tests:
        return set()
    given = {name for test in spec.tests.values() for name in [*test.fields, *test.values]}
    return given | {f"{spec.domain}{suffix}" for suffix in ("TESTCD", "TEST", "ORRES")}


def map_values(raw: RawBlock, form: str, spec: DatasetSpec, variable: VariableSpec, field: str,
               collected: pd.Series) -> pd.Series:
    """Collected text as the variable's terms and type."""
    records = raw.form(form)["_record"]
    if len(collected) != len(records):
        records = records.loc[collected.index]
    if variable.map:
        codelists = [raw.study.codelists[name] for name in variable.codelists if name in raw.study.codelists]
        known = {*variable.map.values(), *(term for codelist in codelists for term in codelist.terms)}
        open_list = any(codelist.standard and codelist.extensible for codelist in codelists)
        collected = map_terms(collected, variable.map, known, spec.name, variable.name, field, records, open_list)
    if variable.type == "Num":
        return to_number(collected, spec.name, variable.name, field, records)
    return collected


def map_terms(collected: pd.Series, terms: Mapping[str, str], known: set[str], dataset: str, variable: str, field: str,
              records: pd.Series, extensible: bool = False) -> pd.Series:
    """Codes to terms. A text that is a term already stays; any other that the map lacks is left out, with a finding.

    A code must not come through as a code: it would read as a term that somebody chose. Only where CDISC lets the list
    be extended does a text that is no bare number go on as collected; the contract then reports it as a term of the
    sponsor's.
    """
    mapped: dict[str, str] = {"": ""}
    strange: list[str] = []
    for text in collected.unique():
        if text in terms:
            mapped[text] = terms[text]
        elif text in known or text == "" or (extensible and not re.fullmatch(CODE, text)):
            mapped[text] = text
        else:
            strange.append(text)
    unknown = pd.DataFrame({"_record": records, "collected": collected})[collected.isin(strange)] if strange else NONE
    report_records(unknown, "mapping.unmapped_value", "error", dataset, variable,
                   f"{field} has a value that the specification maps to no term; {variable} is left empty",
                   f"data management: is the value right? Programmer: if it is, add it to the map of {variable}",
                   value="collected")
    return collected.map(mapped).astype("str").fillna("")


def to_number(collected: pd.Series, dataset: str, variable: str, field: str, records: pd.Series) -> pd.Series:
    """Text to numbers; a text that is no number is missing, with a finding."""
    numbers = {text: float(text) for text in collected.unique() if re.fullmatch(NUMBER, text)}
    number = collected.map({text: value for text, value in numbers.items() if isfinite(value)}).astype("float64")
    wrong = NONE
    if (missing := (collected != "") & number.isna()).any():
        wrong = pd.DataFrame({"_record": records, "collected": collected})[missing]
    report_records(wrong, "mapping.not_a_number", "error", dataset, variable,
                   f"{field} is no number; {variable} is left empty",
                   "data management: query the site; programmer: has the text a meaning? Map it, or keep it in SUPP--",
                   value="collected")
    return number


def map_date(raw: RawBlock, form: str, dataset: str, variable: str, date: str, time: str = "") -> pd.Series:
    """ISO 8601 text of a date field and, where there is one, a time field of a form."""
    made = _compute_dates(raw, form, date, time)
    wrong = made["problem"] != ""
    if not wrong.any() and not (time and (made["dtc"] == "").any()):
        return made["dtc"]
    clock = raw.field(form, time) if time else pd.Series("", index=made.index, dtype="str")
    shown = pd.DataFrame({"_record": raw.form(form)["_record"],
                          "collected": raw.field(form, date).str.cat(clock, sep=" ").str.strip()})
    kept = made["dtc"].where(made["dtc"] != "", "nothing")
    report_records(shown[wrong], "mapping.impossible_date", "error", dataset, variable,
                   f"{date} {time}".strip() + ": " + made["problem"] + f"; {variable} keeps " + kept, ACT_DATE,
                   value="collected")
    lone = (made["dtc"] == "") & ~wrong & clock.str.contains(r"\d")
    report_records(shown[lone], "mapping.time_without_date", "warning", dataset, variable,
                   f"{time} has a time and {date} no date; {variable} is empty", ACT_DATE, value="collected")
    return made["dtc"]


def collected_dates(raw: RawBlock, sources: Sequence[str]) -> pd.DataFrame:
    """The dates of the stated raw fields, one a row: USUBJID, `_record`, `dtc` and `source`; none where no date is.

    A source is FORM.DATE or FORM.DATE/TIME: EX.EXSTDAT/EXSTTIM. The date problems themselves are reported where the
    field is mapped.
    """
    if not sources:
        raise SpecError("a date is to be found and no raw field is named", where=str(raw.study.folder),
                        fix="name the fields of the variable in its specification: `source: [EX.EXSTDAT/EXSTTIM]`")
    fields = {source: _parse_source(source) for source in sources}
    _read_dates(raw, fields.values())
    dates = pd.concat([_dates_of(raw, source, *field) for source, field in fields.items()], ignore_index=True)
    return dates[dates["dtc"] != ""]


def _parse_source(source: str) -> tuple[str, str, str]:
    """EX.EXSTDAT/EXSTTIM is form, date field, time field."""
    form, _, fields = source.partition(".")
    date, _, time = fields.partition("/")
    return form, date, time


def _dates_of(raw: RawBlock, source: str, form: str, date: str, time: str) -> pd.DataFrame:
    facts = raw.study.facts
    subjects = make_usubjid(raw.field(form, facts.SITEID), raw.field(form, facts.SUBJID), raw.study)
    return pd.DataFrame({"USUBJID": subjects, "_record": raw.form(form)["_record"],
                         "dtc": _compute_dates(raw, form, date, time)["dtc"],
                         "source": pd.Series(source, index=subjects.index, dtype="str")})


def _compute_dates(raw: RawBlock, form: str, date: str, time: str) -> pd.DataFrame:
    """`dtc` and `problem` of a date field and a time field of a form."""
    known = _read_dates(raw, [(form, date, time)])
    return pd.DataFrame([known[pair] for pair in _date_texts(raw, form, date, time)], index=raw.form(form).index,
                        columns=["dtc", "problem"], dtype="str")


def _read_dates(raw: RawBlock, fields: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """What every date and time of the block means so far, with those of these fields: a text is read only once."""
    known: dict[tuple[str, str], tuple[str, str]] = raw.once("dates", dict)
    fields = [*fields, *(() if known else _stated_dates(raw.study))]
    met = dict.fromkeys(pair for field in fields for pair in _date_texts(raw, *field))
    unread = [pair for pair in met if pair not in known]
    known.update((pair, (plain, "")) for pair in unread if (plain := read_plain_date(*pair)))
    new = [pair for pair in unread if pair not in known]
    if new:
        date, time = (pd.Series(list(texts), dtype="str") for texts in zip(*new, strict=True))
        facts = raw.study.facts
        made = compute_dtc(date, time, order=facts.date_order, unknown=facts.unknown_date_parts)
        known.update(zip(new, zip(made["dtc"], made["problem"], strict=True), strict=True))
    return known


def _stated_dates(study: StudySpecs) -> Iterator[tuple[str, str, str]]:
    """Form, date field and time field of every date that the specification of SDTM states: all are read at once."""
    for spec in study.datasets.values():
        for form in spec.form:
            own = spec.for_form(form)
            fields = [field.split("/") for test in own.tests.values() for name, field in test.fields.items()
                      if name.endswith("DTC")]
            fields += [list(variable.dtc) for variable in own.variables.values() if variable.dtc]
            yield from ((form, *field, "")[:3] for field in fields)


def _date_texts(raw: RawBlock, form: str, date: str, time: str) -> list[tuple[str, str]]:
    dates = raw.field(form, date).tolist()
    times = raw.field(form, time).tolist() if time else [""] * len(dates)
    return list(zip(dates, times, strict=True))


def report_records(data: pd.DataFrame, rule: str, severity: str, dataset: str, variable: str, message: str | pd.Series,
                   fix: str, value: str = "") -> None:
    """One finding for every record of `data`, with its subject, its raw record and its value of `value`, which is
    `variable` unless stated. The message is one for all, or one for each (by the index of `data`).
    """
    if data.empty:
        return
    column = value or variable
    values = data[column] if column in data else pd.Series("", index=data.index, dtype="str")
    keys = "USUBJID=" + data["USUBJID"] if "USUBJID" in data else pd.Series("", index=data.index, dtype="str")
    messages = message.reindex(data.index) if isinstance(message, pd.Series) else [message] * len(data)
    report_findings(Finding("mapping", rule, severity, dataset, key, variable, text, said, fix, record)
                    for key, text, said, record in zip(keys, values, messages, data["_record"], strict=True))

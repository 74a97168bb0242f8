"""Take what was collected: fields to variables, codes to terms, parts to dates - everything that a specification states."""

from collections.abc import Mapping

import pandas as pd

from cdisckit.errors import SpecError
from cdisckit.findings import Finding, report_findings
from raw.block import RawBlock
from sdtm.identifiers import derive_usubjid
from sdtm.timing import compute_dtc
from specs.model import DatasetSpec, VariableSpec

__all__ = ["collected_dates", "map_form", "map_terms", "to_number"]

ACT_DATE = "data management: query the site for the date"


def map_form(raw: RawBlock, spec: DatasetSpec, form: str = "") -> pd.DataFrame:
    """One record for every record of the form, with every variable that the specification takes from it.

    `from` copies a field, `map` turns its codes into terms, `value` sets a constant, `dtc` makes ISO 8601 of date and time
    fields; the fields of `uses` come along as _FIELD for the derivations that need them. Codes without a term, numbers that
    are none and dates that do not exist are findings. `_record`, `_subject`, `_SITEID` and `_SUBJID` come along.
    """
    if not (form or spec.form):
        raise SpecError(f"{spec.name} maps no form", fix="name it in the specification: form: AE")
    form = form or spec.form[0]
    data = raw.form(form)
    facts = raw.study.facts
    columns: dict[str, pd.Series] = {"_record": data["_record"], "_subject": data["_subject"],
                                     "_SITEID": raw.field(form, facts.SITEID), "_SUBJID": raw.field(form, facts.SUBJID)}
    columns |= {f"_{field}": raw.field(form, field) for field in spec.uses}
    for variable in spec.variables.values():
        column = map_variable(raw, form, spec, variable)
        if column is not None:
            columns[variable.name] = column
    return pd.DataFrame(columns)


def map_variable(raw: RawBlock, form: str, spec: DatasetSpec, variable: VariableSpec) -> pd.Series | None:
    """The variable's values for the records of the form, or None where the specification leaves it to a derivation."""
    index = raw.form(form).index
    if variable.from_:
        collected = raw.field(form, variable.from_)
        return map_values(raw, form, spec, variable, variable.from_, collected)
    if variable.dtc:
        return map_date(raw, form, spec.name, variable.name, *variable.dtc)
    if variable.value is not None or not variable.derive and variable.name not in _given(spec):
        text = pd.Series(variable.value or "", index=index, dtype="str")
        return pd.to_numeric(text).astype("float64") if variable.type == "Num" else text
    return None


def _given(spec: DatasetSpec) -> set[str]:
    given = {name for test in spec.tests.values() for name in [*test.fields, *test.values]}
    return given | {f"{spec.domain}{suffix}" for suffix in ("TESTCD", "TEST", "ORRES")} if spec.tests else set()


def map_values(raw: RawBlock, form: str, spec: DatasetSpec, variable: VariableSpec, field: str, collected: pd.Series) -> pd.Series:
    """Collected text as the variable's terms and type."""
    records = raw.form(form).loc[collected.index, "_record"]
    if variable.map:
        codelist = raw.study.codelists.get(variable.codelist)
        terms = set(variable.map.values()) | (set(codelist.terms) if codelist else set())
        open_list = codelist is not None and codelist.standard and codelist.extensible
        collected = map_terms(collected, variable.map, terms, spec.name, variable.name, field, records, open_list)
    if variable.type == "Num":
        return to_number(collected, spec.name, variable.name, field, records)
    return collected


def map_terms(collected: pd.Series, terms: Mapping[str, str], known: set[str], dataset: str, variable: str, field: str,
              records: pd.Series, extensible: bool = False) -> pd.Series:
    """Codes to terms. A text that is a term already stays; any other that the map lacks is left out, with a finding.

    A code must not come through as a code: it would read as a term that somebody chose. Only where CDISC lets the list be
    extended does a text (not a number) go on as collected; the contract then reports it as a term of the sponsor's.
    """
    mapped = collected.map(dict(terms))
    stays = collected.isin(["", *known]) | (extensible & ~collected.str.fullmatch(r"\d+"))
    mapped = mapped.where(mapped.notna(), collected.where(stays, None))
    unknown = mapped.isna()
    message = f"{field} has a value that the specification maps to no term; {variable} is left empty"
    fix = f"programmer: add it to the map of {variable}; data management: is the value right?"
    report_findings(Finding("mapping", "mapping.unmapped_value", "error", dataset, variable=variable, value=value,
                            record=record, message=message, fix=fix)
                    for value, record in zip(collected[unknown], records[unknown], strict=True))
    return mapped.fillna("").astype("str")


def to_number(collected: pd.Series, dataset: str, variable: str, field: str, records: pd.Series) -> pd.Series:
    """Text to numbers; a text that is no number is missing, with a finding."""
    plain = collected.where(collected.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"), None)
    number = pd.to_numeric(plain, errors="coerce").astype("float64")
    wrong = (collected != "") & number.isna()
    report_findings(Finding("mapping", "mapping.not_a_number", "error", dataset, variable=variable, value=value, record=record,
                            message=f"{field} is no number; {variable} is left empty",
                            fix="data management: query the site; programmer: if the text means something, keep it in SUPP-- or map it")
                    for value, record in zip(collected[wrong], records[wrong], strict=True))
    return number


def map_date(raw: RawBlock, form: str, dataset: str, variable: str, date: str, time: str = "") -> pd.Series:
    """ISO 8601 text of a date field and, where there is one, a time field of a form."""
    facts = raw.study.facts
    collected = raw.field(form, date)
    clock = raw.field(form, time) if time else None
    made = compute_dtc(collected, clock, order=facts.date_order, unknown=facts.unknown_date_parts)
    wrong = made["problem"] != ""
    shown = collected if clock is None else collected.str.cat(clock, sep=" ").str.strip()
    report_findings(Finding("mapping", "mapping.impossible_date", "error", dataset, variable=variable, value=value, record=record,
                            message=f"{date}{f' {time}' if time else ''}: {problem}; {variable} keeps {kept or 'nothing'}", fix=ACT_DATE)
                    for value, problem, kept, record in zip(shown[wrong], made["problem"][wrong], made["dtc"][wrong],
                                                            raw.form(form).loc[wrong, "_record"], strict=True))
    lone = (made["dtc"] == "") & ~wrong & (clock if clock is not None else made["dtc"]).str.contains(r"\d")
    report_findings(Finding("mapping", "mapping.time_without_date", "warning", dataset, variable=variable, value=value, record=record,
                            message=f"{time} has a time and {date} no date; {variable} is empty", fix=ACT_DATE)
                    for value, record in zip(shown[lone], raw.form(form).loc[lone, "_record"], strict=True))
    return made["dtc"]


def collected_dates(raw: RawBlock, sources: tuple[str, ...]) -> pd.DataFrame:
    """The dates of the stated raw fields, one a row: USUBJID, `_record`, `dtc` and `source`; records without one left out.

    A source is FORM.DATE or FORM.DATE/TIME: EX.EXSTDAT/EXSTTIM. The date problems themselves are reported where the field is mapped.
    """
    facts = raw.study.facts
    parts = []
    for source in sources:
        form, _, fields = source.partition(".")
        date, _, time = fields.partition("/")
        made = compute_dtc(raw.field(form, date), raw.field(form, time) if time else None, order=facts.date_order,
                           unknown=facts.unknown_date_parts)
        subjects = pd.DataFrame({"_SITEID": raw.field(form, facts.SITEID), "_SUBJID": raw.field(form, facts.SUBJID)})
        named = pd.Series(source, index=made.index, dtype="str")
        parts.append(derive_usubjid(subjects, raw.study)[["USUBJID"]].assign(
            _record=raw.form(form)["_record"], dtc=made["dtc"], source=named))
    dates = pd.concat(parts, ignore_index=True)
    return dates[dates["dtc"] != ""]

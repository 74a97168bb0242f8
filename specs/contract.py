"""The contract of a dataset: exactly the specification's variables, in order, of their type; keys and terms valid."""

from collections.abc import Iterator, Mapping

import pandas as pd

from cdisckit.errors import ContractError, suggest
from cdisckit.findings import Finding
from specs.model import Codelist, DatasetSpec, VariableSpec

__all__ = ["apply_contract", "check_data", "is_date", "record_keys"]

DATE_FORMATS = ("DATE", "DATETIME", "E8601D", "YYMMDD", "DDMMYY", "MMDDYY", "B8601D")


def is_date(variable: VariableSpec) -> bool:
    """True where a Num variable is a date or a date-time: its frame column is datetime64, its XPT value a SAS date."""
    return variable.type == "Num" and variable.format.upper().startswith(DATE_FORMATS)


def apply_contract(frame: pd.DataFrame, spec: DatasetSpec, where: str) -> pd.DataFrame:
    """The dataset's variables in the order of the specification, `_record` behind them.

    Raises ContractError where the function delivers other variables or other types than the specification says: that is
    the programmer's to mend. Columns that begin with _ are working columns and end here.
    """
    wanted = list(spec.variables)
    present = [str(column) for column in frame.columns if not str(column).startswith("_")]
    missing = [f"{name} is in the specification and not in the data" for name in wanted if name not in present]
    extra = [f"{name} is in the data and not in the specification{suggest(name, wanted)}"
             for name in present if name not in wanted]
    twice = [f"{name} is {present.count(name)} times in the data" for name in wanted if present.count(name) > 1]
    types = [problem for name in wanted if present.count(name) == 1
             if (problem := _type_problem(frame[name], spec.variables[name]))]
    if "_record" in frame.columns and _text_problem(frame["_record"]):
        types.append(f"_record {_text_problem(frame['_record'])}")
    if missing or extra or twice or types:
        raise ContractError(f"{spec.name} does not deliver what its specification says",
                            cases=[*missing, *extra, *twice, *types], where=where,
                            fix="derive the variable in the function, or change its entry in the specification")
    if "_record" not in frame.columns and not spec.reference:
        raise ContractError(f"{spec.name} has lost _record, the ids of its raw records", where=where,
                            fix="carry the _record column through every step")
    return frame[[*wanted, "_record"] if "_record" in frame.columns else wanted].reset_index(drop=True)


def _type_problem(column: pd.Series, variable: VariableSpec) -> str:
    if variable.type == "Char":
        problem = _text_problem(column)
        return problem and f"{variable.name} {problem}"
    good = column.dtype.kind == "M" if is_date(variable) else column.dtype == "float64"
    wanted = f"datetime64 (its format is {variable.format})" if is_date(variable) else "float64"
    return "" if good else f"{variable.name} is {column.dtype}; the specification wants {wanted}"


def _text_problem(column: pd.Series) -> str:
    if not isinstance(column.dtype, pd.StringDtype):
        return f"is {column.dtype}; the specification wants text"
    missing = int(column.isna().sum())
    return f"has {missing} missing value{'s' if missing > 1 else ''}; missing text is ''" if missing else ""


def record_keys(frame: pd.DataFrame, spec: DatasetSpec) -> pd.Series:
    """What names a record to a reader: 'USUBJID=01-701-1015 AESEQ=3', or its keys where the dataset has no --SEQ."""
    sequences = [name for name in (f"{spec.domain}SEQ", "ASEQ") if name in frame.columns]
    keys = [key for key in spec.keys if key in frame.columns and key not in ("STUDYID", "RDOMAIN")]
    names = [name for name in ("USUBJID", "PARAMCD", *sequences) if name in frame.columns] if sequences else keys
    named = pd.Series("", index=frame.index, dtype="str")
    for name in names:
        values = frame[name]
        text = values.map(lambda number: f"{number:.15g}", na_action="ignore") if values.dtype.kind == "f" else values
        named = named.str.cat(name + "=" + text.astype("str").fillna(""), sep=" ")
    return named.str.strip()


def check_data(frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, Codelist]) -> list[Finding]:
    """Findings about the values: keys that are not unique, Required values that are missing, terms of no codelist."""
    if frame.empty:
        return []
    return [*_duplicate_keys(frame, spec), *_missing_required(frame, spec), *_unknown_terms(frame, spec, codelists)]


def _findings(frame: pd.DataFrame, rows: pd.Series, spec: DatasetSpec, rule: str, severity: str, variable: str,
              message: str, fix: str) -> list[Finding]:
    if not rows.any():
        return []
    bad = frame[rows]
    records = bad["_record"] if "_record" in bad else pd.Series("", index=bad.index, dtype="str")
    values = bad[variable].astype("str").fillna("") if variable in bad else pd.Series("", index=bad.index, dtype="str")
    return [Finding("contract", rule, severity, spec.name, key, variable, value, message, fix, record)
            for key, value, record in zip(record_keys(bad, spec), values, records, strict=True)]


def _duplicate_keys(frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    keys = [key for key in spec.keys if key in frame.columns]
    rows = frame.duplicated(keys, keep=False)
    return _findings(frame, rows, spec, "contract.duplicate_key", "warning", "",
                     f"another record has the same key ({', '.join(keys)})",
                     "data management: is one of them a duplicate? If both stand, add a variable to the keys in the "
                     "specification")


def _missing_required(frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    found: list[Finding] = []
    for variable in spec.columns:
        if variable.core == "Req" and spec.is_sdtm:
            column = frame[variable.name]
            found += _findings(frame, column.isna() if variable.type == "Num" else column == "", spec,
                               "contract.required_missing", "error", variable.name,
                               f"{variable.name} is Required and has no value",
                               "data management: query the site; programmer: is the field mapped?")
    return found


def _uses_of_codelists(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[tuple[VariableSpec, str, pd.Series | None]]:
    """The variables with a codelist, and those that have one only in the records where another has a value."""
    for variable in spec.variables.values():
        yield variable, variable.codelist, None
        for by, values in variable.where.items():
            for value, told in values.items():
                codes = [code for code, one in spec.parameters.items() if by == "PARAMCD" and one.from_ == value]
                yield variable, told.codelist, frame[by].isin([value, *codes])


def _unknown_terms(frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, Codelist]) -> list[Finding]:
    found: list[Finding] = []
    for variable, name, records in _uses_of_codelists(frame, spec):
        codelist = codelists.get(name)
        if codelist is None or variable.type == "Num":
            continue
        values = frame[variable.name] if records is None else frame[variable.name].where(records, "")
        unknown = set(values.unique().tolist()) - codelist.terms.keys() - {""}
        if not unknown:
            continue
        rows = values.isin(unknown)
        severity = "warning" if codelist.extensible else "error"
        how = (f"add it in specs/codelists.yaml ({codelist.name}: add), or map it" if codelist.extensible
               else f"map it to a term of {codelist.name}, which is not extensible")
        found += _findings(frame, rows, spec, "contract.unknown_term", severity, variable.name,
                           f"the value is no term of the codelist {codelist.name}", f"programmer: {how}")
    return found

"""Findings domains: one record a test, results in standard units, the last record before exposure."""

import csv
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pandas as pd

from cdisckit.findings import Finding, report_findings
from raw.account import drop_records
from raw.block import RawBlock
from sdtm.mapping import map_date, map_form, map_values, report_records
from sdtm.timing import compute_date_bounds, compute_dm_value
from specs.load import StudySpecs
from specs.model import DatasetSpec, ResultSpec

__all__ = [
    "compute_last_before", "compute_rounded", "convert_units", "derive_blfl", "derive_lobxfl", "derive_nrind",
    "derive_ranges", "derive_standard_result", "extract_parts", "map_results", "map_tests", "number_text",
]

CONVERSIONS = Path(__file__).parent / "data" / "conversions.csv"
DIGITS = 12                       # significant digits of a result that nobody asked to be rounded
NOT_DONE = ("", "ND", "NOT DONE")  # the codelist ND calls NOT DONE by either word
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
GRADE = r"[1-4]\+|\+{1,4}"          # the fields of a test strip
LIMIT = rf"([<>]=?)\s*({NUMBER})"     # a result beyond the range of the method: <0.5, >=1000


def map_tests(raw: RawBlock, spec: DatasetSpec, form: str = "") -> pd.DataFrame:
    """One record for every test of the form that has a result or was marked not done, as the block `tests:` lists them.

    --TESTCD and --TEST name the test, --ORRES is the result as collected; each test's own fields (unit, position, date,
    status) follow its block, all other variables come from the record as `map_form` maps them. Cells that are empty
    and not marked are no records; a raw record without any is dropped, and the account says so.
    """
    form = form or spec.form[0]
    spec = spec.for_form(form)
    shared = map_form(raw, spec, form)
    status = f"{spec.domain}STAT"
    parts = [_map_test(raw, form, spec, shared, code, test) for code, test in spec.tests.items()]
    collected = [(part[f"{spec.domain}ORRES"] != "") | (part[status] != "" if status in part else False)
                 for part in parts]
    empty = ~pd.concat([has.rename(str(i)) for i, has in enumerate(collected)], axis=1).any(axis=1)
    drop_records(shared, empty, "no result, and nothing marked as not done")
    kept = [part[has] for part, has in zip(parts, collected, strict=True)]
    data = pd.concat(kept, ignore_index=True)
    _report_done_and_not_done(data, spec)
    return data


def map_results(raw: RawBlock, spec: DatasetSpec, form: str = "") -> pd.DataFrame:
    """One record for every record of a form that has one test a row, as most vendors deliver.

    --TESTCD is mapped like any other variable; --TEST is the name that the block `tests:` gives to the code. A code
    that the block lacks is a finding, and its record goes on without a name.
    """
    form = form or spec.form[0]
    data = map_form(raw, spec, form)
    code = data[f"{spec.domain}TESTCD"]
    name = code.map({code: test.name for code, test in spec.tests.items()}).astype("str").fillna("")
    report_records(data[(name == "") & (code != "")], "mapping.unknown_test", "error", spec.name,
                   f"{spec.domain}TESTCD", "the test is none of the specification's; it has no name and no unit",
                   "programmer: add it to `tests`; data management: did the vendor agree on it?")
    return data.assign(**{f"{spec.domain}TEST": name})


def _map_test(raw: RawBlock, form: str, spec: DatasetSpec, shared: pd.DataFrame, code: str,
              test: ResultSpec) -> pd.DataFrame:
    def text(value: str) -> pd.Series:
        return pd.Series(value, index=shared.index, dtype="str")

    columns = {f"{spec.domain}TESTCD": text(code), f"{spec.domain}TEST": text(test.name),
               f"{spec.domain}ORRES": raw.field(form, test.from_) if test.from_ else text("")}
    for name, field in test.fields.items():
        if name.endswith("DTC"):
            columns[name] = map_date(raw, form, spec.name, name, *field.split("/"))
        else:
            columns[name] = map_values(raw, form, spec, spec.variables[name], field, raw.field(form, field))
    for name, value in test.values.items():
        columns[name] = pd.to_numeric(text(value)) if spec.variables[name].type == "Num" else text(value)
    given = {name for other in spec.tests.values() for name in [*other.fields, *other.values]}
    for name in given - columns.keys() - set(shared.columns):
        number = spec.variables[name].type == "Num"
        columns[name] = pd.Series(float("nan"), index=shared.index) if number else text("")
    return shared.assign(**columns)


def _report_done_and_not_done(data: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report tests that are marked not done and have a result, and forms that are marked so as a whole (a test that has
    no result of its own, VSALL) and have any.
    """
    status, result, code = (f"{spec.domain}{suffix}" for suffix in ("STAT", "ORRES", "TESTCD"))
    if status not in data:
        return
    act = "data management: query the site"
    report_records(data[(data[status] != "") & (data[result] != "")], "mapping.done_and_not_done", "error", spec.name,
                   status, "the test is marked not done and has a result", act, value=result)
    whole = [name for name, test in spec.tests.items() if not test.from_ and result not in test.fields]
    undone = data.loc[data[code].isin(whole) & (data[status] != ""), "_record"]
    both = data[data["_record"].isin(undone) & (data[result] != "") & (data[status] == "")]
    results = both.groupby("_record")[result].agg(", ".join)
    both = both.drop_duplicates("_record")
    report_records(both.assign(_results=both["_record"].map(results)), "mapping.done_and_not_done", "error", spec.name,
                   status, "the form is marked not done as a whole and has results; they are submitted", act,
                   value="_results")


@cache
def _conversions() -> dict[tuple[str, str, str], tuple[float, float, float]]:
    with CONVERSIONS.open(encoding="utf-8", newline="") as file:
        return {(row["test"], row["from"], row["to"]): (float(row["add"]), float(row["multiply"]), float(row["divide"]))
                for row in csv.DictReader(file)}


def convert_units(values: pd.Series, units: pd.Series, standard: pd.Series,
                  tests: pd.Series | None = None) -> pd.Series:
    """Numbers in their standard units; NaN where sdtm/data/conversions.csv has no way from the one to the other.

    A conversion that hangs on what is measured (mg/dL to mmol/L needs the molar mass) is that of the test (--TESTCD).
    """
    test = pd.Series("", index=values.index, dtype="str") if tests is None else tests
    ways = pd.MultiIndex.from_arrays([test, units, standard])
    number, distinct = ways.factorize()
    found = pd.DataFrame([_way(*way) for way in distinct], columns=["add", "multiply", "divide"], dtype="float64")
    factors = found.take(number).set_axis(values.index)
    return (values + factors["add"]) * factors["multiply"] / factors["divide"]


def _way(test: str, unit: str, standard: str) -> tuple[float, float, float]:
    """What to add, to multiply by and to divide by."""
    known, same, none = _conversions(), (0.0, 1.0, 1.0), (float("nan"),) * 3
    return known.get((test, unit, standard)) or known.get(("", unit, standard)) or (same if unit == standard else none)


def compute_rounded(values: pd.Series, digits: int) -> pd.Series:
    """Numbers rounded half away from zero to so many decimals, as written in decimal (2.675 to 2.68, not 2.67)."""
    step = Decimal(1).scaleb(-digits)
    distinct = values.dropna().drop_duplicates()
    rounded = {value: float(Decimal(f"{value:.{DIGITS}g}").quantize(step, ROUND_HALF_UP)) for value in distinct}
    return values.map(rounded).astype("float64") + 0.0           # no minus zero


def number_text(values: pd.Series) -> pd.Series:
    """Numbers as text without needless digits: 36.06, 120, "" where missing."""
    distinct = (values + 0.0).dropna().drop_duplicates()         # no minus zero
    texts = {value: format(Decimal(f"{value:.{DIGITS}g}").normalize(), "f") for value in distinct}
    return values.map(texts).astype("str").fillna("")


def derive_standard_result(data: pd.DataFrame, spec: DatasetSpec, texts: Collection[str] | None = None) -> pd.DataFrame:
    """The result in the standard unit of its test: the collected result, converted where it was collected in another
    unit and rounded to the decimals that the specification states. A result beyond the range of the method (<0.5) is
    converted likewise and stays text, as does any other result that is no number; a text without a unit has none.

    In: --TESTCD, --ORRES, --ORRESU (text). Out: --STRESC (text), --STRESN (number), --STRESU (text). `texts` are the
    words that stand for a result (NEGATIVE); with them stated, limits and grades (1+) are results too. Any other
    result that is no number, and a unit that cannot be converted, are findings. Source: SDTMIG 3.4, 4.5.1.
    """
    prefix = spec.domain
    code, result, unit = data[f"{prefix}TESTCD"], data[f"{prefix}ORRES"], data[f"{prefix}ORRESU"]
    limit = extract_parts(result, rf"^{LIMIT}$")
    sign = limit[0].astype("str").fillna("") if texts is not None else pd.Series("", index=data.index, dtype="str")
    collected = _numbers(result.mask(sign != "", limit[1]))
    standard = code.map({name: test.unit for name, test in spec.tests.items()}).astype("str").fillna("")
    unit_missing = (unit == "") & (standard != "") & collected.notna()
    number = _rounded(convert_units(collected, unit, standard, code), code, unit != standard, spec)
    text = (sign + number_text(number)).where(number.notna(), result.where(collected.isna(), ""))
    word = (result != "") & collected.isna() & ~result.isin(list(texts or ()))
    word &= ~(result.str.fullmatch(GRADE) & (texts is not None))
    _report_results(data, spec, result, word, "mapping.result_not_numeric", "warning",
                    "the result is no number; it stays as text")
    no_way = collected.notna() & number.isna() & ~unit_missing
    _report_results(data, spec, unit, no_way, "mapping.unknown_unit", "error",
                    "there is no conversion from this unit to the standard unit; the standard result is empty")
    _report_results(data, spec, result, unit_missing, "mapping.unit_missing", "error",
                    "the result has no unit; the standard result is empty")
    has_unit = (text != "") & ((unit != "") | number.notna())
    return data.assign(**{f"{prefix}STRESC": text.astype("str"), f"{prefix}STRESN": number.where(sign == ""),
                          f"{prefix}STRESU": standard.where(has_unit, "").astype("str")})


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts.where(texts.str.fullmatch(NUMBER), None), errors="coerce").astype("float64")


def extract_parts(texts: pd.Series, pattern: str) -> pd.DataFrame:
    """The groups of the pattern in every text, as `str.extract`: a text that many records have is read once."""
    number, distinct = texts.factorize(use_na_sentinel=False)     # a missing text is a text of its own here
    return pd.Series(distinct, dtype="str").str.extract(pattern).take(number).set_axis(texts.index)


def _rounded(number: pd.Series, code: pd.Series, rows: pd.Series, spec: DatasetSpec) -> pd.Series:
    """The numbers of the rows with the decimals that the specification states for their tests."""
    for digits in sorted({test.digits for test in spec.tests.values() if test.digits is not None}):
        meant = rows & code.isin([name for name, test in spec.tests.items() if test.digits == digits])
        number = number.where(~meant, compute_rounded(number[meant], digits).reindex(number.index))
    return number


def derive_ranges(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The reference range in the standard unit of the test, converted and rounded as the result is; a range that is a
    text (NEGATIVE) is the range for character results and no limit of a continuous one.

    In: --TESTCD, --ORRESU, --STRESU, --ORNRLO, --ORNRHI (text). Out: --STNRLO, --STNRHI (number), --STNRC (text),
    --ORNRLO and --ORNRHI without texts. Source: SDTMIG 3.4, 6.3.5.6.
    """
    prefix = spec.domain
    code, unit = data[f"{prefix}TESTCD"], data[f"{prefix}ORRESU"]
    standard = code.map({name: test.unit for name, test in spec.tests.items()}).astype("str").fillna("")
    words, made = pd.Series("", index=data.index, dtype="str"), {}
    for end in ("LO", "HI"):
        reported = data[f"{prefix}ORNR{end}"]
        limit = _numbers(reported)
        made[f"{prefix}STNR{end}"] = _rounded(convert_units(limit, unit, standard, code), code, unit != standard, spec)
        made[f"{prefix}ORNR{end}"] = reported.where(limit.notna(), "").astype("str")
        words = words.mask(words == "", reported.where(limit.isna(), ""))
    return data.assign(**made, **{f"{prefix}STNRC": words.astype("str")})


def derive_nrind(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Where the result lies in its reference range: LOW below the lower limit, HIGH above the upper limit, else NORMAL;
    a character result is NORMAL if it is the one that the range names, else ABNORMAL. A result beyond the range of the
    method (<0.5) has an indicator only where every value that it can mean has the same one. Empty without a range.

    In: --STRESC, --STRESN, --STNRLO, --STNRHI, --STNRC. Out: --NRIND.
    """
    prefix = spec.domain
    result, text = data[f"{prefix}STRESC"], data[f"{prefix}STNRC"]
    low, high = data[f"{prefix}STNRLO"], data[f"{prefix}STNRHI"]
    least, most, open_low, open_high = _result_bounds(data, prefix)
    known = least.notna() & (low.notna() | high.notna())
    below = low.notna() & ((most < low) | ((most == low) & open_high))
    above = high.notna() & ((least > high) | ((least == high) & open_low))
    inside = (low.isna() | (least >= low)) & (high.isna() | (most <= high))
    found = pd.Series("", index=data.index, dtype="str")
    found = found.mask(known & inside, "NORMAL").mask(known & below, "LOW").mask(known & above, "HIGH")
    word = (text != "") & (result != "") & least.isna()
    found = found.mask(word, "ABNORMAL").mask(word & (result == text), "NORMAL")
    return data.assign(**{f"{prefix}NRIND": found.astype("str")})


def _result_bounds(data: pd.DataFrame, prefix: str) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """The least and the most that a result can mean, and whether it is less or more than that; no result is negative
    that was reported as below a limit.
    """
    number = data[f"{prefix}STRESN"]
    limit = extract_parts(data[f"{prefix}STRESC"], rf"^{LIMIT}$")
    sign, value = limit[0].astype("str").fillna(""), pd.to_numeric(limit[1], errors="coerce").astype("float64")
    less, more = sign.isin(["<", "<="]), sign.isin([">", ">="])
    least = number.mask(less, value.clip(upper=0)).mask(more, value)
    most = number.mask(less, value).mask(more, float("inf"))
    return least, most, sign == ">", sign == "<"


def _report_results(data: pd.DataFrame, spec: DatasetSpec, values: pd.Series, rows: pd.Series, rule: str, severity: str,
                    message: str) -> None:
    bad = data[rows]
    report_findings(Finding("mapping", rule, severity, spec.name, key=f"USUBJID={subject} {spec.domain}TESTCD={test}",
                            variable=f"{spec.domain}STRESN", value=value, record=record, message=message,
                            fix="data management: query the site for result and unit; "
                                "programmer: add a conversion if the unit is right")
                    for subject, test, value, record in zip(bad["USUBJID"], bad[f"{spec.domain}TESTCD"], values[rows],
                                                            bad["_record"], strict=True))


def derive_lobxfl(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec, study: StudySpecs) -> pd.DataFrame:
    """Y on the last record with a result before the first exposure (DM.RFXSTDTC), one for each subject, test and
    position. Where the times do not tell whether a record of that day was before the exposure (a time is not known, or
    both are the same), it counts if the protocol puts its visit and time point before the dose.

    In: USUBJID, --TESTCD, --STRESC, --DTC, VISIT, --TPT, --STAT, the variables of `baseline_by` in study.yaml. Out:
    --LOBXFL (Y or ""). Of records of the same moment the last by visit number, time point number and raw record id
    counts; NOT DONE and ND are no results. Source: SDTMIG 3.4, 4.5.9 and 6.3.
    """
    flag = compute_last_before(data, dm, spec, study)
    return data.assign(**{f"{spec.domain}LOBXFL": flag})


def derive_blfl(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec, study: StudySpecs) -> pd.DataFrame:
    """Y on the baseline record: the last with a result before first exposure, one a subject, test and position."""
    return data.assign(**{f"{spec.domain}BLFL": compute_last_before(data, dm, spec, study)})


def compute_last_before(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec, study: StudySpecs) -> pd.Series:
    """Y or "" for each record: is it the last of its subject, test and position with a result before first exposure?"""
    prefix, facts = spec.domain, study.facts
    exposure = compute_date_bounds(compute_dm_value(data["USUBJID"], dm, "RFXSTDTC"))
    taken = compute_date_bounds(data[f"{prefix}DTC"])
    nothing = pd.Series("", index=data.index, dtype="str")
    visit, point, status = (data.get(name, nothing) for name in ("VISIT", f"{prefix}TPT", f"{prefix}STAT"))
    by_protocol = visit.isin(facts.baseline_visits)
    if facts.baseline_timepoints:
        by_protocol &= point.isin(["", *facts.baseline_timepoints])
    certain = taken["last"] < exposure["first"]
    undecided = ~certain & (taken["first"] <= exposure["last"])
    has_result = ~data[f"{prefix}STRESC"].isin(NOT_DONE) & (status == "")
    usable = (certain | (undecided & by_protocol)) & exposure["has_day"] & taken["has_day"] & has_result
    return _flag_last(data, usable, taken["first"], spec, _baseline_groups(data, spec, facts.baseline_by))


def _baseline_groups(data: pd.DataFrame, spec: DatasetSpec, by: object) -> list[str]:
    default = [name for name in (f"{spec.domain}POS",) if name in data]
    stated = by.get(spec.name, default) if hasattr(by, "get") else default
    return ["USUBJID", f"{spec.domain}TESTCD", *stated]


def _flag_last(data: pd.DataFrame, usable: pd.Series, moment: pd.Series, spec: DatasetSpec,
               groups: Sequence[str]) -> pd.Series:
    order = [name for name in ("VISITNUM", f"{spec.domain}TPTNUM", "_record") if name in data]
    rows = data.assign(_moment=moment, _row=range(len(data)))[usable].sort_values(["_moment", *order], kind="stable")
    last = rows.drop_duplicates(list(groups), keep="last")["_row"]
    flag = pd.Series("", index=range(len(data)), dtype="str")
    return flag.mask(flag.index.isin(last), "Y").set_axis(data.index)

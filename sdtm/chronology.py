"""Dates that cannot be, whatever the dataset: after the data cut-off, after death, missing, visits out of order."""

import pandas as pd

from raw.records import JOIN, collapse_records
from sdtm.mapping import report_records
from sdtm.timing import compute_date_bounds, compute_dm_value
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["check_chronology", "check_cutoff", "check_death", "check_missing_dates", "check_visit_order"]

QUERY = "data management: query the site for the date"
UNDATED = ("CM", "DD", "MH", "PR")    # what began before the study, or is known of a death, often has no date at all
AFTER_DEATH = ("DD", "DS", "SS")      # what is learnt or settled after a death has a date after it
OBSERVATIONS = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")


def check_chronology(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec, study: StudySpecs) -> None:
    """Report the dates of a finished dataset that cannot be right; each check says which those are."""
    if spec.class_ in OBSERVATIONS or spec.name == "SV":
        check_cutoff(data, spec, study.facts.cutoff)
        check_death(data, dm, spec)
        check_missing_dates(data, spec)
    if spec.name == "SV":
        check_visit_order(data)


def _dates(data: pd.DataFrame, spec: DatasetSpec, *suffixes: str) -> list[str]:
    return [name for suffix in suffixes if (name := f"{spec.domain}{suffix}") in data]


def check_cutoff(data: pd.DataFrame, spec: DatasetSpec, cutoff: str) -> None:
    """Report dates after the data cut-off: they are of the future, or of data that do not belong to this cut."""
    limit = pd.Series(cutoff, index=data.index, dtype="str")
    _report_late(data, spec, ("STDTC", "ENDTC", "DTC"), limit, "mapping.date_after_cutoff", "the data cut-off")


def check_death(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report what was given, happened or was measured after the day on which the subject died (DM.DTHDTC). Dates on
    which something was written down or learnt may be later: of interventions and events only start and end count.
    """
    if spec.name in AFTER_DEATH or "DTHDTC" not in dm:
        return
    suffixes = ("DTC",) if spec.class_.startswith("FINDINGS") else ("STDTC", "ENDTC")
    death = compute_dm_value(data["USUBJID"], dm, "DTHDTC")
    _report_late(data, spec, suffixes, death, "mapping.date_after_death", "the subject's death on")


def _report_late(data: pd.DataFrame, spec: DatasetSpec, suffixes: tuple[str, ...], limit: pd.Series, rule: str,
                 what: str) -> None:
    """One finding for each date of a subject that is certainly after `limit` (ISO 8601 text), with all the raw records
    that have it: a sample has many results. A record that starts too late has no second finding for its end.
    """
    seen = limit == ""
    for name in _dates(data, spec, *suffixes):
        rows = data[~seen & (data[name] > limit)]           # as texts: the few of which the dates are worth a look
        if rows.empty:
            continue
        until = limit[rows.index]
        late = rows[compute_date_bounds(rows[name])["first"] > compute_date_bounds(until)["last"]]
        key = ["USUBJID", name]
        records = late.groupby(key)["_record"].agg(collapse_records).rename("_records")
        first = late.drop_duplicates(key).drop(columns="_record").join(records, on=key)
        report_records(first.rename(columns={"_records": "_record"}), rule, "error", spec.name, name,
                       f"the date is after {what} " + until, QUERY)
        seen |= data.index.isin(late.index)


def check_missing_dates(data: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report doses, events, visits and results without any date: they have no study day and no place in the study.

    What was not done (--STAT, --OCCUR) or only prescribed (ECMOOD) needs none; medication and history may lack it.
    """
    names = _dates(data, spec, "DTC" if spec.class_.startswith("FINDINGS") else "STDTC")
    if not names or spec.name in UNDATED:
        return
    missing = data[names[0]] == ""
    for column, excuse in ((f"{spec.domain}STAT", "NOT DONE"), (f"{spec.domain}OCCUR", "N"), ("ECMOOD", "SCHEDULED")):
        if column in data:
            missing &= data[column] != excuse
    rows = data[missing].drop_duplicates("_record")
    report_records(rows, "mapping.date_missing", "error", spec.name, names[0],
                   "the record has no date: no study day, no epoch, no place among the visits", QUERY)


def check_visit_order(sv: pd.DataFrame) -> None:
    """Report planned visits whose dates contradict the protocol's order. Only visits of one series are compared: those
    whose names differ in their numbers (C1D1, C1D8, C2D1; WEEK 2, WEEK 4), for a tumour assessment by the calendar may
    come before or after a delayed cycle.

    Of two visits in the wrong order the one is named that stands against its other neighbour too; both, where either
    can be wrong. In: USUBJID, VISIT, VISITNUM, SVPRESP, SVSTDTC.
    """
    bounds = compute_date_bounds(sv["SVSTDTC"])
    visits = sv.assign(series=sv["VISIT"].str.replace(r"\d+", "", regex=True), moment=bounds["first"])
    visits = visits[bounds["has_day"] & sv["VISITNUM"].notna() & (sv["SVPRESP"] == "Y")]
    key = ["USUBJID", "series"]
    visits = visits.sort_values([*key, "VISITNUM", "SVSTDTC", "_record"], kind="stable", ignore_index=True)
    near = {step: visits.groupby(key)["moment"].shift(step) for step in (1, -1, -2)}
    wrong = visits["moment"] > near[-1]
    first_is = wrong & (near[1].isna() | (near[1] <= near[-1]))          # without it the others are in order
    second_is = wrong & (near[-2].isna() | (visits["moment"] <= near[-2]))
    both = wrong & (first_is == second_is)
    after = visits[["VISIT", "SVSTDTC", "_record"]].shift(-1).astype("str").fillna("")
    pair = (visits["VISIT"] + " is of " + visits["SVSTDTC"] + " and " + after["VISIT"] + ", which follows it, of "
            + after["SVSTDTC"])
    record = visits["_record"].where(~(second_is & ~both), after["_record"])
    record = record.mask(both, visits["_record"] + JOIN + after["_record"])
    value = visits["SVSTDTC"].where(~(second_is & ~both), after["SVSTDTC"])
    report_records(visits.assign(_record=record, SVSTDTC=value)[wrong], "mapping.visit_out_of_order", "error", "SV",
                   "SVSTDTC", pair[wrong], QUERY)

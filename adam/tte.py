"""Time to an event: events and censorings are data, read by one function (ADaM BDS for Time-to-Event Analyses 1.0).

A parameter names the date that its time runs from, the records that are its event, those at which a subject without an
event is censored, and what closes a subject's observation. Sources are data sets by name; every record of the result
says which record decided (SRCDOM, SRCVAR, SRCSEQ).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from adam.dates import compute_day
from cdisckit.errors import SpecError, suggest

__all__ = ["Censor", "End", "Event", "Parameter", "derive_time_to_event"]

Where = Mapping[str, Sequence[str]]
TEXTS = ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR")


@dataclass(frozen=True)
class Event:
    """Records of a source that are the event: those that have one of the stated values in each variable of `where`.

    SRCSEQ names the variable with the number of the record; `order` the variables that decide between records of one
    date (default: SRCSEQ). SRCDOM and SRCVAR are what the result says; `of` names variables that hold them instead.
    """

    source: str
    EVNTDESC: str
    date: str = "ADT"
    where: Where = field(default_factory=dict)
    SRCDOM: str = ""
    SRCVAR: str = ""
    SRCSEQ: str = ""
    order: tuple[str, ...] = ()
    of: Mapping[str, str] = field(default_factory=dict)      # SRCDOM: the variable of the source that holds it
    CNSDTDSC: str = ""
    CNSR: int = 0
    always: bool = False                                     # also after the end of the observation


@dataclass(frozen=True)
class Censor(Event):
    """Records at which a subject without an event is censored: the last of them.

    explained: what closed the observation of the subject (End) is the reason, if anything did; False: its own text is.
    """

    CNSR: int = 1
    explained: bool = True


@dataclass(frozen=True)
class End(Censor):
    """What closes the observation of a subject, and why: whoever has no event until then is censored for this reason.

    cuts: events and assessments after it do not count; False: it is only the reason.
    """

    cuts: bool = True


@dataclass(frozen=True)
class Parameter:
    """One time-to-event parameter. `at_end`: without an event the subject is censored at the end of the observation
    itself, not at the last record before it (events that would have been seen at once).
    """

    PARAMCD: str
    start: str
    events: tuple[Event, ...]
    censors: tuple[Censor, ...]
    ends: tuple[End, ...] = ()
    at_end: bool = False


def derive_time_to_event(parameter: Parameter, subjects: pd.DataFrame, sources: Mapping[str, pd.DataFrame],
                         by: Sequence[str] = ()) -> pd.DataFrame:
    """The time from the origin to the first event; a subject without one is censored at the last of the stated dates.
    Of several events on one date the first that the parameter lists counts, of censorings the last. A date before the
    origin counts as the origin. The time is in days, both included.

    In: a record a subject with the start date; the sources with USUBJID and the dates that the rules name (datetime64);
    `by`: variables of the sources whose every value is a parameter of its own. Out: a record a subject (and group) that
    has an event or a censoring: PARAMCD, STARTDT, ADT, AVAL (days), CNSR, EVNTDESC, CNSDTDSC, SRCDOM, SRCVAR, SRCSEQ,
    STARTDTF, and `_record` of the record that decided. Date-times give STARTDTM and ADTM.
    Raises SpecError for a source or a variable that does not exist, and for a date that is text.
    """
    keys = ["USUBJID", *by]
    events = _gather(parameter.events, sources, by)
    censors = _gather(parameter.censors, sources, by)
    groups = pd.concat([events, censors])[list(by)].dropna().drop_duplicates() if by else None
    ends = _gather(parameter.ends, sources, ()).sort_values(["USUBJID", "ADT", "place", "within"], kind="stable")
    cut = ends[ends["cuts"]].drop_duplicates("USUBJID").set_index("USUBJID")["ADT"]
    order = [*keys, "ADT", "place", "within"]
    event = _spread(_observed(events, cut), groups).sort_values(order, kind="stable").drop_duplicates(keys)
    censor = _spread(_observed(censors, cut), groups).sort_values(order, kind="stable")
    censor = _explain(censor.drop_duplicates(keys, keep="last"), ends, parameter.at_end, groups)
    chosen = pd.concat([event, censor[~censor.set_index(keys).index.isin(event.set_index(keys).index)]])
    return _measure(parameter, chosen, subjects, by)


def _gather(rules: Sequence[Event], sources: Mapping[str, pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    """The records of all rules, each with its place in the list and its order within its source."""
    found = [_records(rule, place, sources, by) for place, rule in enumerate(rules)]
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ("USUBJID", *by, *TEXTS, "_record", "ADTF")}
                           | {"ADT": pd.Series(dtype="datetime64[s]"), "SRCSEQ": pd.Series(dtype="float64")}
                           | {name: pd.Series(dtype="int64") for name in ("CNSR", "place", "within")}
                           | {name: pd.Series(dtype="bool") for name in ("always", "cuts", "explained")})
    filled = [records for records in found if len(records)]
    return pd.concat(filled, ignore_index=True) if filled else nothing


def _records(rule: Event, place: int, sources: Mapping[str, pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    if rule.source not in sources:
        raise SpecError(f"a rule of time to event reads {rule.source!r}, which is no source"
                        f"{suggest(rule.source, sources)}", cases=sorted(sources), fix="name one of these sources")
    data = sources[rule.source]
    named = [rule.date, *rule.where, *rule.order, *rule.of.values(), *([rule.SRCSEQ] if rule.SRCSEQ else [])]
    missing = [name for name in named if name not in data]
    if missing or data[rule.date].dtype.kind != "M":
        what = f"has no variable {missing[0]}" if missing else f"holds {rule.date} as text, not as a date"
        raise SpecError(f"the source {rule.source} of a time to event {what}", cases=missing,
                        fix="derive the analysis date first" if not missing else "mend the name")
    for name, values in rule.where.items():
        data = data[data[name].isin(list(values))]
    order = list(rule.order) or ([rule.SRCSEQ] if rule.SRCSEQ else [])
    data = data[data[rule.date].notna()].sort_values(order, kind="stable")
    blank, text = pd.Series("", index=data.index, dtype="str"), {}
    for name in TEXTS:
        held = name in rule.of
        text[name] = data[rule.of[name]].astype("str") if held else blank.mask(blank == "", getattr(rule, name))
    nothing = pd.Series(float("nan"), index=data.index)
    return pd.DataFrame({
        "USUBJID": data["USUBJID"], **{name: data.get(name, blank.replace("", None)) for name in by},
        "ADT": data[rule.date], **text, "SRCSEQ": data[rule.SRCSEQ].astype("float64") if rule.SRCSEQ else nothing,
        "_record": data.get("_record", blank), "ADTF": data.get(f"{rule.date}F", blank), "CNSR": rule.CNSR,
        "place": place, "within": range(len(data)), "always": rule.always, "cuts": getattr(rule, "cuts", False),
        "explained": getattr(rule, "explained", False)})


def _observed(records: pd.DataFrame, cut: pd.Series) -> pd.DataFrame:
    """The records until the end of the observation, and those that an end does not concern."""
    end = cut.reindex(records["USUBJID"]).set_axis(records.index)
    return records[records["always"] | end.isna() | (records["ADT"] <= end)]


def _spread(records: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Records without a group belong to every group."""
    if groups is None:
        return records
    names = list(groups)
    common = records[records[names[0]].isna()].drop(columns=names).merge(groups, how="cross")
    return pd.concat([records[records[names[0]].notna()], common])


def _explain(censor: pd.DataFrame, ends: pd.DataFrame, at_end: bool, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Censorings with the reason of the end that closed the observation, or moved to that end."""
    first = ends.drop_duplicates("USUBJID")
    if at_end:
        moved = _spread(first.assign(**dict.fromkeys(groups)) if groups is not None else first, groups)
        return pd.concat([censor[~censor["USUBJID"].isin(first["USUBJID"])], moved])
    reason = first.set_index("USUBJID")[["CNSR", "EVNTDESC"]].reindex(censor["USUBJID"]).set_axis(censor.index)
    closed = reason["CNSR"].notna() & censor["explained"]
    return censor.assign(CNSR=reason["CNSR"].where(closed, censor["CNSR"]),
                         EVNTDESC=reason["EVNTDESC"].where(closed, censor["EVNTDESC"]).astype("str"))


def _measure(parameter: Parameter, chosen: pd.DataFrame, subjects: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The subjects' records with the origin and the time from it."""
    stem, moment = parameter.start.removesuffix("M").removesuffix("DT"), parameter.start.endswith("DTM")
    flags = {f"{stem}DTF": "STARTDTF", f"{stem}TMF": "STARTTMF"}
    origin = subjects[["USUBJID", parameter.start, *(name for name in flags if name in subjects)]]
    merged = chosen.merge(origin.rename(columns={parameter.start: "STARTDT", **flags}), on="USUBJID",
                          validate="many_to_one")
    date = merged["ADT"].mask(merged["ADT"] < merged["STARTDT"], merged["STARTDT"])
    measured = merged.assign(ADT=date, ADTF=merged["ADTF"].where(date == merged["ADT"], ""),
                             AVAL=compute_day(date, merged["STARTDT"]), CNSR=merged["CNSR"].astype("float64"),
                             PARAMCD=parameter.PARAMCD)
    names = {"STARTDT": "STARTDTM", "ADT": "ADTM"} if moment else {}
    kept = measured.drop(columns=["place", "within", "always", "cuts", "explained"]).rename(columns=names)
    return kept.sort_values(["USUBJID", *by], kind="stable", ignore_index=True)

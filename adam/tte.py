"""Time to an event: events and censorings are data, read by one function (ADaM BDS for Time-to-Event Analyses 1.0).

A parameter names the date that its time runs from, the records that are its event, those at which a subject without an
event is censored, and what closes a subject's observation. Sources are data sets by name; every record of the result
says which record decided (SRCDOM, SRCVAR, SRCSEQ).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
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
    people = pd.Index(subjects["USUBJID"])
    keys, order = ["subject", *by], ["subject", *by, "ADT", "place", "within"]
    events, censors, ends = (_gather(rules, sources, by if rules is not parameter.ends else (), people)
                             for rules in (parameter.events, parameter.censors, parameter.ends))
    groups = _groups((*parameter.events, *parameter.censors), sources, by)
    ends = ends.sort_values(["subject", "ADT", "place"], kind="stable")
    cuts = ends[_of(parameter.ends, "cuts", ends)].drop_duplicates("subject").set_index("subject")["ADT"]
    event = _spread(_observed(events, parameter.events, cuts), groups).sort_values(order, kind="stable")
    event = event.drop_duplicates(keys)
    censor = _spread(_observed(censors, parameter.censors, cuts), groups).sort_values(order, kind="stable")
    censor = _explain(censor.drop_duplicates(keys, keep="last"), parameter, ends.drop_duplicates("subject"), groups)
    both = pd.concat([_describe(event, parameter.events), censor], ignore_index=True)
    return _measure(parameter, both.drop_duplicates(keys), subjects, by)


def _groups(rules: Sequence[Event], sources: Mapping[str, pd.DataFrame], by: Sequence[str]) -> pd.DataFrame | None:
    """Every value of the variables that the sources hold: each is a parameter of every subject."""
    held = [sources[rule.source][list(by)] for rule in rules if set(by) <= set(sources[rule.source].columns)]
    return pd.concat(held).dropna().drop_duplicates() if by and held else None


def _gather(rules: Sequence[Event], sources: Mapping[str, pd.DataFrame], by: Sequence[str],
            people: pd.Index) -> pd.DataFrame:
    """The records of all rules for these subjects, each with its place in the list and its order within its source."""
    found = [_records(rule, place, sources, by, people) for place, rule in enumerate(rules)]
    filled = [records for records in found if len(records)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return pd.DataFrame({"subject": pd.Series(dtype="int64"), **{name: pd.Series(dtype="str") for name in by},
                         "ADT": pd.Series(dtype="datetime64[s]"), "SRCSEQ": pd.Series(dtype="float64"),
                         "_record": pd.Series(dtype="str"), "place": pd.Series(dtype="int64"),
                         "within": pd.Series(dtype="int64")})


def _records(rule: Event, place: int, sources: Mapping[str, pd.DataFrame], by: Sequence[str],
             people: pd.Index) -> pd.DataFrame:
    if rule.source not in sources:
        raise SpecError(f"a rule of time to event reads {rule.source!r}, which is no source"
                        f"{suggest(rule.source, sources)}", cases=sorted(sources), fix="name one of these sources")
    data = sources[rule.source]
    order = list(rule.order) or ([rule.SRCSEQ] if rule.SRCSEQ else [])
    named = [rule.date, *rule.where, *order, *rule.of.values(), *([rule.SRCSEQ] if rule.SRCSEQ else [])]
    missing = [name for name in named if name not in data]
    if missing or data[rule.date].dtype.kind != "M":
        what = f"has no variable {missing[0]}" if missing else f"holds {rule.date} as text, not as a date"
        raise SpecError(f"the source {rule.source} of a time to event {what}", cases=missing,
                        fix="derive the analysis date first" if not missing else "mend the name")
    subject = people.get_indexer(pd.Index(data["USUBJID"]))
    keep = (subject >= 0) & data[rule.date].notna().to_numpy()
    for name, values in rule.where.items():
        keep &= data[name].isin(list(values)).to_numpy()
    rows = np.flatnonzero(keep)
    if order and len(rows) > 1:
        rows = rows[data[order].iloc[rows].reset_index(drop=True).sort_values(order, kind="stable").index]
    taken = {"ADT": rule.date, "SRCSEQ": rule.SRCSEQ, "_record": "_record", "ADTF": f"{rule.date}F", **rule.of}
    taken |= {name: name for name in by}
    columns = {name: data[source].array.take(rows) for name, source in taken.items() if source in data}
    return pd.DataFrame({"subject": subject[rows], **columns, "place": place, "within": np.arange(len(rows))})


def _of(rules: Sequence[Event], name: str, records: pd.DataFrame) -> np.ndarray:
    """What the rule of each record says."""
    return np.array([getattr(rule, name) for rule in rules])[records["place"].to_numpy()] if len(rules) else np.zeros(
        len(records), dtype=bool)


def _observed(records: pd.DataFrame, rules: Sequence[Event], cuts: pd.Series) -> pd.DataFrame:
    """The records until the end of the observation, and those that an end does not concern."""
    end = cuts.reindex(records["subject"]).set_axis(records.index)
    return records[_of(rules, "always", records) | end.isna() | (records["ADT"] <= end)]


def _spread(records: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Records without a group belong to every group."""
    if groups is None:
        return records
    names = list(groups)
    missing = records.reindex(columns=[*dict.fromkeys([*records, *names])])
    common = missing[missing[names[0]].isna()].drop(columns=names).merge(groups, how="cross")
    return pd.concat([missing[missing[names[0]].notna()], common])


def _describe(records: pd.DataFrame, rules: Sequence[Event]) -> pd.DataFrame:
    """The records with the texts and the censoring number of their rules."""
    made = {}
    for name in TEXTS:
        stated = pd.Series(list(_of(rules, name, records)), index=records.index, dtype="str")
        made[name] = records[name].where(records[name].notna(), stated).astype("str") if name in records else stated
    number = pd.Series(_of(rules, "CNSR", records), index=records.index).astype("float64")
    return records.assign(**made, CNSR=number)


def _explain(censor: pd.DataFrame, parameter: Parameter, first: pd.DataFrame,
             groups: pd.DataFrame | None) -> pd.DataFrame:
    """Censorings with the reason of the end that closed the observation, or moved to that end."""
    described = _describe(censor, parameter.censors)
    if first.empty:
        return described
    if parameter.at_end:
        moved = _describe(_spread(first, groups), parameter.ends)
        return pd.concat([described[~described["subject"].isin(first["subject"])], moved], ignore_index=True)
    ends = _describe(first, parameter.ends).set_index("subject")[["CNSR", "EVNTDESC"]]
    reason = ends.reindex(described["subject"]).set_axis(described.index)
    closed = reason["CNSR"].notna() & _of(parameter.censors, "explained", described)
    return described.assign(CNSR=reason["CNSR"].where(closed, described["CNSR"]),
                            EVNTDESC=reason["EVNTDESC"].where(closed, described["EVNTDESC"]).astype("str"))


def _measure(parameter: Parameter, chosen: pd.DataFrame, subjects: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The subjects' records with the origin and the time from it."""
    stem, moment = parameter.start.removesuffix("M").removesuffix("DT"), parameter.start.endswith("DTM")
    flags = {f"{stem}DTF": "STARTDTF", f"{stem}TMF": "STARTTMF"}
    origin = subjects[["USUBJID", parameter.start, *(name for name in flags if name in subjects)]]
    own = origin.iloc[chosen["subject"].to_numpy()].set_axis(chosen.index)
    start = own[parameter.start]
    date = chosen["ADT"].mask(chosen["ADT"] < start, start)
    blank = pd.Series("", index=chosen.index, dtype="str")
    flag, record = (chosen.get(name, blank).astype("str").fillna("") for name in ("ADTF", "_record"))
    number = chosen.get("SRCSEQ", pd.Series(float("nan"), chosen.index)).astype("float64")
    measured = pd.DataFrame({
        "USUBJID": own["USUBJID"], **{name: chosen[name] for name in by}, "PARAMCD": parameter.PARAMCD,
        **{flags[name]: own[name] for name in flags if name in own}, "STARTDT": start, "ADT": date,
        "ADTF": flag.where(date == chosen["ADT"], ""), "AVAL": compute_day(date, start), "CNSR": chosen["CNSR"],
        **{name: chosen[name] for name in TEXTS}, "SRCSEQ": number, "_record": record})
    names = {"STARTDT": "STARTDTM", "ADT": "ADTM"} if moment else {}
    return measured.rename(columns=names).sort_values(["USUBJID", *by], kind="stable", ignore_index=True)

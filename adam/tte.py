"""Time to an event: events and censorings are data, read by one function (ADaM BDS for Time-to-Event Analyses 1.0).

A parameter names the date that its time runs from, the records that are its event, those at which a subject without an
event is censored, and what closes a subject's observation. Sources are data sets by name; every record of the result
says which record decided (SRCDOM, SRCVAR, SRCSEQ).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from adam.columns import take_texts
from adam.dates import compute_day
from cdisckit.errors import SpecError, suggest

__all__ = ["Censor", "End", "Event", "Parameter", "derive_time_to_event"]

Where = Mapping[str, Sequence[str]]
# A record that a rule found: of which subject, of which group (-1: of all), when, by which rule, where in its source
FOUND = np.dtype([("subject", "i8"), ("group", "i8"), ("date", "M8[ms]"), ("rule", "i8"), ("within", "i8"),
                  ("row", "i8")])
Found = npt.NDArray[np.void]


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
    people, groups = pd.Index(subjects["USUBJID"]), _groups((*parameter.events, *parameter.censors), sources, by)
    events, censors, ends = (
        _find(rules, start, sources, groups if rules is not parameter.ends else None, people)
        for rules, start in ((parameter.events, 0), (parameter.censors, len(parameter.events)),
                             (parameter.ends, len(parameter.events) + len(parameter.censors))))
    rules = (*parameter.events, *parameter.censors, *parameter.ends)
    cuts = np.full(len(people), np.datetime64("NaT", "ms"))
    cutting = _outermost(ends[_of(rules, "cuts", ends["rule"])] if len(ends) else ends)
    cuts[cutting["subject"]] = cutting["date"]
    event, censor = (_spread(_observed(found, rules, cuts), groups) for found in (events, censors))
    chosen, reason = _explain(_outermost(event), _outermost(censor, last=True), _outermost(ends), parameter, groups)
    return _measure(parameter, rules, chosen, reason, subjects, sources, groups)


def _groups(rules: Sequence[Event], sources: Mapping[str, pd.DataFrame], by: Sequence[str]) -> pd.DataFrame | None:
    """Every value of the variables that the sources hold: each is a parameter of every subject."""
    held = [sources[rule.source][list(by)] for rule in rules
            if by and rule.source in sources and set(by) <= set(sources[rule.source].columns)]
    if by and not held:
        raise SpecError("no source of the time to event has the variables that tell its parameters apart",
                        cases=list(by), fix="mend the names in by=")
    return pd.concat(held).dropna().drop_duplicates(ignore_index=True) if held else None


def _find(rules: Sequence[Event], start: int, sources: Mapping[str, pd.DataFrame], groups: pd.DataFrame | None,
          people: pd.Index) -> Found:
    """The records of all rules for these subjects; the rules are counted from `start`."""
    found = [_records(rule, place, sources, groups, people) for place, rule in enumerate(rules, start)]
    return np.concatenate([np.empty(0, FOUND), *found])


def _records(rule: Event, place: int, sources: Mapping[str, pd.DataFrame], groups: pd.DataFrame | None,
             people: pd.Index) -> Found:
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
    subject, date = people.get_indexer(pd.Index(data["USUBJID"])), data[rule.date].to_numpy()
    keep = (subject >= 0) & ~np.isnat(date)
    for name, values in rule.where.items():
        keep &= data[name].isin(list(values)).to_numpy()
    rows = np.flatnonzero(keep)
    if order and len(rows) > 1:
        rows = rows[data[order].iloc[rows].reset_index(drop=True).sort_values(order, kind="stable").index]
    found = np.empty(len(rows), FOUND)
    found["subject"], found["date"], found["rule"], found["row"] = subject[rows], date[rows], place, rows
    found["within"], found["group"] = np.arange(len(rows)), -1
    if groups is not None and set(groups) <= set(data):
        known = pd.MultiIndex.from_frame(groups)
        found["group"] = known.get_indexer(pd.MultiIndex.from_frame(data[list(groups)].iloc[rows]))
    return found


def _of(rules: Sequence[Event], name: str, places: npt.NDArray[np.int64]) -> npt.NDArray[np.generic]:
    """What the rule of each record says; of a rule that does not know the name, False."""
    return np.array([getattr(rule, name, False) for rule in rules])[places]


def _observed(found: Found, rules: Sequence[Event], cuts: npt.NDArray[np.datetime64]) -> Found:
    """The records until the end of the observation, and those that an end does not concern."""
    end = cuts[found["subject"]]
    return found[np.isnat(end) | (found["date"] <= end) | _of(rules, "always", found["rule"])]


def _spread(found: Found, groups: pd.DataFrame | None) -> Found:
    """Records without a group belong to every group."""
    if groups is None:
        return found
    common = found[found["group"] < 0]
    each = np.tile(common, len(groups))
    each["group"] = np.repeat(np.arange(len(groups)), len(common))
    return np.append(found[found["group"] >= 0], each)


def _outermost(found: Found, last: bool = False) -> Found:
    """The first record of each subject and group, or the last; of one date the rules decide, then their order."""
    found = found[np.lexsort([found[name] for name in ("within", "rule", "date", "group", "subject")])]
    if not len(found):
        return found
    other = (found["subject"][1:] != found["subject"][:-1]) | (found["group"][1:] != found["group"][:-1])
    return found[np.append(other, True) if last else np.append(True, other)]


def _explain(event: Found, censor: Found, first: Found, parameter: Parameter,
             groups: pd.DataFrame | None) -> tuple[Found, Found]:
    """The record that decided for each subject and group, and the one that says why: the event itself; of a censoring
    the end that closed the observation. With `at_end` that end decides, too.
    """
    if parameter.at_end:
        censor = np.concatenate([censor[~np.isin(censor["subject"], first["subject"])], _spread(first, groups)])
    keys = [found["subject"] * (1 if groups is None else len(groups) + 1) + found["group"] for found in (event, censor)]
    censor = censor[~np.isin(keys[1], keys[0])]
    reason = censor.copy()
    if len(first) and not parameter.at_end:
        place = np.minimum(np.searchsorted(first["subject"], censor["subject"]), len(first) - 1)
        closed = first["subject"][place] == censor["subject"]
        explained = _of((*parameter.events, *parameter.censors), "explained", censor["rule"]).astype("bool")
        reason = np.where(closed & explained, first[place], censor)
    return np.concatenate([event, censor]), np.concatenate([event, reason])


def _measure(parameter: Parameter, rules: Sequence[Event], chosen: Found, reason: Found, subjects: pd.DataFrame,
             sources: Mapping[str, pd.DataFrame], groups: pd.DataFrame | None) -> pd.DataFrame:
    """The subjects' records with the origin and the time from it."""
    stem, moment = parameter.start.removesuffix("M").removesuffix("DT"), parameter.start.endswith("DTM")
    flags = {f"{stem}DTF": "STARTDTF", f"{stem}TMF": "STARTTMF"}
    own = subjects[["USUBJID", parameter.start, *(name for name in flags if name in subjects)]]
    own = own.iloc[chosen["subject"]].reset_index(drop=True)
    start = own[parameter.start]
    found = pd.Series(chosen["date"]).astype(start.dtype)
    date = found.mask(found < start, start)
    group = {} if groups is None else {name: groups[name].array.take(chosen["group"]) for name in groups}
    flag = _source_texts(chosen, rules, sources, {place: f"{rule.date}F" for place, rule in enumerate(rules)})
    measured = pd.DataFrame({
        "USUBJID": own["USUBJID"], **group, "PARAMCD": parameter.PARAMCD,
        **{flags[name]: own[name] for name in flags if name in own}, "STARTDT": start, "ADT": date,
        "ADTF": flag.where(date == found, ""), "AVAL": compute_day(date, start),
        "CNSR": _of(rules, "CNSR", reason["rule"]).astype("float64") if rules else 0.0,
        **{name: _described(name, reason if name == "EVNTDESC" else chosen, rules, sources)
           for name in ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR")},
        "SRCSEQ": _source_numbers(chosen, rules, sources),
        "_record": _source_texts(chosen, rules, sources, dict.fromkeys(range(len(rules)), "_record"))})
    names = {"STARTDT": "STARTDTM", "ADT": "ADTM"} if moment else {}
    return measured.rename(columns=names).sort_values(["USUBJID", *group], kind="stable", ignore_index=True)


def _described(name: str, found: Found, rules: Sequence[Event], sources: Mapping[str, pd.DataFrame]) -> pd.Series:
    """The text that the rule states, or that the record holds where the rule names a variable for it."""
    stated = take_texts([getattr(rule, name) for rule in rules], found["rule"], pd.RangeIndex(len(found)))
    variables = {place: rule.of[name] for place, rule in enumerate(rules) if name in rule.of}
    if not variables:
        return stated
    held = _source_texts(found, rules, sources, variables)
    return held.where(held != "", stated)


def _source_texts(found: Found, rules: Sequence[Event], sources: Mapping[str, pd.DataFrame],
                  variables: Mapping[int, str]) -> pd.Series:
    """The text of the variable that stands for each rule, from the record that was found; "" where there is none."""
    texts = np.full(len(found), "", dtype="object")
    for place, name in variables.items():
        data, mine = sources[rules[place].source], found["rule"] == place
        if name in data and mine.any():
            texts[mine] = data[name].fillna("").to_numpy(dtype="object")[found["row"][mine]]
    return pd.Series(texts, dtype="str")


def _source_numbers(found: Found, rules: Sequence[Event], sources: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """The number of the record that was found, where its rule names a variable for it."""
    numbers = np.full(len(found), np.nan)
    for place, rule in enumerate(rules):
        mine = found["rule"] == place
        if rule.SRCSEQ and mine.any():
            numbers[mine] = sources[rule.source][rule.SRCSEQ].to_numpy(dtype="float64")[found["row"][mine]]
    return numbers

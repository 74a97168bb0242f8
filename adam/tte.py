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

__all__ = ["Censor", "End", "Event", "Parameter", "derive_time_to_event", "derive_times_to_event"]

Where = Mapping[str, Sequence[str]]
# A record that a rule found: for which parameter, of which subject, of which group (-1: of all), when, by which rule,
# and where in the rule's source (within: among the records of the rule)
FOUND = np.dtype([("parameter", "i8"), ("subject", "i8"), ("group", "i8"), ("date", "M8[ms]"), ("rule", "i8"),
                  ("within", "i8"), ("row", "i8")])
Found = npt.NDArray[np.void]
SUBJECTS = 1_000_000_000                                     # more than a study has: one number for two


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
    itself, not at the last record before it (events that would have been seen at once). `started`: a subject without
    the start date has no record (duration of response).
    """

    PARAMCD: str
    start: str
    events: tuple[Event, ...]
    censors: tuple[Censor, ...]
    ends: tuple[End, ...] = ()
    at_end: bool = False
    started: bool = False

    @property
    def rules(self) -> tuple[Event, ...]:
        return (*self.events, *self.censors, *self.ends)


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
    return derive_times_to_event([parameter], subjects, sources, by)


def derive_times_to_event(parameters: Sequence[Parameter], subjects: pd.DataFrame, sources: Mapping[str, pd.DataFrame],
                          by: Sequence[str] = ()) -> pd.DataFrame:
    """The records of derive_time_to_event for each parameter, in the order of the parameters and of the subjects. The
    parameters start all at a date, or all at a date-time.
    """
    rules = [rule for parameter in parameters for rule in parameter.rules]
    groups = _groups([rule for rule in rules if not isinstance(rule, End)], sources, by)
    found = _find(parameters, sources, groups, pd.Index(subjects["USUBJID"]))
    kind = np.array([isinstance(rule, Censor) + isinstance(rule, End) for rule in rules])     # event, censoring, end
    ends = found[kind[found["rule"]] == 2]
    seen = _observed(found, rules, _outermost(ends[_of(rules, "cuts", ends["rule"])]))
    event, censor = (_spread(seen[kind[seen["rule"]] == number], groups) for number in (0, 1))
    chosen, reason = _explain(_outermost(event), _outermost(censor, last=True), _outermost(ends), parameters, rules,
                              groups)
    return _measure(parameters, rules, chosen, reason, subjects, sources, groups)


def _groups(rules: Sequence[Event], sources: Mapping[str, pd.DataFrame], by: Sequence[str]) -> pd.DataFrame | None:
    """Every value of the variables that the sources hold, in order: each is a parameter of every subject."""
    held = [sources[rule.source][list(by)] for rule in rules
            if by and rule.source in sources and set(by) <= set(sources[rule.source].columns)]
    if by and not held:
        raise SpecError("no source of the time to event has the variables that tell its parameters apart",
                        cases=list(by), fix="mend the names in by=")
    return pd.concat(held).dropna().drop_duplicates().sort_values(list(by), ignore_index=True) if held else None


def _find(parameters: Sequence[Parameter], sources: Mapping[str, pd.DataFrame], groups: pd.DataFrame | None,
          people: pd.Index) -> Found:
    """The records of all rules for these subjects; rules that read the same records read them once."""
    known: dict[tuple[object, ...], Found] = {}
    used = dict.fromkeys(rule.source for parameter in parameters for rule in parameter.rules if rule.source in sources)
    subject_of = {name: people.get_indexer(pd.Index(sources[name]["USUBJID"])) for name in used}
    found, place = [np.empty(0, FOUND)], 0
    for number, parameter in enumerate(parameters):
        for rule in parameter.rules:
            reads = (rule.source, rule.date, tuple((name, tuple(values)) for name, values in rule.where.items()),
                     rule.order, rule.SRCSEQ, isinstance(rule, End))
            _check_source(rule, sources)
            if reads not in known:
                known[reads] = _records(rule, sources[rule.source], subject_of[rule.source],
                                        None if isinstance(rule, End) else groups)
            mine = known[reads].copy()
            mine["parameter"], mine["rule"], place = number, place, place + 1
            found.append(mine)
    return np.concatenate(found)


def _check_source(rule: Event, sources: Mapping[str, pd.DataFrame]) -> None:
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


def _records(rule: Event, data: pd.DataFrame, subject: npt.NDArray[np.int64], groups: pd.DataFrame | None) -> Found:
    """The dated records of known subjects that the rule selects, in its order."""
    date = data[rule.date].to_numpy()
    keep = (subject >= 0) & ~np.isnat(date)
    for name, values in rule.where.items():
        keep &= data[name].isin(list(values)).to_numpy()
    rows = np.flatnonzero(keep)
    order = rule.order or ((rule.SRCSEQ,) if rule.SRCSEQ else ())
    if order and len(rows) > 1:
        ranks = [pd.factorize(data[name].iloc[rows], sort=True, use_na_sentinel=False)[0] for name in order]
        rows = rows[np.lexsort(ranks[::-1])]
    found = np.zeros(len(rows), FOUND)
    found["subject"], found["date"], found["row"] = subject[rows], date[rows], rows
    found["within"], found["group"] = np.arange(len(rows)), -1
    if groups is not None and set(groups) <= set(data):
        known = pd.MultiIndex.from_frame(groups)
        found["group"] = known.get_indexer(pd.MultiIndex.from_frame(data[list(groups)].iloc[rows]))
    return found


def _of(rules: Sequence[Event], name: str, places: npt.NDArray[np.int64]) -> npt.NDArray[np.generic]:
    """What the rule of each record says; of a rule that does not know the name, False."""
    said = np.array([getattr(rule, name, False) for rule in rules])
    return said[places] if len(said) else np.zeros(len(places), bool)


def _subject(found: Found) -> npt.NDArray[np.int64]:
    """One number a parameter and subject."""
    return found["parameter"] * SUBJECTS + found["subject"]


def _observed(found: Found, rules: Sequence[Event], cutting: Found) -> Found:
    """The records until the end of the subject's observation, and those that an end does not concern."""
    if not len(cutting):
        return found
    place = np.minimum(np.searchsorted(_subject(cutting), _subject(found)), len(cutting) - 1)
    late = (_subject(cutting)[place] == _subject(found)) & (found["date"] > cutting["date"][place])
    return found[~late | _of(rules, "always", found["rule"]).astype("bool")]


def _spread(found: Found, groups: pd.DataFrame | None) -> Found:
    """Records without a group belong to every group."""
    if groups is None:
        return found
    common = found[found["group"] < 0]
    each = np.tile(common, len(groups))
    each["group"] = np.repeat(np.arange(len(groups)), len(common))
    return np.append(found[found["group"] >= 0], each)


def _outermost(found: Found, last: bool = False) -> Found:
    """The first record of each parameter, subject and group, or the last; of one date the rules decide, then their
    order.
    """
    if not len(found):
        return found
    found = found[np.lexsort([found[name] for name in ("within", "rule", "date", "group", "subject", "parameter")])]
    other = (found["group"][1:] != found["group"][:-1]) | (_subject(found)[1:] != _subject(found)[:-1])
    return found[np.append(other, True) if last else np.append(True, other)]


def _explain(event: Found, censor: Found, first: Found, parameters: Sequence[Parameter], rules: Sequence[Event],
             groups: pd.DataFrame | None) -> tuple[Found, Found]:
    """The record that decided for each subject and group, and the one that says why: the event itself; of a censoring
    the end that closed the observation. With `at_end` that end decides, too.
    """
    at_end = np.array([parameter.at_end for parameter in parameters], dtype=bool)
    deciding = first[at_end[first["parameter"]]]
    censor = np.concatenate([censor[~np.isin(_subject(censor), _subject(deciding))], _spread(deciding, groups)])
    many = 1 if groups is None else len(groups) + 1
    keys = [_subject(found) * many + found["group"] for found in (event, censor)]
    censor = censor[~np.isin(keys[1], keys[0])]
    reason = censor.copy()
    if len(first):
        place = np.minimum(np.searchsorted(_subject(first), _subject(censor)), len(first) - 1)
        closed = (_subject(first)[place] == _subject(censor)) & ~at_end[censor["parameter"]]
        reason = np.where(closed & _of(rules, "explained", censor["rule"]).astype("bool"), first[place], censor)
    return np.concatenate([event, censor]), np.concatenate([event, reason])


def _measure(parameters: Sequence[Parameter], rules: Sequence[Event], chosen: Found, reason: Found,
             subjects: pd.DataFrame, sources: Mapping[str, pd.DataFrame], groups: pd.DataFrame | None) -> pd.DataFrame:
    """The subjects' records with the origin and the time from it."""
    rank = pd.factorize(subjects["USUBJID"], sort=True)[0]
    order = np.lexsort([chosen["group"], rank[chosen["subject"]], chosen["parameter"]])
    starts = _origins(parameters, subjects, chosen)
    dropped = np.isnat(starts) & np.array([one.started for one in parameters], dtype=bool)[chosen["parameter"]]
    order = order[~dropped[order]]
    chosen, reason, starts = chosen[order], reason[order], starts[order]
    found = chosen["date"].astype(starts.dtype)
    date = np.where(found < starts, starts, found)
    flag = _source_texts(chosen, rules, sources, {place: f"{rule.date}F" for place, rule in enumerate(rules)})
    moment = bool(parameters) and parameters[0].start.endswith("DTM")
    of_subject = subjects["USUBJID"].array.take(chosen["subject"])
    start, end = pd.Series(starts), pd.Series(date)
    return pd.DataFrame({
        "USUBJID": of_subject,
        **({} if groups is None else {name: groups[name].array.take(chosen["group"]) for name in groups}),
        "PARAMCD": take_texts([one.PARAMCD for one in parameters], chosen["parameter"], start.index),
        **_origin_flags(parameters, subjects, chosen),
        "STARTDTM" if moment else "STARTDT": start, "ADTM" if moment else "ADT": end,
        "ADTF": pd.Series(np.where(date == found, flag, ""), dtype="str"), "AVAL": compute_day(end, start),
        "CNSR": _of(rules, "CNSR", reason["rule"]).astype("float64"),
        **{name: _described(name, reason if name == "EVNTDESC" else chosen, rules, sources)
           for name in ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR")},
        "SRCSEQ": _source_numbers(chosen, rules, sources),
        "_record": pd.Series(_source_texts(chosen, rules, sources, dict.fromkeys(range(len(rules)), "_record")),
                             dtype="str")})


def _origins(parameters: Sequence[Parameter], subjects: pd.DataFrame, found: Found) -> npt.NDArray[np.datetime64]:
    """The date or date-time that the time of each record runs from."""
    names = [parameter.start for parameter in parameters]
    if len({name.endswith("DTM") for name in names}) > 1:
        raise SpecError("some times to an event start at a date and some at a date-time", cases=names,
                        fix="derive them in two calls")
    starts = np.stack([subjects[name].to_numpy() for name in names])
    return starts[found["parameter"], found["subject"]]


def _origin_flags(parameters: Sequence[Parameter], subjects: pd.DataFrame, found: Found) -> dict[str, pd.Series]:
    """STARTDTF and STARTTMF, where the subjects have such a flag of the imputed origin (TRTSDTF, TRTSTMF)."""
    flags = {}
    for suffix in ("DTF", "TMF"):
        names = [one.start.removesuffix("M").removesuffix("DT") + suffix for one in parameters]
        if any(name in subjects for name in names):
            held = np.stack([subjects[name].to_numpy(dtype="object") if name in subjects
                             else np.full(len(subjects), "", dtype="object") for name in names])
            flags[f"START{suffix}"] = pd.Series(held[found["parameter"], found["subject"]], dtype="str")
    return flags


def _described(name: str, found: Found, rules: Sequence[Event], sources: Mapping[str, pd.DataFrame]) -> pd.Series:
    """The text that the rule states, or that the record holds where the rule names a variable for it."""
    stated = take_texts([getattr(rule, name) for rule in rules], found["rule"], pd.RangeIndex(len(found)))
    variables = {place: rule.of[name] for place, rule in enumerate(rules) if name in rule.of}
    held = _source_texts(found, rules, sources, variables)
    return stated.mask(held != "", pd.Series(held, dtype="str")) if variables else stated


def _source_texts(found: Found, rules: Sequence[Event], sources: Mapping[str, pd.DataFrame],
                  variables: Mapping[int, str]) -> npt.NDArray[np.object_]:
    """The text of the variable that stands for each rule, from the record that was found; "" where there is none."""
    texts = np.full(len(found), "", dtype="object")
    for place in np.unique(found["rule"]):
        name, data = variables.get(place, ""), sources[rules[place].source]
        if name in data:
            mine = np.flatnonzero(found["rule"] == place)
            texts[mine] = data[name].iloc[found["row"][mine]].fillna("").to_numpy(dtype="object")
    return texts


def _source_numbers(found: Found, rules: Sequence[Event],
                    sources: Mapping[str, pd.DataFrame]) -> npt.NDArray[np.float64]:
    """The number of the record that was found, where its rule names a variable for it."""
    numbers = np.full(len(found), np.nan)
    for place in np.unique(found["rule"]):
        if rules[place].SRCSEQ:
            mine = np.flatnonzero(found["rule"] == place)
            held = sources[rules[place].source][rules[place].SRCSEQ]
            numbers[mine] = held.iloc[found["row"][mine]].to_numpy(dtype="float64")
    return numbers

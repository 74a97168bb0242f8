"""Responses of a subject from the responses at each time point: which count, what they confirm, the best of them.

RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009; 45: 228-247), 4.4 to 4.6, and iRECIST (Seymour et al., Lancet Oncol
2017; 18: e143-e152). Assessments are records with USUBJID, ADT (datetime64), AVALC (the response) and ASEQ, which
orders the records of one date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from adam.flags import compute_flag

__all__ = [
    "IRECIST",
    "IrecistRules",
    "ResponseRules",
    "VALUES",
    "compute_confirmed",
    "compute_counted",
    "compute_irecist",
    "compute_until_progression",
    "cut_after_progression",
    "find_benefit",
    "find_best_response",
    "find_first",
    "find_immune_best",
    "find_immune_progression",
    "find_last",
    "rename_after_cr",
]

VALUES = {"CR": 1.0, "PR": 2.0, "SD": 3.0, "NON-CR/NON-PD": 4.0, "PD": 5.0, "NE": 6.0, "MISSING": 7.0,
          "Y": 1.0, "N": 0.0}
WORST = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")      # of several on one date the last of these counts
STABLE, PRESENT, UNDONE = ("CR", "PR", "SD"), "NON-CR/NON-PD", "ND"
IMMUNE = {"CR": "iCR", "PR": "iPR", "SD": "iSD", PRESENT: "NON-iCR/NON-iUPD"}     # RECIST 1.1: iRECIST
SPAN = 10_000_000                                             # days, more than any date has: a clock of all subjects


@dataclass(frozen=True)
class ResponseRules:
    """What an analysis plan decides about responses; the defaults are the usual values.

    after_cr: what a PR or SD after a CR means. keep: as recorded; progression: disease came back, a PD (RECIST 1.1,
    table 3, footnote a); downgrade: the CR was none, it was a PR.
    """

    min_days_stable: int = 42                                # from the reference date to the first SD that counts
    min_days_confirm: int = 28                               # from a response to the one that confirms it
    max_ne_between: int = 1
    max_sd_between: int = 0                                  # between two PR
    after_cr: Literal["keep", "progression", "downgrade"] = "keep"
    benefit: tuple[str, ...] = ("CR", "PR", "SD", "NON-CR/NON-PD")
    no_data: Literal["MISSING", "NE"] = "MISSING"
    cut_at_new_therapy: bool = True                          # assessments on or after it do not count


@dataclass(frozen=True)
class IrecistRules:
    """When a progression that is not confirmed yet (iUPD) becomes a confirmed one (iCPD)."""

    min_days_confirm: int = 28
    max_days_confirm: int = 56
    unconfirmed_at_end: bool = True                          # an iUPD that nothing resets is a progression


IRECIST = IrecistRules()


def compute_counted(assessments: pd.DataFrame, reference: pd.Series) -> pd.Series:
    """Y on the assessments that count: evaluated or not evaluable (NE), on or after the reference date. Of several on
    one date the worst counts (NE before CR before PR, SD, NON-CR/NON-PD and PD), of equal ones the last.

    In: USUBJID, ADT, AVALC, ASEQ; the reference date of each record. Out: Y or "".
    """
    order = {value: place for place, value in enumerate(WORST)}
    rank = assessments["AVALC"].map(order)
    among = rank.notna() & (assessments["ADT"] >= reference)
    counted = assessments.assign(rank=rank)[among].sort_values(["USUBJID", "ADT", "rank", "ASEQ"], kind="stable")
    last = counted.drop_duplicates(["USUBJID", "ADT"], keep="last").index
    return compute_flag(pd.Series(assessments.index.isin(last), index=assessments.index))


def compute_until_progression(assessments: pd.DataFrame) -> pd.Series:
    """Y on the assessments of a subject up to and including the first progression, in order of date and number.

    In: USUBJID, ADT, AVALC, ASEQ. Out: Y or "".
    """
    ordered = assessments.sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    progressed = (ordered["AVALC"] == "PD").astype("int64")
    before = progressed.groupby(ordered["USUBJID"], sort=False).cumsum() - progressed
    return compute_flag((before == 0).reindex(assessments.index))


def cut_after_progression(records: pd.DataFrame, progression: pd.Series) -> pd.DataFrame:
    """The records of each subject up to the first of its dates of progression; all of a subject without any.

    In: USUBJID, ADT; dates of progression with USUBJID as index.
    """
    first = progression.dropna().groupby(level=0).min()
    date = first.reindex(records["USUBJID"]).set_axis(records.index)
    return records[date.isna() | (records["ADT"] <= date)]


def rename_after_cr(assessments: pd.DataFrame, rules: ResponseRules) -> pd.DataFrame:
    """The assessments with what the plan makes of a PR or SD that follows a CR (ResponseRules.after_cr)."""
    if rules.after_cr == "keep" or assessments.empty:
        return assessments
    ordered = assessments.sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    value, subject = ordered["AVALC"], ordered["USUBJID"]
    if rules.after_cr == "progression":
        after = (value == "CR").astype("int64").groupby(subject, sort=False).cumsum() > 0
        return assessments.assign(AVALC=value.mask(after & value.isin(["PR", "SD"]), "PD").reindex(assessments.index))
    partial = value.isin(["PR", "SD"]).astype("int64")[::-1]
    follows = (partial.groupby(subject[::-1], sort=False).cumsum() > 0)[::-1]
    return assessments.assign(AVALC=value.mask(follows & (value == "CR"), "PR").reindex(assessments.index))


def compute_confirmed(assessments: pd.DataFrame, rules: ResponseRules) -> pd.Series:
    """The response (CR or PR) on each assessment whose response a later one confirms. A CR is confirmed by a CR, a PR
    by a CR or PR, by the first that is the stated number of days later; between the two only such responses may lie,
    not more NE (and, between PR, SD) than stated, and no PR after a CR.

    In: USUBJID, ADT, AVALC, ASEQ. Out: CR, PR or "". Source: RECIST 1.1, 4.6 and table 3.
    """
    ordered = assessments.sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    subject, value = pd.factorize(ordered["USUBJID"])[0], ordered["AVALC"]
    day = (ordered["ADT"].to_numpy().astype("datetime64[D]")).astype("int64")
    found = pd.Series("", index=ordered.index, dtype="str")
    for response, confirming in (("CR", ("CR",)), ("PR", ("CR", "PR"))):
        by = _next_of(subject, day, value.isin(confirming).to_numpy(), rules.min_days_confirm)
        kept = (value == response).to_numpy() & (by >= 0)
        kept &= _between(value.eq("NE"), by) <= rules.max_ne_between
        stable = ("SD",) if response == "PR" and rules.max_sd_between else ()
        kept &= _between(value.eq("SD"), by) <= rules.max_sd_between
        kept &= _between(~value.isin([*confirming, "NE", *stable]), by) == 0
        kept &= ~_partial_after_complete(subject, day, value, by)
        found = found.mask(kept, response)
    return found.reindex(assessments.index)


def _next_of(subject: np.ndarray, day: np.ndarray, wanted: np.ndarray, days: int) -> np.ndarray:
    """For each record the place of the subject's first later wanted one, at least so many days after; -1 if none."""
    places, clock = np.flatnonzero(wanted), subject * SPAN + day
    late = np.searchsorted(clock[places], clock + days)
    behind = np.searchsorted(places, np.arange(len(clock)), side="right")
    found = np.append(places, -1)[np.maximum(late, behind)]
    return np.where((found >= 0) & (subject[found] == subject), found, -1) if len(clock) else found


def _between(condition: pd.Series, by: np.ndarray) -> np.ndarray:
    """How many records after each one, up to and including the record at place `by`, meet the condition."""
    total = condition.to_numpy().astype("int64").cumsum()
    return total[by] - total if len(total) else total


def _partial_after_complete(subject: np.ndarray, day: np.ndarray, value: pd.Series, by: np.ndarray) -> np.ndarray:
    """Whether a PR lies on or after a CR, both after the record and not after the one at place `by`."""
    here = np.arange(len(day))
    complete = _next_of(subject, day, (value == "CR").to_numpy(), 0)
    partial = np.maximum.accumulate(np.where(value == "PR", here, -1))[by] if len(day) else here
    return (complete >= 0) & (complete <= by) & (partial > here) & (day[complete] <= day[partial])


def find_first(records: pd.DataFrame, among: pd.Series) -> pd.DataFrame:
    """The first record of each subject among those stated, by date and number."""
    ordered = records[among & records["ADT"].notna()].sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    return ordered.drop_duplicates("USUBJID")


def find_last(records: pd.DataFrame, among: pd.Series) -> pd.DataFrame:
    """The last record of each subject among those stated, by date and number."""
    ordered = records[among & records["ADT"].notna()].sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    return ordered.drop_duplicates("USUBJID", keep="last")


def find_benefit(assessments: pd.DataFrame, reference: pd.Series, rules: ResponseRules,
                 response: pd.Series | None = None) -> pd.DataFrame:
    """The first assessment of each subject that shows clinical benefit: a response at any time, or disease that is at
    least stable so many days after the reference date.

    In: USUBJID, ADT, AVALC, ASEQ; the reference date of each record; which records are responses (default: CR and PR;
    for confirmed benefit, the confirmed ones).
    """
    responded = assessments["AVALC"].isin(["CR", "PR"]) if response is None else response
    return find_first(assessments, responded | (_late(assessments, reference, rules)
                                                & assessments["AVALC"].isin(list(rules.benefit))))


def _late(assessments: pd.DataFrame, reference: pd.Series, rules: ResponseRules) -> pd.Series:
    return assessments["ADT"] >= reference + pd.Timedelta(days=rules.min_days_stable)


def find_best_response(assessments: pd.DataFrame, reference: pd.Series, subjects: Iterable[str] | Iterable[int],
                       rules: ResponseRules, confirmed: pd.Series | None = None) -> pd.DataFrame:
    """The best response of each subject: CR, PR, SD, NON-CR/NON-PD, PD, NE in this order, on the first record that
    gives it. CR and PR count at any time, or with `confirmed` only where a later assessment confirms them; SD and
    NON-CR/NON-PD only so many days after the reference date. CR, PR and SD that do not count as themselves are SD on or
    after that day and NE before it.

    In: USUBJID, ADT, AVALC, ASEQ of the records that count; the reference date of each; all subjects. Out: one record a
    subject, with AVALC; MISSING (or NE, as the rules say) without a date for a subject without records.
    Source: RECIST 1.1, 4.6 and table 3.
    """
    value, late = assessments["AVALC"], _late(assessments, reference, rules)
    response = value.where(value.isin(["CR", "PR"]), "") if confirmed is None else confirmed
    seen = value.isin([*STABLE, PRESENT, "NE"])
    conditions = [response == "CR", response == "PR", value.isin(STABLE) & late, (value == PRESENT) & late,
                  value == "PD", seen, value == UNDONE]
    names = ["CR", "PR", "SD", PRESENT, "PD", "NE", UNDONE]
    rank = np.select([condition.to_numpy() for condition in conditions], range(len(names)), default=-1)
    ranked = assessments.assign(rank=rank, AVALC=pd.Series(np.array([*names, ""])[rank], index=assessments.index))
    ordered = ranked[rank >= 0].sort_values(["USUBJID", "rank", "ADT", "ASEQ"], kind="stable")
    best = ordered.drop_duplicates("USUBJID").drop(columns="rank").set_index("USUBJID")
    found = best.reindex(pd.Index(list(subjects), dtype=best.index.dtype, name="USUBJID")).reset_index()
    return found.assign(AVALC=found["AVALC"].astype("str").fillna(rules.no_data))


def compute_irecist(assessments: pd.DataFrame, grown: pd.Series, rules: IrecistRules = IRECIST) -> pd.Series:
    """The response by iRECIST: a progression is unconfirmed (iUPD) until an assessment four to eight weeks later shows
    further growth (iCPD). The weeks count from any iUPD since the last reset, which is a response or stable disease; an
    assessment that is not evaluable neither confirms nor resets. After a confirmed progression it stays iCPD.

    In: USUBJID, ADT, AVALC (RECIST 1.1 at each time point), ASEQ of the records that count; whether the disease grew
    further since the assessment before. Out: iCR, iPR, iSD, NON-iCR/NON-iUPD, iUPD, iCPD, NE. Source: iRECIST, table 2.
    """
    ordered = assessments.sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    value, subject = ordered["AVALC"], ordered["USUBJID"]
    progressed, better = value == "PD", value.isin([*STABLE, PRESENT])
    wait = ordered.groupby([subject, better.groupby(subject).cumsum()], sort=False).ngroup().to_numpy()
    now = wait * SPAN + ordered["ADT"].to_numpy().astype("datetime64[D]").astype("int64")
    before = np.concatenate([[-SPAN], now[progressed]])               # of one wait: between two resets
    last = before[np.searchsorted(before, now - max(rules.min_days_confirm, 1), side="right") - 1]
    in_time = (last // SPAN == wait) & (now - last <= rules.max_days_confirm)
    confirmed = progressed & in_time & grown.reindex(ordered.index).astype("bool")
    immune = value.replace(IMMUNE).where(better, "NE").mask(progressed, "iUPD")
    return immune.mask(confirmed.groupby(subject).cummax(), "iCPD").reindex(assessments.index)


def find_immune_progression(assessments: pd.DataFrame, rules: IrecistRules = IRECIST) -> pd.DataFrame:
    """The assessment at which each subject progressed by iRECIST: the first iUPD of those that ended in a confirmed
    progression (or, as the rules say, that no response or stable disease followed).

    In: USUBJID, ADT, ASEQ, AVALC (iRECIST). Out: the record of the iUPD, at most one a subject.
    Source: iRECIST, statistical considerations.
    """
    ordered = assessments.sort_values(["USUBJID", "ADT", "ASEQ"], kind="stable")
    value, subject = ordered["AVALC"], ordered["USUBJID"]
    reset = ~value.isin(["iUPD", "iCPD", "NE"])
    run = reset.astype("int64").groupby(subject, sort=False).cumsum()
    by_run = ordered.assign(run=run, confirmed=value == "iCPD", last=run == run.groupby(subject).transform("max"))
    ends = by_run.groupby(["USUBJID", "run"])["confirmed"].transform("any")
    counts = value.isin(["iUPD", "iCPD"]) & (ends | (by_run["last"] & rules.unconfirmed_at_end))
    return find_first(ordered, counts)


def find_immune_best(assessments: pd.DataFrame, reference: pd.Series, subjects: Iterable[str] | Iterable[int],
                     rules: ResponseRules, confirm: bool = False) -> pd.DataFrame:
    """The best response of each subject by iRECIST: iCR, iPR, iSD, NON-iCR/NON-iUPD, iCPD, iUPD, NE in this order, on
    the first record that gives it. A response or stable disease after an unconfirmed progression counts, none after a
    confirmed one. With `confirm` iCR and iPR count only where a later assessment confirms them; for these and for
    stable disease the rules are those of RECIST 1.1.

    In: USUBJID, ADT, ASEQ, AVALC (iRECIST) of the records that count; the reference date of each; all subjects. Out:
    one record a subject, with AVALC; MISSING (or NE, as the rules say) without a date for a subject without records.
    Source: iRECIST, table 3.
    """
    names = {immune: plain for plain, immune in IMMUNE.items()} | {"iUPD": "PD", "iCPD": "PD"}
    plain = assessments.assign(AVALC=assessments["AVALC"].replace(names), value=assessments["AVALC"])
    confirmed = compute_confirmed(plain, rules) if confirm else None
    ended = assessments.loc[assessments["AVALC"] == "iCPD", "USUBJID"]
    used = plain[~((plain["value"] == "iUPD") & plain["USUBJID"].isin(ended))]     # the confirmed one stands for it
    best = find_best_response(used, reference.loc[used.index], subjects, rules,
                              None if confirmed is None else confirmed.loc[used.index])
    value = best["AVALC"].replace(IMMUNE).mask(best["AVALC"] == "PD", best["value"])
    return best.assign(AVALC=value).drop(columns="value")

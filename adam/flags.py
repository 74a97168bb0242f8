"""Flags of analysis datasets: treatment emergence, records on treatment, first and worst occurrence, criteria."""

from collections.abc import Sequence

import pandas as pd

from adam.columns import take_texts
from cdisckit.errors import SpecError

__all__ = [
    "compute_extreme",
    "compute_first",
    "compute_flag",
    "compute_relative",
    "derive_criterion",
    "derive_ontrtfl",
    "derive_trtemfl",
]


def compute_flag(condition: pd.Series, no: str = "") -> pd.Series:
    """Y where the condition holds, else empty (or N where the dataset's flags are Y and N)."""
    return take_texts([no, "Y"], condition.fillna(False), condition.index)


def compute_first(data: pd.DataFrame, among: pd.Series, by: Sequence[str], order: Sequence[str]) -> pd.Series:
    """Y on the first record of each group, of those records that `among` admits, in the stated order; one a group."""
    return compute_extreme(data, by, order, among=among)


def compute_extreme(data: pd.DataFrame, by: Sequence[str], order: Sequence[str], *, among: pd.Series | None = None,
                    mode: str = "first", ties: bool = False) -> pd.Series:
    """Y on the first (or last) record of each group in the stated order.

    In: `order` names columns, "-AVAL" the largest first; missing values come last; `among` admits records; mode first
    or last. Out: Y or "": one record a group, or with ties=True all records that the order cannot tell apart. Raises
    SpecError for a mode that is none.
    """
    if mode not in ("first", "last"):
        raise SpecError(f"mode={mode!r} is neither first nor last")
    names = [name.removeprefix("-") for name in order]
    admitted = data[[*dict.fromkeys([*by, *names])]]
    admitted = admitted if among is None else admitted[among]
    group = admitted.groupby(list(by), sort=False, dropna=False).ngroup()       # numbers sort faster than texts
    ranked = admitted[names].assign(_group=group).sort_values(
        ["_group", *names], ascending=[True, *(not name.startswith("-") for name in order)], kind="stable")
    chosen = ranked.drop_duplicates("_group", keep=mode)        # type: ignore[call-overload]
    if ties:
        alike = ranked.groupby(["_group", *names], sort=False, dropna=False).ngroup()
        chosen = ranked[alike.isin(alike[chosen.index])]
    return compute_flag(pd.Series(data.index.isin(chosen.index), index=data.index))


def compute_relative(data: pd.DataFrame, by: Sequence[str], order: Sequence[str], condition: pd.Series, *,
                     selection: str = "before", mode: str = "first", inclusive: bool = True,
                     groups_without: bool = True) -> pd.Series:
    """Y on the records before (or after) the first (or last) record of the group that meets the condition.

    selection before or after; inclusive: the record itself too; groups_without: all records of a group in which none
    meets the condition. Out: Y or "". Raises SpecError for options that are none.
    """
    if selection not in ("before", "after") or mode not in ("first", "last"):
        raise SpecError(f"selection={selection!r}, mode={mode!r}: before or after, first or last")
    ranked = data.sort_values([*by, *order], kind="stable")
    met = condition.reindex(ranked.index).fillna(False).astype("bool")
    rank = ranked.groupby(list(by), sort=False, dropna=False).cumcount()
    found = rank.where(met).groupby([ranked[name] for name in by], sort=False, dropna=False)
    reference = found.transform("min" if mode == "first" else "max")
    chosen = rank < reference if selection == "before" else rank > reference
    chosen |= (rank == reference) & inclusive
    chosen |= reference.isna() & groups_without
    return compute_flag(chosen.reindex(data.index))


def derive_trtemfl(data: pd.DataFrame, window_days: int | None = None, *, new: str = "TRTEMFL", start: str = "ASTDT",
                   end: str = "AENDT", treatment_start: str = "TRTSDT", treatment_end: str = "TRTEDT",
                   end_time: bool = False, intensity: str = "", initial_intensity: str = "",
                   episode: Sequence[str] = ()) -> pd.DataFrame:
    """Y if the event starts on or after the first exposure to treatment and not later than the stated number of days
    after the last one. An event whose start is not known at all counts as treatment-emergent unless it ended before
    the first exposure.

    window_days        None: there is no end of the period
    end_time           False: the whole last day counts; True: the time of the last exposure does
    intensity, initial_intensity   an event that began before treatment and had not ended counts where its intensity
                       exceeds the initial one, or where either is not known
    episode            columns (beside the subject) that tie the lines of one event: a line of an event that began
                       before treatment counts from the first line after that whose intensity exceeds the line before

    In: ASTDT, AENDT, TRTSDT, TRTEDT (datetime64, or the columns named). Out: TRTEMFL (Y or ""). An event of a subject
    never treated has no flag. Raises SpecError for an intensity with nothing to compare it to. Source: ADaM OCCDS 1.1,
    3.2.5 (TRTEMFL); PHUSE white paper on treatment-emergent events; the window is the study's
    (terms.treatment_emergent_days in study.yaml).
    """
    if bool(intensity) != (bool(initial_intensity) or bool(episode)):
        raise SpecError("an intensity counts as worse than something: initial_intensity= or episode=",
                        cases=[f"intensity={intensity!r}", f"initial_intensity={initial_intensity!r}"])
    began, first = data[start], data[treatment_start]
    possible = first.notna() & ~(data[end] < first)
    within = compute_within(began, data[treatment_end], window_days, end_time) if window_days is not None else True
    emergent = (began >= first) & within
    if intensity and episode:
        onset = began.groupby([data[name] for name in ("USUBJID", *episode)], dropna=False).transform("min")
        emergent &= ~(onset < first) | _worsened_lines(data, ("USUBJID", *episode), start, intensity, emergent)
    elif intensity:
        emergent |= (began < first) & _is_worse(data[initial_intensity], data[intensity])
    return data.assign(**{new: compute_flag(possible & (emergent | began.isna()))})


def compute_within(moment: pd.Series, end: pd.Series, window_days: int, end_time: bool) -> pd.Series:
    """True where the moment is not later than so many days after the end, or where there is no end yet.

    In: two datetime64; end_time: the time of the end counts, else its whole day does.
    """
    last = end + pd.Timedelta(days=window_days)
    if not end_time:
        moment, last = moment.dt.floor("D"), last.dt.floor("D")
    return (moment <= last) | end.isna()


def _is_worse(initial: pd.Series, later: pd.Series) -> pd.Series:
    """Higher, or not known to be not higher. Grades in text count as numbers."""
    low, high = (pd.to_numeric(side, errors="coerce") for side in (initial, later))
    return (high > low) | low.isna() | high.isna()


def _worsened_lines(data: pd.DataFrame, by: Sequence[str], start: str, intensity: str,
                    eligible: pd.Series) -> pd.Series:
    """The lines from the first eligible one on that is worse than the line before it in the episode."""
    ranked = data.sort_values([*by, start], kind="stable")
    groups = [ranked[name] for name in by]
    grade = pd.to_numeric(ranked[intensity], errors="coerce")
    before = grade.groupby(groups, dropna=False).shift()
    follows = ranked.groupby(list(by), dropna=False).cumcount() > 0
    worse = follows & eligible.reindex(ranked.index) & _is_worse(before, grade)
    return worse.groupby(groups, dropna=False).cummax().reindex(data.index)


def derive_ontrtfl(data: pd.DataFrame, window_days: int = 0, *, new: str = "ONTRTFL", start: str = "ADT", end: str = "",
                   treatment_start: str = "TRTSDT", treatment_end: str = "TRTEDT", end_time: bool = False,
                   before_dose: pd.Series | None = None, span: bool = False) -> pd.DataFrame:
    """Y on a record that lies on or after the first exposure to treatment and not later than the stated number of days
    after the last one; a record whose date is not known counts as on treatment. A measurement before the dose of the
    first day does not.

    treatment_end   "" where the period has no end
    end_time        False: the whole last day counts
    before_dose     True on records that were made before a dose: on the first day they do not count
    span            True: an event that began before treatment and lasted into it counts; without an end it lasts

    In: ADT (or `start`, and `end` of events), TRTSDT, TRTEDT (datetime64). Out: ONTRTFL (Y or ""); a subject who was
    never treated has no flag. Source: ADaMIG 1.3, 3.3.8.
    """
    moment, first = data[start], data[treatment_start]
    inside = moment >= first
    if treatment_end:
        inside &= compute_within(moment, data[treatment_end], window_days, end_time)
    if before_dose is not None:
        inside &= ~(before_dose & (moment.dt.floor("D") == first.dt.floor("D")))
    unknown = moment.isna()
    if before_dose is not None:
        unknown &= ~before_dose
    if end:
        lasted = data[end].isna() | (data[end] >= first)
        unknown &= lasted
        if span:
            not_after = compute_within(moment, data[treatment_end], 0, end_time) if treatment_end else True
            inside |= moment.notna() & lasted & not_after
    return data.assign(**{new: compute_flag(first.notna() & (inside | unknown))})


def derive_criterion(data: pd.DataFrame, number: int, description: str | pd.Series, met: pd.Series, *,
                     values_yn: bool = False, numeric: bool = False) -> pd.DataFrame:
    """Whether the record meets the stated criterion.

    In: the criterion in words, `met` (boolean; missing where it cannot be told). Out: CRITn and CRITnFL (Y, or with
    values_yn also N, where both are known for all records that can be judged), and CRITnFN (1, 0) with numeric=True.
    Source: ADaMIG 1.3, 3.3.9.
    """
    holds, judged = met.fillna(False).astype("bool"), met.notna()
    shown = judged if values_yn else holds
    words = description if isinstance(description, pd.Series) else pd.Series(description, index=data.index, dtype="str")
    flag = compute_flag(holds, "N" if values_yn else "").where(judged, "")
    made = {f"CRIT{number}": words if values_yn else words.where(shown, ""), f"CRIT{number}FL": flag}
    if numeric:
        made[f"CRIT{number}FN"] = holds.astype("float64").where(shown)
    return data.assign(**made)

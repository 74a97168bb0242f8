"""Which progressions and deaths count in progression-free survival, by the sets of rules that agencies ask for.

FDA: Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics (2007), appendix 3: a new anticancer
therapy and two or more missed assessments before the event censor. EMA: EMA/CHMP/27994/2008 Rev. 1, appendix 1: every
progression and death is an event, whenever it is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["CENSORING", "CensoringRules", "MISSED", "NEW_THERAPY", "count_missed", "find_periods"]

NEW_THERAPY, MISSED = "NEW ANTICANCER THERAPY", "MISSED ASSESSMENTS"


@dataclass(frozen=True)
class CensoringRules:
    """new_therapy: it ends the observation. missed: so many missed assessments before an event do (none: they do not);
    or max_gap_days, the same as one number of days since the last adequate assessment. same_day: what is seen on the
    day on which a new therapy starts still counts. death_without_baseline: the death of a subject without a baseline
    assessment is an event; False: it is censored at the origin.
    """

    new_therapy: bool = True
    missed: int | None = None
    max_gap_days: int | None = None
    same_day: bool = False
    death_without_baseline: bool = True


CENSORING: Mapping[str, CensoringRules] = {
    "FDA": CensoringRules(new_therapy=True, missed=2),
    "FDA TO THE LETTER": CensoringRules(new_therapy=True, missed=2, death_without_baseline=False),
    "EMA": CensoringRules(new_therapy=False),
    "NEW THERAPY": CensoringRules(new_therapy=True),
    "NEW THERAPY NEXT DAY": CensoringRules(new_therapy=True, same_day=True),
}


def count_missed(last: pd.Series, event: pd.Series, start: pd.Series, planned: Sequence[int],
                 window_days: int) -> pd.Series:
    """How many planned assessments were missed between the last adequate one and the event: those whose day lies more
    than the window after the one, and more than the window before the other.

    In: dates by subject, the start of the schedule; the planned days after it. Out: a number a subject.
    """
    days = np.array(sorted(planned), dtype="float64")
    seen, happened = ((date - start).dt.days.to_numpy() for date in (last, event))
    due, seen_by = np.searchsorted(days, happened - window_days), np.searchsorted(days, seen + window_days, "right")
    return pd.Series(np.maximum(due - seen_by, 0), index=last.index)


def find_periods(events: pd.DataFrame, assessments: pd.DataFrame, therapy: pd.DataFrame, start: pd.Series,
                 rules: CensoringRules, planned: Sequence[int] = (), window_days: int = 0) -> pd.DataFrame:
    """Where the observation of progression ends early: on the day before a new anticancer therapy starts (by the rules,
    on that day); at the last adequate assessment (or the origin) where too many assessments were missed between it and
    the first event.

    In: USUBJID, ADT of progressions and deaths, of adequate assessments, and of new therapies; the origin by USUBJID;
    the planned days of assessment after it and their window.
    Out: USUBJID, ADT, KIND (NEW ANTICANCER THERAPY, MISSED ASSESSMENTS), by the rules.
    """
    counted = therapy[therapy["ADT"].notna() & rules.new_therapy]
    begun = counted.groupby("USUBJID")["ADT"].min() - pd.Timedelta(days=0 if rules.same_day else 1)
    ends = [_ends(begun, NEW_THERAPY)]
    if rules.missed is not None or rules.max_gap_days is not None:
        limit = begun.reindex(events["USUBJID"]).set_axis(events.index)
        first = events[limit.isna() | (events["ADT"] <= limit)].groupby("USUBJID")["ADT"].min()
        before = assessments["ADT"] < first.reindex(assessments["USUBJID"]).set_axis(assessments.index)
        last = assessments[before].groupby("USUBJID")["ADT"].max().reindex(first.index)
        origin = start.reindex(first.index)
        last = last.where(last.notna(), origin)
        if rules.max_gap_days is not None:
            gap = (first - last).dt.days > rules.max_gap_days
        else:
            gap = count_missed(last, first, origin, planned, window_days) >= rules.missed
        ends.append(_ends(last[gap], MISSED))
    nothing = pd.DataFrame({"USUBJID": pd.Series(dtype="str"), "ADT": pd.Series(dtype="datetime64[s]"),
                            "KIND": pd.Series(dtype="str")})
    filled = [one for one in ends if len(one)]
    return pd.concat(filled, ignore_index=True) if filled else nothing


def _ends(dates: pd.Series, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": pd.Series(list(dates.index), dtype="str"), "ADT": dates.to_numpy(), "KIND": kind})

"""Antidrug antibodies: result of a sample from its tiers, baseline, treatment-induced, boosted, transient, persistent.

Categories after Shankar et al., AAPS J 2014;16:658-673 (doi 10.1208/s12248-014-9599-2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

__all__ = [
    "BOOSTED", "CATEGORIES", "INDUCED", "NEGATIVE", "UNAFFECTED", "AdaRule", "compute_neutralising",
    "derive_ada_baseline", "derive_ada_samples", "derive_ada_status", "summarise_ada",
]

NEGATIVE, INDUCED, BOOSTED, UNAFFECTED = 0.0, 1.0, 2.0, 3.0
CATEGORIES = {NEGATIVE: "NEGATIVE", INDUCED: "TREATMENT-INDUCED", BOOSTED: "TREATMENT-BOOSTED",
              UNAFFECTED: "TREATMENT-UNAFFECTED"}
WEEK = 7.0


@dataclass(frozen=True)
class AdaRule:
    """What the analysis plan says of antidrug antibodies."""

    boost: float = 4.0                                  # the rise of the titre over baseline that is a boost
    scale: Literal["fold", "log10"] = "fold"            # titres are compared by their ratio, or by their difference
    persistent_days: float = 112.0                      # 16 weeks from the first to the last positive sample
    minimum_titre: float = np.nan                       # the titre of a positive sample for which none is reported
    clock: bool = True                                  # on the day of first dose the time tells before from after
    baseline_result: bool = True                        # a sample without a result is no baseline


def derive_ada_baseline(samples: pd.DataFrame, by: Sequence[str], rule: AdaRule) -> pd.DataFrame:
    """Y on the last sample before the first dose of the drug; at most one for each subject and drug.

    Samples planned for before the dose or not planned at all count. With `clock` a sample of the day of first dose must
    precede the dose where both have a time; with `baseline_result` it must have a result.
    In: `by`, ADTM, FIRST (datetime64), NFRLT (planned time after first dose, NaN if not planned), RESULT. Out: ABLFL.
    """
    planned = (samples["NFRLT"] <= 0) | samples["NFRLT"].isna()
    before = samples["ADTM"].dt.floor("D") <= samples["FIRST"].dt.floor("D")
    if rule.clock:
        timed = (samples["ADTM"] != samples["ADTM"].dt.floor("D")) & (
            samples["FIRST"] != samples["FIRST"].dt.floor("D"))
        before &= ~timed | (samples["ADTM"] < samples["FIRST"])
    if rule.baseline_result:
        before &= samples["RESULT"].notna()
    candidates = samples[planned & before].sort_values([*by, "ADTM", "NFRLT"], kind="stable", na_position="first")
    last = candidates.drop_duplicates(list(by), keep="last").index
    flag = pd.Series("", index=samples.index, dtype="str").mask(samples.index.isin(last), "Y")
    return samples.assign(ABLFL=flag)


def derive_ada_samples(samples: pd.DataFrame, by: Sequence[str], rule: AdaRule) -> pd.DataFrame:
    """What each sample says against the baseline of its subject and drug: 0 negative, 1 treatment-induced (positive
    without a positive baseline), 2 treatment-boosted (positive, and the titre rose over a positive baseline by the
    stated factor or more), 3 unaffected by treatment (a positive baseline and no such rise).

    In: `by`, ADTM, FIRST, ABLFL, RESULT (1 positive, 0 negative, NaN none), TITRE. Out: TITRE (the minimum reportable
    one where a positive sample has none), BASERES, BASETIT, RISE, AFTER (a valid sample after the first dose), TFLAG
    (on these only).
    """
    unstated = (samples["RESULT"] == 1) & samples["TITRE"].isna()
    samples = samples.assign(TITRE=samples["TITRE"].mask(unstated, rule.minimum_titre), UNSTATED=unstated)
    base = samples.loc[samples["ABLFL"] == "Y", [*by, "RESULT", "TITRE"]]
    base = base.rename(columns={"RESULT": "BASERES", "TITRE": "BASETIT"})
    samples = samples.merge(base, on=list(by), how="left", validate="many_to_one").set_axis(samples.index)
    rise = samples["TITRE"] / samples["BASETIT"] if rule.scale == "fold" else samples["TITRE"] - samples["BASETIT"]
    valued = samples["RESULT"].notna() | samples["TITRE"].notna()
    after = (samples["ADTM"] > samples["FIRST"]) & (samples["ABLFL"] != "Y") & valued
    positive, base_positive = samples["RESULT"] == 1, samples["BASERES"] == 1
    rise = rise.where(base_positive).round(9)           # 2.00 - 1.40 is 0.6
    flag = np.select([~after, base_positive & (rise >= rule.boost), base_positive, positive],
                     [np.nan, BOOSTED, UNAFFECTED, INDUCED], NEGATIVE)
    return samples.assign(RISE=rise, AFTER=after, TFLAG=pd.Series(flag, index=samples.index))


def summarise_ada(samples: pd.DataFrame, by: Sequence[str], rule: AdaRule) -> pd.DataFrame:
    """The subject's antibodies against the drug over the whole study: one row for each `by`, which is its index.

    In: what derive_ada_samples gives. Out: EVALUABLE (a valid sample after the first dose), BFLAG (1 positive baseline,
    0 negative, NaN none), TFLAG (0 to 3, NaN not evaluable), STATUS (1 for induced or boosted, else 0), FIRSTDTM and
    LASTDTM (of induced or boosted samples), ONSET and DURATION (weeks), PERSISTENT and TRANSIENT (of induced only),
    MAXTITRE (after the first dose).
    Persistent: the last valid sample is positive, or the first and the last positive one are `persistent_days` or more
    apart; transient: neither.
    """
    by = list(by)
    groups = samples.groupby(by, sort=True)
    found = groups.agg(FIRST=("FIRST", "first"), BFLAG=("BASERES", "first"), EVALUABLE=("AFTER", "any"))
    valid = samples[samples["AFTER"]].sort_values([*by, "ADTM"], kind="stable")
    flag = valid.groupby(by)["TFLAG"].max()
    boosted = valid[valid["TFLAG"] == BOOSTED].groupby(by).size().index
    flag = flag.mask(flag.index.isin(boosted), BOOSTED).reindex(found.index)
    answers = valid[valid["TFLAG"].isin([INDUCED, BOOSTED])].groupby(by)["ADTM"].agg(["min", "max"])
    answers = answers.reindex(found.index)
    last = valid.dropna(subset=["RESULT"]).groupby(by)["RESULT"].last().reindex(found.index)
    apart = (answers["max"] - answers["min"]).dt.total_seconds() / 86400
    induced = flag == INDUCED
    persistent = induced & ((last == 1) | (apart >= rule.persistent_days))
    duration = ((apart + 1) / WEEK).where(apart > 0, (1 / WEEK) + 0 * apart)
    return found.assign(
        TFLAG=flag, STATUS=flag.isin([INDUCED, BOOSTED]).astype("float64").where(found["EVALUABLE"]),
        FIRSTDTM=answers["min"], LASTDTM=answers["max"],
        ONSET=(answers["min"] - found["FIRST"]).dt.total_seconds() / 86400 / WEEK, DURATION=duration,
        PERSISTENT=persistent, TRANSIENT=induced & ~persistent,
        MAXTITRE=valid.groupby(by)["TITRE"].max().reindex(found.index),
    )


def compute_neutralising(tests: pd.DataFrame, by: Sequence[str], status: pd.Series) -> pd.Series:
    """The neutralising status of each subject and drug with a positive antibody status: 1 if any neutralising result
    after the first dose is positive; 0 if none is and none is missing; else NaN, as for all others.

    In: the neutralising results (`by`, RESULT, AFTER: collected after the first dose, not the baseline), the status
    (1, 0, NaN) by `by`.
    """
    after = tests[tests["AFTER"]].groupby(list(by))["RESULT"].agg(["max", "size", "count"]).reindex(status.index)
    known = after["max"].where((after["max"] == 1) | (after["count"] == after["size"]))
    return known.where(status == 1)


def derive_ada_status(data: pd.DataFrame, drug: pd.Series, adab: pd.DataFrame) -> pd.DataFrame:
    """The subject's antidrug antibodies against the drug over the whole study, from ADAB: status (POSITIVE, NEGATIVE,
    MISSING), category, and neutralising status.

    In: the drug of each record; the overall records of ADAB. Out: ADASTAT, ADACAT, NABSTAT; empty where ADAB has none.
    """
    overall = adab[adab["AVISIT"] == "OVERALL"]
    code = overall["PARAMCD"].str.slice(stop=-1)
    keys = data[["USUBJID"]].assign(PARCAT1=drug)
    found = {}
    for name in ("ADASTAT", "ADACAT", "NABSTAT"):
        values = overall.loc[code == name, ["USUBJID", "PARCAT1", "AVALC"]]
        joined = keys.merge(values, on=["USUBJID", "PARCAT1"], how="left", validate="many_to_one")
        found[name] = joined["AVALC"].set_axis(data.index).fillna("").astype("str")
    return data.assign(**found)

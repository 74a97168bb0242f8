"""Treated subjects without a baseline sample, and baseline samples after the first dose."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.adam import iso_days
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import moment


@rule("warning", needs=("IS.ISSTRESC", "EX.EXSTDTC"), cites="FDA guidance on immunogenicity testing (2019)",
      fix="data management: query the sample")
def baseline_sample(package: Package) -> Iterator[Hit]:
    """A treated subject with samples has one before the first dose, and no baseline sample is taken after it."""
    table, ex = package["IS"], package["EX"]
    flag = next((name for name in ("ISLOBXFL", "ISBLFL") if table.has(name)), "")
    if not flag or not table.has("ISDTC"):
        return
    first = pd.Series(moment(ex["EXSTDTC"]).to_numpy(), index=ex["USUBJID"].to_numpy()).groupby(level=0).min()
    day = pd.Series(iso_days(ex["EXSTDTC"]).to_numpy(), index=ex["USUBJID"].to_numpy()).groupby(level=0).min()
    dose, dosed_on = (table["USUBJID"].map(of).astype("float64") for of in (first, day))
    flagged = table[flag] == "Y"
    late = flagged & ((moment(table["ISDTC"]) > dose) | (iso_days(table["ISDTC"]) > dosed_on))
    yield Hit(table, late, ("ISDTC", flag), "the baseline sample is taken after the first dose",
              softly(late, flagged.sum(), 0.1))
    keys = [table[name] for name in ("USUBJID", "ISBDAGNT") if table.has(name)]
    done = table["ISSTRESC"] != ""
    none = done & dosed_on.notna() & ~flagged.groupby(keys, sort=False).transform("any")
    yield Hit(table, none, (flag, "USUBJID"), "the subject has no baseline sample", softly(none, len(table), 0.1))

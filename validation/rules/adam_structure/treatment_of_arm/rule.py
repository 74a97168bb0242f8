"""Planned and actual treatments that do not fit the arm."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.adam import differ, is_missing, rarer
from validation.rules.registry import Hit, rule


@rule("warning", needs=("ADSL.TRT01P",), cites="ADaMIG 1.3, 3.2.4", fix="programmer: derive the treatment from the arm")
def treatment_of_arm(package: Package) -> Iterator[Hit]:
    """Subjects of one arm have one planned treatment, and those of one actual arm one actual treatment."""
    adsl = package["ADSL"]
    for arm, treatment in (("ARM", "TRT01P"), ("ACTARM", "TRT01A"), ("ARMCD", "TRT01P"), ("TRTSEQP", "TRT01P")):
        if adsl.has(arm, treatment):
            several = rarer(adsl.frame, [arm], treatment) & ~is_missing(adsl[arm]).to_numpy()
            yield Hit(adsl, several, (treatment, arm), f"others of this {arm} have another {treatment}")
    if adsl.has("TRT01A", "TRTSDT"):
        treated = adsl["TRTSDT"].notna()
        empty = is_missing(adsl["TRT01A"])
        yield Hit(adsl, treated & empty, ("TRT01A", "TRTSDT"), "the subject was treated and has no actual treatment")
    if adsl.has("TRT01A") and not adsl.has("ACTARM"):
        often = pd.Series(differ(adsl["TRT01P"], adsl["TRT01A"]), adsl.frame.index)
        if often.mean() < 0.02:
            yield Hit(adsl, often, ("TRT01A", "TRT01P"), "the actual treatment is not the planned one", "notice")

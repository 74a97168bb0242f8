"""Samples taken on the wrong side of the dose, or far from their time."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import elapsed_hours, moment


@rule("warning", each="SDTM", only=("PC", "IS", "EG", "VS", "LB"), columns=("--DTC", "--RFTDTC"),
      any_of=("--ELTM", "--TPT"),
      cites="SDTMIG 3.4, 4.4.10 and 6.3.5.8 (PC)", fix="data management: query the times of sample and dose")
def sample_and_dose(table: Table, package: Package) -> Iterator[Hit]:
    """A sample planned before the dose is taken before it, one planned after it after it, and near its time."""
    gone = moment(table["--DTC"]) - moment(table["--RFTDTC"])
    named = table["--TPT"].str.upper() if table.has("--TPT") else pd.Series("", table.frame.index)
    planned = elapsed_hours(table) if table.has("--ELTM") else pd.Series(float("nan"), table.frame.index)
    before = named.str.contains("PRE-?DOSE|BEFORE", regex=True) | (planned < 0)
    after = ~before & ((planned > 0) | named.str.contains("POST|END OF", regex=True))
    yield Hit(table, before & (gone > 0.02), ("--DTC", "--RFTDTC", "--TPT"),
              "the sample before the dose is taken after it")
    yield Hit(table, after & (gone < 0), ("--DTC", "--RFTDTC", "--TPT"), "the sample after the dose is taken before it")
    far = after & ((gone - planned).abs() > (0.25 * planned).clip(lower=1.0, upper=72.0))
    yield Hit(table, far, ("--DTC", "--RFTDTC", "--ELTM"), "it is far from its planned time",
              softly(far, after.sum(), 0.02))
    early = before & (gone < -72)
    yield Hit(table, early, ("--DTC", "--RFTDTC", "--TPT"), "the sample before the dose is days before it",
              softly(early, before.sum(), 0.02))

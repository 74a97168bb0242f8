"""Samples and parameters that are there twice."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("PC", "PP", "IS"), columns=("USUBJID", "--TESTCD"),
      cites="SDTMIG 3.4, 3.2.1.1 and 6.3.5.8 (PC)",
      fix="data management: query the sample")
def repeated_sample(table: Table, package: Package) -> Iterator[Hit]:
    """A subject has one result of a test, specimen and time point; a parameter once for a dose."""
    kind = ("--CAT", "--SPEC", "--METHOD", "--BDAGNT", "--TSTOPO", "--STINT", "--ENINT", "--REFID", "--RUNID")
    when: tuple[str, ...] = ("--DTC", "--TPTREF", "--TPTNUM", "VISITNUM")
    when = ("--RFTDTC", "--RFDTC", "--TPTREF", "--STINT", "--ENINT", "--DTC") if table.name == "PP" else when
    names = ["USUBJID", table.named("--TESTCD"),
             *(table.named(name) for name in (*kind, *when) if table.has(name) and name != "--REFID")]
    not_done = table["--STAT"] == "NOT DONE" if table.has("--STAT") else pd.Series(False, table.frame.index)
    again = table.frame.duplicated(names, keep=False) & ~not_done
    yield Hit(table, again, ("--TESTCD", "USUBJID"), "the subject has this result more than once",
              softly(again, len(table), 0.02))
    if table.name == "PC" and table.has("PCTPTNUM"):
        points = [name for name in ("USUBJID", "PCTESTCD", "PCSPEC", "PCTPTREF", "VISITNUM", "PCTPTNUM")
                  if table.has(name)]
        twice = table.frame.duplicated(points, keep=False) & ~again & ~not_done & table["PCTPTNUM"].notna()
        yield Hit(table, twice, ("PCTPTNUM", "PCTESTCD"), "the subject has this time point more than once",
                  softly(twice, len(table), 0.02))

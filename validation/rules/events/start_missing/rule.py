"""Adverse events, doses and dispositions without a start."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("AE", "EX", "DS", "CE"), columns=("--STDTC",),
      cites="SDTMIG 3.4, 6.1.3 EX, 6.2.1 AE and 6.2.4 DS",
      fix="data management: query the start")
def start_missing(table: Table, package: Package) -> Iterator[Hit]:
    """An adverse event, a dose and a disposition event have a start."""
    empty = table["--STDTC"] == ""
    yield Hit(table, empty, ("--STDTC", "USUBJID"), "the start is empty", softly(empty, len(table), 0.1))

"""A measurement with a result has its date; events, doses and visits that took place have their start."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled, share
from validation.rules.registry import Hit, rule

STARTS = ("AE", "EX", "DS", "SV", "SE")


@rule("warning", each="SDTM", never=("SUPP*", "CO"), cites="SDTMIG 3.4, 4.4.1; FDA Technical Conformance Guide, 4.1",
      fix="data management: query the date, or say why it is unknown")
def missing_date(table: Table, package: Package) -> Iterator[Hit]:
    """A measurement with a result has its date; events, doses and visits that took place have their start."""
    if table.has("--DTC", "--TESTCD", "--STRESC") and filled(table, "--DTC").any():
        yield Hit(table, filled(table, "--STRESC") & ~filled(table, "--DTC"), "--DTC", "a result without a date")
    if table.name in STARTS and table.has("--STDTC"):
        took_place = ~np.isin(table["--OCCUR"], ["N"]) if table.has("--OCCUR") else np.ones(len(table), dtype=bool)
        yield Hit(table, took_place & ~filled(table, "--STDTC"), "--STDTC", "the start is missing")
    if table.name == "EX" and table.has("EXENDTC") and share(filled(table, "EXENDTC")) > 0.5:
        yield Hit(table, ~filled(table, "EXENDTC"), "EXENDTC", "the end of the dose is missing", "notice")

"""Censoring values that are no whole number of 0 or more."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("CNSR",), cites="BDS-TTE 1.0, time-to-event variables; ADaMIG 1.3, 3.3.6",
      numbers=("CNSR", "AVAL"),
      fix="programmer: derive CNSR again")
def censor_value(table: Table, package: Package) -> Iterator[Hit]:
    """CNSR is 0 for an event and a positive whole number for a censoring; a record with a time has one."""
    censor = table["CNSR"]
    yield Hit(table, (censor < 0) | (censor % 1 > 0), "CNSR", "it is no whole number of 0 or more")
    if table.has("AVAL"):
        yield Hit(table, censor.isna() & table["AVAL"].notna(), ("CNSR", "AVAL"), "there is a time without CNSR")
    rare = censor.map(censor.value_counts(normalize=True)).fillna(1)
    yield Hit(table, (censor > 1) & (rare < 0.01) & (len(table) > 50), "CNSR", "hardly a record has this value",
              "notice")

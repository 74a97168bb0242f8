"""A baseline record is not after the first dose."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID", "--DTC"), any_of=("--BLFL", "--LOBXFL"),
      needs=("DM.USUBJID", "DM.RFSTDTC"), cites="SDTMIG 3.4, 4.5.9",
      fix="programmer: flag the last record before the first dose")
def baseline_after_dose(table: Table, package: Package) -> Iterator[Hit]:
    """A baseline record is not after the first dose."""
    dm = package["DM"]
    name = "RFXSTDTC" if dm.has("RFXSTDTC") else "RFSTDTC"
    late = moments(table, "--DTC").first > reference(table, package, name).last
    whole = moments(table, "--DTC").day > reference(table, package, name).day
    for flag in ("--BLFL", "--LOBXFL"):
        if table.has(flag):
            flagged = (table[flag] == "Y").to_numpy()
            yield Hit(table, flagged & late, (flag, "--DTC"), "it is after the first dose",
                      "error" if flag == "--LOBXFL" and bool((flagged & whole).sum() < 0.01 * flagged.sum()) else "")

"""Medical history starts before the subject's reference start."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("MH",), columns=("USUBJID", "MHSTDTC"), needs=("DM.USUBJID", "DM.RFSTDTC"),
      cites="SDTMIG 3.4, 6.2.5 (MH); CORE-000236/CG0079",
      fix="data management: is it history, or an adverse event?")
def history_after_start(table: Table, package: Package) -> Iterator[Hit]:
    """Medical history starts before the subject's reference start."""
    start = reference(table, package, "RFSTDTC").last
    yield Hit(table, moments(table, "MHSTDTC").first > start, "MHSTDTC", "it is after the reference start")

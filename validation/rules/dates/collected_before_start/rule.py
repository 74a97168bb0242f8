"""Nothing is collected before it starts, and a collection that lasts ends after it begins."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--DTC",), any_of=("--STDTC", "--ENDTC"),
      cites="SDTMIG 3.4, 4.4.8; CORE-000866/FB3210",
      fix="data management: query the dates")
def collected_before_start(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing is collected before it starts, and a collection that lasts ends after it begins."""
    if table.has("--STDTC") and not table.has("--TESTCD"):
        yield Hit(table, moments(table, "--DTC").last < moments(table, "--STDTC").first.astype("M8[D]"),
                  ("--DTC", "--STDTC"), "it was collected before it started")
    if table.has("--ENDTC", "--TESTCD"):
        yield Hit(table, moments(table, "--DTC").first > moments(table, "--ENDTC").last, ("--DTC", "--ENDTC"),
                  "the collection ends before it begins")

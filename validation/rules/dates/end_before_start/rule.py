"""An event, a dose or a visit that ends before it starts."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.compare import is_before
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("--STDTC", "--ENDTC"),
      cites="SDTMIG 3.4, 4.4.7", fix="data management: query the two dates")
def end_before_start(table: Table, package: Package) -> Iterator[Hit]:
    """--ENDTC is not before --STDTC, as far as both are known."""
    yield Hit(table, is_before(table["--ENDTC"], table["--STDTC"]), ("--ENDTC", "--STDTC"), "it ends before it starts")

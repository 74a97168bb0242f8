"""The lower limit of a reference range is not above the upper limit."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", any_of=("--STNRLO", "--ORNRLO"),
      cites="SDTMIG 3.4, 6.3.5 (LB); CORE-000672/FB3901, CORE-000889/FB3902",
      fix="programmer: correct the reference range")
def range_order(table: Table, package: Package) -> Iterator[Hit]:
    """The lower limit of a reference range is not above the upper limit."""
    if table.has("--STNRLO", "--STNRHI"):
        yield Hit(table, number(table, "--STNRLO") > number(table, "--STNRHI"), ("--STNRLO", "--STNRHI"),
                  "it is above the upper limit")
    if table.has("--ORNRLO", "--ORNRHI"):
        yield Hit(table, number(table, "--ORNRLO") > number(table, "--ORNRHI"), ("--ORNRLO", "--ORNRHI"),
                  "it is above the upper limit")

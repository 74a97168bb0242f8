"""A visit number has one planned study day in all datasets."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import unlike_most
from validation.rules.registry import Hit, rule


@rule("warning", cites="SDTMIG 3.4, 4.4.5 (VISITDY); CORE-000249/CG0032",
      fix="programmer: VISITDY is the planned day of the visit (TV)")
def visit_day(package: Package) -> Iterator[Hit]:
    """A visit number has one planned study day in all datasets."""
    tables = [table for table in package.of_model("SDTM") if table.has("VISITDY", "VISITNUM")]
    for table, odd, usual in unlike_most(tables, ("VISITNUM",), "VISITDY"):
        yield Hit(table, odd, ("VISITDY", "VISITNUM"), "the visit has another planned day: "
                  + usual.astype("str").fillna("several"))

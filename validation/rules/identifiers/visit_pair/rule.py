"""VISIT and VISITNUM go together one to one in all datasets; unscheduled visits may share a name."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import filled, share, text, unlike_most
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", cites="SDTMIG 3.4, 4.4.5; CORE-000361/CG0035",
      fix="programmer: one name for a visit number in all datasets")
def visit_pair(package: Package) -> Iterator[Hit]:
    """VISIT and VISITNUM go together one to one in all datasets; unscheduled visits may share a name."""
    tables = [table for table in package.of_model("SDTM") if table.has("VISIT", "VISITNUM")]
    for table, odd, usual in unlike_most(tables, ("VISITNUM",), "VISIT"):
        yield Hit(table, odd, ("VISIT", "VISITNUM"), "the visit number has another name: " + usual.fillna("several"))
    for table, odd, usual in unlike_most(tables, ("VISIT",), "VISITNUM"):
        named = ~text(table, "VISIT").str.contains("UNSCH", case=False, regex=False).to_numpy()
        whole = number(table, "VISITNUM") % 1 == 0
        yield Hit(table, odd & named & whole, ("VISITNUM", "VISIT"), "the visit has another number: "
                  + usual.astype("str").fillna("several"))
    for table in tables:
        numbered, named = filled(table, "VISITNUM"), filled(table, "VISIT")
        yield Hit(table, named & ~numbered, ("VISITNUM", "VISIT"), "the visit has a name and no number")
        if share(named) > 0.9:
            yield Hit(table, numbered & ~named, ("VISIT", "VISITNUM"), "the visit has a number and no name")

"""A time point number has one name and one planned elapsed time, and a name has one number."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled, unlike_most
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TPTNUM",), any_of=("--TPT", "--ELTM"),
      cites="SDTMIG 3.4, 4.4.10; CORE-000141/CG0240, CORE-000142/CG0241",
      fix="programmer: one name and one elapsed time for a time point number")
def time_point_pair(table: Table, package: Package) -> Iterator[Hit]:
    """A time point number has one name and one planned elapsed time, and a name has one number."""
    of = [name for name in ("--TESTCD", "VISITNUM", "--TPTREF") if table.has(name)]
    if table.has("--TPT", "--TPTNUM"):
        named, numbered = filled(table, "--TPT"), filled(table, "--TPTNUM")
        yield Hit(table, numbered & ~named, ("--TPT", "--TPTNUM"), "the time point has a number and no name")
        yield Hit(table, named & ~numbered, ("--TPTNUM", "--TPT"), "the time point has a name and no number")
    for key, value in (("--TPTNUM", "--TPT"), ("--TPT", "--TPTNUM"), ("--TPTNUM", "--ELTM")):
        if table.has(key, value):
            groups = [*(name for name in of if filled(table, name).all()), key]
            for _, odd, usual in unlike_most([table], groups, value):
                yield Hit(table, odd, (value, key), f"the same {table.named(key)} has elsewhere: "
                          + usual.astype("str").fillna("several"))

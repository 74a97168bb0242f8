"""Events and medications that are ongoing and have an end."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.compare import is_after, is_before
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--ENDTC",), any_of=("--ENRTPT", "--ENRF"), cites="SDTMIG 3.4, 4.4.7",
      fix="data management: query the end")
def ongoing_with_end(table: Table, package: Package) -> Iterator[Hit]:
    """What was ongoing at a reference point has no end before it; a relation to a point names the point."""
    for name in ("--ENRTPT", "--ENRF"):
        if table.has(name):
            yield Hit(table, (table[name] == "ONGOING") & (table["--ENDTC"] != ""), (name, "--ENDTC"),
                      "it is ongoing and has an end")
    if table.has("--ENRTPT", "--ENTPT"):
        told, point = table["--ENRTPT"], table["--ENTPT"]
        yield Hit(table, (told != "") & (point == ""), ("--ENTPT", "--ENRTPT"), "the reference time point is empty")
        after = (told == "AFTER") & is_before(table["--ENDTC"], point)
        yield Hit(table, after, ("--ENRTPT", "--ENDTC", "--ENTPT"), "it ends before the reference time point")
        yield Hit(table, (told == "BEFORE") & is_after(table["--ENDTC"], point), ("--ENRTPT", "--ENDTC", "--ENTPT"),
                  "it ends after the reference time point")

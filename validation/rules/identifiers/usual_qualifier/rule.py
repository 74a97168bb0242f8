"""A test is in one category, specimen, method and code where nearly all its records are."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import distinct
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD",), cites="SDTMIG 3.4, 4.2.7 (grouping qualifiers)",
      fix="programmer: the record stands apart from hundreds of its test: is the value right?")
def usual_qualifier(table: Table, package: Package) -> Iterator[Hit]:
    """A test is in one category, specimen, method and code where nearly all its records are."""
    for name in ("--CAT", "--SCAT", "--SPEC", "--METHOD", "--LOINC", "--POS", "--NAM", "--ORRESU"):
        if not table.has(name):
            continue
        frame, group = distinct(table, ("--TESTCD", name))
        total = frame.groupby("--TESTCD")["_n"].transform("sum")
        odd = (frame["_n"] <= 3) & (frame["_n"] <= 0.02 * total)
        rare, lacking = odd & (frame[name] != ""), odd & (frame[name] == "")
        yield Hit(table, rare.to_numpy()[group], (name, "--TESTCD"), "hardly a record of the test has this value")
        if name in ("--CAT", "--SPEC", "--METHOD"):
            yield Hit(table, lacking.to_numpy()[group], (name, "--TESTCD"), "nearly all records of the test have one",
                      "notice")

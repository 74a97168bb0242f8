"""A subcategory stands in a category, and a category repeats neither the domain nor the term."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled, text
from validation.rules.registry import Hit, rule
from validation.rules.standard import datasets


@rule("warning", each="SDTM", any_of=("--CAT", "--SCAT"),
      cites="SDTMIG 3.4, 4.2.7; CORE-000103/CG0429, CORE-000237/CG0027, CORE-000272/CG0336, CORE-000196/CG0337",
      fix="programmer: a category says more than the domain and the term")
def category(table: Table, package: Package) -> Iterator[Hit]:
    """A subcategory stands in a category, and a category repeats neither the domain nor the term."""
    for name in ("--CAT", "--SCAT"):
        if table.has(name):
            value = text(table, name).str.upper()
            label = datasets().get(table.prefix, {}).get("label", "").upper()
            yield Hit(table, (value != "") & (value == label), name, "it repeats the name of the domain", "notice")
            for other in ("--DECOD", "--BODSYS", *(("--CAT",) if name == "--SCAT" else ())):
                if table.has(other):
                    same = (value != "") & (value == text(table, other).str.upper())
                    yield Hit(table, same, (name, other), "it repeats another variable")
    if table.has("--CAT", "--SCAT"):
        lacking = filled(table, "--SCAT") & ~filled(table, "--CAT")
        yield Hit(table, lacking, ("--CAT", "--SCAT"), "the category is missing")

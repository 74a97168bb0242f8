"""Every Expected variable of the guide is in the dataset; where the version is not known this is a notice."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import guide


@rule("warning", each="SDTM", cites="SDTMIG 3.4, 4.1.5; CORE-000334/CG0016",
      fix="programmer: add the variable, empty if nothing was collected")
def expected_variable(table: Table, package: Package) -> Iterator[Hit]:
    """Every Expected variable of the guide is in the dataset; where the version is not known this is a notice."""
    known_version = any("3.4" in version for version in package.standards.values())
    for fact in guide(table).values():
        if fact.core == "Exp" and fact.name not in table.frame:
            yield Hit(table, None, fact.name, "the Expected variable of SDTMIG 3.4 is missing",
                      "" if known_version else "notice")

"""Every Required variable of the guide is in the dataset."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import guide


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.1.5 and the tables of 5 to 8; CORE-000355/CG0014",
      fix="programmer: add the variable")
def required_variable(table: Table, package: Package) -> Iterator[Hit]:
    """Every Required variable of the guide is in the dataset."""
    wanted = [fact.name for fact in guide(table).values() if fact.core == "Req"] or ["STUDYID", "DOMAIN"]
    for name in wanted:
        if name not in table.frame:
            yield Hit(table, None, name, "the Required variable is missing")

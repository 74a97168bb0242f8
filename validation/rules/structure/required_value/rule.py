"""A Required variable has a value in every record."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule
from validation.rules.standard import guide


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.1.5; CORE-000356/CG0014",
      fix="data management: query the value; programmer: fill it")
def required_value(table: Table, package: Package) -> Iterator[Hit]:
    """A Required variable has a value in every record."""
    for fact in guide(table).values():
        if fact.core == "Req" and fact.name in table.frame:
            yield Hit(table, ~filled(table, fact.name), fact.name, "the Required variable has no value",
                      "" if fact.role in ("Identifier", "Topic") or table.name == "DM" else "warning")

"""An arm code has one description, and a description one code, in DM and TA."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import filled, unlike_most
from validation.rules.registry import Hit, rule


@rule("error", cites="SDTMIG 3.4, 5.2 and 7.2.1; CORE-000318/FB0902, CORE-000791/FB0903",
      fix="programmer: one description for an arm code")
def arm_pair(package: Package) -> Iterator[Hit]:
    """An arm code has one description, and a description one code, in DM and TA."""
    for code, name in (("ARMCD", "ARM"), ("ACTARMCD", "ACTARM")):
        tables = [table for table in package.of_model("SDTM") if table.has(code, name)]
        for key, value in (code, name), (name, code):
            for table, odd, usual in unlike_most(tables, (key,), value) if tables else ():
                yield Hit(table, odd, (value, key), f"the same {key} has elsewhere: " + usual.fillna("several"))
        for table in tables:
            yield Hit(table, filled(table, code) != filled(table, name), (name, code), "one of the two is missing")

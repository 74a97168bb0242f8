"""A site is in one country and has one number for its investigator; an investigator has one name."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import unlike_most
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("DM",), columns=("SITEID",), cites="SDTMIG 3.4, 5.2",
      fix="data management: query the site")
def site(table: Table, package: Package) -> Iterator[Hit]:
    """A site is in one country and has one number for its investigator; an investigator has one name."""
    for key, value in (("SITEID", "COUNTRY"), ("SITEID", "INVID"), ("INVID", "INVNAM"), ("INVNAM", "INVID")):
        if table.has(key, value):
            for _, odd, usual in unlike_most([table], (key,), value):
                yield Hit(table, odd, (value, key), f"others of the same {key} have: " + usual.fillna("several"))

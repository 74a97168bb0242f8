"""An element code has one description, and a description one code, in TE, TA and SE."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import unlike_most
from validation.rules.registry import Hit, rule


@rule("error", cites="SDTMIG 3.4, 7.2.2; CORE-000132/CG0154",
      fix="programmer: one description for an element code")
def element_pair(package: Package) -> Iterator[Hit]:
    """An element code has one description, and a description one code, in TE, TA and SE."""
    tables = [table for table in package.of_model("SDTM") if table.has("ETCD", "ELEMENT")]
    for key, value in ("ETCD", "ELEMENT"), ("ELEMENT", "ETCD"):
        for table, odd, usual in unlike_most(tables, (key,), value) if tables else ():
            yield Hit(table, odd, (value, key), f"the same {key} has elsewhere: " + usual.fillna("several"))

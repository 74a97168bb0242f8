"""RDOMAIN of RELREC and CO is a domain that is there."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("RELREC", "CO"), columns=("RDOMAIN",),
      cites="SDTMIG 3.4, 8.2 and 8.5; CORE-000384/CG0374, CORE-000502/CG0369",
      fix="programmer: name a domain that is submitted")
def related_domain(table: Table, package: Package) -> Iterator[Hit]:
    """RDOMAIN of RELREC and CO is a domain that is there."""
    numbers, values = texts(table, "RDOMAIN")
    there = np.array([value == "" or bool(parents_of(package, value)) for value in values], dtype=bool)
    yield Hit(table, ~there[numbers], "RDOMAIN", "there is no such dataset")

"""IDVAR of RELREC and CO is a variable of the related dataset."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import distinct
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("RELREC", "CO"), columns=("RDOMAIN", "IDVAR"),
      cites="SDTMIG 3.4, 8.2 and 8.5; CORE-000916/CG0370, CORE-000953/CG0370",
      fix="programmer: IDVAR names a variable of the related dataset")
def related_variable(table: Table, package: Package) -> Iterator[Hit]:
    """IDVAR of RELREC and CO is a variable of the related dataset."""
    pairs, group = distinct(table, ("RDOMAIN", "IDVAR"))
    there = [not variable or not parents_of(package, domain)
             or any(variable in parent.frame for parent in parents_of(package, domain))
             for domain, variable in zip(pairs["RDOMAIN"], pairs["IDVAR"], strict=True)]
    yield Hit(table, ~np.array(there, dtype=bool)[group], ("IDVAR", "RDOMAIN"), "the dataset has no such variable")

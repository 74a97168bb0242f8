"""A variable with the codelist NY is Y, N, U or NA."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of


@rule("error", each="SDTM", cites="SDTM CT, C66742 (NY); CORE-000387, CORE-000260/CG0085",
      fix="programmer: write Y, N, U or NA")
def yes_no(table: Table, package: Package) -> Iterator[Hit]:
    """A variable with the codelist NY is Y, N, U or NA."""
    for name in table.frame.columns:
        if [codelist.code for codelist in codelists_of(table, name)] == ["C66742"]:
            numbers, values = texts(table, name)
            wrong = np.array([value not in ("", "Y", "N", "U", "NA") for value in values], dtype=bool)
            yield Hit(table, wrong[numbers], name, "it is none of Y, N, U, NA")

"""A test or parameter that the terminology does not have is named in the reviewer's guide."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of


@rule("notice", each="SDTM", any_of=("--TESTCD", "TSPARMCD"), cites="SDTM CT; SDTMIG 3.4, 4.2.1",
      fix="programmer: is there a term in the codelist?")
def test_known(table: Table, package: Package) -> Iterator[Hit]:
    """A test or parameter that the terminology does not have is named in the reviewer's guide."""
    name = "--TESTCD" if table.has("--TESTCD") else "TSPARMCD"
    terms = {term for codelist in codelists_of(table, table.named(name)) for term in codelist.terms}
    if terms:
        numbers, values = texts(table, name)
        counts = np.bincount(numbers, minlength=len(values))
        own = np.array([value != "" and value not in terms for value in values], dtype=bool)
        yield Hit(table, (own & (counts <= 20))[numbers], name, "it is not in the terminology, and rare")
        for value in sorted(np.array(values, dtype=object)[own & (counts > 20)]):
            yield Hit(table, None, name, f"{value} is not in the terminology")

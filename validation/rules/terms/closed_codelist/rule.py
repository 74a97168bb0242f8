"""A variable with a codelist that is not extensible has one of its terms."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of

STABLE = ("AESEV", "OUT", "SEX", "AGEU", "ND", "STENRF", "ETHNIC", "RELTYPE", "IECAT", "ACN")
FORMER = {"SEX": ("UN", "UNDIFFERENTIATED"), "RACE": ("MULTIPLE",), "NORMABNM": ()}     # terms of earlier versions


@rule("error", each="SDTM", cites="SDTM CT; SDTMIG 3.4, 4.3.1",
      fix="programmer: map to a term of the codelist, which is not extensible")
def closed_codelist(table: Table, package: Package) -> Iterator[Hit]:
    """A variable with a codelist that is not extensible has one of its terms."""
    for name in table.frame.columns:
        lists = codelists_of(table, name)
        if not lists or lists[0].name == "NY" or any(codelist.extensible for codelist in lists):
            continue
        terms = {term for codelist in lists for term in codelist.terms} | set(FORMER.get(lists[0].name, ()))
        numbers, values = texts(table, name)
        unknown = np.array([value not in terms and value != "" for value in values], dtype=bool)
        yield Hit(table, unknown[numbers], name, f"it is no term of {lists[0].name}",
                  "" if lists[0].name in STABLE else "warning")

"""A value of an extensible codelist is one of its terms, written as there, unless it is a true extension."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from specs.model import Term
from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of
from validation.rules.wording import letters, near

TESTS = ("--TESTCD", "--TEST", "--PARMCD", "--PARM")     # the rules of tests look at them


@rule("warning", each="SDTM", cites="SDTM CT; SDTMIG 3.4, 4.3.1",
      fix="programmer: use the term of the codelist, written as there")
def open_codelist(table: Table, package: Package) -> Iterator[Hit]:
    """A value of an extensible codelist is one of its terms, written as there, unless it is a true extension."""
    for name in table.frame.columns:
        lists = [codelist for codelist in codelists_of(table, name) if codelist.name != "NY"]
        if not lists or not any(codelist.extensible for codelist in lists) or name == table.named("--STRESC"):
            continue
        terms = {term: known for codelist in lists for term, known in codelist.terms.items()}
        numbers, values = texts(table, name)
        meant = np.array(["" if value in terms or value == "" else _meant(value, terms) for value in values],
                         dtype=object)
        rare = np.bincount(numbers, minlength=len(values)) <= 20
        message = pd.Series(meant[numbers], index=table.frame.index, dtype="str")
        yield Hit(table, (message != "") & rare[numbers], name, "the codelist has: " + message)
        for value, other in sorted((values[row], meant[row]) for row in np.flatnonzero(~rare & (meant != ""))):
            yield Hit(table, None, name, f"many records have {value}, and the codelist has {other}")
        if name not in {*map(table.named, TESTS), "EPOCH"}:
            own = np.array([value not in terms and value != "" for value in values], dtype=bool) & (meant == "") & rare
            yield Hit(table, own[numbers], name, f"it extends {lists[0].name}, and is rare", "notice")


def _meant(value: str, terms: Mapping[str, Term]) -> str:
    """The term that differs from the value by spelling only, or whose decode the value is, or one letter away."""
    spelled = {letters(term): term for term in terms}
    decoded = {letters(known.decode): term for term, known in terms.items()}
    key = letters(value)
    return spelled.get(key) or decoded.get(key) or (near(value, terms) if len(value) > 5 else "")

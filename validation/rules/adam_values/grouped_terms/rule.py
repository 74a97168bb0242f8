"""Customised and standardised queries that the same term does not always belong to."""

import re
from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

GROUP = re.compile(r"(CQ|SMQ|SDG)\d\d(NAM|SC)")


@rule("warning", each="ADaM", any_of=("AEDECOD", "CMDECOD", "MHDECOD"), cites="OCCDS 1.1, 3.2",
      fix="programmer: select the terms of the query again")
def grouped_terms(table: Table, package: Package) -> Iterator[Hit]:
    """A preferred term belongs to a query in all of its records or in none, and a query has one name."""
    term = next(name for name in ("AEDECOD", "CMDECOD", "MHDECOD") if table.has(name))
    for name in table.frame.columns:
        if not GROUP.fullmatch(name):
            continue
        wrong = rarer(table.frame, [term], name) & (table[term] != "").to_numpy()
        yield Hit(table, wrong, (name, term), f"others with this {term} have another {name}",
                  softly(wrong, len(table), 0.02))
        if name.endswith("NAM"):
            number = table[name].map(table[name].value_counts())
            odd = (table[name] != "") & (number == 1) & (table[name].replace("", pd.NA).nunique() > 1)
            yield Hit(table, odd, (name, term), "no other record has this name of the query", "notice")

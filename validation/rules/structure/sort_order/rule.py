"""The subjects stand in their order, and --SEQ rises where it does so nearly everywhere."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", columns=("USUBJID",), cites="SDTMIG 3.4, 4.1.1; FDA Technical Conformance Guide, 3.3",
      fix="programmer: sort the dataset by its keys")
def sort_order(table: Table, package: Package) -> Iterator[Hit]:
    """The subjects stand in their order, and --SEQ rises where it does so nearly everywhere."""
    numbers, values = texts(table, "USUBJID")
    rank = np.argsort(np.argsort(np.array(values, dtype=object)))[numbers] if len(values) else numbers
    first = np.concatenate([[False], rank[1:] < rank[:-1]]) if len(rank) else np.zeros(0, dtype=bool)
    if 0 < first.sum() <= max(3, 0.01 * len(values)):
        yield Hit(table, first, "USUBJID", "it stands after a higher USUBJID")
    elif first.any():
        yield Hit(table, None, "USUBJID", "the dataset is not sorted by subject")
    if table.has("--SEQ") and len(rank):
        order = number(table, "--SEQ")
        falls = np.concatenate([[False], (rank[1:] == rank[:-1]) & (order[1:] < order[:-1])])
        if falls.sum() <= max(3, 0.01 * len(falls)):
            yield Hit(table, falls, "--SEQ", "it stands after a higher number")

"""Records that name another record by RDOMAIN, IDVAR and IDVARVAL: SUPP--, RELREC and CO."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import codes, distinct, filled, of_domain

__all__ = ["parents_of", "unresolved"]


def parents_of(package: Package, domain: str) -> list[Table]:
    """The datasets that RDOMAIN means: by their DOMAIN, or by their name (POOLDEF, a split dataset)."""
    return of_domain(package, domain) or [table for table in package.of_model("SDTM") if table.name == domain]


def unresolved(table: Table, package: Package) -> Iterator[npt.NDArray[np.bool_]]:
    """Per parent and IDVAR the records whose IDVARVAL is no value of IDVAR in a record of the subject in the parent.

    A parent or an IDVAR that is not there is the matter of other rules.
    """
    pairs, pair = distinct(table, ("RDOMAIN", "IDVAR"))
    for number, (domain, variable) in enumerate(zip(pairs["RDOMAIN"], pairs["IDVAR"], strict=True)):
        parents = parents_of(package, domain) if domain else []
        wanted = ["USUBJID", *([variable] if variable else [])]
        parts = [parent.frame[wanted].drop_duplicates() for parent in parents if parent.has(*wanted)]
        if parts:
            mine = (pair == number) & filled(table, "USUBJID") & (filled(table, "IDVARVAL") | (variable == ""))
            yield mine & ~_is_known(table, mine, pd.concat(parts, ignore_index=True), variable)


def _is_known(table: Table, mine: npt.NDArray[np.bool_], known: pd.DataFrame,
              variable: str) -> npt.NDArray[np.bool_]:
    subjects = pd.Index(codes(table, "USUBJID")[1])
    if not variable:
        return subjects.isin(known["USUBJID"])[codes(table, "USUBJID")[0]]
    values = pd.Series(codes(table, "IDVARVAL")[1])
    if known[variable].dtype.kind in "fiu":
        values = pd.to_numeric(values, errors="coerce")
    there = pd.MultiIndex.from_arrays([subjects.get_indexer(known["USUBJID"]), known[variable].to_numpy()])
    rows = np.flatnonzero(mine)
    asked = pd.MultiIndex.from_arrays([codes(table, "USUBJID")[0][rows],
                                       values.to_numpy()[codes(table, "IDVARVAL")[0][rows]]])
    result = np.zeros(len(table), dtype=bool)
    result[rows] = asked.isin(there)
    return result

"""A record of the MANY side of two related datasets has its ONE in the other dataset."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.groups import filled
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule


@rule("warning", needs=("RELREC.RDOMAIN", "RELREC.IDVAR", "RELREC.IDVARVAL", "RELREC.RELID", "RELREC.USUBJID"),
      cites="SDTMIG 3.4, 8.3; CORE-000571/CG0024",
      fix="programmer: the link values of both datasets must meet")
def link(package: Package) -> Iterator[Hit]:
    """A record of the MANY side of two related datasets has its ONE in the other dataset."""
    relrec = package["RELREC"].frame
    sides = relrec[(relrec["USUBJID"] == "") & (relrec["IDVARVAL"] == "")]
    ones, manies = (sides[sides["RELTYPE"] == kind] for kind in ("ONE", "MANY"))
    for one in ones.itertuples():
        for many in manies[manies["RELID"] == one.RELID].itertuples():
            known = [parent.frame[["USUBJID", one.IDVAR]] for parent in parents_of(package, one.RDOMAIN)
                     if parent.has("USUBJID", one.IDVAR)]
            there = pd.MultiIndex.from_frame(pd.concat(known).drop_duplicates()) if known else None
            for table in parents_of(package, many.RDOMAIN):
                if there is not None and table.has("USUBJID", many.IDVAR):
                    mine = pd.MultiIndex.from_frame(table.frame[["USUBJID", many.IDVAR]])
                    yield Hit(table, filled(table, many.IDVAR) & ~mine.isin(there), many.IDVAR,
                              f"{one.RDOMAIN} has no record with this {one.IDVAR}")

"""DSDECOD is a term of the codelist of its category, and a subject completes or does not, once per epoch."""

from collections.abc import Iterator

import numpy as np

from specs.ct import standard_codelists
from validation.package import Package, Table
from validation.rules.groups import group_of, text
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("DS",), columns=("USUBJID", "DSDECOD", "DSCAT"),
      cites="SDTM CT (NCOMPLT, PROTMLST); SDTMIG 3.4, 6.2.3; CORE-000033/CG0065, CORE-000214/CG0538",
      fix="programmer: a disposition event has a term of NCOMPLT, a protocol milestone one of PROTMLST")
def disposition(table: Table, package: Package) -> Iterator[Hit]:
    """DSDECOD is a term of the codelist of its category, and a subject completes or does not, once per epoch."""
    lists = {"DISPOSITION EVENT": "NCOMPLT", "PROTOCOL MILESTONE": "PROTMLST"}
    for category, codelist in lists.items():
        mine, terms = (table["DSCAT"] == category), set(standard_codelists()[codelist].terms)
        other = set(standard_codelists()[lists[next(name for name in lists if name != category)]].terms) - terms
        yield Hit(table, mine & table["DSDECOD"].isin(other), ("DSDECOD", "DSCAT"), "it belongs to the other category")
    if table.has("DSTERM"):
        completed = text(table, "DSTERM").str.upper().isin(["COMPLETED", "PROTOCOL COMPLETED", "STUDY COMPLETED"])
        yield Hit(table, completed & (table["DSDECOD"] != "COMPLETED") & (table["DSCAT"] == "DISPOSITION EVENT"),
                  ("DSDECOD", "DSTERM"), "the reported term says COMPLETED")
    names = [name for name in ("USUBJID", "DSCAT", "DSSCAT", "EPOCH") if table.has(name)]
    event = (table["DSCAT"] == "DISPOSITION EVENT").to_numpy()
    group = group_of(table, names)
    yield Hit(table, event & (np.bincount(group, weights=event, minlength=1)[group] > 1), ("DSDECOD", "EPOCH"),
              "the subject has another disposition event of this kind")

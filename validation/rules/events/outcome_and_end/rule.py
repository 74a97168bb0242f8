"""Outcomes that do not fit the end of the event."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

OVER = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE", "FATAL")
OPEN = ("NOT RECOVERED/NOT RESOLVED", "RECOVERING/RESOLVING")


@rule("warning", each="SDTM", only=("AE",), columns=("AEOUT", "AEENDTC"),
      cites="SDTMIG 3.4, 6.2.1 AE, AEOUT and AEENDTC",
      fix="data management: query outcome and end")
def outcome_and_end(table: Table, package: Package) -> Iterator[Hit]:
    """An event that is over has an end; one that is not over has none."""
    over, ended = table["AEOUT"].isin(OVER), table["AEENDTC"] != ""
    yield Hit(table, over & ~ended, ("AEENDTC", "AEOUT"), "the event is over and has no end")
    still = table["AEOUT"].isin(OPEN) & ended
    share = still.sum() / max(int(ended.sum()), 1)
    same = table["AEGRPID"] != "" if table.has("AEGRPID") else pd.Series(False, table.frame.index)
    yield Hit(table, still & ~same, ("AEOUT", "AEENDTC"), "the event has an end and is not over",
              "" if share < 0.1 or len(table) < 50 else "notice")
    yield Hit(table, (table["AEOUT"] == "") & ended, ("AEOUT", "AEENDTC"), "the event has an end and no outcome")
    reached = table["AEENRTPT"] if table.has("AEENRTPT") else table["AEENRF"] if table.has("AEENRF") else None
    if reached is not None:
        yield Hit(table, over & reached.isin(["ONGOING"]), ("AEENRTPT" if table.has("AEENRTPT") else "AEENRF", "AEOUT"),
                  "the event is over and ongoing")

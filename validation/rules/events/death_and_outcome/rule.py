"""Events that led to death and did not end fatally, or the other way round."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("AE",), columns=("AEOUT",), any_of=("AESDTH", "AETOXGR"),
      cites="SDTMIG 3.4, 6.2.1 AE; CTCAE 5.0",
      fix="data management: query outcome, seriousness and grade")
def death_and_outcome(table: Table, package: Package) -> Iterator[Hit]:
    """Results in death, outcome fatal and grade 5 are told together, and a fatal event is serious."""
    fatal = table["AEOUT"] == "FATAL"
    if table.has("AESDTH"):
        yield Hit(table, (table["AESDTH"] == "Y") & ~fatal, ("AEOUT", "AESDTH"), "the event resulted in death")
        yield Hit(table, fatal & (table["AESDTH"] != "Y"), ("AESDTH", "AEOUT"), "the outcome is fatal")
    if table.has("AETOXGR"):
        yield Hit(table, (table["AETOXGR"] == "5") & ~fatal, ("AEOUT", "AETOXGR"), "the grade is 5")
        yield Hit(table, fatal & (table["AETOXGR"] != "5") & (table["AETOXGR"] != ""), ("AETOXGR", "AEOUT"),
                  "the outcome is fatal")
    if table.has("AESER"):
        yield Hit(table, fatal & (table["AESER"] == "N"), ("AESER", "AEOUT"), "a fatal event is serious")

"""Events and interventions without a term, or without a code where the others are coded."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

TOPICS = {"AE": "AETERM", "MH": "MHTERM", "CE": "CETERM", "DS": "DSTERM", "DV": "DVTERM", "CM": "CMTRT", "EX": "EXTRT",
          "EC": "ECTRT",
          "PR": "PRTRT", "SU": "SUTRT", "HO": "HOTERM"}


@rule("error", each="SDTM", only=tuple(TOPICS), cites="SDTMIG 3.4, 6.1 and 6.2 (topic variables)",
      fix="data management: query the term")
def term_missing(table: Table, package: Package) -> Iterator[Hit]:
    """An event or an intervention has a term; where the dataset is coded, it has a code."""
    topic, code = TOPICS[table.name], f"{table.name}DECOD"
    if table.has(topic):
        yield Hit(table, table[topic] == "", (topic, "USUBJID"), "the term is empty")
    if table.has(code):
        empty = table[code] == ""
        yield Hit(table, empty, (code, topic), "the term is not coded",
                  "warning" if empty.mean() < 0.05 or len(table) < 50 else "notice")

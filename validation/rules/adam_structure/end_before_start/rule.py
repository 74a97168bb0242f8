"""Periods that end before they start."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days, seconds
from validation.rules.registry import Hit, rule

PAIRS = (("ASTDT", "AENDT"), ("ASTDTM", "AENDTM"), ("ASTDY", "AENDY"))
OF_SUBJECT = (("TRTSDT", "TRTEDT"), ("TRTSDTM", "TRTEDTM"), ("TRTSDT", "EOSDT"), ("TRTSDT", "DTHDT"),
              ("TRTSDT", "LSTALVDT"),
              ("RFSTDTC", "RFENDTC"))
DOUBTFUL = ("LSTALVDT", "EOSDT", "RFENDTC")


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.2 and 3.3.3", fix="programmer: check the derivation of both dates")
def end_before_start(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing ends before it starts: events, treatments, periods."""
    numbered = [(f"{part}{number:02d}SDT", f"{part}{number:02d}EDT") for part in ("TR", "AP")
                for number in range(1, 10)]
    pairs = (*PAIRS, *OF_SUBJECT) if table.name == "ADSL" else PAIRS
    for start, end in (*pairs, *numbered):
        if table.has(start, end):
            first, last = [seconds(table, name) if name.endswith("DTM") else table[name] if name.endswith("DY")
                           else days(table, name) for name in (start, end)]
            yield Hit(table, first > last, (end, start), f"{end} is before {start}",
                      "warning" if end in DOUBTFUL else "")

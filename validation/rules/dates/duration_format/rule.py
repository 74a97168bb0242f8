"""Durations and elapsed times are ISO 8601 durations, and --DUR is not negative."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.iso8601 import is_duration
from validation.rules.registry import Hit, rule

DURATIONS = ("--DUR", "--ELTM", "--EVLINT", "--PDUR", "--STINT", "--ENINT", "--TDUR")
DESIGN = ("TEDUR", "TDSTOFF", "TDTGTPAI", "TDMINPAI", "TDMAXPAI")


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.4.3; CORE-000305/FB4005",
      fix="programmer: write the duration as ISO 8601 (P3W, PT1H30M)")
def duration_format(table: Table, package: Package) -> Iterator[Hit]:
    """Durations and elapsed times are ISO 8601 durations, and --DUR is not negative."""
    for name in [*DURATIONS, *(own for own in DESIGN if own in table.frame)]:
        if table.has(name):
            numbers, values = texts(table, name)
            wrong = np.array([text != "" and not is_duration(text) for text in values], dtype=bool)
            wrong |= np.array([name == "--DUR" and text.startswith("-") for text in values], dtype=bool)
            yield Hit(table, wrong[numbers], name, "it is no ISO 8601 duration")

"""--DUR agrees with the start and end dates."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule

SIMPLE = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")


@rule("warning", each="SDTM", columns=("--DUR", "--STDTC", "--ENDTC"), cites="SDTMIG 3.4, 4.4.3",
      fix="programmer: --DUR is a collected duration; query it where it contradicts the dates")
def duration_differs(table: Table, package: Package) -> Iterator[Hit]:
    """--DUR agrees with the start and end dates."""
    numbers, values = texts(table, "--DUR")
    length = np.array([seconds_of(text) for text in values])[numbers]
    start, end = moments(table, "--STDTC"), moments(table, "--ENDTC")
    spent = (end.first - start.first).astype("float64")
    off = np.abs(spent - length)
    yield Hit(table, ~np.isnat(start.day) & ~np.isnat(end.day) & (off > 2 * 86400), ("--DUR", "--STDTC", "--ENDTC"),
              "the dates give another duration")


def seconds_of(duration: str) -> float:
    """P2DT3H in seconds; missing for durations in months or years."""
    match = SIMPLE.fullmatch(duration)
    if not match or not any(match.groups()):
        return np.nan
    return float(sum(int(part or 0) * size for part, size in
                     zip(match.groups(), (604800, 86400, 3600, 60, 1), strict=True)))

"""Treatments of records that are none of the subject's treatments."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import differ, is_missing, subject_positions, values_of_subject
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID",), each="ADaM", columns=("USUBJID",), any_of=("TRTP", "TRTA"), never=("ADSL",),
      cites="ADaMIG 1.3, 3.3.2", fix="programmer: take the treatment from ADSL")
def treatment_of_subject(table: Table, package: Package) -> Iterator[Hit]:
    """TRTP is one of the planned and TRTA one of the actual treatments that ADSL has for the subject."""
    adsl, known = package["ADSL"], subject_positions(table, package) >= 0
    for kind in ("P", "A"):
        columns = [name for name in adsl.frame.columns if re.fullmatch(rf"TRT\d\d{kind}", name)]
        for end in ("", "N"):
            name, numbered = f"TRT{kind}{end}", [f"{column}{end}" for column in columns if adsl.has(f"{column}{end}")]
            if not numbered or not table.has(name):
                continue
            equal = [~differ(table[name], values_of_subject(table, package, column)) for column in numbered]
            other = known & ~np.logical_or.reduce(equal)
            empty = is_missing(table[name]).to_numpy()
            often = other.sum() > 0.5 * max(int(known.sum()), 1) and len(table) > 20
            yield Hit(table, other & ~empty, (name, "USUBJID"), f"it is none of {', '.join(numbered)} of the subject",
                      "warning" if often else "")
            yield Hit(table, other & empty, (name, "USUBJID"), "the subject has a treatment in ADSL", "warning")

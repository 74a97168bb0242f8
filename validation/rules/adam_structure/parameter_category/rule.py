"""Parameters that belong to two categories."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

CATEGORY = re.compile(r"PARCAT\d|PARCAT\dN|AVALU|PARAMTYP")


@rule("warning", each="ADaM", columns=("PARAMCD",), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: give the parameter one category")
def parameter_category(table: Table, package: Package) -> Iterator[Hit]:
    """A parameter has one PARCATy, one AVALU and one PARAMTYP in all of its records."""
    for name in table.frame.columns:
        if CATEGORY.fullmatch(name):
            wrong = rarer(table.frame, ["PARAMCD"], name)
            yield Hit(table, wrong, (name, "PARAMCD"), "the parameter has another one elsewhere",
                      softly(wrong, len(table), 0.02))

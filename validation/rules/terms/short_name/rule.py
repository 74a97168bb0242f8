"""A short name is a variable name: at most 8 capitals, digits or _, and no digit first."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule

NAME = re.compile("[A-Z_][A-Z0-9_]{0,7}")


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.2.1; CORE-000220/CG0372, CORE-000221/CG0417, CORE-000147/CG0257",
      fix="programmer: at most 8 of A-Z, 0-9 and _, no digit first")
def short_name(table: Table, package: Package) -> Iterator[Hit]:
    """A short name is a variable name: at most 8 capitals, digits or _, and no digit first."""
    for name in ("--TESTCD", "IETESTCD", "--PARMCD", "TSPARMCD", "QNAM"):
        if table.has(name):
            numbers, values = texts(table, name)
            wrong = np.array([value != "" and not NAME.fullmatch(value) for value in values], dtype=bool)
            yield Hit(table, wrong[numbers], name, "it is no short name")

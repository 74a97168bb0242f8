"""Every --DTC names a day and a time that exist."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.iso8601 import is_possible
from validation.rules.moments import date_variables
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.4.1; ISO 8601",
      fix="data management: query the date")
def impossible_date(table: Table, package: Package) -> Iterator[Hit]:
    """Every --DTC names a day and a time that exist."""
    for name in date_variables(table):
        numbers, values = texts(table, name)
        wrong = np.array([not is_possible(text) for text in values], dtype=bool)
        yield Hit(table, wrong[numbers], name, "there is no such day or time")

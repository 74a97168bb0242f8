"""Every --DTC is an ISO 8601 date, date and time or interval; what is unknown is left out."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.iso8601 import is_date
from validation.rules.moments import date_variables
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.4.1 and 4.4.2",
      fix="programmer: write the date as ISO 8601; data management: query a date that is none")
def iso_format(table: Table, package: Package) -> Iterator[Hit]:
    """Every --DTC is an ISO 8601 date, date and time or interval; what is unknown is left out."""
    for name in date_variables(table):
        numbers, values = texts(table, name)
        wrong = np.array([text != "" and not is_date(text) for text in values], dtype=bool)
        yield Hit(table, wrong[numbers], name, "it is no ISO 8601 date")

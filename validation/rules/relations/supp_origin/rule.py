"""QORIG is an origin that Define-XML knows."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule

ORIGIN = re.compile("(CRF( PAGES?.*)?|COLLECTED|ASSIGNED|DERIVED|PROTOCOL|EDT|PREDECESSOR|NOT AVAILABLE|OTHER)")


@rule("warning", each="SDTM", columns=("QNAM", "QORIG"), cites="SDTMIG 3.4, 8.4; Define-XML 2.1, 5.3.12",
      fix="programmer: use an origin of Define-XML")
def supp_origin(table: Table, package: Package) -> Iterator[Hit]:
    """QORIG is an origin that Define-XML knows."""
    numbers, values = texts(table, "QORIG")
    unknown = np.array([value != "" and not ORIGIN.fullmatch(value.upper()) for value in values], dtype=bool)
    yield Hit(table, unknown[numbers], "QORIG", "it is no origin")

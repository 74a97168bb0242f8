"""Dates that a reviewer sees as bare numbers."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

DATE = re.compile(r"(TR\d\d[SE]DTM?|TRT[SE]DTM?|ADTM?|A(ST|EN)DTM?|STARTDTM?|DTHDTM?|[A-Z]+DTM?)")
FORMATS = ("DATE", "YYMMDD", "E8601", "DDMMYY", "MMDDYY", "DATETIME", "IS8601", "B8601", "MONYY", "WORDDATE", "NLDAT")


@rule("warning", each="ADaM", cites="ADaMIG 1.3, 3.1.2", fix="programmer: give the date a date format")
def date_format(table: Table, package: Package) -> Iterator[Hit]:
    """A numeric date has a date format."""
    for variable in table.variables:
        bare = not variable.format.upper().startswith(FORMATS)
        if bare and variable.type == "Num" and DATE.fullmatch(variable.name):
            yield Hit(table, None, variable.name, f"the date has the format {variable.format or '(none)'}")

"""Parameter codes that cannot become a variable name."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("PARAMCD",), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: shorten or rename the code")
def parameter_code(table: Table, package: Package) -> Iterator[Hit]:
    """PARAMCD has at most 8 characters, capitals and digits, and does not begin with a digit."""
    wrong = [code for code in table["PARAMCD"].unique().tolist() if code and not CODE.fullmatch(code)]
    yield Hit(table, table["PARAMCD"].isin(wrong), "PARAMCD", "the code is not one of 8 capitals and digits")


CODE = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")

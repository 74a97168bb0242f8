"""Records of subjects whom ADSL does not have."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import subject_positions
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID",), each="ADaM", columns=("USUBJID",), never=("ADSL",), cites="ADaMIG 1.3, 2.3.1",
      fix="programmer: add the subject to ADSL or remove the records")
def subject_not_in_adsl(table: Table, package: Package) -> Iterator[Hit]:
    """Every subject of an analysis dataset has a record in ADSL."""
    absent = (subject_positions(table, package) < 0) & (table["USUBJID"] != "")
    yield Hit(table, absent, "USUBJID", "the subject is not in ADSL")

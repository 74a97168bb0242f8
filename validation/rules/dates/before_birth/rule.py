"""Nothing happens to a subject before birth."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import date_variables, moments
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("USUBJID",), needs=("DM.USUBJID", "DM.BRTHDTC"),
      cites="FDA Technical Conformance Guide, 4.1; SDTMIG 3.4, 5.2",
      fix="data management: query the date or the date of birth")
def before_birth(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing happens to a subject before birth."""
    birth = reference(table, package, "BRTHDTC").first
    for name in date_variables(table):
        if name != "BRTHDTC":
            yield Hit(table, moments(table, name).last < birth, name, "it is before the subject's birth")

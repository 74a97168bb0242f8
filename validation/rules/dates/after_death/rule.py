"""Nothing starts, and nothing is measured, after the subject's death."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID",), never=("DM", "DS", "DD", "CO", "SS", "DV"),
      needs=("DM.USUBJID", "DM.DTHDTC"), cites="FDA Technical Conformance Guide, 4.1; SDTMIG 3.4, 5.2",
      fix="data management: query the date or the date of death")
def after_death(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing starts, and nothing is measured, after the subject's death."""
    death = reference(table, package, "DTHDTC").last
    for name in ("--STDTC", *(("--DTC",) if table.has("--TESTCD") else ())):
        if table.has(name):
            yield Hit(table, moments(table, name).first > death, name, "it is after the subject's death")

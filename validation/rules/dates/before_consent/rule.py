"""Nothing is measured, given or visited before the subject's consent."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID",), never=("DM", "CM", "MH", "PR", "AE", "CE", "DS", "CO", "SU"),
      needs=("DM.USUBJID", "DM.RFICDTC"), cites="ICH E6 4.8.8; FDA Technical Conformance Guide, 4.1",
      fix="data management: query the date or the date of consent")
def before_consent(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing is measured, given or visited before the subject's consent."""
    consent = reference(table, package, "RFICDTC").first.astype("M8[D]")
    for name in ("--DTC", "--STDTC"):
        if table.has(name):
            yield Hit(table, moments(table, name).last < consent, name, "it is before the informed consent")

"""A subject with several records in ADSL."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID",), cites="ADaMIG 1.3, 2.3.1", fix="programmer: keep one record of the subject")
def one_record_per_subject(package: Package) -> Iterator[Hit]:
    """ADSL has one record per subject."""
    adsl = package["ADSL"]
    yield Hit(adsl, adsl["USUBJID"].duplicated(keep=False) & (adsl["USUBJID"] != ""), "USUBJID",
              "the subject has more than one record in ADSL")

"""Doses before the informed consent or the randomisation."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.compare import is_before
from validation.rules.participation import of_dm
from validation.rules.registry import Hit, rule


@rule("error", needs=("EX.EXSTDTC", "DM.USUBJID"), cites="ICH E6(R2), 4.8.8; SDTMIG 3.4, 6.1.3 EX",
      fix="data management: query the dates")
def before_consent(package: Package) -> Iterator[Hit]:
    """No dose starts before the informed consent of the subject, nor before the randomisation."""
    ex = package["EX"]
    if package.has("DM.RFICDTC"):
        consent = of_dm(ex, package, "RFICDTC")
        yield Hit(ex, is_before(ex["EXSTDTC"], consent), ("EXSTDTC", "USUBJID"),
                  "it is before the informed consent: " + consent)
    if package.has("DS.DSDECOD", "DS.DSSTDTC"):
        ds = package["DS"].frame
        for term in ("RANDOMIZED", "INFORMED CONSENT OBTAINED"):
            date = ds[ds["DSDECOD"].str.upper() == term].sort_values("DSSTDTC", kind="stable")
            date = date.drop_duplicates("USUBJID")
            known = ex["USUBJID"].map(date.set_index("USUBJID")["DSSTDTC"]).astype("str").fillna("")
            yield Hit(ex, is_before(ex["EXSTDTC"], known), ("EXSTDTC", "USUBJID"),
                      f"it is before {term} in DS: " + known, "warning")

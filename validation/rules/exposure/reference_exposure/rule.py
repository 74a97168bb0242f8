"""Reference dates of exposure in DM that are not those of EX."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import iso_days
from validation.rules.doubt import softly
from validation.rules.participation import dose_days
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.EXSTDTC", "DM.USUBJID"), cites="SDTMIG 3.4, 5.2 DM, RFXSTDTC and RFXENDTC",
      fix="programmer: derive the dates from EX")
def reference_exposure(package: Package) -> Iterator[Hit]:
    """RFXSTDTC is the first and RFXENDTC the last date of exposure of the subject."""
    dm, dose = package["DM"], dose_days(package)
    ex = package["EX"]
    open_end = ex["USUBJID"][(ex["EXENDTC"] == "") if ex.has("EXENDTC") else False].unique()
    for name, which in (("RFXSTDTC", "first"), ("RFXENDTC", "last")):
        if dm.has(name):
            date, known = iso_days(dm[name]), dm["USUBJID"].map(dose[which]).astype("float64")
            wrong = date.notna() & known.notna() & (date != known)
            if which == "last":
                wrong &= ~dm["USUBJID"].isin(open_end) | (date < known)
            yield Hit(dm, wrong, (name, "USUBJID"), f"EX has another {which} date", softly(wrong, len(dm), 0.05))
            empty = (dm[name] == "") & known.notna()
            yield Hit(dm, empty, (name, "USUBJID"), "the subject has exposure", softly(empty, len(dm), 0.05))

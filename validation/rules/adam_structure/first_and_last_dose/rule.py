"""First and last dates of treatment that are not those of the exposure."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.adam import days, iso_days
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID", "EX.EXSTDTC"), cites="ADaMIG 1.3, 3.2.6",
      fix="programmer: derive the dates from EX")
def first_and_last_dose(package: Package) -> Iterator[Hit]:
    """TRTSDT is the first date of exposure and TRTEDT the last one, as far as they were collected whole."""
    adsl, ex = package["ADSL"], package["EX"]
    start = iso_days(ex["EXSTDTC"])
    end = iso_days(ex["EXENDTC"]).fillna(start) if ex.has("EXENDTC") else start
    dose = pd.DataFrame({"USUBJID": ex["USUBJID"], "start": start, "end": end, "whole": start.notna() & end.notna()
                         & ((ex["EXENDTC"] != "") if ex.has("EXENDTC") else True)})
    of_subject = dose.groupby("USUBJID").agg({"start": "min", "end": "max", "whole": "min"})
    first, last = (adsl["USUBJID"].map(of_subject[name]).astype("float64") for name in ("start", "end"))
    whole = adsl["USUBJID"].isin(of_subject.index[of_subject["whole"]])
    if adsl.has("TRTSDT"):
        date = days(adsl, "TRTSDT")
        yield Hit(adsl, first.notna() & date.notna() & (first != date), ("TRTSDT", "USUBJID"),
                  "EX has another first date")
        yield Hit(adsl, first.notna() & date.isna(), ("TRTSDT", "USUBJID"), "the subject has exposure", "warning")
        yield Hit(adsl, first.isna() & date.notna(), ("TRTSDT", "USUBJID"), "the subject has no dated exposure",
                  "warning")
    if adsl.has("TRTEDT"):
        date = days(adsl, "TRTEDT")
        wrong = last.notna() & date.notna() & (last != date)
        yield Hit(adsl, wrong & whole, ("TRTEDT", "USUBJID"), "EX has another last date",
                  "warning")
        yield Hit(adsl, wrong & ~whole & (date < last), ("TRTEDT", "USUBJID"), "EX has a later date",
                  "warning")

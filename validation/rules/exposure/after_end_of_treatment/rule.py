"""Doses after the end of treatment or after the death."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.compare import is_after
from validation.rules.participation import disposition, of_dm
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.EXSTDTC", "DM.USUBJID"), cites="SDTMIG 3.4, 5.2 DM, RFXENDTC and DTHDTC; 6.1.3 EX",
      fix="data management: query the dates")
def after_end_of_treatment(package: Package) -> Iterator[Hit]:
    """No dose starts after the last date of exposure, after the death, or after the discontinuation of the study."""
    ex, dm = package["EX"], package["DM"]
    for name, severity, what in (("DTHDTC", "error", "the death"), ("RFXENDTC", "", "the last exposure in DM"),
                                 ("RFPENDTC", "", "the end of participation")):
        if dm.has(name):
            date = of_dm(ex, package, name)
            yield Hit(ex, is_after(ex["EXSTDTC"], date), ("EXSTDTC", "USUBJID"), f"it is after {what}: " + date,
                      severity)
    if package.has("DS.DSSTDTC", "DS.DSDECOD") and ex.has("EXTRT"):
        events = disposition(package)
        events = events[events["DSSTDTC"] != ""].sort_values("DSSTDTC", kind="stable")
        part = events["DSSCAT"] if "DSSCAT" in events else pd.Series("", events.index)
        of_drug = part.isin(ex["EXTRT"].unique())
        own = events.assign(_key=events["USUBJID"] + "|" + part)[of_drug].drop_duplicates("_key", keep="last")
        own = own.set_index("_key")["DSSTDTC"]
        all_drugs = events[~of_drug].drop_duplicates("USUBJID", keep="last").set_index("USUBJID")["DSSTDTC"]
        for last, key in ((own, ex["USUBJID"] + "|" + ex["EXTRT"]), (all_drugs, ex["USUBJID"])):
            date = key.map(last).astype("str").fillna("")
            yield Hit(ex, is_after(ex["EXSTDTC"], date), ("EXSTDTC", "USUBJID"),
                      "it is after the last disposition event: " + date)

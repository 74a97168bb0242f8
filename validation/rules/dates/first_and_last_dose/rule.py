"""RFXSTDTC and RFXENDTC of DM are the first and the last dose in EX."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package
from validation.rules.groups import filled
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", needs=("DM.USUBJID", "EX.USUBJID", "EX.EXSTDTC"),
      cites="SDTMIG 3.4, 5.2; CORE-000239/CG0148, CORE-000238/CG0147",
      fix="programmer: RFXSTDTC is the earliest EXSTDTC, RFXENDTC the latest EXENDTC (or EXSTDTC)")
def first_and_last_dose(package: Package) -> Iterator[Hit]:
    """RFXSTDTC and RFXENDTC of DM are the first and the last dose in EX."""
    dm, ex = package["DM"], package["EX"]
    ends = moments(ex, "EXENDTC").day if ex.has("EXENDTC") else moments(ex, "EXSTDTC").day
    starts = moments(ex, "EXSTDTC").day
    doses = pd.DataFrame({"USUBJID": ex["USUBJID"].to_numpy(), "RFXSTDTC": starts,
                          "RFXENDTC": np.where(np.isnat(ends), starts, ends)})
    dose = doses.groupby("USUBJID").agg({"RFXSTDTC": "min", "RFXENDTC": "max"})
    for name in ("RFXSTDTC", "RFXENDTC"):
        if dm.has(name):
            given = dose[name].reindex(dm["USUBJID"]).to_numpy().astype("M8[D]")
            stated = moments(dm, name).day
            yield Hit(dm, ~np.isnat(given) & ~np.isnat(stated) & (given != stated), name, "EX has another date: "
                      + pd.Series(given, index=dm.frame.index).astype("str"))
            yield Hit(dm, ~np.isnat(given) & ~filled(dm, name), name, "the subject has doses in EX")
            yield Hit(dm, ~dm["USUBJID"].isin(ex["USUBJID"]).to_numpy() & filled(dm, name), name,
                      "the subject has no dose in EX")

"""A treated subject has a reference start date, and it is the day of the first dose if it is for most subjects."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package
from validation.rules.groups import filled
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", needs=("DM.USUBJID", "DM.RFSTDTC", "EX.USUBJID", "EX.EXSTDTC"), cites="SDTMIG 3.4, 5.2 (RFSTDTC)",
      fix="programmer: derive RFSTDTC as the specification says; an exception is explained in the reviewer's guide")
def reference_start(package: Package) -> Iterator[Hit]:
    """A treated subject has a reference start date, and it is the day of the first dose if it is for most subjects."""
    dm, ex = package["DM"], package["EX"]
    first = pd.Series(moments(ex, "EXSTDTC").day, dtype="datetime64[s]").groupby(ex["USUBJID"].to_numpy()).min()
    given = first.reindex(dm["USUBJID"]).to_numpy().astype("M8[D]")
    stated = moments(dm, "RFSTDTC").day
    other = ~np.isnat(given) & ~np.isnat(stated) & (given != stated)
    if other.sum() <= 0.1 * np.sum(~np.isnat(given)):
        yield Hit(dm, other, "RFSTDTC", "the first dose in EX has another date: "
                  + pd.Series(given, index=dm.frame.index).astype("str"))
    treated = dm["USUBJID"].isin(ex["USUBJID"]).to_numpy()
    yield Hit(dm, treated & ~filled(dm, "RFSTDTC"), "RFSTDTC", "the subject has doses in EX")
    if dm.has("RFENDTC"):
        endless = treated & ~filled(dm, "RFENDTC")
        yield Hit(dm, endless & (endless.sum() <= max(1, 0.05 * len(dm))), "RFENDTC", "the subject has doses in EX")

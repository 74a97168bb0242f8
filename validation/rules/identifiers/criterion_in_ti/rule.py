"""Every criterion of IE is one of TI, with the same text and category."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", needs=("IE.IETESTCD", "TI.IETESTCD"),
      cites="SDTMIG 3.4, 6.3.4 (IE); CORE-000228/CG0179, CORE-000227/CG0178",
      fix="programmer: the criterion is one of TI")
def criterion_in_ti(package: Package) -> Iterator[Hit]:
    """Every criterion of IE is one of TI, with the same text and category."""
    ie, ti = package["IE"], package["TI"]
    there = ie["IETESTCD"].isin(ti["IETESTCD"]).to_numpy()
    yield Hit(ie, ~there, "IETESTCD", "TI has no such criterion")
    for name in ("IETEST", "IECAT"):
        if ie.has(name) and ti.has(name):
            planned = pd.MultiIndex.from_frame(ti.frame[["IETESTCD", name]])
            mine = pd.MultiIndex.from_frame(ie.frame[["IETESTCD", name]])
            yield Hit(ie, there & ~mine.isin(planned), (name, "IETESTCD"), "TI says otherwise", "warning")

"""Doses of one treatment that overlap."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.compare import earliest
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.EXSTDTC", "EX.EXENDTC", "EX.EXTRT"), cites="SDTMIG 3.4, 6.1.3 EX",
      fix="data management: query the times")
def overlap(package: Package) -> Iterator[Hit]:
    """A dose of a treatment does not start before the previous one of the subject has ended."""
    ex = package["EX"]
    start, end = earliest(ex["EXSTDTC"]), earliest(ex["EXENDTC"])
    length = ex["EXENDTC"].str.len()
    rows = pd.DataFrame({"USUBJID": ex["USUBJID"], "EXTRT": ex["EXTRT"], "start": start,
                         "end": end.where(length >= 10, "")})
    order, _ = pd.factorize(pd.concat([rows["start"], rows["end"]]), sort=True)
    rows["start_at"], rows["end_at"] = order[: len(rows)].astype(float), order[len(rows):].astype(float)
    rows = rows[(rows["start"] != "") & (rows["end"] != "")].sort_values(["USUBJID", "EXTRT", "start"], kind="stable")
    before = rows.groupby(["USUBJID", "EXTRT"], sort=False)["end_at"].cummax()
    before = before.groupby([rows["USUBJID"], rows["EXTRT"]], sort=False).shift()
    early = (rows["start_at"] < before).reindex(ex.frame.index, fill_value=False)
    yield Hit(ex, early, ("EXSTDTC", "EXTRT"), "an earlier dose of the treatment has not ended",
              softly(early, len(ex), 0.05))

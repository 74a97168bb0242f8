"""--SEQ is unique within domain and subject, over all parts of a split domain."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package
from validation.rules.groups import distinct, filled, of_domain
from validation.rules.registry import Hit, rule


@rule("error", cites="SDTMIG 3.4, 4.1.5",
      fix="programmer: --SEQ is unique in the domain of a subject, also where the domain is split")
def sequence_unique(package: Package) -> Iterator[Hit]:
    """--SEQ is unique within domain and subject, over all parts of a split domain."""
    for domain in sorted({table.prefix for table in package.of_model("SDTM") if table.has("--SEQ")}):
        tables = [table for table in of_domain(package, domain) if table.has("--SEQ") and table.has("USUBJID")]
        parts = [distinct(table, ("USUBJID", "--SEQ")) for table in tables]
        whole = [frame.set_axis(["subject", "number", "_n"], axis=1) for frame, _ in parts]
        if not whole:
            continue
        counted = pd.concat(whole, ignore_index=True)
        twice = counted.groupby(["subject", "number"])["_n"].transform("sum").gt(1).to_numpy()
        starts = np.cumsum([0, *(len(frame) for frame in whole)])
        for table, start, (_, group) in zip(tables, starts, parts, strict=False):
            bad = twice[start + group] & filled(table, "USUBJID")
            yield Hit(table, bad, "--SEQ", "another record of the subject has the same number")

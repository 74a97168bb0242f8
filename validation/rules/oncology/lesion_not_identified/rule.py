"""Measured lesions that were not identified, and identified ones that were never measured."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import reader


@rule("warning", needs=("TU.TULNKID", "TR.TRLNKID"), cites="SDTMIG 3.4, 6.3.12 (TU, TR)",
      fix="data management: query the lesion")
def lesion_not_identified(package: Package) -> Iterator[Hit]:
    """Every lesion of TR is identified in TU in the same group, and every lesion of TU is measured."""
    tu, tr = package["TU"], package["TR"]
    identified, measured = reader(tu) + "|" + tu["TULNKID"], reader(tr) + "|" + tr["TRLNKID"]
    none = (tr["TRLNKID"] != "") & ~measured.isin(identified.unique())
    yield Hit(tr, none, ("TRLNKID", "USUBJID"), "TU has no such lesion",
              "error" if none.mean() < 0.01 and len(tr) > 50 else "")
    never = (tu["TULNKID"] != "") & ~identified.isin(measured.unique())
    yield Hit(tu, never, ("TULNKID", "USUBJID"), "TR never has this lesion", softly(never, len(tu), 0.1))
    if tr.has("TRGRPID") and tu.has("TUSTRESC"):
        group = pd.Series(tu["TUSTRESC"].to_numpy(), index=identified.to_numpy())
        group = group[~group.index.duplicated(keep=False)]
        own = measured.map(group).fillna("").astype("str")
        kinds = ["TARGET", "NON-TARGET", "NEW"]
        other = own.isin(kinds) & tr["TRGRPID"].isin(kinds) & (own != tr["TRGRPID"])
        yield Hit(tr, other, ("TRGRPID", "TRLNKID"), "TU has another group: " + own)
        yield Hit(tu, (tu["TULNKID"] != "") & identified.isin(measured[other].unique()), ("TUSTRESC", "TULNKID"),
                  "TR has another group", "notice")

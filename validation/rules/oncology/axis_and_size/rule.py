"""Lymph nodes measured by the long axis, and target lesions that are too small."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import NODE, reader


@rule("warning", needs=("TU.TULOC", "TU.TULNKID", "TR.TRSTRESN", "TR.TRLNKID"), cites="RECIST 1.1, 3.1 and 3.2",
      numbers=("TR.TRSTRESN",),
      fix="data management: query the measurement")
def axis_and_size(package: Package) -> Iterator[Hit]:
    """A target node is measured by its short axis (15 mm or more), another target by its longest diameter (10 mm)."""
    tu, tr = package["TU"], package["TR"]
    place = pd.Series(tu["TULOC"].to_numpy(), index=(reader(tu) + "|" + tu["TULNKID"]).to_numpy())
    place = place[~place.index.duplicated() & (place != "").to_numpy()]
    lesion = reader(tr) + "|" + tr["TRLNKID"]
    organ = lesion.map(place).fillna("").astype("str").str.upper()
    target = (tr["TRGRPID"].str.upper() == "TARGET" if tr.has("TRGRPID")
              else True) & (organ != "") & tr["TRSTRESN"].notna()
    node = organ.str.contains(NODE, regex=False)
    tests = [(tr["TRTESTCD"] == code) & target for code in ("LDIAM", "LPERP")]
    has_long, has_short = (test.groupby(lesion, sort=False).transform("any") for test in tests)
    nodes = (target & node).groupby(lesion, sort=False).transform("any")
    use = (nodes & has_short & ~has_long)[tests[1]].sum() > (nodes & has_long)[tests[0]].sum() * 3
    yield Hit(tr, tests[0] & node & use, ("TRTESTCD", "TRLNKID"), "a node is measured by its short axis (LPERP)")
    yield Hit(tr, tests[1] & ~node & ~has_long & use, ("TRTESTCD", "TRLNKID"),
              "only a node is measured by its short axis: " + organ)
    if tr.has("TRDTC"):
        first = tr["TRDTC"].where(target, "9").groupby(lesion, sort=False).transform("min") == tr["TRDTC"]
        small = first & ((tests[0] & ~node & (tr["TRSTRESN"] < 10))
                         | (tests[1] & node & ~has_long & (tr["TRSTRESN"] < 15)))
        yield Hit(tr, small, ("TRSTRESN", "TRLNKID"), "the lesion is too small to be a target",
                  softly(small, first.sum(), 0.05))

"""Parameters of one profile that contradict each other."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

ORDERS = (("AUCLST", "AUCIFO"), ("AUCLST", "AUCIFP"), ("CLST", "CMAX"), ("CTROUGH", "CMAX"), ("TMAX", "TLST"),
          ("AUCLST", "AUCALL"))


@rule("warning", needs=("PP.PPTESTCD", "PP.PPSTRESN"),
      cites="SDTMIG 3.4, 6.3.5.8 (PP); definitions of the codelist PKPARM",
      numbers=("PP.PPSTRESN",),
      fix="programmer: derive the parameters again")
def parameters_agree(package: Package) -> Iterator[Hit]:
    """AUC to the last sample is not above AUC to infinity, nor CLST above CMAX; half-life is ln 2 / lambda z."""
    pp = package["PP"]
    keys = [name for name in ("USUBJID", "PPGRPID", "PPCAT", "PPSPEC", "PPRFTDTC", "PPRFDTC", "PPTPTREF")
            if pp.has(name)]
    rows = pp.frame[keys].assign(_test=pp["PPTESTCD"], _value=pp["PPSTRESN"]).drop_duplicates([*keys, "_test"])
    tests = {*(one for pair in ORDERS for one in pair), "LAMZ", "LAMZHL"}
    wide = rows[rows["_test"].isin(list(tests))].pivot(index=keys, columns="_test", values="_value")
    own = pp.frame[keys].merge(wide.reset_index(), on=keys, how="left", validate="m:1")
    for small, large in ORDERS:
        if small in own and large in own:
            wrong = pp["PPTESTCD"].isin([small, large]).to_numpy() & (own[small] > own[large] * 1.001).to_numpy()
            yield Hit(pp, wrong, ("PPSTRESN", "PPTESTCD"), f"{small} is above {large}", softly(wrong, len(pp), 0.02))
    if "LAMZ" in own and "LAMZHL" in own:
        off = (own["LAMZHL"] * own["LAMZ"] / np.log(2) - 1).abs() > 0.02
        wrong = pp["PPTESTCD"].isin(["LAMZ", "LAMZHL"]).to_numpy() & off.to_numpy()
        yield Hit(pp, wrong, ("PPSTRESN", "PPTESTCD"), "the half-life is not ln 2 / lambda z",
                  softly(wrong, len(pp), 0.02))

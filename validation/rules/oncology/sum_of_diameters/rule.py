"""Sums of diameters that are not the sum of the lesions."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package
from validation.rules.registry import Hit, rule
from validation.rules.tumours import diameters, marked, sums, visit_of_reader

SUMS = {"SUMDIAM": ("plain", "longest", "either"), "SUMNLNLD": ("longest_only",), "SUMLPERP": ("short_only",)}


@rule("warning", needs=("TR.TRTESTCD", "TR.TRSTRESN", "TR.TRLNKID"), cites="RECIST 1.1, 4.2; SDTMIG 3.4, 6.3.12 (TR)",
      numbers=("TR.TRSTRESN",),
      fix="data management: query the diameters; programmer: derive the sum again")
def sum_of_diameters(package: Package) -> Iterator[Hit]:
    """The sum of diameters of a visit is the sum of what was measured of its target lesions."""
    tr = package["TR"]
    measured = diameters(tr)
    if measured.empty:
        return
    total = sums(tr, measured)
    for test, mm in (("LDIAM", "longest_only"), ("LPERP", "short_only")):
        own = measured[measured["test"] == test].groupby("visit", sort=False)["mm"]
        total[mm] = own.sum().where(own.count() == own.size())
    for code, meanings in SUMS.items():
        rows = np.flatnonzero(((tr["TRTESTCD"] == code) & tr["TRSTRESN"].notna()).to_numpy())
        stated = tr["TRSTRESN"].iloc[rows].to_numpy()
        visit = visit_of_reader(tr).iloc[rows]
        off = {name: np.abs(visit.map(total[name]).to_numpy() - stated) for name in meanings}
        fit = {name: int((gap <= 0.051).sum()) for name, gap in off.items()}
        best = max(fit, key=lambda name: fit[name], default="")
        wrong = off[best] > 0.051 if best else np.zeros(0, dtype=bool)
        few = wrong.sum() <= max(0.1 * (fit[best] if best else 0), 1)
        yield Hit(tr, marked(tr, rows[wrong]), ("TRSTRESN", "TRTESTCD"),
                  "it is not the sum of the target lesions of the visit",
                  "" if few else "notice")
        lesions = measured["row"][measured["visit"].isin(visit[wrong].tolist())]
        yield Hit(tr, marked(tr, lesions), ("TRSTRESN", "TRLNKID"),
                  f"{code} of the visit is not the sum of the lesions", "notice")

"""Largest concentrations and their times that the samples do not bear out."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", needs=("PP.PPTESTCD", "PP.PPSTRESN", "PC.PCSTRESN"),
      cites="SDTMIG 3.4, 6.3.5.8 (PP) and 6.3.5.8.3 (relating PP to PC)",
      numbers=("PP.PPSTRESN", "PC.PCSTRESN"),
      fix="programmer: derive the parameter again")
def largest_concentration(package: Package) -> Iterator[Hit]:
    """CMAX is the largest concentration of its profile; parameters are not negative."""
    pc, pp = package["PC"], package["PP"]
    negative = pp["PPTESTCD"].isin(["CMAX", "TMAX", "AUCLST", "AUCIFO", "AUCALL", "LAMZ", "LAMZHL", "CLST",
                                    "TLST"]) & (pp["PPSTRESN"] < 0)
    yield Hit(pp, negative, ("PPSTRESN", "PPTESTCD"), "the parameter is not negative", "error")
    pairs = [(one, two) for one, two in (("PPRFTDTC", "PCRFTDTC"), ("PPGRPID", "PCGRPID"), ("PPTPTREF", "PCTPTREF"))
             if pp.has(one) and pc.has(two)]
    by_analyte = pp.has("PPCAT") and pp["PPCAT"].isin(pc["PCTESTCD"].unique()).mean() > 0.5
    analyte = ("PPCAT", "PCTESTCD") if by_analyte else None
    pairs = [(one, two) for one, two in pairs[:1] if pp[one].isin(pc[two].unique()).mean() > 0.5]
    pairs += [analyte] if analyte else []
    if not pairs:
        yield from _among(pp, pc)
        return
    keys = ["USUBJID", *(str(number) for number in range(len(pairs)))]
    samples = pd.DataFrame({"USUBJID": pc["USUBJID"], **{str(n): pc[two] for n, (_, two) in enumerate(pairs)},
                            "value": pc["PCSTRESN"]})
    largest = samples.groupby(keys, sort=False)["value"].max().rename("largest").reset_index()
    own = pd.DataFrame({"USUBJID": pp["USUBJID"], **{str(n): pp[one] for n, (one, _) in enumerate(pairs)}})
    known = own.merge(largest, on=keys, how="left", validate="m:1")["largest"].to_numpy()
    cmax = (pp["PPTESTCD"] == "CMAX") & pp["PPSTRESN"].notna()
    wrong = cmax & (np.abs(pp["PPSTRESN"].to_numpy() - known) > 1e-3 * np.maximum(np.abs(known), 1e-9))
    few = wrong.sum() <= max(0.1 * cmax.sum(), 1)
    yield Hit(pp, wrong, ("PPSTRESN", "PPTESTCD"), "the largest concentration of the profile is another",
              "" if few else "notice")


def _among(pp: Table, pc: Table) -> Iterator[Hit]:
    values = pd.DataFrame({"USUBJID": pc["USUBJID"], "value": pc["PCSTRESN"]}).groupby("USUBJID")["value"].max()
    cmax = (pp["PPTESTCD"] == "CMAX") & pp["PPSTRESN"].notna()
    beyond = cmax & (pp["PPSTRESN"] > pp["USUBJID"].map(values).astype("float64") * 1.001)
    yield Hit(pp, beyond, ("PPSTRESN", "PPTESTCD"), "no concentration of the subject is as large",
              softly(beyond, cmax.sum(), 0.1))

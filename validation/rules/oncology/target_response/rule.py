"""Target responses that the sums of diameters do not bear out."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.adam import as_text
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import marked, responses, sum_course


@rule("warning", needs=("TR.TRSTRESN", "RS.RSSTRESC"), cites="RECIST 1.1, 4.3.1",
      numbers=("TR.TRSTRESN", "TR.VISITNUM"),
      fix="data management: query response and diameters")
def target_response(package: Package) -> Iterator[Hit]:
    """PD is 20 % and 5 mm above the smallest sum, PR 30 % below the baseline, CR short nodes at most, SD the rest."""
    tr, rs = package["TR"], package["RS"]
    told = responses(rs, "TRGRESP").merge(sum_course(tr), on="visit", how="left", validate="1:1", suffixes=("", "_tr"))
    told = told[told["sum"].notna() & told["base"].notna() & told["nadir"].notna()]
    gain = told["sum"] - told["nadir"]
    grown = (gain >= 5 - 1e-9) & (gain >= 0.2 * told["nadir"] - 1e-9)
    shrunk = told["sum"] <= 0.7 * told["base"] + 1e-9
    said = told["response"]
    wrong = ((said == "PD") & ~grown) | ((said == "PR") & (grown | ~shrunk)) | ((said == "SD") & (grown | shrunk))
    wrong |= (said == "CR") & (told["sum"] > 0) & ~(shrunk | (told["sum"] < 10 * 5))
    judged = said.isin(["PD", "PR", "SD", "CR"]).sum()
    message = ("the sum is " + as_text(told["sum"]) + " mm, baseline " + as_text(told["base"]) + ", smallest "
               + as_text(told["nadir"]))[wrong]
    shown = pd.Series("", index=rs.frame.index)
    shown.iloc[told["row"][wrong].to_numpy()] = message.to_numpy()
    yield Hit(rs, marked(rs, told["row"][wrong]), ("RSSTRESC", "RSTESTCD"), shown, softly(wrong, judged, 0.1))

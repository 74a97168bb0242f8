"""Responses without measurements, and measurements without responses."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import diameters, marked, responses, sum_course, visit_of_reader


@rule("warning", needs=("TR.USUBJID", "RS.RSSTRESC", "TR.TRTESTCD"), cites="RECIST 1.1, 4.4",
      numbers=("TR.TRSTRESN", "TR.VISITNUM"),
      fix="data management: query the visit")
def response_without_images(package: Package) -> Iterator[Hit]:
    """A visit with a target response has measurements of target lesions, and the other way round after the baseline."""
    tr, rs = package["TR"], package["RS"]
    measured = diameters(tr) if tr.has("TRLNKID", "TRSTRESN") else pd.DataFrame({"visit": [], "mm": []})
    with_size = measured["visit"][measured["mm"].notna()].unique()
    told = responses(rs, "TRGRESP")
    bad = told[told["response"].isin(["CR", "PR", "SD", "PD"]) & ~told["visit"].isin(with_size)]
    yield Hit(rs, marked(rs, bad["row"]), ("RSSTRESC", "RSTESTCD"), "TR has no measurement of this visit",
              softly(len(bad), len(told), 0.05))
    overall = responses(rs, "OVRLRESP")
    bad = overall[overall["response"].isin(["CR", "PR", "SD", "PD"])
                  & ~overall["visit"].isin(visit_of_reader(tr).unique())]
    yield Hit(rs, marked(rs, bad["row"]), ("RSSTRESC", "RSTESTCD"), "TR has no record of this visit",
              softly(len(bad), len(overall), 0.05))
    if len(told) and len(measured):
        course = sum_course(tr)
        later = course["visit"][course["base"].notna() & course["nadir"].notna() & course["later"]]
        silent = later[~later.isin(visit_of_reader(rs).unique())]
        rows = (tr["TRTESTCD"] == "SUMDIAM") & visit_of_reader(tr).isin(silent.tolist())
        yield Hit(tr, rows, ("TRTESTCD", "USUBJID"), "RS has no response of this visit",
                  softly(rows, len(course), 0.05))

"""A measurement of a visit is not a week before or after the dates of this visit in SV."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import distinct, filled
from validation.rules.moments import moments
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule

WEEK = np.timedelta64(7, "D")


@rule("warning", each="SDTM", columns=("USUBJID", "VISITNUM", "--DTC", "--TESTCD"),
      needs=("SV.USUBJID", "SV.VISITNUM", "SV.SVSTDTC", "SV.SVENDTC"), cites="SDTMIG 3.4, 5.5 (SV)",
      fix="data management: query the date or the visit")
def visit_date(table: Table, package: Package) -> Iterator[Hit]:
    """A measurement of a visit is not a week before or after the dates of this visit in SV."""
    sv = package["SV"]
    visits = pd.DataFrame({"USUBJID": sv["USUBJID"].to_numpy(), "VISITNUM": number(sv, "VISITNUM"),
                           "start": moments(sv, "SVSTDTC").first.astype("M8[D]"),
                           "end": np.fmax(moments(sv, "SVENDTC").last, moments(sv, "SVSTDTC").last).astype("M8[D]")})
    of = visits.groupby(["USUBJID", "VISITNUM"], as_index=False).agg(start=("start", "min"), end=("end", "max"))
    frame, group = distinct(table, ("USUBJID", "VISITNUM"))
    frame = frame.assign(VISITNUM=pd.to_numeric(frame["VISITNUM"], errors="coerce").astype("float64"))
    joined = frame.merge(of, on=["USUBJID", "VISITNUM"], how="left", validate="m:1")
    start, end = (joined[name].to_numpy().astype("M8[D]")[group] for name in ("start", "end"))
    day = moments(table, "--DTC").day
    off = (day < start - WEEK) | (day > end + WEEK)
    off &= ~filled(table, "--TPTREF") if table.has("--TPTREF") else True         # 336 h after the dose of the visit
    yield Hit(table, off, ("--DTC", "VISITNUM"), "SV has other dates for the visit")

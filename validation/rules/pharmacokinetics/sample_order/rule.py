"""Samples whose times do not follow their planned order."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import elapsed_hours, moment


@rule("warning", each="SDTM", only=("PC",), columns=("USUBJID", "PCTESTCD", "PCTPTNUM", "PCDTC"),
      cites="SDTMIG 3.4, 4.4.10 and 6.3.5.8 (PC)",
      numbers=("PCTPTNUM", "VISITNUM"),
      fix="data management: query the time of the sample")
def sample_order(table: Table, package: Package) -> Iterator[Hit]:
    """Samples of a subject, test and reference are taken in the order of their time points, as far apart as others."""
    names = ["USUBJID", "PCTESTCD", *(name for name in ("PCSPEC", "PCTPTREF", "VISITNUM") if table.has(name)
                                      and (name != "VISITNUM" or not table.has("PCTPTREF")))]
    rows = table.frame[names].assign(_at=moment(table["PCDTC"]), _point=_planned(table))
    rows = rows[rows["_at"].notna() & rows["_point"].notna()].sort_values([*names, "_point"], kind="stable")
    grouped = rows.groupby(names, sort=False)["_at"]
    latest_before = grouped.cummax().groupby([rows[name] for name in names], sort=False).shift()
    early = (rows["_at"] < latest_before - 1e-6).reindex(table.frame.index, fill_value=False)
    yield Hit(table, early, ("PCDTC", "PCTPTNUM"), "an earlier time point was taken later",
              softly(early, len(table), 0.02))
    rows["_gone"] = rows["_at"] - grouped.transform("first")
    later = rows["_point"] > rows.groupby(names, sort=False)["_point"].shift()
    rows["_gap"] = (rows["_at"] - grouped.shift()).where(later)
    for what in ("_gone", "_gap"):
        usual = rows.groupby([*names[1:], "_point"], sort=False)[what].transform("median")
        number = rows.groupby([*names[1:], "_point"], sort=False)[what].transform("count")
        far = ((rows[what] - usual).abs() > (0.25 * usual.abs()).clip(lower=2.0)) & (number >= 8)
        far = far.reindex(table.frame.index, fill_value=False)
        yield Hit(table, far & ~early, ("PCDTC", "PCTPTNUM"), "others have it at another time after the samples before",
                  softly(far, len(table), 0.01))


def _planned(table: Table) -> pd.Series:
    """The planned order: elapsed times where there are any, else the numbers of the time points."""
    planned = elapsed_hours(table) if table.has("PCELTM") else pd.Series(float("nan"), table.frame.index)
    return planned if planned.notna().mean() > 0.9 else table["PCTPTNUM"]

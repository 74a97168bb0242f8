"""Visits of a subject that follow one another in another order than their numbers."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import iso_days
from validation.rules.registry import Hit, rule


@rule("notice", needs=("SV.VISITNUM", "SV.SVSTDTC"), cites="SDTMIG 3.4, 5.5 SV",
      numbers=("SV.VISITNUM",),
      fix="data management: query the dates of the visits")
def visits_in_order(package: Package) -> Iterator[Hit]:
    """A visit with a higher number does not start before one with a lower number; a planned visit happens once."""
    sv = package["SV"]
    start = iso_days(sv["SVSTDTC"])
    rows = sv.frame[["USUBJID", "VISITNUM"]].assign(_start=start).sort_values(["USUBJID", "VISITNUM"], kind="stable")
    latest_before = rows.groupby("USUBJID", sort=False)["_start"].cummax().groupby(rows["USUBJID"], sort=False).shift()
    early = (rows["_start"] < latest_before).reindex(sv.frame.index)
    whole = sv["VISITNUM"] % 1 == 0
    share = early.sum() / max(len(sv), 1)
    yield Hit(sv, early & whole, ("SVSTDTC", "VISITNUM"), "it starts before a visit with a lower number",
              "warning" if share < 0.01 else "notice")
    happened = sv["SVOCCUR"] != "N" if sv.has("SVOCCUR") else True
    again = sv.frame.duplicated(["USUBJID", "VISITNUM"], keep=False) & whole & happened
    yield Hit(sv, again, ("VISITNUM", "USUBJID"), "the subject has the visit more than once",
              "warning" if again.mean() < 0.01 else "notice")

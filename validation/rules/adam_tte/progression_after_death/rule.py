"""Subjects who live longer without progression than they live."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("CNSR", "USUBJID", "PARAMCD", "ADT"),
      cites="BDS-TTE 1.0; FDA guidance on endpoints for cancer trials",
      numbers=("CNSR",),
      fix="programmer: check both parameters")
def progression_after_death(table: Table, package: Package) -> Iterator[Hit]:
    """Progression-free survival, and what is like it, does not end after overall survival."""
    date = days(table, "ADT")
    is_os = table["PARAMCD"] == "OS"
    death = table.frame.loc[is_os, ["USUBJID"]].assign(_os=date[is_os], _cnsr=table["CNSR"][is_os])
    death = death.drop_duplicates("USUBJID", keep=False)
    joined = table.frame[["USUBJID"]].merge(death, on="USUBJID", how="left", validate="m:1")
    last, died = joined["_os"].to_numpy(), (joined["_cnsr"] == 0).to_numpy()
    other = table["PARAMCD"].isin(["PFS", "TTP", "EFS", "DFS", "DOR", "TTR", "RSD", "RFS"])
    late = other & (date > last)
    yield Hit(table, late & died, ("ADT", "PARAMCD"), "it is after the death of the subject (OS)")
    yield Hit(table, late & ~died & (table["CNSR"] == 0), ("ADT", "PARAMCD"),
              "it is after the subject was last known alive (OS)", "warning")

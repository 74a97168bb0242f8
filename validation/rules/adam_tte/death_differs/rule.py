"""Deaths of overall survival that ADSL or DM tells differently."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days, look_up
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("CNSR", "USUBJID", "PARAMCD", "ADT"), cites="BDS-TTE 1.0; ADaMIG 1.3, 3.2.8",
      numbers=("CNSR",),
      fix="programmer: take the death from ADSL")
def death_differs(table: Table, package: Package) -> Iterator[Hit]:
    """A subject who died under OS died on that day in ADSL and DM; one who is censored did not die before that day."""
    where, name = next(((package[d], v) for d, v in (("ADSL", "DTHDT"), ("DM", "DTHDTC")) if package.has(f"{d}.{v}")),
                       (None, ""))
    if where is None:
        return
    joined = look_up(table, ["USUBJID"], where, ["USUBJID"], [name])
    died = days(Table(where.name, "", "ADaM", (), joined), name)
    date, is_os = days(table, "ADT"), table["PARAMCD"] == "OS"
    yield Hit(table, is_os & (table["CNSR"] == 0) & died.notna() & (date != died), ("ADT", "USUBJID"),
              f"{where.name} has another date of death")
    yield Hit(table, is_os & (table["CNSR"] == 0) & died.isna() & joined["_one"], ("CNSR", "USUBJID"),
              f"{where.name} has no date of death", "warning")
    yield Hit(table, is_os & (table["CNSR"] > 0) & (died <= date), ("CNSR", "ADT"),
              f"{where.name} has a death by this day")

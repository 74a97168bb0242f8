"""Numeric dates that are not the day of the text date of their name."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days, iso_days
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.2", fix="programmer: derive the date from the text")
def date_of_text(table: Table, package: Package) -> Iterator[Hit]:
    """A numeric date (RFENDT) is the day of the text date of its name (RFENDTC), where that has a day."""
    for variable in table.variables:
        name = variable.name[:-1]
        if variable.name.endswith("DTC") and table.has(name) and table.by_name[name].type == "Num":
            day, text = days(table, name), iso_days(table[variable.name])
            wrong = text.notna() & day.notna() & (day != text)
            yield Hit(table, wrong, (name, variable.name), f"it is not the day of {variable.name}",
                      softly(wrong, len(table), 0.05, "warning"))
            none = text.notna() & day.isna()
            yield Hit(table, none, (name, variable.name), f"{variable.name} has a day",
                      "warning" if none.mean() < 0.05 else "notice")

"""A date and a datetime of one name that do not agree."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.2", fix="programmer: derive the date from the datetime")
def datetime_of_date(table: Table, package: Package) -> Iterator[Hit]:
    """The day of *DTM is *DT."""
    for variable in table.variables:
        name = variable.name[:-1]
        both = variable.name.endswith("DTM") and table.has(name)
        if both and variable.type == "Num" and table.by_name[name].type == "Num":
            date, moment = days(table, name), days(table, variable.name)
            yield Hit(table, date.notna() & moment.notna() & (date != moment), (name, variable.name),
                      f"{name} is not the day of {variable.name}")

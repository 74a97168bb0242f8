"""Population flags of ADSL that are empty."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

POPULATIONS = ("SAFFL", "ITTFL", "FASFL", "RANDFL", "ENRLFL", "PPROTFL", "COMPLFL", "PKFL", "EFFFL")


@rule("error", needs=("ADSL",), each="ADaM", only=("ADSL",), any_of=POPULATIONS, cites="ADaMIG 1.3, 3.2.3",
      fix="programmer: set the flag to Y or N")
def population_flags(table: Table, package: Package) -> Iterator[Hit]:
    """A population flag of ADSL is Y or N for every subject."""
    for name in POPULATIONS:
        if table.has(name) and table.by_name[name].type == "Char":
            empty = table[name] == ""
            severity = "" if empty.mean() < 0.05 or (table[name] == "N").any() else "warning"
            yield Hit(table, empty, name, "the population flag is neither Y nor N", severity)

"""PARAMCD, PARAM and PARAMN that are not one to one."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import is_missing, rarer
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("PARAMCD",), any_of=("PARAM", "PARAMN"), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: give each parameter one code, one text and one number")
def parameter_one_to_one(table: Table, package: Package) -> Iterator[Hit]:
    """PARAMCD, PARAM and PARAMN are one to one in a dataset."""
    for name in ("PARAM", "PARAMN"):
        if not table.has(name):
            continue
        filled = ~(is_missing(table["PARAMCD"]) | is_missing(table[name])).to_numpy()
        several = rarer(table.frame, ["PARAMCD"], name) & filled
        yield Hit(table, several, (name, "PARAMCD"), f"PARAMCD has more than one {name}")
        yield Hit(table, rarer(table.frame, [name], "PARAMCD") & filled & ~several, ("PARAMCD", name),
                  f"{name} has more than one PARAMCD")
        if name == "PARAMN" and table[name].notna().any():
            yield Hit(table, table[name].isna(), (name, "PARAMCD"), "PARAMN is empty", "warning")

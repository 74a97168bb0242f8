"""Groups that do not hold the value they are made of."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.2.2", fix="programmer: derive the group from the value")
def group_of_value(table: Table, package: Package) -> Iterator[Hit]:
    """The value is within the bounds that its group names: AGE within AGEGR1 '<65', '65-80' or '>80'."""
    for variable in table.variables:
        group = re.fullmatch(r"([A-Z0-9]+)GR\d", variable.name)
        if not group or variable.type != "Char":
            continue
        root = SHORTENED.get(group[1], group[1])
        value = root if table.has(root) else f"{root}BL"
        if table.has(value) and table.by_name[value].type == "Char":
            other = rarer(table.frame, [value], variable.name) & (table[value] != "").to_numpy()
            yield Hit(table, other, (variable.name, value), f"others of this {value} are in another group")
        if table.has(value) and table.by_name[value].type == "Num":
            bounds = {text: _bounds(text) for text in table[variable.name].unique().tolist()}
            low, high, open_low, open_high = (table[variable.name].map({t: b[at] for t,
                                                                        b in bounds.items() if b}).astype("float64")
                                              for at in range(4))
            number = table[value]
            at_edge = ((number == low) & (open_low == 1)) | ((number == high) & (open_high == 1))
            outside = (number < low) | (number > high) | at_edge
            yield Hit(table, outside, (variable.name, value), f"{value} is not in this group")
            empty = number.notna() & (table[variable.name] == "")
            yield Hit(table, empty, (variable.name, value), "the group is empty",
                      "warning" if empty.sum() <= max(0.02 * len(table), 2) else "notice")


SHORTENED = {"DURDS": "DURDIS", "BMI": "BMIBL", "WGT": "WEIGHTBL", "HGT": "HEIGHTBL"}
RANGE = re.compile(r"(\d+\.?\d*)\s*(?:-|TO|to|-<)\s*(<)?\s*=?(\d+\.?\d*)(?:\s*\D*)?")
BOUND = re.compile(r"(<=|>=|<|>|≤|≥)\s*(\d+\.?\d*)(?:\s*[A-Za-z]*)?")


def _bounds(text: str) -> tuple[float, float, int, int] | None:
    """The lowest and the highest value of a group, and whether they are not in it: '65-80' takes 80.9 as well."""
    within, beyond = RANGE.fullmatch(text.strip()), BOUND.fullmatch(text.strip())
    if within:
        whole = "." not in within[3] and not within[2]
        return float(within[1]), float(within[3]) + (1 if whole else 0), 0, int(whole or bool(within[2]))
    if beyond:
        number, sign = float(beyond[2]), beyond[1]
        below = sign in ("<", "<=", "≤")
        return (-np.inf, number, 0, int(sign == "<")) if below else (number, np.inf, int(sign == ">"), 0)
    return None

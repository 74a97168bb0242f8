"""Imputation flags that do not fit the dates they tell of."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import is_missing
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.3", fix="programmer: derive the flag from the collected date")
def imputation_flags(table: Table, package: Package) -> Iterator[Hit]:
    """*DTF is Y, M or D and *TMF is H, M or S, and only where there is a date; they tell what was not collected."""
    for variable in table.variables:
        name = variable.name
        if variable.type != "Char" or not name.endswith(("DTF", "TMF")) or len(name) < 4:
            continue
        known = ("Y", "M", "D", "") if name.endswith("DTF") else ("H", "M", "S", "")
        yield Hit(table, ~table[name].isin(known), name, f"the flag is not {', '.join(known[:3])} or empty")
        dates = [date for date in (f"{name[:-3]}DT", f"{name[:-3]}DTM", f"{name[:-3]}TM") if table.has(date)]
        if dates:
            none = np.logical_and.reduce([is_missing(table[date]).to_numpy() for date in dates])
            yield Hit(table, none & (table[name] != ""), (name, dates[0]), "there is no date that was imputed")
    yield from _of_collected(table)


def _of_collected(table: Table) -> Iterator[Hit]:
    for part, collected in (("AST", "STDTC"), ("AEN", "ENDTC")):
        names = [name for name in table.frame.columns if len(name) == 7 and name.endswith(collected)
                 and not name.startswith("RF")]
        if names and table.has(f"{part}DTF", f"{part}DT"):
            length = table[names[0]].str.len()
            wanted = pd.Series(np.select([length >= 10, length == 7, length == 4], ["", "D", "M"], "?"),
                               table.frame.index)
            flag = table[f"{part}DTF"]
            there = table[f"{part}DT"].notna() & (wanted != "?")
            wrong = there & (flag != wanted) & ~((wanted == "M") & (flag == "Y")) & flag.isin(["Y", "M", "D", ""])
            yield Hit(table, wrong, (f"{part}DTF", names[0]), "the flag does not say what was not collected", "warning")

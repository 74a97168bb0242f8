"""Values and dates that are not those of the source that the record names."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days, differ, look_up
from validation.rules.registry import Hit, rule
from validation.rules.sources import source_sequence, source_tables


@rule("warning", each="ADaM", columns=("SRCDOM", "SRCVAR", "SRCSEQ", "USUBJID"), any_of=("AVAL", "ADT"),
      cites="ADaMIG 1.3, 3.3.9",
      numbers=("SRCSEQ",),
      fix="programmer: take the value from the record that SRCSEQ names")
def source_value(table: Table, package: Package) -> Iterator[Hit]:
    """A date of the source is ADT; a numeric result of the source is AVAL, for most records of the parameter."""
    pairs = table.frame[["SRCDOM", "SRCVAR"]].drop_duplicates().itertuples(index=False, name=None)
    for name, variable in pairs:
        own = target(variable)
        for source in source_tables(package, name) if own and table.has(own) else ():
            sequence = source_sequence(source)
            if not sequence or not source.has(variable, "USUBJID"):
                continue
            there = look_up(table, ["USUBJID", "SRCSEQ"], source, ["USUBJID", sequence], [variable])
            here = (table["SRCDOM"] == name) & (table["SRCVAR"] == variable) & there["_one"]
            if own == "ADT":
                given, value = days(Table("X", "", "ADaM", (), there[[variable]]), variable), days(table, "ADT")
            else:
                given, value = there[variable], table[own]
            wrong = here & given.notna() & value.notna() & differ(value, given)
            parameter = table["PARAMCD"] if table.has("PARAMCD") else pd.Series("", table.frame.index)
            judged = (here & given.notna()).groupby(parameter).transform("sum").clip(lower=1)
            share = wrong.groupby(parameter).transform("sum") / judged
            yield Hit(table, wrong & ((share <= 0.2) | (len(table) < 10)), (own, "SRCDOM", "SRCVAR", "SRCSEQ"),
                      "the source has another value")


def target(variable: str) -> str:
    """The variable that holds what the source variable says; "" where that cannot be told."""
    if variable.endswith(("DTC", "DT")):
        return "ADT"
    return "AVAL" if variable.endswith("STRESN") or variable == "AVAL" else ""

"""Ends of study and of treatment whose status, reason and date do not agree."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

DONE, LEFT = "COMPLETED", "DISCONTINUED"


@rule("warning", needs=("ADSL.USUBJID",), each="ADaM", only=("ADSL",),
      any_of=("EOSSTT", "EOTSTT", "DCDECOD", "DISCONFL"),
      cites="ADaMIG 1.3, 3.2.8", fix="programmer: derive status, reason and date from DS together")
def end_of_study(table: Table, package: Package) -> Iterator[Hit]:
    """Who discontinued has a reason, who completed has none; both have a date; DS says the same."""
    for status, reason, date in (("EOSSTT", "DCSREAS", "EOSDT"), ("EOTSTT", "DCTREAS", "EOTDT")):
        if table.has(status, reason):
            yield Hit(table, (table[status] == DONE) & (table[reason] != ""), (reason, status),
                      "who completed has no reason")
            yield Hit(table, (table[status] == LEFT) & (table[reason] == ""), (reason, status), "the reason is empty")
        if table.has(status, date):
            over = table[status].isin([DONE, LEFT])
            yield Hit(table, over & table[date].isna(), (date, status), "the date is empty")
            yield Hit(table, (table[status] == "ONGOING") & table[date].notna(), (date, status),
                      "the subject is ongoing")
        if table.has(status):
            known = table[status].isin([DONE, LEFT, "ONGOING", "NOT STARTED", ""])
            yield Hit(table, ~known, status, f"the status is not {DONE}, {LEFT} or ONGOING")
    if table.has("DCDECOD", "DISCONFL"):
        yield Hit(table, (table["DCDECOD"] == DONE) == (table["DISCONFL"] == "Y"), ("DISCONFL", "DCDECOD"),
                  "they do not agree")
    for flag in [name for name in table.frame.columns if re.fullmatch(r"COMP\d+FL", name) and table.has("DCDECOD")]:
        yield Hit(table, (table["DCDECOD"] == DONE) & (table[flag] == "N"), (flag, "DCDECOD"),
                  "the subject has completed")
    if table.has("DCDECOD", "DSRAEFL"):
        wrong = (table["DCDECOD"] == "ADVERSE EVENT") != (table["DSRAEFL"] == "Y")
        yield Hit(table, wrong, ("DSRAEFL", "DCDECOD"), "they do not agree")
    if table.has("DCDECOD", "EOSSTT"):
        yield Hit(table, (table["DCDECOD"] == DONE) != (table["EOSSTT"] == DONE), ("EOSSTT", "DCDECOD"),
                  "they do not agree")
    if table.has("DCDECOD") and package.has("DS.DSDECOD", "DS.DSCAT"):
        ds = package["DS"]
        events = (ds["USUBJID"] + "|" + ds["DSDECOD"])[ds["DSCAT"] == "DISPOSITION EVENT"].unique()
        told = (table["USUBJID"] + "|" + table["DCDECOD"]).isin(events)
        yield Hit(table, (table["DCDECOD"] != "") & ~told, ("DCDECOD", "USUBJID"),
                  "DS has no such disposition of the subject")
    for flag in [name for name in table.frame.columns if re.fullmatch(r"COMP\d+FL", name)]:
        later = [name for name in table.frame.columns if re.fullmatch(r"COMP\d+FL", name)
                 and int(name[4:-2]) > int(flag[4:-2])]
        for other in later:
            yield Hit(table, (table[flag] != "Y") & (table[other] == "Y"), (flag, other), f"{other} is Y")

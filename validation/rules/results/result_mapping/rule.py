"""A collected text of a test has the same standard text in all records."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import distinct, filled, group_of, unlike_most
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule

NAMES = ("--TESTCD", "--CAT", "--SCAT", "--SPEC")


@rule("warning", each="SDTM", columns=("--TESTCD", "--ORRES", "--STRESC"), cites="SDTMIG 3.4, 4.5.1",
      fix="programmer: the same collected text has one standard text in a test")
def result_mapping(table: Table, package: Package) -> Iterator[Hit]:
    """A collected text of a test has the same standard text in all records."""
    words = np.isnan(number(table, "--ORRES")) | np.isnan(number(table, "--STRESC"))
    units = [name for name in ("--CAT", "--ORRESU", "--STRESU") if table.has(name) and filled(table, name).all()]
    for _, odd, usual in unlike_most([table], ("--TESTCD", "--ORRES", *units), "--STRESC"):
        pairs, group = distinct(table, ("--TESTCD", "--ORRES", *units, "--STRESC"))
        rare = pairs["_n"].to_numpy()[group] <= 3
        yield Hit(table, odd & words & rare, ("--STRESC", "--ORRES"), "elsewhere the same text became: "
                  + usual.fillna("several"))
    pairs, group = distinct(table, ("--TESTCD", *units, "--STRESC", "--ORRES"))
    whole = pairs.groupby(["--TESTCD", *units, "--STRESC"])["_n"]
    most, all_records = whole.transform("max"), whole.transform("sum")
    lone = (pairs["_n"] == 1) & (most >= 0.9 * all_records) & (all_records >= 10)
    lone &= pd.to_numeric(pairs["--ORRES"], errors="coerce").isna() & (pairs["--STRESC"] != "")
    yield Hit(table, lone.to_numpy()[group], ("--ORRES", "--STRESC"), "elsewhere this standard text has another origin")
    for_numbers = [name for name in (*NAMES, "--ORRESU", "--STRESU") if table.has(name)]
    same = pd.Series((number(table, "--ORRES") == number(table, "--STRESC")).astype("float64"))
    same = same.where(~np.isnan(number(table, "--ORRES")) & ~np.isnan(number(table, "--STRESC")))
    equal = same.groupby(group_of(table, for_numbers)).transform("mean").to_numpy()
    yield Hit(table, (same == 0).to_numpy() & (equal >= 0.95), ("--STRESC", "--ORRES"), "elsewhere both are the same")

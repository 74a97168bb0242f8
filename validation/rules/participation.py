"""What became of a subject: what DM says of it, its disposition events."""

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import look_up

__all__ = ["NOT_TREATED", "disposition", "of_dm"]

NOT_TREATED = ("SCREEN FAILURE", "SCRNFAIL", "NOT ASSIGNED", "NOTASSGN", "NOT TREATED", "NOTTRT",
               "ASSIGNED, NOT TREATED")


def of_dm(table: Table, package: Package, name: str) -> pd.Series:
    """The value that DM has for the subject of each record; missing where DM does not have the subject once."""
    return look_up(table, ["USUBJID"], package["DM"], ["USUBJID"], [name])[name]


def disposition(package: Package) -> pd.DataFrame:
    """The records of DS that are disposition events."""
    ds = package["DS"]
    return ds.frame[ds["DSCAT"].str.upper() == "DISPOSITION EVENT"] if ds.has("DSCAT") else ds.frame

"""What rules about tumours share: who read an image and when, diameters and their sums, RECIST 1.1 responses."""

import numpy as np
import pandas as pd

from validation.package import Table
from validation.rules.adam import as_text

__all__ = ["ACTUAL_NEW", "NODE", "diameters", "is_new", "marked", "overall_response", "reader", "responses",
           "sum_course", "sums", "visit_of_reader"]

NODE = "LYMPH NODE"
ACTUAL_NEW = ("NEW", "NEW LESION")
DIAMETERS = ("DIAMETER", "LDIAM", "LPERP")


def reader(table: Table) -> pd.Series:
    """Subject and assessor as one text: investigator, or the radiologist of an independent review."""
    key = table["USUBJID"]
    for name in ("--EVAL", "--EVALID"):
        if table.has(name):
            key = key + "|" + table[name]
    return key


def visit_of_reader(table: Table) -> pd.Series:
    """Subject, assessor and visit as one text."""
    name = "VISITNUM" if table.has("VISITNUM") else "VISIT"
    return reader(table) + "|" + (as_text(table[name]) if table.has(name) else "")


def is_new(table: Table) -> pd.Series:
    """True for a new lesion: by its group, or by what identified it."""
    new = pd.Series(False, index=table.frame.index)
    for name in ("--GRPID", "--ORRES", "--STRESC"):
        if table.has(name):
            new |= table[name].str.upper().isin(ACTUAL_NEW)
    return new


def diameters(tr: Table) -> pd.DataFrame:
    """The diameters of target lesions at each visit: reader, visit, lesion, test, mm, position of the record."""
    target = tr["TRTESTCD"].isin(DIAMETERS) & (tr["TRLNKID"] != "" if tr.has("TRLNKID") else True)
    if tr.has("TRGRPID"):
        target &= tr["TRGRPID"].str.upper().isin(["TARGET", ""])
    rows = np.flatnonzero(target.to_numpy())
    part = tr.frame.iloc[rows]
    return pd.DataFrame({"reader": reader(tr).iloc[rows].to_numpy(), "visit": visit_of_reader(tr).iloc[rows].to_numpy(),
                         "lesion": part["TRLNKID"].to_numpy() if tr.has("TRLNKID") else "",
                         "test": part["TRTESTCD"].to_numpy(),
                         "mm": part["TRSTRESN"].to_numpy(), "row": rows})


def sums(tr: Table, measured: pd.DataFrame) -> pd.DataFrame:
    """By visit of a reader, sums that a dataset may mean by the sum of diameters; NaN where a lesion has none."""
    once = measured.drop_duplicates(["visit", "lesion", "test"])
    wide = once.pivot(index=["visit", "lesion"], columns="test", values="mm")
    wide = wide.reindex(columns=list(DIAMETERS))
    each = pd.DataFrame({"plain": wide["DIAMETER"], "longest": wide["LDIAM"],
                         "either": wide["LDIAM"].fillna(wide["LPERP"])})
    grouped = each.groupby("visit", sort=False)
    return grouped.sum().where(grouped.count().eq(grouped.size(), axis=0) & (grouped.count() > 0))


def responses(rs: Table, code: str) -> pd.DataFrame:
    """The responses of one test, one by visit of a reader: visit, reader, response, date, position of the record."""
    chosen = rs["RSTESTCD"] == code
    if rs.has("RSCAT"):
        chosen &= rs["RSCAT"].str.upper().str.contains(r"(?<!I)RECIST 1\.1")
    rows = np.flatnonzero((chosen & (rs["RSSTRESC"] != "")).to_numpy())
    found = pd.DataFrame({"visit": visit_of_reader(rs).iloc[rows].to_numpy(),
                          "reader": reader(rs).iloc[rows].to_numpy(),
                          "response": rs["RSSTRESC"].iloc[rows].str.upper().to_numpy(), "row": rows,
                          "date": rs["RSDTC"].iloc[rows].to_numpy() if rs.has("RSDTC") else ""})
    return found.drop_duplicates("visit", keep=False)


def overall_response(target: pd.Series, other: pd.Series, new: pd.Series) -> pd.Series:
    """The overall response of a visit by RECIST 1.1, tables 1 and 2; "" where the tables do not tell."""
    none = ("", "NOT APPLICABLE", "NA", "ND")
    no_target = target.isin(none)
    clean = other.isin([*none, "CR"])
    conditions = [(target == "PD") | (other == "PD") | new, (target == "CR") & clean, (target == "CR"), target == "PR",
                  target == "SD", (target == "NE"), no_target & (other == "CR"), no_target & (other == "NON-CR/NON-PD"),
                  no_target & (other == "NE")]
    values = ["PD", "CR", "PR", "PR", "SD", "NE", "CR", "NON-CR/NON-PD", "NE"]
    return pd.Series(np.select(conditions, values, ""), index=target.index)


def sum_course(tr: Table) -> pd.DataFrame:
    """The sums of diameters of a reader in order: visit, sum, base (the first), nadir (the smallest before), later.

    A visit with a lesion that was not measured has no sum here; where that is the first visit, there is no base.
    """
    visit = visit_of_reader(tr)
    rows = np.flatnonzero(((tr["TRTESTCD"] == "SUMDIAM") & tr["TRSTRESN"].notna()).to_numpy())
    found = pd.DataFrame({"reader": reader(tr).iloc[rows].to_numpy(), "visit": visit.iloc[rows].to_numpy(),
                          "sum": tr["TRSTRESN"].iloc[rows].to_numpy(),
                          "date": tr["TRDTC"].iloc[rows].to_numpy() if tr.has("TRDTC") else "",
                          "at": tr["VISITNUM"].iloc[rows].to_numpy() if tr.has("VISITNUM") else 0.0})
    found = found.drop_duplicates("visit", keep=False).sort_values(["reader", "date", "at"], kind="stable")
    if tr.has("TRSTAT"):
        found["sum"] = found["sum"].where(~found["visit"].isin(visit[tr["TRSTAT"] == "NOT DONE"].unique()))
    found["later"] = found.groupby("reader", sort=False).cumcount() > 0
    found["base"] = found["sum"].where(~found["later"]).groupby(found["reader"], sort=False).transform("first")
    smallest = found.groupby("reader", sort=False)["sum"].cummin().groupby(found["reader"], sort=False).ffill()
    found["nadir"] = smallest.groupby(found["reader"], sort=False).shift()
    return found


def marked(table: Table, rows: pd.Series | np.ndarray) -> np.ndarray:
    """True at these positions."""
    found = np.zeros(len(table), dtype=bool)
    found[np.asarray(rows, dtype=int)] = True
    return found

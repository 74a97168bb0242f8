"""Analysis records that are there twice."""

import re
from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("USUBJID",), never=("ADSL",), cites="ADaMIG 1.3, 3.3.1",
      fix="programmer: remove the repeated record")
def repeated_record(table: Table, package: Package) -> Iterator[Hit]:
    """No record repeats another one; all variables but ASEQ count."""
    names = [name for name in table.frame.columns if name not in ("ASEQ", "_record")]
    short = [name for name in names if name in KEYS or re.fullmatch(r"[A-Z]{2}SEQ", name)] or names
    suspect = table.frame.duplicated(short, keep=False)
    again = pd.Series(False, index=table.frame.index)
    if suspect.any():
        again[suspect] = table.frame.loc[suspect, names].duplicated(keep=False)
    yield Hit(table, again, ("USUBJID",), "another record of the dataset is the same",
              "warning" if again.mean() > 0.01 and len(table) > 100 else "")
    if table.has("PARAMCD", "ANL01FL", "AVISIT"):
        key = [name for name in KEYS if table.has(name) and name not in ("ADTM",)]
        whole = suspect & ~again & (table["ANL01FL"] == "Y") & (table["AVISIT"] != "")
        twice = table.frame[whole].duplicated(key, keep=False).reindex(table.frame.index, fill_value=False)
        yield Hit(table, whole & twice,
                  ("PARAMCD", "AVISIT"), "another analysed record has the same subject, parameter and time", "notice")


KEYS = ("USUBJID", "PARAMCD", "AVISIT", "ATPT", "ADT", "ADTM", "DTYPE", "BASETYPE", "VISITNUM")

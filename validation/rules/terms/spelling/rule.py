"""A value is not a more frequent value of the same variable, written otherwise or with a letter wrong."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.wording import letters, near

FREE = {
    "USUBJID", "SUBJID", "STUDYID", "IDVAR", "IDVARVAL", "RELID", "QVAL", "INVNAM", "TSVAL", "IETEST",
    "TSVALCD", "DOMAIN", "VISIT", "ARM", "ACTARM", "TVSTRL", "TVENRL", "TESTRL", "TEENRL", "SITEID", "INVID",
    "_record", "QNAM", "ETCD",
}
FREE_OF_DOMAIN = {
    "TERM", "TRT", "ORRES", "STRESC", "DTC", "STDTC", "ENDTC", "SPID", "REFID", "LNKID", "GRPID", "LNKGRP",
    "VAL", "TESTCD", "TEST", "ORRESU", "STRESU", "DOSU", "LOT", "LOINC", "RUNID", "LLT", "MODIFY", "VAL1",
    "VAL2", "DOSTXT", "INDC", "RFTDTC", "ELTM", "DUR", "EVLINT", "STINT", "ENINT", "ORNRLO", "ORNRHI",
    "PARMCD", "UPDES", "REASND",
}


@rule("warning", each="SDTM", cites="SDTMIG 3.4, 4.2.4",
      fix="programmer: write the same value in the same way")
def spelling(table: Table, package: Package) -> Iterator[Hit]:
    """A value is not a more frequent value of the same variable, written otherwise or with a letter wrong."""
    for name in table.frame.columns:
        free = name in FREE or (name[:2] == table.prefix and name[2:] in FREE_OF_DOMAIN and name != "EXTRT")
        if free or not isinstance(table[name].dtype, pd.StringDtype):
            continue
        numbers, values = texts(table, name)
        if not 1 < len(values) <= 500 or known_numbers(values):
            continue
        counts = np.bincount(numbers, minlength=len(values))
        usual = _usual(values, counts)
        message = pd.Series(np.array(usual, dtype=object)[numbers], index=table.frame.index, dtype="str")
        yield Hit(table, message != "", name, "more often it is written: " + message)


def known_numbers(values: Sequence[str]) -> bool:
    return all(value == "" or value[0].isdigit() for value in values)


def _usual(values: Sequence[str], counts: npt.NDArray[np.int64]) -> list[str]:
    """For each value the more frequent one that it resembles; "" for none."""
    order = sorted(range(len(values)), key=lambda row: (-counts[row], values[row]))
    spelled: dict[str, str] = {}
    for row in order:
        spelled.setdefault(letters(values[row]), values[row])
    common = [values[row] for row in order if counts[row] >= (20 if len(values[row]) < 5 else 5)]
    usual = []
    for row, value in enumerate(values):
        other = spelled[letters(value)] if value else value
        if other == value and value and counts[row] == 1:
            other = near(value, common) or value
        usual.append(other if other != value else "")
    return usual

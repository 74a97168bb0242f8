"""The type, Char or Num, that a standard gives to a variable, and datasets read by it.

A variable of the wrong type has its own finding (structure.type, adam_structure.types). For all other rules it is read
as what the standard says, so that one wrong type does not keep the rest of the dataset from being judged.
"""

import re
from dataclasses import replace

import pandas as pd

from validation.package import Package, Table
from validation.rules.compare import to_number
from validation.rules.standard import known

__all__ = ["adam_type", "in_standard_types"]

NUMBERS = re.compile(r"(AVAL|BASE|CHG|PCHG|R2BASE|ADY|ASTDY|AENDY|A[NS]\dLO|ANRLO|ANRHI|CNSR|AGE|TRTSDT|TRTEDT|ADT|"
                     r"ADTM|ASTDT|AENDT|ASTDTM|AENDTM|STARTDT|SRCSEQ|TRTSDTM|TRTEDTM|DTHDT|EOSDT|TRTDURD|[A-Z]{2}SEQ|ASEQ|"
                     r"TRT\d\d[PA]N|TRT[PA]N|PARAMN|AVISITN|ATPTN|APERIOD)")
TEXTS = re.compile(r"(STUDYID|USUBJID|SUBJID|SITEID|PARAM|PARAMCD|AVALC|BASEC|AVISIT|ATPT|DTYPE|SRCDOM|SRCVAR|SEX|RACE|"
                   r"TRT[PA]|TRT\d\d[PA]|[A-Z0-9]+FL|ASEV|AESEV|[AB]TOXGR[LH]?|CRIT\d+|SHIFT\d+|AVALCAT\d|[A-Z]+GR\d|"
                   r"EVNTDESC|CNSDTDSC|ANRIND|BNRIND|A[A-Z]*DTF|A[A-Z]*TMF)")


def adam_type(name: str) -> str:
    """Char or Num by ADaMIG 1.3, sections 3.2 and 3.3; "" for a name that it does not have."""
    return "Num" if NUMBERS.fullmatch(name) else "Char" if TEXTS.fullmatch(name) else ""


def in_standard_types(package: Package) -> Package:
    """The package with every variable that has the wrong type read in that of its standard."""
    tables = {name: _in_standard_types(table) for name, table in package.tables.items()}
    return replace(package, tables=tables)


def _in_standard_types(table: Table) -> Table:
    changed = {}
    for name in table.frame.columns:
        column, wanted = table.frame[name], _standard_type(table, str(name))
        if wanted == "Char" and column.dtype.kind in "iuf":
            changed[name] = column.map(lambda number: f"{number:.15g}", na_action="ignore").astype("str").fillna("")
        elif wanted == "Num" and isinstance(column.dtype, pd.StringDtype):
            changed[name] = to_number(column)
    return replace(table, frame=table.frame.assign(**changed)) if changed else table


def _standard_type(table: Table, name: str) -> str:
    if table.model == "ADaM":
        return adam_type(name)
    fact = known(table).get(name)
    return fact.type if fact else ""

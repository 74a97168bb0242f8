"""Results that no living subject has: a mistaken unit, a lost decimal point. The limits are data/plausible.csv."""

from functools import cache
from pathlib import Path

import pandas as pd

from sdtm.mapping import report_records
from specs.model import DatasetSpec

__all__ = ["check_plausible"]

LIMITS = Path(__file__).parent / "data" / "plausible.csv"
FEWEST = 3                        # results of a subject that make a usual value
FIX = "data management: query the site or the laboratory for result and unit"


@cache
def _limits() -> pd.DataFrame:
    return pd.read_csv(LIMITS, dtype={"dataset": "str", "test": "str"}, keep_default_na=False,
                       na_values={"low": [""], "high": [""], "change": [""]})


def check_plausible(data: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report results outside of what a living subject can have, and results too far from what the subject usually has
    (the median of the test): most are right numbers under a wrong unit.

    In: USUBJID, --TESTCD, --STRESN (standard unit). Source: the limits of data/plausible.csv, each with its own.
    """
    result, code = f"{spec.domain}STRESN", f"{spec.domain}TESTCD"
    limits = _limits()[_limits()["dataset"] == spec.name].set_index("test")
    low, high, change = (data[code].map(limits[name]).astype("float64") for name in ("low", "high", "change"))
    outside = (data[result] < low) | (data[result] > high)
    report_records(data[outside], "mapping.implausible_result", "error", spec.name, result,
                   data[code] + " is " + data[result].astype("str") + " in the standard unit, outside of "
                   + low.astype("str") + " to " + high.astype("str"), FIX, value=f"{spec.domain}ORRES")
    usual = data.groupby(["USUBJID", code])[result].transform("median")
    enough = data.groupby(["USUBJID", code])[result].transform("count") >= FEWEST
    far = enough & ~outside & ((data[result] > usual * change) | (data[result] < usual / change))
    report_records(data[far], "mapping.implausible_change", "error", spec.name, result,
                   data[code] + " is " + data[result].astype("str") + " and the subject's usual value is "
                   + usual.round(2).astype("str"), FIX, value=f"{spec.domain}ORRES")

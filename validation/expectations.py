"""Expectations of clinical data that Great Expectations does not have; importing this module registers them.

Text counted in bytes (as transport files do), dates of SDTMIG 3.4, section 4.4.1, and study days of section 4.4.4. The
module needs nothing of this program: copied into the folder `plugins` of a Great Expectations project, it runs the
saved suites there. Missing text must be null to Great Expectations: "" passes every check of missing values.
"""

import logging
import os
import re
import warnings
from datetime import date
from typing import Any, ClassVar, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

os.environ["GX_ANALYTICS_ENABLED"] = "false"     # read by the import below; what a study holds is nobody's telemetry
_showwarning = warnings.showwarning
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
    import great_expectations as gx
    from great_expectations import expectations as gxe
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        Expectation,
        MulticolumnMapExpectation,
    )
    from great_expectations.expectations.metrics.map_metric_provider import (
        ColumnMapMetricProvider,
        MulticolumnMapMetricProvider,
        column_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
        multicolumn_condition_partial,
    )
    if warnings.showwarning is not _showwarning:
        logging.captureWarnings(False)           # the import sends all warnings of Python to a log that nobody reads

__all__ = ["ExpectColumnValuesToBeIso8601", "ExpectColumnValuesToFitBytes", "ExpectStudyDayToFollow", "Expectation",
           "gx", "gxe"]

YEAR, MONTH, DAY = "[0-9]{4}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
HOUR, SIXTY, ZONE = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]", "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
DAYS = f"(?P<year>{YEAR}|-)-(?P<month>{MONTH}|-)-(?P<day>{DAY}|-)"
TIMES = rf"(?:{HOUR}|(?:{HOUR}|-):{SIXTY}|(?:{HOUR}|-):(?:{SIXTY}|-):{SIXTY}(?:\.[0-9]+)?){ZONE}?"
DATE_TIME = re.compile(rf"{YEAR}|(?:{YEAR}|-)-{MONTH}|{DAYS}(?P<time>T{TIMES})?")
PERIOD = r"[0-9]+(?:\.[0-9]+)?"
DURATION = re.compile(rf"-?P(?:{PERIOD}W|(?=[0-9T])(?:{PERIOD}Y)?(?:{PERIOD}M)?(?:{PERIOD}D)?"
                      rf"(?:T(?=[0-9])(?:{PERIOD}H)?(?:{PERIOD}M)?(?:{PERIOD}S)?)?)")


def _is_date_time(text: str) -> bool:
    """A date-time as SDTMIG 4.4 writes it: cut at the right, '-' for an unknown part before a known one (2003---15)."""
    found = DATE_TIME.fullmatch(text)
    if found is None or found["day"] is None:
        return found is not None
    if found["day"] == "-":
        return found["time"] is not None
    if found["month"] == "-":
        return True
    year = 2000 if found["year"] == "-" else int(found["year"])     # 29 February is right in an unknown year
    return _is_day(year, int(found["month"]), int(found["day"]))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_iso8601(text: object, kind: str) -> bool:
    """One date-time, or two as the interval they lie in (2003-12-01/2003-12-10); or a duration."""
    if not isinstance(text, str):
        return False
    if kind == "duration":
        return DURATION.fullmatch(text) is not None
    return text.count("/") <= 1 and all(_is_date_time(part) for part in text.split("/"))


class _TextFitsBytes(ColumnMapMetricProvider):
    condition_metric_name = "column_values.fit_bytes"
    condition_value_keys = ("max_bytes",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_bytes: int, **_: Any) -> pd.Series:
        if isinstance(column.dtype, pd.StringDtype):
            lengths = pc.binary_length(pa.array(column, type=pa.large_string()))
            return pd.Series(pc.less_equal(lengths, max_bytes).to_numpy(zero_copy_only=False), index=column.index)
        fitting = [text for text in column.unique() if isinstance(text, str) and len(text.encode("utf-8")) <= max_bytes]
        return column.isin(fitting)


class _TextIsIso8601(ColumnMapMetricProvider):
    condition_metric_name = "column_values.iso8601"
    condition_value_keys = ("kind",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, kind: str, **_: Any) -> pd.Series:
        return column.isin([text for text in column.unique() if _is_iso8601(text, kind)])


class _StudyDayFollows(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.study_day_follows"
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:
        day = pd.to_numeric(column_list.iloc[:, 1], errors="coerce")
        event, reference = _whole_dates(column_list.iloc[:, 0]), _whole_dates(column_list.iloc[:, 2])
        follows = (event - reference).dt.days + event.ge(reference)
        return column_list.iloc[:, 1].isna() | day.eq(follows)


def _whole_dates(column: pd.Series) -> pd.Series:
    """The day of each whole date; none where a part is unknown, and none of an interval."""
    if column.dtype.kind == "M":
        return column.dt.normalize()
    text = column.astype("str")
    whole = text.str[:10].where(~text.str.contains("/", na=True))
    return pd.to_datetime(whole, format="%Y-%m-%d", errors="coerce")


class ExpectColumnValuesToFitBytes(ColumnMapExpectation):
    """Expect every value to be text of at most `max_bytes` bytes in UTF-8, which is what a transport file counts."""

    max_bytes: int = 200
    map_metric: ClassVar[str] = "column_values.fit_bytes"
    success_keys: ClassVar[tuple[str, ...]] = ("max_bytes", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "max_bytes")


class ExpectColumnValuesToBeIso8601(ColumnMapExpectation):
    """Expect every value to be an ISO 8601 date-time (whole, partial or an interval) or duration by SDTMIG 3.4, 4.4."""

    kind: Literal["datetime", "duration"] = "datetime"
    map_metric: ClassVar[str] = "column_values.iso8601"
    success_keys: ClassVar[tuple[str, ...]] = ("kind", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "kind")


class ExpectStudyDayToFollow(MulticolumnMapExpectation):
    """Expect a study day to be what its date and the reference date give, with no day 0 (SDTMIG 3.4, 4.4.4).

    `column_list` names the date, the study day and the reference date (AESTDTC, AESTDY, RFSTDTC), all in one frame:
    RFSTDTC of DM is joined to the records by USUBJID. A day stands only where both dates are whole.
    """

    map_metric: ClassVar[str] = "multicolumn_values.study_day_follows"
    args_keys: ClassVar[tuple[str, ...]] = ("column_list",)

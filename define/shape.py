"""How the values of a variable look: the data type, the length and the decimals that a define.xml states."""

import re

from define.model import Shape
from specs.model import VariableSpec
from specs.summary import VariableSummary

__all__ = ["infer_shape"]

LONGEST_TEXT = 200                       # bytes that a transport file holds
NUMBER_LENGTH = 8                        # of a numeric variable without any value
CLOCK_LENGTHS = (("DATETIME", 10), ("E8601DT", 10), ("B8601DT", 10), ("TIME", 5), ("E8601TM", 5), ("TOD", 5),
                 ("HHMM", 5),
                 ("DATE", 5), ("E8601DA", 5), ("B8601DA", 5), ("YYMMDD", 5), ("DDMMYY", 5), ("MMDDYY", 5))
DURATIONS = re.compile(r"[A-Z]{2}(DUR|ELTM|EVLINT|STINT|ENINT)|TD(STOFF|TGTPAI|MINPAI|MAXPAI)")
DATE, DATETIME = 10, 19                  # characters of a whole ISO 8601 date, and of one with seconds
DATE_PARTS, DATETIME_PARTS = {4, 7, DATE}, {4, 7, DATE, 13, 16, DATETIME}


def infer_shape(variable: VariableSpec, summary: VariableSummary) -> Shape:
    """The data type from the variable's type, name and format, and from the data: decimals, lengths, parts of dates.

    A result in text that is a plain number in every record is described as one.
    """
    if variable.type == "Num":
        return _number(variable, summary)
    if summary.numbers is not None and not variable.codelist:
        return Shape("float" if summary.numbers else "integer", summary.max_bytes, summary.numbers or None)
    if variable.name.endswith("DTC") or (summary.shapes and 0 not in summary.shapes):
        return Shape(_date_type(summary.shapes))
    if DURATIONS.fullmatch(variable.name):
        return Shape("durationDatetime")
    return Shape("text", variable.length or min(max(summary.max_bytes, 1), LONGEST_TEXT))


def _date_type(lengths: tuple[int, ...]) -> str:
    """The narrowest ISO 8601 type that is true of every value.

    A date that ends early (2025-03) is a partialDate, a time without seconds a partialDatetime; both may stop at any
    part but leave none out in the middle. A text of any other length has such a gap (2025---15), and so may data that
    is not there yet: only incompleteDatetime is true of them.
    """
    found = set(lengths)
    narrowest = ((found == {DATE}, "date"), (found == {DATETIME}, "datetime"), (found <= DATE_PARTS, "partialDate"),
                 (found <= DATETIME_PARTS, "partialDatetime"))
    return next((name for holds, name in narrowest if found and holds), "incompleteDatetime")


def _number(variable: VariableSpec, summary: VariableSummary) -> Shape:
    """Integer or float. A SAS date is an integer with a format: days (5 digits) or seconds (10 digits) from 1960."""
    clock = next((length for name, length in CLOCK_LENGTHS if variable.format.upper().startswith(name)), None)
    if clock:
        return Shape("integer", clock)
    digits = max(variable.digits or 0, summary.decimals)
    width = summary.max_bytes or variable.length or NUMBER_LENGTH
    if not digits:
        return Shape("integer", width)
    before_point = width - (summary.decimals + 1 if summary.decimals else 0)
    return Shape("float", max(before_point, 1) + 1 + digits, digits)

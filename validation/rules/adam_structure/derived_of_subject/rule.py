"""Body-mass index, duration of treatment and duration of events that do not come from their parts."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule

UNITS = ("DAYS", "DAY", "HOURS", "HOUR", "MINUTES", "MINUTE", "MINS", "MIN", "WEEKS", "WEEK", "MONTHS", "MONTH",
         "YEARS",
         "YEAR")


@rule("warning", each="ADaM", cites="ADaMIG 1.3, 3.2.6 and 3.3.3",
      numbers=("BMIBL", "WEIGHTBL", "HEIGHTBL", "TRTDURD", "TRTDUR", "ADURN", "CUMDOSE", "AVGDD"),
      fix="programmer: derive the number again")
def derived_of_subject(table: Table, package: Package) -> Iterator[Hit]:
    """BMIBL is weight by height squared, TRTDURD and ADURN count the days from the first to the last one."""
    if table.has("BMIBL", "WEIGHTBL", "HEIGHTBL"):
        bmi = table["WEIGHTBL"] / (table["HEIGHTBL"] / 100) ** 2
        yield Hit(table, (table["BMIBL"] - bmi).abs() > 0.11, ("BMIBL", "WEIGHTBL", "HEIGHTBL"),
                  "it is not the weight (kg) by the squared height (m)")
    duration = next((name for name in ("TRTDURD", "TRTDUR") if table.has(name)), "")
    if duration and table.has("TRTSDT", "TRTEDT"):
        counted = days(table, "TRTEDT") - days(table, "TRTSDT") + 1
        wrong = table[duration].notna() & counted.notna() & (table[duration] != counted)
        yield Hit(table, wrong, (duration, "TRTSDT", "TRTEDT"), "it is not the days from TRTSDT to TRTEDT")
        yield Hit(table, table[duration].isna() & counted.notna(), (duration, "TRTSDT", "TRTEDT"),
                  f"{duration} is empty")
    if table.has("ADURN", "ADURU", "ASTDT", "AENDT"):
        counted = days(table, "AENDT") - days(table, "ASTDT")
        in_days = table["ADURU"].str.upper().isin(["DAYS", "DAY"])
        wrong = in_days & counted.notna() & table["ADURN"].notna() & (table["ADURN"] != counted + 1)
        yield Hit(table, wrong, ("ADURN", "ASTDT", "AENDT"), "it is not the days from ASTDT to AENDT")
        unit = table["ADURU"].str.upper()
        yield Hit(table, table["ADURN"].notna() & (unit == ""), ("ADURU", "ADURN"), "the duration has no unit")
        yield Hit(table, ~unit.isin([*UNITS, ""]), ("ADURU", "ADURN"), "it is no unit of time")
    if table.has("CUMDOSE", "AVGDD") and duration:
        mean = table["CUMDOSE"] / table[duration]
        yield Hit(table, (table["AVGDD"] - mean).abs() > 0.11, ("AVGDD", "CUMDOSE", duration),
                  "it is not CUMDOSE a day")

"""Reference times of samples and parameters at which no dose was given."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.EXSTDTC",), each="SDTM", only=("PC", "PP"), columns=("USUBJID",),
      any_of=("--RFTDTC", "--RFTDTC", "PPRFTDTC", "PPRFDTC"),
      cites="SDTMIG 3.4, 4.4.10, 6.3.5.8 (PC) and 6.3.5.8 (PP)", fix="data management: query the time of the dose")
def reference_dose(table: Table, package: Package) -> Iterator[Hit]:
    """The reference time of a sample or a parameter is the time of a dose of the subject."""
    ex = package["EX"]
    for name in ("--RFTDTC", "--RFDTC"):
        if not table.has(name):
            continue
        for length in (16, 10):
            doses = (ex["USUBJID"] + "|" + ex["EXSTDTC"].str[:length]).unique()
            own = table["USUBJID"] + "|" + table[name].str[:length]
            none = (table[name].str.len() >= length) & ~own.isin(doses)
            yield Hit(table, none, (name, "USUBJID"),
                      f"no dose of the subject started {'then' if length > 10 else 'on that day'}",
                      softly(none, len(table), 0.02))

"""Times from the dose in analysis datasets that were miscounted."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import seconds
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

PAIRS = (("AFRLT", "ADTM", "FANLDTM"), ("ARRLT", "ADTM", "PCRFTDTM"))


@rule("warning", each="ADaM", any_of=("AFRLT", "ARRLT"), cites="ADaMIG 1.3, 3.3.3; ADaM popPK 1.0",
      fix="programmer: derive the time again")
def relative_times(table: Table, package: Package) -> Iterator[Hit]:
    """AFRLT is the time from the first dose and ARRLT that from the reference dose, in the unit of most records."""
    for name, at, start in PAIRS:
        if not table.has(name, at, start) or table[name].dtype.kind != "f":
            continue
        gone = (seconds(table, at) - seconds(table, start)) / 3600
        known = table[name].notna() & gone.notna()
        off = [(table[name] - gone / length).abs() > 0.02 + 1e-3 * gone.abs() / length
               for length in (1.0, 24.0, 1 / 60)]
        wrong = min((known & one for one in off), key=lambda one: int(one.sum()))
        yield Hit(table, wrong, (name, at, start), f"it is not the time from {start} to {at}",
                  softly(wrong, known.sum(), 0.1))

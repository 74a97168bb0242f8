"""Baseline values that are not the value of the baseline record."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import as_text, differ
from validation.rules.baselines import baseline_of, is_used, mostly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("USUBJID", "PARAMCD", "ABLFL", "AVAL", "BASE"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("AVAL", "BASE"),
      fix="programmer: derive BASE from the record with ABLFL = Y")
def base_of_baseline(table: Table, package: Package) -> Iterator[Hit]:
    """BASE is AVAL of the baseline record of the subject and parameter (and type of baseline)."""
    value, there = baseline_of(table, "AVAL")
    wrong = there & table["BASE"].notna() & value.notna() & differ(table["BASE"], value)
    yield Hit(table, wrong, ("BASE", "AVAL"), "the baseline record has "
              + as_text(value[wrong]).reindex(table.frame.index),
              "" if mostly(wrong.to_numpy(), there.to_numpy()) else "warning")
    none = table["BASE"].notna() & ~there
    few = none.sum() <= 0.02 * max(len(table), 50)
    yield Hit(table, none, ("BASE", "PARAMCD"), "the parameter of the subject has no single baseline record",
              "warning" if few else "notice")
    empty = there & table["BASE"].isna() & value.notna() & is_used(table, "BASE")
    yield Hit(table, empty, ("BASE", "AVAL"), "BASE is empty",
              "warning" if empty.sum() <= 0.02 * max(len(table), 50) else "notice")

"""Baseline texts, categories and grades that are not those of the baseline record."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import differ, is_missing
from validation.rules.baselines import baseline_of, is_used, mostly
from validation.rules.registry import Hit, rule

PAIRS = (("BASEC", "AVALC"), ("BNRIND", "ANRIND"), ("BTOXGR", "ATOXGR"), ("BTOXGRN", "ATOXGRN"), ("BTOXGRL", "ATOXGRL"),
         ("BTOXGRH", "ATOXGRH"), ("BASECAT1", "AVALCAT1"), ("BASECAT2", "AVALCAT2"), ("BR2A1LO", "R2A1LO"),
         ("BR2A1HI", "R2A1HI"))


@rule("error", each="ADaM", columns=("USUBJID", "PARAMCD", "ABLFL"), any_of=tuple(name for name, _ in PAIRS),
      cites="ADaMIG 1.3, 3.3.4 and 3.3.7", fix="programmer: derive it from the record with ABLFL = Y")
def baseline_of_qualifier(table: Table, package: Package) -> Iterator[Hit]:
    """BASEC, BNRIND, BTOXGR and their like are what the baseline record has in AVALC, ANRIND, ATOXGR."""
    for name, source in PAIRS:
        if not table.has(name, source):
            continue
        value, there = baseline_of(table, source)
        value = value.fillna("") if table[source].dtype.kind not in "fiuM" else value
        judged = there & ~is_missing(table[name]) & ~is_missing(value)
        wrong = judged.to_numpy() & differ(table[name], value, 1e-4)
        yield Hit(table, wrong, (name, source), f"the baseline record has another {source}",
                  "" if mostly(wrong, judged.to_numpy()) else "notice")
        empty = (there & ~is_missing(value) & is_missing(table[name]) & is_used(table, name)).to_numpy()
        yield Hit(table, empty, (name, source), f"{name} is empty",
                  "warning" if empty.sum() <= 0.01 * max(len(table), 100) else "notice")

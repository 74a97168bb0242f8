"""A time relative to a time point names the time point, and what is ongoing has no end."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", any_of=("--STRTPT", "--ENRTPT", "--STTPT", "--ENTPT"),
      cites="SDTMIG 3.4, 4.4.7; CORE-000106/CG0045, CORE-000265/CG0046, CORE-000257/CG0061, CORE-000059/CG0059",
      fix="programmer: --STRTPT goes with --STTPT, --ENRTPT with --ENTPT; something that has ended is not ongoing")
def relative_timing(table: Table, package: Package) -> Iterator[Hit]:
    """A time relative to a time point names the time point, and what is ongoing has no end."""
    for relation, point in (("--STRTPT", "--STTPT"), ("--ENRTPT", "--ENTPT")):
        if table.has(relation, point):
            related, pointed = filled(table, relation), filled(table, point)
            yield Hit(table, related & ~pointed, (point, relation), "the time point is missing")
            yield Hit(table, ~related & pointed, (relation, point), "the relation is missing")
    for name in ("--ENRTPT", "--ENRF"):
        if table.has(name, "--ENDTC"):
            open_end = table[name].isin(["ONGOING", "AFTER"]).to_numpy()
            yield Hit(table, open_end & filled(table, "--ENDTC"), (name, "--ENDTC"), "there is an end date")

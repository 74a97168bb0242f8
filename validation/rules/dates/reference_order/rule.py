"""The reference dates of a subject stand in their order: consent, first dose, last dose, end of participation."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule

ORDER = (("RFSTDTC", "RFENDTC", "error"), ("RFXSTDTC", "RFXENDTC", "error"), ("RFCSTDTC", "RFCENDTC", "error"),
         ("RFICDTC", "RFSTDTC", "warning"), ("RFICDTC", "RFXSTDTC", "warning"), ("RFENDTC", "RFPENDTC", "warning"),
         ("RFXENDTC", "RFPENDTC", "warning"), ("RFXENDTC", "DTHDTC", "warning"), ("RFICDTC", "DTHDTC", "error"),
         ("BRTHDTC", "RFICDTC", "error"), ("BRTHDTC", "RFSTDTC", "error"))


@rule("error", each="SDTM", only=("DM",),
      cites="SDTMIG 3.4, 5.2; CORE-000711/FB3404, CORE-000714/FB3408, CORE-000760/FB3413",
      fix="data management: query the reference dates")
def reference_order(table: Table, package: Package) -> Iterator[Hit]:
    """The reference dates of a subject stand in their order: consent, first dose, last dose, end of participation."""
    for early, late, severity in ORDER:
        if table.has(early, late):
            wrong = moments(table, late).last < moments(table, early).first.astype("M8[D]")
            blamed = (early, late) if early in ("RFICDTC", "BRTHDTC") else (late, early)
            yield Hit(table, wrong, blamed, f"{late} is before {early}", severity)

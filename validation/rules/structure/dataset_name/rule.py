"""A dataset is one of the guide, a part of one, or a domain of the sponsor."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import datasets

SPECIAL = ("RELREC", "RELSPEC", "RELSUB", "POOLDEF", "DI", "DO", "DR", "DT", "DU", "DX", "APDM", "TX", "TP")


@rule("notice", each="SDTM", cites="SDTMIG 3.4, 2.6; CORE-000929/CG0001",
      fix="programmer: explain the sponsor's own domain in the reviewer's guide")
def dataset_name(table: Table, package: Package) -> Iterator[Hit]:
    """A dataset is one of the guide, a part of one, or a domain of the sponsor."""
    own = table.name in datasets() or table.prefix in datasets() or table.name in SPECIAL
    yield from () if own else (Hit(table, None, "", "the guide has no such domain"),)

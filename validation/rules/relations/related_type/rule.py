"""RELTYPE is ONE or MANY where datasets are related, and empty where records are."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("RELREC",), columns=("USUBJID", "IDVARVAL", "RELTYPE"),
      cites="SDTMIG 3.4, 8.3; CORE-000202/CG0419",
      fix="programmer: RELTYPE is for relations of datasets only")
def related_type(table: Table, package: Package) -> Iterator[Hit]:
    """RELTYPE is ONE or MANY where datasets are related, and empty where records are."""
    of_records = filled(table, "IDVARVAL") | filled(table, "USUBJID")
    yield Hit(table, of_records & filled(table, "RELTYPE"), "RELTYPE", "the relation is one of records")
    yield Hit(table, ~of_records & ~table["RELTYPE"].isin(["ONE", "MANY"]).to_numpy(), "RELTYPE",
              "the relation is one of datasets")

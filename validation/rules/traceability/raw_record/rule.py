"""SDTM records that no raw record is behind."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="any", columns=("_record",), cites="FDA Study Data Technical Conformance Guide, traceability",
      fix="programmer: keep the id of the raw record")
def raw_record(table: Table, package: Package) -> Iterator[Hit]:
    """The raw records that a record came from are in the raw data."""
    if package.raw_records is None:
        return
    texts = table.frame["_record"].unique().tolist()
    unknown = [text for text in texts if text and not all(one in package.raw_records for one in text.split("; "))]
    yield Hit(table, table.frame["_record"].isin(unknown), "", "the raw data do not have this record")

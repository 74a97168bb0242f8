"""A file has the name of its dataset."""

from collections.abc import Iterator
from pathlib import Path

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", cites="FDA Technical Conformance Guide, 3.3",
      fix="programmer: name the file after the dataset")
def file_name(table: Table, package: Package) -> Iterator[Hit]:
    """A file has the name of its dataset."""
    stem = Path(table.file).stem
    if stem and stem.upper() != table.name.upper():
        yield Hit(table, None, "", f"the file is called {Path(table.file).name}")

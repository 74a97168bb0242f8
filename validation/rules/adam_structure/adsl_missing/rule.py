"""Analysis datasets without a subject-level dataset."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", cites="ADaMIG 1.3, 2.3.1; FDA Study Data Technical Conformance Guide, ADaM", fix="programmer: add ADSL")
def adsl_missing(package: Package) -> Iterator[Hit]:
    """Where there are analysis datasets, there is an ADSL."""
    tables = list(package.of_model("ADaM"))
    if tables and "ADSL" not in package.tables:
        yield Hit(tables[0], None, "", "the analysis datasets have no ADSL")

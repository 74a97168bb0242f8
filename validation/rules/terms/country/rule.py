"""COUNTRY is a three-letter code of ISO 3166."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("COUNTRY",), cites="ISO 3166-1 alpha-3; SDTMIG 3.4, 5.2",
      fix="programmer: write the three-letter code")
def country(table: Table, package: Package) -> Iterator[Hit]:
    """COUNTRY is a three-letter code of ISO 3166."""
    yield Hit(table, ~table["COUNTRY"].isin([*country_codes(), ""]), "COUNTRY", "it is no code of ISO 3166")


@cache
def country_codes() -> tuple[str, ...]:
    """The three-letter codes."""
    path = Path(__file__).parents[3] / "data" / "country_codes.csv"
    return tuple(path.read_text(encoding="utf-8").split()[1:])

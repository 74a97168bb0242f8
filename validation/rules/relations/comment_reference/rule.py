"""A comment on a record names its domain, variable and value; a general comment names none of them."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("CO",), columns=("RDOMAIN", "IDVAR", "IDVARVAL"),
      cites="SDTMIG 3.4, 5.1; CORE-000017/CG0166, CORE-000090/CG0164, CORE-000158/CG0163",
      fix="programmer: fill RDOMAIN, IDVAR and IDVARVAL, or none of them")
def comment_reference(table: Table, package: Package) -> Iterator[Hit]:
    """A comment on a record names its domain, variable and value; a general comment names none of them."""
    domain, variable, value = (filled(table, name) for name in ("RDOMAIN", "IDVAR", "IDVARVAL"))
    yield Hit(table, ~domain & (variable | value), "RDOMAIN", "the domain of the record is missing")
    yield Hit(table, variable & ~value, ("IDVARVAL", "IDVAR"), "the value of IDVAR is missing")
    yield Hit(table, value & ~variable, ("IDVAR", "IDVARVAL"), "the variable of IDVARVAL is missing")

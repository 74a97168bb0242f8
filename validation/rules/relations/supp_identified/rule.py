"""IDVAR and IDVARVAL stand together; without them a record is about the subject itself."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("RDOMAIN", "QNAM", "IDVAR", "IDVARVAL"),
      cites="SDTMIG 3.4, 8.4; CORE-000134/CG0203, CORE-000135/CG0204, CORE-000218/CG0465",
      fix="programmer: IDVAR and IDVARVAL are both filled, and both empty only in SUPPDM")
def supp_identified(table: Table, package: Package) -> Iterator[Hit]:
    """IDVAR and IDVARVAL stand together; without them a record is about the subject itself."""
    named, valued = filled(table, "IDVAR"), filled(table, "IDVARVAL")
    yield Hit(table, named & ~valued, ("IDVARVAL", "IDVAR"), "the value of IDVAR is missing")
    yield Hit(table, ~named & valued, ("IDVAR", "IDVARVAL"), "the variable of IDVARVAL is missing")
    if table.prefix != "DM":
        yield Hit(table, ~named & ~valued, "IDVAR", "the record of the parent is not named")

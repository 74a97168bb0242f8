"""QNAM and QLABEL go together one to one."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import unlike_most
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("QNAM", "QLABEL"), cites="SDTMIG 3.4, 8.4; CORE-000302/FB0920",
      fix="programmer: one QLABEL for a QNAM, in all records")
def supp_label(table: Table, package: Package) -> Iterator[Hit]:
    """QNAM and QLABEL go together one to one."""
    for key, value in (("QNAM", "QLABEL"), ("QLABEL", "QNAM")):
        for _, odd, usual in unlike_most([table], (key,), value):
            yield Hit(table, odd, (value, key), f"the same {key} has another {value} elsewhere: "
                      + usual.fillna("several"))

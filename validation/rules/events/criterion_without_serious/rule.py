"""Events that meet a criterion of seriousness and are not serious."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

CRITERIA = ("AESCAN", "AESCONG", "AESDISAB", "AESDTH", "AESHOSP", "AESLIFE", "AESOD", "AESMIE", "AESINTV")


@rule("warning", each="SDTM", only=("AE",), columns=("AESER",), any_of=CRITERIA,
      cites="SDTMIG 3.4, 6.2.1 AE; ICH E2A, II.B",
      fix="data management: query the seriousness")
def criterion_without_serious(table: Table, package: Package) -> Iterator[Hit]:
    """An adverse event that meets a criterion of seriousness is serious; seriousness is Y or N."""
    for name in CRITERIA:
        if table.has(name):
            yield Hit(table, (table[name] == "Y") & (table["AESER"] != "Y"), ("AESER", name), f"{name} is Y")
            yield Hit(table, ~table[name].isin(["Y", "N", ""]), name, "the criterion is not Y or N")
    yield Hit(table, ~table["AESER"].isin(["Y", "N"]), "AESER", "the seriousness is not Y or N", "warning")

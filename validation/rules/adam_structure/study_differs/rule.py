"""Records that belong to another study."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.STUDYID",), each="ADaM", columns=("STUDYID",), cites="ADaMIG 1.3, 3.2.1",
      fix="programmer: correct STUDYID")
def study_differs(table: Table, package: Package) -> Iterator[Hit]:
    """STUDYID is one of those of DM, or of the study that ADSL mostly has."""
    studies = package["DM"]["STUDYID"].unique() if package.has("DM.STUDYID") else package["ADSL"]["STUDYID"].mode()
    yield Hit(table, ~table["STUDYID"].isin(studies) & (table["STUDYID"] != ""), "STUDYID", "it is another study")

"""TS has the parameters that every trial must state, the start date of the study first."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

REQUIRED = ("SSTDTC", "TITLE", "SPONSOR", "INDIC", "TRT", "TPHASE", "STYPE", "AGEMIN", "AGEMAX", "SEXPOP",
            "PLANSUB", "ADDON", "RANDOM", "TBLIND", "TCNTRL", "TTYPE", "OBJPRIM", "SENDTC", "NARMS", "ACTSUB")


@rule("warning", each="SDTM", only=("TS",), columns=("TSPARMCD",),
      cites="SDTMIG 3.4, 7.4.1; FDA Technical Conformance Guide, 4.1 and appendix",
      fix="programmer: add the parameter, or say in TSVALNF why it has no value")
def trial_summary_required(table: Table, package: Package) -> Iterator[Hit]:
    """TS has the parameters that every trial must state, the start date of the study first."""
    present = set(table["TSPARMCD"])
    for parameter in REQUIRED:
        if parameter not in present:
            yield Hit(table, None, "TSPARMCD", f"{parameter} is missing")

"""Samples that were tested against one drug only."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", only=("IS",), columns=("USUBJID", "ISBDAGNT", "ISDTC", "ISSTRESC"),
      cites="FDA guidance on immunogenicity testing (2019)",
      fix="laboratory: test the sample against the other drug")
def samples_of_both_drugs(table: Table, package: Package) -> Iterator[Hit]:
    """Where subjects are tested against several drugs, a subject is tested against the drugs that the others are."""
    kinds = table["ISBDAGNT"].nunique()
    if kinds < 2:
        return
    sample = table["USUBJID"] + "|" + table["ISDTC"]
    drugs = table["ISBDAGNT"].groupby(sample, sort=False).transform("nunique")
    fewer = drugs < kinds
    yield Hit(table, fewer, ("ISBDAGNT", "ISDTC"), "other samples were tested against more drugs",
              softly(fewer, len(table), 0.05))

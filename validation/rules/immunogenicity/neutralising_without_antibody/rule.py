"""Neutralising antibodies in samples without antibodies."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.samples import sample_of, tier_of


@rule("warning", each="SDTM", only=("IS",), columns=("USUBJID", "ISTESTCD", "ISSTRESC"),
      cites="FDA guidance on immunogenicity testing (2019)",
      fix="laboratory: check the tiers of the sample")
def neutralising_without_antibody(table: Table, package: Package) -> Iterator[Hit]:
    """A sample with neutralising antibodies has binding antibodies."""
    sample, tier, result = sample_of(table), tier_of(table), table["ISSTRESC"].str.upper()
    binding = tier != "NEUTRALISE"
    if not (~binding).any() or not binding.any():
        return
    positive = sample[binding & ~result.isin(["NEGATIVE", ""]) & ~result.str.startswith("<")].unique()
    bad = ~binding & ~result.isin(["NEGATIVE", ""]) & ~result.str.startswith("<") & ~sample.isin(positive)
    yield Hit(table, bad, ("ISSTRESC", "ISTESTCD"), "the sample has no binding antibodies")
    denied = binding & result.isin(["NEGATIVE"]) & sample.isin(sample[bad].unique())
    yield Hit(table, denied, ("ISSTRESC", "ISTESTCD"), "the sample has neutralising antibodies", "notice")

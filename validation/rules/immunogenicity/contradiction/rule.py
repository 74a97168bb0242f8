"""Samples that are positive and negative in one tier."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.compare import to_number
from validation.rules.registry import Hit, rule
from validation.rules.samples import sample_of, tier_of

WORDS = ("POSITIVE", "NEGATIVE", "", "INDETERMINATE", "INCONCLUSIVE", "BORDERLINE", "NOT APPLICABLE")


@rule("error", each="SDTM", only=("IS",), columns=("USUBJID", "ISTESTCD", "ISSTRESC"), cites="SDTMIG 3.4, 6.3.5.5 (IS)",
      fix="laboratory: check the sample")
def contradiction(table: Table, package: Package) -> Iterator[Hit]:
    """A sample is positive or negative in a tier, not both, and its result is one of these or a number."""
    sample, tier, result = sample_of(table), tier_of(table), table["ISSTRESC"].str.upper()
    keys = [sample, tier, table["ISTESTCD"]]
    both = result.isin(["POSITIVE", "NEGATIVE"])
    kinds = result.where(both).groupby(keys, sort=False).transform("nunique")
    yield Hit(table, both & (kinds > 1), ("ISSTRESC", "ISTESTCD"), "the sample is positive and negative")
    of_words = tier.isin(["SCREEN", "CONFIRM"]) & ~result.isin(WORDS) & to_number(result.str.lstrip("<>= ")).isna()
    yield Hit(table, of_words, ("ISSTRESC", "ISTSTOPO"), "the result is neither POSITIVE nor NEGATIVE", "warning")
    titre = (tier == "QUANTIFY") & (result != "")
    words = titre & to_number(result.str.lstrip("<>= ")).isna() & ~both
    yield Hit(table, words, ("ISSTRESC", "ISTSTOPO"), "a titre is a number", "warning")
    yield Hit(table, titre & (to_number(result.str.lstrip("<>= ")) <= 0), ("ISSTRESC", "ISTSTOPO"),
              "a titre is above 0", "warning")

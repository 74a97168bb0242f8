"""Titres of samples that were not positive."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import sample_of, tier_of


@rule("warning", each="SDTM", only=("IS",), columns=("USUBJID", "ISTESTCD", "ISSTRESC"),
      cites="FDA guidance on immunogenicity testing (2019); SDTMIG 3.4, 6.3.5.5 (IS)",
      fix="laboratory: check the tiers of the sample")
def titre_without_positive(table: Table, package: Package) -> Iterator[Hit]:
    """A sample with a titre, or with a neutralising result, was positive (confirmed, where samples are)."""
    sample, tier = sample_of(table), tier_of(table)
    result = table["ISSTRESC"].str.upper()
    done = result != ""
    confirmed = done & (tier == "CONFIRM")
    titre = done & (tier == "QUANTIFY") & ~result.isin(["NEGATIVE", "NOT DONE"])
    for rows, what in ((titre, "a titre"), (done & (tier == "NEUTRALISE"), "a neutralising result")):
        for of, name in ((tier == "SCREEN", "screen"), (confirmed, "confirmation")):
            if not (of & done).any() or (what.startswith("a neu") and name == "confirmation" and not titre.any()):
                continue
            positive = sample[of & (result != "NEGATIVE") & done].unique()
            bad = rows & ~sample.isin(positive)
            bad &= True if name == "screen" else sample.isin(sample[of].unique()) | (confirmed.sum() > 5)
            severity = softly(bad, rows.sum(), 0.1)
            yield Hit(table, bad, ("ISSTRESC", "ISTESTCD"), f"the sample has {what} and no positive {name}", severity)
            first = of & done & (result == "NEGATIVE") & sample.isin(sample[bad].unique())
            yield Hit(table, first, ("ISSTRESC", "ISTESTCD"), f"the sample has {what} and no positive {name}", "notice")

"""Confirmations that do not follow a positive screen, and positive screens that were not confirmed."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import sample_of, tier_of


@rule("warning", each="SDTM", only=("IS",), columns=("USUBJID", "ISTESTCD", "ISSTRESC", "ISTSTOPO"),
      cites="FDA guidance on immunogenicity testing (2019)",
      fix="laboratory: check the tiers of the sample")
def confirmation_and_screen(table: Table, package: Package) -> Iterator[Hit]:
    """A sample is confirmed after a positive screen and only then; a confirmed one has a titre where any has."""
    sample, tier, result = sample_of(table), tier_of(table), table["ISSTRESC"].str.upper()
    done = result != ""
    screen, confirm, titre = (done & (tier == name) for name in ("SCREEN", "CONFIRM", "QUANTIFY"))
    if not confirm.any():
        return
    positive = sample[screen & (result == "POSITIVE")].unique()
    yield Hit(table, confirm & ~sample.isin(positive), ("ISSTRESC", "ISTSTOPO"),
              "the screen of the sample is not positive")
    open_ = screen & (result == "POSITIVE") & ~sample.isin(sample[confirm].unique())
    yield Hit(table, open_, ("ISSTRESC", "ISTSTOPO"), "the positive screen was not confirmed")
    if titre.any():
        bare = confirm & (result == "POSITIVE") & ~sample.isin(sample[titre].unique())
        yield Hit(table, bare, ("ISSTRESC", "ISTSTOPO"), "the confirmed sample has no titre",
                  softly(bare, confirm.sum(), 0.1))
    negative = sample[confirm & (result == "NEGATIVE")].unique()
    yield Hit(table, titre & sample.isin(negative), ("ISSTRESC", "ISTSTOPO"), "the sample was confirmed as negative")

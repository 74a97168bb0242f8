"""A preferred term has one primary path, and the same lowest level or reported term one preferred term."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import filled, share, unlike_most
from validation.rules.registry import Hit, rule

LEVELS = (("--LLT", "--DECOD", "warning"), ("--DECOD", "--HLT", "warning"), ("--DECOD", "--HLGT", "warning"),
          ("--DECOD", "--BODSYS", "warning"), ("--DECOD", "--SOC", "warning"), ("--HLT", "--HLGT", "notice"),
          ("--TERM", "--DECOD", "notice"), ("--TRT", "--DECOD", "notice"))


@rule("warning", cites="MedDRA (primary path); SDTMIG 3.4, 6.2.1",
      fix="programmer: take the primary path of the preferred term")
def dictionary_path(package: Package) -> Iterator[Hit]:
    """A preferred term has one primary path, and the same lowest level or reported term one preferred term."""
    for table in package.of_model("SDTM"):
        for lower, upper, severity in LEVELS:
            if table.has(lower, upper) and table.name not in ("DS", "DV"):
                for _, odd, usual in unlike_most([table], (lower,), upper):
                    yield Hit(table, odd, (upper, lower), "others have: " + usual.fillna("several"), severity)
        if table.has("--DECOD"):
            for name in ("--BODSYS", "--SOC", "--LLT", "--HLT", "--HLGT", "--CLAS"):
                if table.has(name) and share(filled(table, name)) > 0.5:
                    coded = filled(table, "--DECOD")
                    yield Hit(table, coded & ~filled(table, name), (name, "--DECOD"), "the term is coded")
                    yield Hit(table, ~coded & filled(table, name), ("--DECOD", name), "the level above is filled")

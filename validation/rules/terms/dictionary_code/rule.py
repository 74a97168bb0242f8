"""A dictionary term has one code, and a code one term, in a domain."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.groups import filled, unlike_most
from validation.rules.registry import Hit, rule
from validation.rules.run import show

PAIRS = (("--LLT", "--LLTCD"), ("--DECOD", "--PTCD"), ("--HLT", "--HLTCD"), ("--HLGT", "--HLGTCD"),
         ("--BODSYS", "--BDSYCD"), ("--SOC", "--SOCCD"), ("--CLAS", "--CLASCD"))


@rule("warning", cites="SDTMIG 3.4, 6.2.1; CORE-000268/CG0049, CORE-000184/CG0083",
      fix="programmer: take all levels from the same version of the dictionary")
def dictionary_code(package: Package) -> Iterator[Hit]:
    """A dictionary term has one code, and a code one term, in a domain."""
    for table in package.of_model("SDTM"):
        for term, code in PAIRS:
            if table.has(term, code):
                for key, value in ((term, code), (code, term)):
                    for _, odd, usual in unlike_most([table], (key,), value):
                        yield Hit(table, odd, (value, key), "others have: " + texts_of(usual))
                lone = filled(table, code) & ~filled(table, term)
                yield Hit(table, lone, (term, code), "there is a code and no term")
                bare = filled(table, term) & ~filled(table, code)
                few = bare.sum() <= 0.2 * filled(table, term).sum() or len(table) < 10
                few &= filled(table, code).any()
                yield Hit(table, bare & bool(few), (code, term), "there is a term and no code")


def texts_of(usual: pd.Series) -> pd.Series:
    return pd.Series(show(usual), index=usual.index, dtype="str").replace("", "several")

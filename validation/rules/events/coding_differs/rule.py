"""One term that has two codes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import as_text, is_missing, rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

LEVELS = (("--LLT", "--DECOD"), ("--DECOD", "--HLT"), ("--DECOD", "--HLGT"), ("--DECOD", "--BODSYS"),
          ("--DECOD", "--SOC"), ("--DECOD", "--PTCD"),
          ("--LLT", "--LLTCD"), ("--HLT", "--HLTCD"), ("--HLGT", "--HLGTCD"), ("--BODSYS", "--BDSYCD"),
          ("--SOC", "--SOCCD"),
          ("--TERM", "--DECOD"), ("--TRT", "--DECOD"), ("--DECOD", "--CLAS"))

OF_DISPOSITION = (("--TERM", "--DECOD"), ("--DECOD", "--CAT"))


@rule("warning", each="any", cites="SDTMIG 3.4, 6.1 and 6.2 (--DECOD); MedDRA Introductory Guide, hierarchy",
      fix="data management: have the term coded again")
def coding_differs(table: Table, package: Package) -> Iterator[Hit]:
    """A term has one code, and a code one place in its dictionary, throughout the dataset."""
    prefix = table.prefix or next((name[:2] for name in table.frame.columns if name.endswith("DECOD") and len(name)
                                   == 7), "")
    if not prefix or prefix == "DV":
        return
    for lower, upper in OF_DISPOSITION if prefix == "DS" else LEVELS:
        one, two = prefix + lower[2:], prefix + upper[2:]
        if not table.has(one, two):
            continue
        filled = ~(is_missing(table[one]) | is_missing(table[two])).to_numpy()
        wrong = np.zeros(len(table), dtype=bool)
        if filled.any():
            upper_case = pd.DataFrame({one: table[one].astype("str").str.upper(), two: as_text(table[two]).str.upper()})
            wrong[filled] = rarer(upper_case[filled], [one], two)
        yield Hit(table, wrong, (two, one), f"others with this {one} have another {two}",
                  softly(wrong, len(table), 0.02))

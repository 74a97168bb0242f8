"""The visits of a subject come one after the other: a higher VISITNUM has no earlier date."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.moments import moments
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("SV",), columns=("USUBJID", "VISITNUM", "SVSTDTC"), cites="SDTMIG 3.4, 5.5 (SV)",
      fix="data management: query the date of the visit")
def visit_order(table: Table, package: Package) -> Iterator[Hit]:
    """The visits of a subject come one after the other: a higher VISITNUM has no earlier date."""
    day = moments(table, "SVSTDTC").day
    order = pd.DataFrame({"USUBJID": table["USUBJID"].to_numpy(), "n": number(table, "VISITNUM"),
                          "day": day.astype("M8[s]"), "_row": np.arange(len(table))}).dropna()
    order = order.sort_values(["USUBJID", "n"], kind="stable")
    of_subject = order.groupby("USUBJID")
    order = order.assign(before=of_subject["day"].shift(), after=of_subject["day"].shift(-1),
                         last=of_subject["n"].shift())
    order = order.assign(early=order["day"] < order["before"])
    pair = order.groupby(["last", "n"])["early"]
    rare = pair.transform("sum") <= np.maximum(1, 0.05 * pair.transform("size"))    # two visits may often swap
    early = order["early"] & rare
    blamed = early | (early.groupby(order["USUBJID"]).shift(-1, fill_value=False)
                      & (order["before"].isna() | (order["after"] >= order["before"])))
    bad = np.zeros(len(table), dtype=bool)
    bad[order["_row"].to_numpy()[blamed.to_numpy()]] = True
    yield Hit(table, bad, ("SVSTDTC", "VISITNUM"), "the visit is out of order with the visits beside it")

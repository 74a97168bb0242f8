"""Every EPOCH is an epoch of TA, and an element of a subject has the epoch that TA gives it."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("EPOCH",), never=("TA",), needs=("TA.EPOCH",),
      cites="SDTMIG 3.4, 7.2.1; CORE-000271/CG0009",
      fix="programmer: use an epoch of TA")
def epoch_in_ta(table: Table, package: Package) -> Iterator[Hit]:
    """Every EPOCH is an epoch of TA, and an element of a subject has the epoch that TA gives it."""
    yield Hit(table, ~table["EPOCH"].isin([*package["TA"]["EPOCH"].unique(), ""]), "EPOCH", "TA has no such epoch")
    if table.has("ETCD") and package.has("TA.ETCD"):
        planned = pd.MultiIndex.from_frame(package["TA"].frame[["ETCD", "EPOCH"]])
        mine = pd.MultiIndex.from_frame(table.frame[["ETCD", "EPOCH"]])
        planned_element = table["ETCD"].isin(package["TA"]["ETCD"]).to_numpy() & filled(table, "EPOCH")
        yield Hit(table, planned_element & ~mine.isin(planned) & table["EPOCH"].isin(package["TA"]["EPOCH"]).to_numpy(),
                  ("EPOCH", "ETCD"), "TA has the element in another epoch")

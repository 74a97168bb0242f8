"""Every arm code of DM and TV is an arm of TA, or says that the subject has none."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule

NONE = ("SCRNFAIL", "NOTASSGN", "NOTTRT", "UNPLAN", "NONTRT")


@rule("error", needs=("TA.ARMCD",), cites="SDTMIG 3.4, 5.2 and 7.2.1; CORE-000155/CG0293, CORE-000208/CG0512",
      fix="programmer: plan the arm in TA, or leave ARMCD empty and say why in ARMNRS")
def arm_in_ta(package: Package) -> Iterator[Hit]:
    """Every arm code of DM and TV is an arm of TA, or says that the subject has none."""
    arms = [*package["TA"]["ARMCD"].unique(), ""]
    for dataset, name in (("DM", "ARMCD"), ("DM", "ACTARMCD"), ("TV", "ARMCD")):
        if package.has(f"{dataset}.{name}"):
            table = package[dataset]
            numbers, values = texts(table, name)
            unknown = np.array([value not in arms and value.upper() not in NONE for value in values], dtype=bool)
            yield Hit(table, unknown[numbers], name, "TA has no such arm")

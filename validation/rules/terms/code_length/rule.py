"""ARMCD has at most 20 characters, ETCD 8, a test, parameter or qualifier name 40."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule

LIMITS = (("ARMCD", 20), ("ACTARMCD", 20), ("ETCD", 8), ("--TEST", 40), ("TSPARM", 40), ("QLABEL", 40))


@rule("error", each="SDTM",
      cites="SDTMIG 3.4, 5.2 and 7.2; CORE-000157/CG0297, CORE-000185/CG0123, CORE-000143/CG0246, CORE-000199/CG0406, "
            "CORE-000222/CG0416",
      fix="programmer: shorten it")
def code_length(table: Table, package: Package) -> Iterator[Hit]:
    """ARMCD has at most 20 characters, ETCD 8, a test, parameter or qualifier name 40."""
    for name, limit in LIMITS:
        if table.has(name) and not (name == "--TEST" and table.prefix in ("IE", "TI")):
            numbers, values = texts(table, name)
            long = np.array([len(value.encode()) > limit for value in values], dtype=bool)
            yield Hit(table, long[numbers], name, f"it is longer than {limit}")

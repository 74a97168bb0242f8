"""A dataset of the trial design has one record per key."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.registry import Hit, rule

KEYS = {"TA": ("ARMCD", "TAETORD"), "TE": ("ETCD",), "TI": ("IETESTCD", "TIVERS"), "TV": ("VISITNUM", "ARMCD"),
        "TS": ("TSPARMCD", "TSSEQ"), "TD": ("TDORDER",), "TM": ("MIDSTYPE",), "TX": ("SETCD", "TXPARMCD", "TXSEQ"),
        "DI": ("SPDEVID", "DIPARMCD", "DISEQ"), "OI": ("NHOID", "OIPARMCD", "OISEQ")}


@rule("error", each="SDTM", only=("TA", "TE", "TI", "TV", "TS", "TD", "TM", "TX", "DI", "OI"),
      cites="SDTMIG 3.4, 7; CORE-000144/CG0247, CORE-000154/CG0268",
      fix="programmer: one record per key")
def design_key(table: Table, package: Package) -> Iterator[Hit]:
    """A dataset of the trial design has one record per key."""
    names = [name for name in KEYS[table.name] if table.has(name)]
    group = group_of(table, names)
    if len(names) == len(KEYS[table.name]) or table.name in ("TI", "TV"):
        twice = np.bincount(group, minlength=1)[group] > 1
        yield Hit(table, twice, tuple(reversed(names)), "another record has this key")

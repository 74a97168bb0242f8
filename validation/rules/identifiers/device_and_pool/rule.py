"""A device is one of DI and a pool one of POOLDEF, where these datasets are there."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", any_of=("SPDEVID", "POOLID"), never=("DI", "POOLDEF"),
      cites="SDTMIG 3.4, 8.6 (POOLDEF) and 4.2 (SPDEVID)",
      fix="programmer: define the device in DI, the pool in POOLDEF")
def device_and_pool(table: Table, package: Package) -> Iterator[Hit]:
    """A device is one of DI and a pool one of POOLDEF, where these datasets are there."""
    for name, dataset in (("SPDEVID", "DI"), ("POOLID", "POOLDEF")):
        if table.has(name) and package.has(f"{dataset}.{name}"):
            unknown = filled(table, name) & ~table[name].isin(package[dataset][name]).to_numpy()
            yield Hit(table, unknown, name, f"{dataset} has no such {'device' if name == 'SPDEVID' else 'pool'}")

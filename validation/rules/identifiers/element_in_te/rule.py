"""Every element of SE and TA is an element of TE."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", needs=("TE.ETCD",), cites="SDTMIG 3.4, 5.3 and 7.2.1; CORE-000173/CG0414",
      fix="programmer: define the element in TE, or call it UNPLAN")
def element_in_te(package: Package) -> Iterator[Hit]:
    """Every element of SE and TA is an element of TE."""
    known = [*package["TE"]["ETCD"].unique(), "", "UNPLAN"]
    for dataset in ("SE", "TA"):
        if package.has(f"{dataset}.ETCD"):
            yield Hit(package[dataset], ~package[dataset]["ETCD"].isin(known), "ETCD", "TE has no such element")

"""Whoever is dead in AE, DS or DD is dead in DM, and the other way round."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule

DEATHS = (("AE", "AEOUT", ("FATAL",)), ("AE", "AESDTH", ("Y",)), ("DS", "DSDECOD", ("DEATH",)), ("DD", "DDTESTCD", ()))


@rule("error", needs=("DM.USUBJID", "DM.DTHFL"),
      cites="CORE-000252/CG0136, CORE-000253/CG0135, CORE-000254/CG0134, CORE-000108/CG0133",
      fix="programmer: set DM.DTHFL; data management: query a death that only one form knows")
def death_elsewhere(package: Package) -> Iterator[Hit]:
    """Whoever is dead in AE, DS or DD is dead in DM, and the other way round."""
    dm, dead, seen = package["DM"], set(package["DM"]["USUBJID"][package["DM"]["DTHFL"] == "Y"]), set()
    for dataset, name, terms in DEATHS:
        if package.has(dataset, f"{dataset}.USUBJID", f"{dataset}.{name}"):
            table = package[dataset]
            died = table[name].isin(terms) if terms else table[name] != ""
            seen |= set(table["USUBJID"][died])
            yield Hit(table, died & ~table["USUBJID"].isin(dead), name, "DM.DTHFL of the subject is not Y")
    if any(package.has(dataset) for dataset, _, _ in DEATHS):
        yield Hit(dm, dm["USUBJID"].isin(dead) & ~dm["USUBJID"].isin(seen), "DTHFL", "nothing in AE, DS or DD says so",
                  "warning")

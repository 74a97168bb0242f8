"""The disposition event DEATH has the date of death of DM."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", needs=("DM.USUBJID", "DM.DTHDTC", "DS.USUBJID", "DS.DSDECOD", "DS.DSSTDTC"),
      cites="CORE-000034/CG0069",
      fix="data management: query the date of death")
def death_date(package: Package) -> Iterator[Hit]:
    """The disposition event DEATH has the date of death of DM."""
    ds = package["DS"]
    stated, death = moments(ds, "DSSTDTC").day, reference(ds, package, "DTHDTC").day
    yield Hit(ds, (ds["DSDECOD"] == "DEATH").to_numpy() & ~np.isnat(stated) & ~np.isnat(death) & (stated != death),
              "DSSTDTC", "DM.DTHDTC is another day")

"""An element of a subject is planned for the subject's arm."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.demographics import of_subject
from validation.rules.registry import Hit, rule


@rule("warning", needs=("SE.USUBJID", "SE.ETCD", "TA.ARMCD", "TA.ETCD", "DM.USUBJID", "DM.ARMCD"),
      cites="SDTMIG 3.4, 5.3 and 7.2.1",
      fix="programmer: an element that the arm does not plan is UNPLAN, or the arm is another")
def element_in_arm(package: Package) -> Iterator[Hit]:
    """An element of a subject is planned for the subject's arm."""
    se, ta = package["SE"], package["TA"]
    arm = of_subject(se, package, "ACTARMCD" if package["DM"].has("ACTARMCD") else "ARMCD")
    planned = pd.MultiIndex.from_frame(ta.frame[["ARMCD", "ETCD"]])
    mine = pd.MultiIndex.from_arrays([arm, se["ETCD"]])
    both = arm.isin(ta["ARMCD"]).to_numpy() & se["ETCD"].isin(ta["ETCD"]).to_numpy()
    yield Hit(se, both & ~mine.isin(planned), "ETCD", "TA does not plan it for the arm of the subject")

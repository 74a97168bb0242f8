"""Treatments and doses that hardly anybody of the arm has."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.participation import of_dm
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.EXTRT", "DM.USUBJID"), cites="SDTMIG 3.4, 5.2 DM, ACTARM; 6.1.3 EX",
      numbers=("EX.EXDOSE",),
      fix="data management: query treatment and dose")
def treatment_of_arm(package: Package) -> Iterator[Hit]:
    """A subject gets the treatment, and the dose, that others of the arm get."""
    ex = package["EX"]
    name = next((name for name in ("ACTARM", "ARM") if package["DM"].has(name)), "")
    if not name or not len(ex):
        return
    arm = of_dm(ex, package, name)
    subjects = pd.DataFrame({"arm": arm, "trt": ex["EXTRT"], "id": ex["USUBJID"]}).drop_duplicates()
    of_arm = subjects.drop_duplicates(["arm", "id"]).groupby("arm")["id"].size()
    having = subjects.groupby(["arm", "trt"])["id"].size().reset_index(name="n")
    having["share"] = having["n"] / having["arm"].map(of_arm)
    rare = having[(having["share"] < 0.1) & (having["n"] <= 2) & (having["arm"].map(of_arm) >= 3)]
    odd = (arm + "|" + ex["EXTRT"]).isin((rare["arm"] + "|" + rare["trt"]).tolist())
    is_placebo = ex["EXTRT"].str.upper().str.contains("PLACEBO")
    placebo = arm.str.upper().str.fullmatch("PLACEBO.*") & ~is_placebo
    placebo &= is_placebo.groupby(arm).transform("mean") > 0.8
    yield Hit(ex, ((arm != "") & odd) | placebo, ("EXTRT", "USUBJID"),
              "hardly anybody of the arm has this treatment: " + arm)
    if ex.has("EXDOSE"):
        groups = [arm, ex["EXTRT"]]
        kinds = ex["EXDOSE"].groupby(groups).transform("nunique")
        number = ex["EXDOSE"].groupby(groups).transform("size")
        adjusted = ex["EXADJ"] != "" if ex.has("EXADJ") else pd.Series(False, ex.frame.index)
        same = ex["EXDOSE"].groupby([*groups, ex["EXDOSE"]]).transform("size")
        odd_dose = (arm != "") & ~adjusted & (kinds <= 5) & (number >= 20) & (same <= 0.01 * number + 1) & (same <= 3)
        yield Hit(ex, odd_dose, ("EXDOSE", "EXTRT"), "hardly a dose of the arm is this one: " + arm)

"""More target lesions than RECIST 1.1 allows."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import reader


@rule("warning", needs=("TU.TUSTRESC", "TU.TULNKID"), cites="RECIST 1.1, 4.2",
      fix="data management: query the choice of target lesions")
def too_many_targets(package: Package) -> Iterator[Hit]:
    """A subject has at most five target lesions, and at most two in an organ."""
    tu = package["TU"]
    keys = [name for name in ("USUBJID", "TUEVAL", "TUEVALID", "TULNKID") if tu.has(name)]
    target = (tu["TUSTRESC"].str.upper() == "TARGET") & ~tu.frame.duplicated(keys)
    if tu.has("TUTESTCD"):
        target &= ~tu["TUTESTCD"].isin(["TUSPLIT", "TUMERGE"])
    by = reader(tu)
    number = target.groupby(by, sort=False).transform("sum")
    yield Hit(tu, target & (number > 5), ("TULNKID", "USUBJID"), "the subject has more than five target lesions")
    if tu.has("TULOC"):
        in_organ = target.groupby([by, tu["TULOC"]], sort=False).transform("sum")
        many = target & (in_organ > 2) & (tu["TULOC"] != "")
        yield Hit(tu, many, ("TULOC", "TULNKID"), "the organ has more than two target lesions",
                  softly(many, len(tu), 0.1))

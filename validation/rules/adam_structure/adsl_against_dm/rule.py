"""Demographics of ADSL that are not those of DM."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import as_text, differ, look_up
from validation.rules.registry import Hit, rule

SAME = ("SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ETHNIC", "COUNTRY", "ARM", "ARMCD", "ACTARM", "ACTARMCD",
        "BRTHDTC",
        "INVID", "INVNAM", "DTHFL")
DATES = ("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "RFPENDTC", "DTHDTC")


@rule("error", needs=("ADSL.USUBJID", "DM.USUBJID"), cites="ADaMIG 1.3, 3.2.1 and 3.2.2",
      fix="programmer: take the value from DM, or rename what is derived")
def adsl_against_dm(package: Package) -> Iterator[Hit]:
    """A variable that ADSL has from DM has the value of DM."""
    adsl, dm = package["ADSL"], package["DM"]
    names = [name for name in (*SAME, *DATES) if adsl.has(name) and dm.has(name)]
    there = look_up(adsl, ["USUBJID"], dm, ["USUBJID"], names)
    for name in names:
        one, two = adsl[name], there[name]
        if one.dtype.kind != two.dtype.kind:
            one, two = as_text(one), as_text(two)
        wrong = differ(one, two) & there["_one"].to_numpy()
        often = wrong.sum() > 0.2 * len(adsl) and len(adsl) > 10
        doubtful = name in DATES or (name == "DTHFL" and "DTHDT" not in adsl.frame) or often
        yield Hit(adsl, wrong, (name, "USUBJID"), "DM has " + as_text(two).replace("", "nothing"),
                  "warning" if doubtful else "")

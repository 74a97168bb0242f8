"""Subject characteristics of ADSL that SC does not have."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import as_text, differ
from validation.rules.registry import Hit, rule


@rule("warning", needs=("ADSL.USUBJID", "SC.SCTESTCD", "SC.SCSTRESN"), cites="ADaMIG 1.3, 3.2.2",
      numbers=("SC.SCSTRESN",),
      fix="programmer: take the value from SC")
def characteristic(package: Package) -> Iterator[Hit]:
    """A number of ADSL that mostly is the result of a test of SC is that result for all subjects."""
    adsl, sc = package["ADSL"], package["SC"]
    for code in sc["SCTESTCD"].unique().tolist():
        rows = sc.frame[(sc["SCTESTCD"] == code) & sc["SCSTRESN"].notna()].drop_duplicates("USUBJID", keep=False)
        given = adsl["USUBJID"].map(rows.set_index("USUBJID")["SCSTRESN"]).astype("float64")
        for variable in adsl.variables:
            if variable.type != "Num" or variable.format or adsl[variable.name].dtype.kind != "f" or given.isna().all():
                continue
            same = given.notna() & ~differ(given, adsl[variable.name])
            if same.sum() >= 0.9 * given.notna().sum() and adsl[variable.name].nunique() > 2:
                yield Hit(adsl, given.notna() & ~same, (variable.name, "USUBJID"), f"{code} in SC is " + as_text(given))

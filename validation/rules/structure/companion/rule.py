"""A variable that means something only beside another one stands beside it."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

APART, ELSEWHERE = ("TV", "CO", "DM"), ("ARM", "EPOCH", "VISIT", "--DY")
COMPANIONS = (
    ("--TEST", "--TESTCD", ""), ("--TESTCD", "--TEST", ""), ("--ORRES", "--STRESC", ""), ("--STRESN", "--STRESC", ""),
    ("--ORRESU", "--STRESU", ""), ("VISIT", "VISITNUM", ""), ("--TPT", "--TPTNUM", ""), ("--TPTNUM", "--TPT", ""),
    ("--ELTM", "--TPTREF", ""), ("--RFTDTC", "--TPTREF", ""), ("--REASND", "--STAT", ""), ("--DOSE", "--DOSU", ""),
    ("--BDSYCD", "--BODSYS", ""), ("--PTCD", "--DECOD", ""), ("--LLTCD", "--LLT", ""), ("ARM", "ARMCD", ""),
    ("ARMCD", "ARM", ""), ("ACTARM", "ACTARMCD", ""), ("ACTARMCD", "ACTARM", ""), ("AGE", "AGEU", ""),
    ("--STRTPT", "--STTPT", ""), ("--STTPT", "--STRTPT", ""), ("--ENRTPT", "--ENTPT", ""), ("--ENTPT", "--ENRTPT", ""),
    ("--SCAT", "--CAT", ""), ("--OCCUR", "--PRESP", ""), ("DTHDTC", "DTHFL", ""), ("RFSTDTC", "RFENDTC", ""),
    ("--DY", "--DTC", ""), ("--STDY", "--STDTC", ""), ("--ENDY", "--ENDTC", ""), ("--STNRLO", "--STNRHI", ""),
    ("--STNRHI", "--STNRLO", ""), ("--ORNRLO", "--STNRLO", ""), ("--STDTC", "--STDY", "notice"),
    ("--ENDTC", "--ENDY", "notice"), ("--DTC", "--DY", "notice"),
    ("VISITNUM", "VISIT", "notice"), ("VISITNUM", "VISITDY", "notice"), ("--TPTNUM", "--ELTM", "notice"),
    ("--DTC", "EPOCH", "notice"), ("--STDTC", "EPOCH", "notice"), ("SEX", "ETHNIC", "notice"),
    ("AGE", "BRTHDTC", "notice"), ("--TESTCD", "--DTC", "notice"))


@rule("warning", each="SDTM", never=("SUPP*", "RELREC"),
      cites="SDTMIG 3.4, 4.2.1 to 4.5.1; CORE-000026/CG0468, CORE-000104/CG0430, CORE-000015/CG0088, "
            "CORE-000029/CG0661",
      fix="programmer: add the variable that belongs to it")
def companion(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that means something only beside another one stands beside it."""
    for name, other, severity in COMPANIONS:
        if table.has(name) and not table.has(other) and not (table.name in APART and other in ELSEWHERE):
            yield Hit(table, None, other, f"there is {table.named(name)}, and no {table.named(other)}", severity)

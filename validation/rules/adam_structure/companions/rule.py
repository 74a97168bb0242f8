"""Variables that need others beside them."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

NEEDS = (("CHG", "BASE"), ("PCHG", "BASE"), ("CHG", "AVAL"), ("BASEC", "BASE|AVALC"), ("R2BASE", "BASE"),
         ("BASE", "ABLFL"),
         ("BNRIND", "ANRIND"), ("BTOXGR", "ATOXGR"), ("ADY", "ADT|ADTM"), ("ASTDY", "ASTDT|ASTDTM"),
         ("AENDY", "AENDT|AENDTM"),
         ("ADTF", "ADT|ADTM"), ("ASTDTF", "ASTDT|ASTDTM"), ("AENDTF", "AENDT|AENDTM"), ("ASTTMF", "ASTDTM|ASTTM"),
         ("SRCVAR", "SRCDOM"), ("SRCSEQ", "SRCDOM"), ("SRCDOM", "SRCVAR"), ("CNSR", "AVAL"), ("CNSR", "ADT|ADTM"),
         ("CNSR", "STARTDT|STARTDTM"), ("CNSR", "EVNTDESC"), ("STARTDT", "CNSR"), ("ADURN", "ADURU"),
         ("TRTEMFL", "ASTDT|ASTDTM"), ("CRIT1FL", "CRIT1"),
         ("CRIT2FL", "CRIT2"), ("MCRIT1ML", "MCRIT1"), ("AGE", "AGEU|PARAMCD|AETERM|CMTRT|MHTERM"),
         ("AWTDIFF", "AWTARGET"),
         ("DOSEA", "DOSEU"))


@rule("warning", each="ADaM", cites="ADaMIG 1.3, 3.1.1 and 3.3.3 to 3.3.9", fix="programmer: add the variable")
def companions(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that is told from another has that other beside it: CHG has BASE, AVISITN has AVISIT, ADY has ADT."""
    for name, needed in NEEDS:
        if table.has(name) and not any(table.has(other) for other in needed.split("|")):
            yield Hit(table, None, needed.split("|")[0], f"{name} needs {needed.replace('|', ' or ')}",
                      "notice" if name in ("DOSEA", "AGE", "BASE") else "")
    names = {variable.name for variable in table.variables}
    for name in sorted(names):
        text = name[:-1]
        if name.endswith("N") and (text in TEXTS or TREATMENT.fullmatch(text)) and text not in names:
            yield Hit(table, None, text, f"{name} needs {text}")


TEXTS = ("PARAM", "AVISIT", "ATPT", "RACE", "SEX", "TRTP", "TRTA", "AGEGR1", "AGEGR2", "RACEGR1", "SHIFT1", "APHASE",
         "ASEV",
         "ATOXGR")
TREATMENT = re.compile(r"TRT\d\d[PA]|TRT[PA]G\d|[A-Z0-9]{3,5}GR\d")

"""Variables whose type is not that of their name."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

NUMBERS = re.compile(r"(AVAL|BASE|CHG|PCHG|R2BASE|ADY|ASTDY|AENDY|A[NS]\dLO|ANRLO|ANRHI|CNSR|AGE|TRTSDT|TRTEDT|ADT|"
                     r"ADTM|ASTDT|AENDT|ASTDTM|AENDTM|STARTDT|SRCSEQ|TRTSDTM|TRTEDTM|DTHDT|EOSDT|TRTDURD|[A-Z]{2}SEQ|ASEQ|"
                     r"TRT\d\d[PA]N|TRT[PA]N|PARAMN|AVISITN|ATPTN|APERIOD)")
TEXTS = re.compile(r"(STUDYID|USUBJID|SUBJID|SITEID|PARAM|PARAMCD|AVALC|BASEC|AVISIT|ATPT|DTYPE|SRCDOM|SRCVAR|SEX|RACE|"
                   r"TRT[PA]|TRT\d\d[PA]|[A-Z0-9]+FL|EVNTDESC|CNSDTDSC|ANRIND|BNRIND|A[A-Z]*DTF|A[A-Z]*TMF)")


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.1, 3.1.2 and 3.2 to 3.3",
      fix="programmer: change the type of the variable")
def types(table: Table, package: Package) -> Iterator[Hit]:
    """A variable has the type, Char or Num, that the implementation guide gives to its name."""
    for variable in table.variables:
        name, wanted = variable.name, variable.type
        wanted = "Num" if NUMBERS.fullmatch(name) else "Char" if TEXTS.fullmatch(name) else wanted
        if variable.type != wanted:
            yield Hit(table, None, variable.name, f"the type is {variable.type} and must be {wanted}")

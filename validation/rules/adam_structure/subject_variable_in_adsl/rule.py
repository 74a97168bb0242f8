"""Subject-level variables that other datasets have and ADSL does not."""

import re
from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule

OF_SUBJECT = re.compile(r"(SAF|ITT|EFF|FAS|PPROT|ENRL|RAND|COMPL|COMP\d+|DISCON|DSRAE)FL|AGEGR\d+N?|RACEN?|AGE|SEX|"
                        r"TRT[SE]DT|DTHDT|SITEGR\d+|TRT\d\d[PA]N?")


@rule("warning", needs=("ADSL",), cites="ADaMIG 1.3, 2.3.1 and 3.1.1", fix="programmer: add the variable to ADSL")
def subject_variable_in_adsl(package: Package) -> Iterator[Hit]:
    """A subject-level variable of another analysis dataset is in ADSL."""
    adsl, told = package["ADSL"], set()
    for table in package.of_model("ADaM"):
        for name in table.frame.columns if table.name != "ADSL" else ():
            if OF_SUBJECT.fullmatch(name) and not adsl.has(name) and name not in told:
                told.add(name)
                yield Hit(adsl, None, name, f"{table.name} has {name}, and ADSL does not")

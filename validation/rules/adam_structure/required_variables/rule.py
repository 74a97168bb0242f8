"""What a dataset of its structure cannot be without."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

REQUIRED = {"ADSL": ("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM", "TRT01P"),
            "BDS": ("STUDYID", "USUBJID", "PARAM", "PARAMCD"), "OCCDS": ("STUDYID", "USUBJID")}
EXPECTED = {"ADSL": ("TRTSDT", "TRTEDT", "SAFFL|ITTFL|FASFL|ENRLFL|RANDFL"),
            "ADAE": ("AESEQ", "AETERM", "AEDECOD", "AEBODSYS|AESOC", "ASTDT|ASTDTM", "TRTEMFL", "AESER"),
            "ADCM": ("CMSEQ", "CMTRT"), "ADMH": ("MHSEQ", "MHTERM"),
            "ADTTE": ("CNSR", "ADT|ADTM", "STARTDT|STARTDTM")}

OF_SUBJECTS = ("PARAMCD", "SUBJID", "AGE", "TRTP", "TRT01P", "AETERM", "TRTSDT")


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.2 and 3.3; OCCDS 1.1, 3.2",
      fix="programmer: add the variable")
def required_variables(table: Table, package: Package) -> Iterator[Hit]:
    """A dataset has the variables that its structure requires."""
    if not table.has("USUBJID") and not any(table.has(name) for name in OF_SUBJECTS):
        return                                                     # as a table of dose levels
    structure = "ADSL" if table.name == "ADSL" else "BDS" if table.has("PARAMCD") else "OCCDS"
    if table.has("AVAL") or table.has("AVALC") or table.has("PARAM"):
        structure = "BDS" if structure == "OCCDS" else structure
    for name in REQUIRED[structure]:
        if not table.has(name):
            severity = "" if name in ("STUDYID", "USUBJID", "PARAMCD", "TRT01P", "AGE", "SEX") else "warning"
            yield Hit(table, None, name, f"a dataset of the structure {structure} has {name}", severity)
    for names in EXPECTED.get(table.name, ()):
        if not any(table.has(name) for name in names.split("|")):
            yield Hit(table, None, names.split("|")[0], f"{table.name} has {names.replace('|', ' or ')}", "warning")
    if structure == "BDS" and not table.has("AVAL") and not table.has("AVALC"):
        yield Hit(table, None, "AVAL", "a dataset of the structure BDS has AVAL or AVALC")
    if structure == "BDS" and not any(name.startswith("TRT") for name in table.by_name):
        yield Hit(table, None, "TRTP", "a dataset of the structure BDS has a treatment variable", "warning")

"""Standard variables with labels of their own."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.wording import is_chinese

LABELS = {"STUDYID": "Study Identifier", "USUBJID": "Unique Subject Identifier",
          "SUBJID": "Subject Identifier for the Study",
          "SITEID": "Study Site Identifier", "TRTSDT": "Date of First Exposure to Treatment",
          "TRTEDT": "Date of Last Exposure to Treatment", "TRTP": "Planned Treatment", "TRTPN": "Planned Treatment (N)",
          "TRTA": "Actual Treatment", "TRTAN": "Actual Treatment (N)", "PARAM": "Parameter",
          "PARAMCD": "Parameter Code",
          "PARAMN": "Parameter (N)", "AVAL": "Analysis Value", "AVALC": "Analysis Value (C)", "BASE": "Baseline Value",
          "CHG": "Change from Baseline", "PCHG": "Percent Change from Baseline", "ABLFL": "Baseline Record Flag",
          "ADT": "Analysis Date", "ADY": "Analysis Relative Day", "AVISIT": "Analysis Visit",
          "AVISITN": "Analysis Visit (N)", "DTYPE": "Derivation Type", "CNSR": "Censor", "AGE": "Age", "SEX": "Sex",
          "RACE": "Race", "ARM": "Description of Planned Arm", "AESEQ": "Sequence Number",
          "AETERM": "Reported Term for the Adverse Event", "AEDECOD": "Dictionary-Derived Term"}


@rule("notice", each="ADaM", cites="ADaMIG 1.3, 3.2 and 3.3", fix="programmer: use the label of the guide")
def standard_label(table: Table, package: Package) -> Iterator[Hit]:
    """The best-known variables have the labels of the implementation guide."""
    for variable in table.variables:
        wanted = LABELS.get(variable.name, "")
        if wanted and variable.label and not is_chinese(variable.label) and variable.label.lower() != wanted.lower():
            yield Hit(table, None, variable.name, f"the label is {variable.label!r}; the guide says {wanted!r}")

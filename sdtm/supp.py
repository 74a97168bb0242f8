"""Supplemental qualifiers: what a domain has no variable for goes to SUPP-- (SDTMIG 3.4, section 8.4)."""

import pandas as pd

from sdtm.findings import number_text
from specs.model import DatasetSpec, VariableSpec

__all__ = ["split_supplements"]

ORIGINS = {"Collected": "CRF"}                     # Define-XML's words in those of SDTM; the others are the same
EVALUATORS = {"": "", "Investigator": "INVESTIGATOR", "Sponsor": "CLINICAL STUDY SPONSOR", "Subject": "STUDY SUBJECT",
              "Vendor": "VENDOR"}                  # terms of EVAL


def split_supplements(data: pd.DataFrame, spec: DatasetSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The domain without its supplemental qualifiers, and SUPP--: one record for each of them that has a value.

    IDVAR and IDVARVAL point to the record by --SEQ; for DM, which has one record a subject, they are empty.
    In: a finished domain with its `supp` variables. Out: the domain, and STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM
    QLABEL QVAL QORIG QEVAL with the raw record ids.
    """
    parts = [_supplement(data, spec, variable) for variable in spec.supplements]
    if not parts:
        return data, pd.DataFrame()
    supplement = pd.concat(parts, ignore_index=True)
    supplement = supplement.sort_values(["USUBJID", "_sequence", "QNAM"], kind="stable", ignore_index=True)
    return data.drop(columns=[variable.name for variable in spec.supplements]), supplement.drop(columns="_sequence")


def _supplement(data: pd.DataFrame, spec: DatasetSpec, variable: VariableSpec) -> pd.DataFrame:
    """The records of SUPP-- for one qualifier, and `_sequence`, the --SEQ that they point to."""
    rows = data[data[variable.name].notna() & (data[variable.name] != "")]
    values = number_text(rows[variable.name]) if variable.type == "Num" else rows[variable.name]
    sequence = f"{spec.domain}SEQ"
    number = rows[sequence] if sequence in rows else pd.Series(0.0, index=rows.index)

    def text(constant: str) -> pd.Series:
        return pd.Series(constant, index=rows.index, dtype="str")

    return pd.DataFrame({
        "STUDYID": rows["STUDYID"], "RDOMAIN": text(spec.name), "USUBJID": rows["USUBJID"],
        "IDVAR": text(sequence if sequence in rows else ""),
        "IDVARVAL": number_text(number) if sequence in rows else text(""),
        "QNAM": text(variable.name), "QLABEL": text(variable.label), "QVAL": values,
        "QORIG": text(_origin(variable)), "QEVAL": text(EVALUATORS[variable.originator]),
        "_record": rows["_record"], "_sequence": number,
    })


def _origin(variable: VariableSpec) -> str:
    """The stated origin, or the one that the variable's verb implies."""
    verb = variable.verbs[0] if variable.verbs else ""
    origin = variable.origin or {"value": "Assigned", "derive": "Derived"}.get(verb, "Collected")
    return ORIGINS.get(origin, origin)

"""Supplemental qualifiers: what a domain has no variable for goes to SUPP-- (SDTMIG 3.4, section 8.4)."""

import pandas as pd

from specs.model import DatasetSpec, VariableSpec

__all__ = ["split_supplements"]

ORIGINS = {"Collected": "CRF", "Derived": "Derived", "Assigned": "Assigned", "Protocol": "Protocol"}


def split_supplements(data: pd.DataFrame, spec: DatasetSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The domain without its supplemental qualifiers, and SUPP--: one record for each of them that has a value.

    IDVAR and IDVARVAL point to the record by --SEQ; for DM, which has one record a subject, they are empty.
    In: a finished domain with its `supp` variables. Out: the domain, and STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL
    QVAL QORIG QEVAL with the raw record ids.
    """
    names = [variable.name for variable in spec.supplements]
    parts = [_supplement(data, spec, variable) for variable in spec.supplements]
    if not parts:
        return data, pd.DataFrame()
    supplement = pd.concat(parts, ignore_index=True)
    number = pd.to_numeric(supplement["IDVARVAL"])
    order = supplement.assign(number=number).sort_values(["USUBJID", "number", "QNAM"], kind="stable").index
    return data.drop(columns=names), supplement.loc[order].reset_index(drop=True)


def _supplement(data: pd.DataFrame, spec: DatasetSpec, variable: VariableSpec) -> pd.DataFrame:
    values = data[variable.name]
    if variable.type == "Num":
        values = values.map(lambda number: f"{number:.12g}", na_action="ignore").fillna("")
    rows = data[values.astype("str") != ""]
    sequence = f"{spec.domain}SEQ"
    has_sequence = sequence in data.columns
    origin = variable.origin or {"value": "Assigned", "derive": "Derived"}.get(variable.verbs[0] if variable.verbs else "", "Collected")
    text = pd.Series("", index=rows.index, dtype="str")
    return pd.DataFrame({
        "STUDYID": rows["STUDYID"], "RDOMAIN": text + spec.name, "USUBJID": rows["USUBJID"],
        "IDVAR": text + (sequence if has_sequence else ""),
        "IDVARVAL": rows[sequence].astype("int64").astype("str") if has_sequence else text,
        "QNAM": text + variable.name, "QLABEL": text + variable.label, "QVAL": values[rows.index].astype("str"),
        "QORIG": text + ORIGINS[origin], "QEVAL": text + variable.originator.upper().replace("SUBJECT", "STUDY SUBJECT"),
        "_record": rows["_record"],
    })

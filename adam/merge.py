"""Take over what SDTM and ADSL hold: predecessors, and the subject's own variables on every record."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cdisckit.findings import Finding, report_findings
from specs.model import DatasetSpec, VariableSpec

__all__ = ["copy_predecessors", "merge_adsl", "select_records"]


def copy_predecessors(source: pd.DataFrame, spec: DatasetSpec, dataset: str) -> pd.DataFrame:
    """One record for every record of the source, with the variables that the specification copies from it (from:
    AE.AETERM).

    USUBJID and the raw record ids come along. Constants (`value`) are set.
    """
    copied = {variable.name: source[name] for variable in spec.columns if (name := _copied_from(variable, dataset))}
    constants = {
        variable.name: pd.Series(variable.value, index=source.index, dtype="str")
        for variable in spec.columns
        if variable.value is not None
    }
    return pd.DataFrame({"USUBJID": source["USUBJID"], **copied, **constants, "_record": source["_record"]})


def merge_adsl(data: pd.DataFrame, adsl: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The subject's variables that the specification copies from ADSL, on every record of the subject.

    Records of subjects that ADSL does not have are findings, and their subject variables stay empty.
    """
    names = {
        variable.name: name
        for variable in spec.columns
        if (name := _copied_from(variable, "ADSL")) and variable.name != "USUBJID"
    }
    codes, subjects = pd.factorize(data["USUBJID"])
    place = pd.Index(adsl["USUBJID"]).get_indexer(pd.Index(subjects))       # raises where ADSL has a subject twice
    place = place[codes] if len(codes) else codes
    missing = place < 0
    merged = data.assign(**{new: _of_subject(adsl[name], place, data.index) for new, name in names.items()})
    unknown = data.loc[missing, ["USUBJID", "_record"]]
    report_findings(
        Finding(
            "mapping",
            "mapping.subject_not_in_adsl",
            "error",
            spec.name,
            key=f"USUBJID={subject}",
            record=record,
            message="the subject is not in ADSL",
            fix="data management: has the demographics form been entered?",
        )
        for subject, record in zip(unknown["USUBJID"], unknown["_record"], strict=True)
    )
    return merged


def _of_subject(values: pd.Series, place: np.ndarray, index: pd.Index) -> pd.Series:
    taken = pd.Series(values.array.take(place, allow_fill=True), index=index)
    return taken.fillna("") if values.dtype == "str" else taken


def _copied_from(variable: VariableSpec, dataset: str) -> str:
    source, _, name = variable.from_.partition(".")
    return name if source == dataset else ""


def select_records(data: pd.DataFrame, conditions: Mapping[str, str | Sequence[str]]) -> pd.DataFrame:
    """The records that a study's terms select: {DSCAT: DISPOSITION EVENT, DSSCAT: [BAT4706, BAT1308]} are those with
    one of the stated values in each of the variables.
    """
    for variable, values in conditions.items():
        data = data[data[variable].isin([values] if isinstance(values, str) else list(values))]
    return data

"""SE - Subject Elements (SDTMIG 3.4, 5.3). One record per actual element per subject, from what happened."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from raw.block import RawBlock
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates, map_form
from sdtm.timing import compute_date_bounds, derive_study_day
from specs.load import StudySpecs

__all__ = ["derive_sestdtc", "se"]

UNPLANNED = "UNPLAN"


@dataset
def se(raw, dm, spec, study):
    se = derive_sestdtc(raw, dm, study)
    se = derive_studyid(se, study)
    se = derive_study_day(se, dm, spec)
    return derive_seq(se, spec)


def derive_sestdtc(raw: RawBlock, dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The start of an element: the first screening date, the first dose of the treatment that makes the element, or, for follow-up, the last dose. An element ends where the next one starts; the last one ends with the last dose or with the subject's participation.

    In: the `elements` of study.yaml, the screening dates and the doses as EX maps them, DM.RFXENDTC and DM.RFPENDTC.
    Out: DOMAIN USUBJID ETCD ELEMENT EPOCH SESTDTC SEENDTC. Doses that fit no element are findings and make an element UNPLAN.
    Source: SDTMIG 3.4, 5.3.
    """
    elements = study.facts.elements
    parts = [_screening(raw, study, code) for code, element in elements.items() if element.starts]
    parts += [_treatment(raw, study)]
    parts += [_follow_up(dm, code) for code, element in elements.items() if element.follows]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["USUBJID"].isin(dm["USUBJID"])]
    rank = found["ETCD"].map({code: position for position, code in enumerate(elements)}).fillna(len(elements))
    found = found.assign(moment=compute_date_bounds(found["SESTDTC"])["first"], rank=rank)
    found = found.sort_values(["USUBJID", "moment", "rank", "_record"], kind="stable", ignore_index=True)
    return _describe_elements(_end_elements(found, dm, study), study).drop(columns=["moment", "rank"])


def _end_elements(found: pd.DataFrame, dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """SEENDTC: the start of the next element; for the last one the last dose (treatment) or the end of participation."""
    following = found.groupby("USUBJID")["SESTDTC"].shift(-1)
    ends = dm.set_index("USUBJID")
    treatment = [code for code, element in study.facts.elements.items() if element.doses]
    participation, last_dose = (found["USUBJID"].map(ends[variable]) for variable in ("RFPENDTC", "RFXENDTC"))
    last = last_dose.where(found["ETCD"].isin([*treatment, UNPLANNED]), participation)
    return found.assign(SEENDTC=following.fillna(last).fillna("").astype("str"))


def _describe_elements(found: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    def fact(field: str) -> pd.Series:
        return found["ETCD"].map({code: getattr(element, field) for code, element in study.facts.elements.items()}).fillna("").astype("str")

    return found.assign(ELEMENT=fact("ELEMENT"), EPOCH=fact("EPOCH"), DOMAIN=pd.Series("SE", index=found.index, dtype="str"))


def _screening(raw: RawBlock, study: StudySpecs, code: str) -> pd.DataFrame:
    dates = collected_dates(raw, study.facts.elements[code].starts)
    dates = dates.assign(moment=compute_date_bounds(dates["dtc"])["first"]).sort_values(["USUBJID", "moment", "_record"], kind="stable")
    first = dates.drop_duplicates("USUBJID")
    return first[["USUBJID", "_record"]].assign(SESTDTC=first["dtc"], ETCD=pd.Series(code, index=first.index, dtype="str"))


def _treatment(raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """One element for each run of doses that belong to the same element."""
    doses = derive_usubjid(map_form(raw, study["EX"]), study)
    doses = doses.assign(ETCD=_element_of(doses, study), moment=compute_date_bounds(doses["EXSTDTC"])["first"])
    doses = doses.dropna(subset=["moment"]).sort_values(["USUBJID", "moment", "_record"], kind="stable")
    changed = (doses["ETCD"] != doses["ETCD"].shift()) | (doses["USUBJID"] != doses["USUBJID"].shift())
    first = doses[changed]
    return first[["USUBJID", "_record", "ETCD"]].assign(SESTDTC=first["EXSTDTC"])


def _element_of(doses: pd.DataFrame, study: StudySpecs) -> pd.Series:
    element = pd.Series(UNPLANNED, index=doses.index, dtype="str")
    for code, facts in reversed(study.facts.elements.items()):
        if facts.doses:
            fits = pd.Series(True, index=doses.index)
            for variable, values in facts.doses.items():
                column = doses[variable]
                fits &= column.isin([float(v) for v in values]) if column.dtype.kind == "f" else column.isin(values)
            element = element.mask(fits, code)
    stray = doses[element == UNPLANNED]
    report_findings(Finding("mapping", "mapping.unplanned_dose", "warning", "SE", variable="ETCD", record=record, value=treatment,
                            message="the dose fits no element of the study", fix="programmer: add an element to study.yaml, or query the dose")
                    for record, treatment in zip(stray["_record"], stray["EXTRT"], strict=True))
    return element


def _follow_up(dm: pd.DataFrame, code: str) -> pd.DataFrame:
    """Follow-up starts with the last dose of a subject who took part beyond it."""
    later = compute_date_bounds(dm["RFPENDTC"])["first"].dt.floor("D") > compute_date_bounds(dm["RFXENDTC"])["first"].dt.floor("D")
    rows = dm[later]
    return rows[["USUBJID", "_record"]].assign(SESTDTC=rows["RFXENDTC"], ETCD=pd.Series(code, index=rows.index, dtype="str"))

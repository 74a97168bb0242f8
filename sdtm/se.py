"""SE - Subject Elements (SDTMIG 3.4, 5.3). One record per actual element per subject, from what happened."""

import pandas as pd

from cdisckit.errors import SpecError, suggest
from cdisckit.graph import dataset
from raw.block import RawBlock
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates, map_form, report_records
from sdtm.timing import compute_date_bounds, derive_study_day
from specs.load import StudySpecs
from specs.model import ElementSpec

__all__ = ["derive_sestdtc", "se"]

UNPLANNED = "UNPLAN"


@dataset
def se(raw, dm, spec, study):
    se = derive_sestdtc(raw, dm, study)
    se = derive_studyid(se, study)
    se = derive_study_day(se, dm, spec)
    # Elements that start together stand in the order in which they end, not of their codes (PBO before SCRN).
    return derive_seq(se, spec.model_copy(update={"keys": ("USUBJID", "SESTDTC", "SEENDTC")}))


def derive_sestdtc(raw: RawBlock, dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The elements that the subject entered, by code, name and epoch, from their start to their end. The start of an
    element is the first screening date, the first dose of the treatment that makes the element, or, for follow-up, the
    day after the last dose. An element ends where the next one starts; the last one ends with the last dose or with the
    subject's participation.

    In: the `elements` of study.yaml, the screening dates and the doses as EX maps them, DM.RFXENDTC and DM.RFPENDTC.
    Out: DOMAIN USUBJID ETCD ELEMENT EPOCH SESTDTC SEENDTC. Doses that fit no element are findings and make an element
    UNPLAN. Source: SDTMIG 3.4, 5.3.
    """
    elements = study.facts.elements
    parts = [_screening(raw, study, code) for code, element in elements.items() if element.starts]
    parts.append(_treatment(raw, study))
    parts += [_follow_up(dm, code) for code, element in elements.items() if element.follows]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["USUBJID"].isin(dm["USUBJID"])]
    rank = found["ETCD"].map({code: position for position, code in enumerate(elements)}).fillna(len(elements))
    found = found.assign(moment=compute_date_bounds(found["SESTDTC"])["first"], rank=rank)
    found = found.sort_values(["USUBJID", "moment", "rank", "_record"], kind="stable", ignore_index=True)
    return _describe_elements(_end_elements(found, dm, study), study).drop(columns=["moment", "rank"])


def _screening(raw: RawBlock, study: StudySpecs, code: str) -> pd.DataFrame:
    """The element starts on the first of the dates that study.yaml names for it."""
    dates = collected_dates(raw, study.facts.elements[code].starts)
    dates = dates.assign(moment=compute_date_bounds(dates["dtc"])["first"])
    first = dates.sort_values(["USUBJID", "moment", "dtc", "_record"], kind="stable").drop_duplicates("USUBJID")
    return _element(first, code, first["dtc"])


def _treatment(raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """One element for each run of doses that belong to the same element."""
    doses = _dose_dates(raw, derive_usubjid(map_form(raw, study["EX"]), study), study)
    doses = doses.assign(ETCD=_element_of(doses, study), moment=compute_date_bounds(doses["EXSTDTC"])["first"])
    doses = doses.dropna(subset=["moment"]).sort_values(["USUBJID", "moment", "_record"], kind="stable")
    changed = (doses["ETCD"] != doses["ETCD"].shift()) | (doses["USUBJID"] != doses["USUBJID"].shift())
    first = doses[changed]
    return first[["USUBJID", "_record", "ETCD"]].assign(SESTDTC=first["EXSTDTC"])


def _dose_dates(raw: RawBlock, doses: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The doses with EXSTDTC: where EX derives it, the date of the first of the raw fields it is derived from."""
    if "EXSTDTC" in doses:
        return doses
    dates = collected_dates(raw, study["EX"].variables["EXSTDTC"].source[:1])
    return doses.assign(EXSTDTC=doses["_record"].map(dates.set_index("_record")["dtc"]).astype("str").fillna(""))


def _element_of(doses: pd.DataFrame, study: StudySpecs) -> pd.Series:
    """The code of the first element that each dose fits, or UNPLAN."""
    element = pd.Series(UNPLANNED, index=doses.index, dtype="str")
    for code, facts in reversed(study.facts.elements.items()):
        if facts.doses:
            element = element.mask(_fits(doses, code, facts), code)
    report_records(doses[element == UNPLANNED], "mapping.unplanned_dose", "warning", "SE", "ETCD",
                   "the dose fits no element of the study",
                   "data management: query the dose; programmer: if it is right, add an element to study.yaml",
                   value="EXTRT")
    return element


def _fits(doses: pd.DataFrame, code: str, element: ElementSpec) -> pd.Series:
    """Whether each dose has one of the values that the element's `doses` state for every variable."""
    fits = pd.Series(True, index=doses.index)
    for variable, values in element.doses.items():
        if variable not in doses:
            raise SpecError(f"the element {code} knows its doses by {variable}, which EX does not map"
                            f"{suggest(variable, doses)}", where="study.yaml", fix=f"mend `elements: {code}: doses`")
        column = doses[variable]
        fits &= column.isin([float(value) for value in values] if column.dtype.kind == "f" else values)
    return fits


def _follow_up(dm: pd.DataFrame, code: str) -> pd.DataFrame:
    """Follow-up starts the day after the last dose, for a subject who took part beyond: the day of a dose is one of
    treatment, whatever else is recorded on it and at what time.
    """
    contact, dose = compute_date_bounds(dm["RFPENDTC"]), compute_date_bounds(dm["RFXENDTC"])
    last_day = dose["first"].dt.floor("D")
    next_day = (last_day + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d").astype("str")
    beyond = contact["first"].dt.floor("D") > last_day
    return _element(dm[beyond], code, next_day.where(dose["has_day"], dm["RFXENDTC"])[beyond])


def _element(rows: pd.DataFrame, code: str, start: pd.Series) -> pd.DataFrame:
    return rows[["USUBJID", "_record"]].assign(ETCD=pd.Series(code, index=rows.index, dtype="str"), SESTDTC=start)


def _end_elements(found: pd.DataFrame, dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """SEENDTC: the start of the next element; of the last, the last dose (treatment) or the end of participation."""
    following = found.groupby("USUBJID")["SESTDTC"].shift(-1)
    ends = dm.set_index("USUBJID")
    treatment = [code for code, element in study.facts.elements.items() if element.doses]
    participation, last_dose = (found["USUBJID"].map(ends[variable]) for variable in ("RFPENDTC", "RFXENDTC"))
    last = last_dose.where(found["ETCD"].isin([*treatment, UNPLANNED]), participation)
    return found.assign(SEENDTC=following.fillna(last).astype("str").fillna(""))


def _describe_elements(found: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """ELEMENT and EPOCH of the element's code, as study.yaml states them; empty for UNPLAN."""
    facts = {name: {code: getattr(element, name) for code, element in study.facts.elements.items()}
             for name in ("ELEMENT", "EPOCH")}
    texts = {name: found["ETCD"].map(words).astype("str").fillna("") for name, words in facts.items()}
    return found.assign(**texts, DOMAIN=pd.Series("SE", index=found.index, dtype="str"))

"""Who and which: study and subject identifiers, sequence numbers (SDTMIG 3.4, section 4.1)."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["check_subjects", "derive_seq", "derive_studyid", "derive_usubjid", "make_usubjid"]


def derive_studyid(data: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The identifier of the study, from the protocol."""
    return data.assign(STUDYID=pd.Series(study.facts.STUDYID, index=data.index, dtype="str"))


def derive_usubjid(data: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The subject's identifier, unique in the submission: its parts (study or project, site, subject) joined by
    hyphens.

    In: _SITEID, _SUBJID (text, as collected). Out: USUBJID. Source: SDTMIG 3.4, 4.1.2.
    """
    return data.assign(USUBJID=make_usubjid(data["_SITEID"], data["_SUBJID"], study))


def make_usubjid(site: pd.Series, subject: pd.Series, study: StudySpecs) -> pd.Series:
    """USUBJID of sites and subjects; the parts that are no raw field of the study stand for themselves."""
    facts = study.facts
    collected = {facts.SITEID: site, facts.SUBJID: subject}
    constant = {"STUDYID": facts.STUDYID}
    parts = [collected[part] if part in collected else
             pd.Series(constant.get(part, part), index=site.index, dtype="str") for part in facts.USUBJID]
    first, *rest = parts
    return first.str.cat(rest, sep="-").astype("str") if rest else first


def derive_seq(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """A number for each record of a subject, 1 to n in the order of the dataset's keys.

    Records with equal keys are told apart by their raw record ids, so that the number does not depend on the order of
    the export. In: the keys of the specification, _record. Out: --SEQ, the records in its order. Source: SDTMIG 3.4,
    4.1.2.
    """
    sequence = f"{spec.domain}SEQ"
    keys = [key for key in spec.keys if key in data.columns and key not in ("USUBJID", sequence)]
    data = data.sort_values(["USUBJID", *keys, "_record"], kind="stable", ignore_index=True)
    return data.assign(**{sequence: (data.groupby("USUBJID").cumcount() + 1).astype("float64")})


def check_subjects(data: pd.DataFrame, dm: pd.DataFrame, dataset: str) -> None:
    """Report the records of subjects whom DM does not know. A relationship of whole datasets names no subject."""
    unknown = data[(data["USUBJID"] != "") & ~data["USUBJID"].isin(dm["USUBJID"])]
    fix = "data management: is the subject's number right? Has the demographics form been entered?"
    report_findings(Finding("mapping", "mapping.unknown_subject", "error", dataset, key=f"USUBJID={subject}",
                            variable="USUBJID", value=subject, message="the subject is not in DM", fix=fix,
                            record=record)
                    for subject, record in zip(unknown["USUBJID"], unknown["_record"], strict=True))

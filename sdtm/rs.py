"""RS - Disease Response and Clinical Classification (SDTMIG 3.4, 6.3.9). One record per assessment per visit."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl, map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.lesions import derive_assessment_group
from sdtm.mapping import map_terms, to_number
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["derive_classification", "derive_response_group", "rs"]


@dataset
def rs(raw, dm, se, sv, spec, study):
    rs = pd.concat([map_tests(raw, spec, form) for form in spec.form], ignore_index=True)
    rs = derive_studyid(rs, study)
    rs = derive_usubjid(rs, study)
    rs = derive_classification(rs, spec)
    rs = derive_visitnum(rs, study, spec, "RSDTC", sv)
    rs = derive_response_group(rs, spec)
    rs = derive_study_day(rs, dm, spec)
    rs = derive_epoch(rs, se, spec, "RSDTC")
    rs = derive_lobxfl(rs, dm, spec, study)
    return derive_seq(rs, spec)


def derive_classification(rs: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The response or the grade as a term: of a response its term, of a performance status its number, which is in
    RSSTRESN too.

    In: RSORRES (codes of the form). Out: RSORRES (the words of the published scale, the term of a response), RSSTRESC,
    RSSTRESN. A code without a term is a finding. Source: SDTMIG 3.4, 6.3.9; RECIST 1.1; CT of ECOG1.
    """
    terms, code = spec.variables["RSORRES"].map, rs["RSORRES"]
    words = map_terms(code, terms, set(terms.values()), spec.name, "RSORRES", "the result", rs["_record"])
    graded = code.str.fullmatch(r"\d+") & (words != "")
    number = to_number(code.where(graded, ""), spec.name, "RSSTRESN", "the grade", rs["_record"])
    return rs.assign(RSORRES=words, RSSTRESC=words.mask(graded, code), RSSTRESN=number)


def derive_response_group(rs: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The identifier of the tumour assessment, which links its responses to its lesions (TR.TRLNKGRP); the performance
    status has none.
    """
    group = derive_assessment_group(rs, spec)["RSLNKGRP"]
    return rs.assign(RSLNKGRP=group.where(rs["RSCAT"].str.startswith("RECIST"), ""))

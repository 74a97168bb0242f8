"""DD - Death Details (SDTMIG 3.4, 6.3.2). One record per finding about the death of a subject."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_terms
from sdtm.timing import derive_study_day
from specs.model import DatasetSpec

__all__ = ["dd", "derive_detail"]


@dataset
def dd(raw, dm, spec, study):
    dd = map_tests(raw, spec)
    dd = derive_studyid(dd, study)
    dd = derive_usubjid(dd, study)
    dd = derive_detail(dd, spec)
    dd = derive_study_day(dd, dm, spec)
    return derive_seq(dd, spec)


def derive_detail(dd: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The detail as a term.

    In: DDORRES (codes of the form). Out: DDORRES, DDSTRESC. A code without a term is a finding.
    """
    terms = spec.variables["DDORRES"].map
    words = map_terms(dd["DDORRES"], terms, set(terms.values()), spec.name, "DDORRES", "the detail", dd["_record"])
    return dd.assign(DDORRES=words, DDSTRESC=words)

"""SDTM: the verbs of the mapping by theme, and one file a domain (SDTMIG 3.4)."""

from sdtm.findings import derive_blfl, derive_lobxfl, derive_standard_result, map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates, map_form
from sdtm.supp import split_supplements
from sdtm.timing import compute_dtc, compute_study_day, derive_epoch, derive_study_day, derive_visitnum

__all__ = [
    "collected_dates", "compute_dtc", "compute_study_day", "derive_blfl", "derive_epoch", "derive_lobxfl", "derive_seq",
    "derive_standard_result", "derive_study_day", "derive_studyid", "derive_usubjid", "derive_visitnum", "map_form",
    "map_tests", "split_supplements",
]

"""TR - Tumor/Lesion Results (SDTMIG 3.4, 6.3.12.2). One record per result of a lesion per visit per subject."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.lesions import (
    derive_assessment_group,
    derive_diameters,
    derive_lesion_link,
    derive_sum_of_diameters,
    drop_no_lesions,
    read_site_sums,
)
from sdtm.mapping import map_forms, report_records
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["derive_lesion_results", "derive_trtest", "tr"]


@dataset
def tr(raw, dm, se, sv, spec, study):
    tr = map_forms(raw, spec)
    tr = derive_studyid(tr, study)
    tr = derive_usubjid(tr, study)
    tr = drop_no_lesions(tr, spec)
    tr = derive_lesion_link(tr, spec)
    tr = derive_visitnum(tr, study, spec, "TRDTC", sv)
    tr = derive_assessment_group(tr, spec)
    tr = derive_lesion_results(tr, spec)
    tr = derive_sum_of_diameters(tr, read_site_sums(raw, study, spec, sv))
    tr = derive_trtest(tr, spec)
    tr = derive_study_day(tr, dm, spec)
    tr = derive_epoch(tr, se, spec, "TRDTC")
    tr = derive_lobxfl(tr, dm, spec, study)
    return derive_seq(tr, spec)


def derive_lesion_results(tr: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Which result of a lesion the record holds: its state (TUMSTATE), the longest diameter of a target lesion (LDIAM)
    or the short axis of a lymph node (LPERP), or that the assessment was not done (TRALL).

    In: a line a lesion with TRORRES (its state), TRSTAT, _TLDIAM, _TLNODE. Out: a record a result with TRTESTCD,
    TRORRES, TRORRESU, TRSTRESC, TRSTRESN, TRSTRESU. Lesions without a number, and lesions that were assessed although
    the assessment is said to be not done, are findings.
    """
    undone, named = tr["TRSTAT"] != "", tr["TRLNKID"] != ""
    _report(tr[undone & named], "mapping.done_and_not_done", "the assessment is marked not done and has a lesion")
    _report(tr[~undone & ~named], "mapping.lesion_without_number", "a lesion was assessed and has no number")
    states = _without_unit(tr[(~undone | named) & (tr["TRORRES"] != "")], "TUMSTATE", spec)
    not_done = _without_unit(tr[undone & ~named], "TRALL", spec)
    target = tr[(~undone | named) & (tr["TRGRPID"] == "TARGET")]
    return pd.concat([states.assign(TRSTAT="", TRREASND=""), derive_diameters(target, spec), not_done],
                     ignore_index=True)


def _without_unit(rows: pd.DataFrame, code: str, spec: DatasetSpec) -> pd.DataFrame:
    """The rows as results in words; their standard term is the state, by the terms of the study."""
    blank = pd.Series("", index=rows.index, dtype="str")
    return rows.assign(TRTESTCD=blank.replace("", code), TRORRESU=blank, TRSTRESU=blank, TRSTRESN=float("nan"),
                       TRSTRESC=rows["TRORRES"].replace("NOT EVALUABLE", "NE"))


def _report(rows: pd.DataFrame, rule: str, message: str) -> None:
    report_records(rows, rule, "error", "TR", "TRLNKID", message, "data management: query the site")


def derive_trtest(tr: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The name of the test, as controlled terminology pairs it with its code; what a sum or a line leaves open is
    empty.
    """
    names = {code: test.name for code, test in spec.tests.items()}
    texts = [name for name, variable in spec.variables.items() if variable.type == "Char" and name in tr]
    filled = tr.assign(**{name: tr[name].astype("str").fillna("") for name in texts})
    return filled.assign(TRTEST=tr["TRTESTCD"].map(names).astype("str"))

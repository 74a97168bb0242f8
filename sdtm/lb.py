"""LB - Laboratory Test Results (SDTMIG 3.4, 6.3.5.6). One record per lab test per time point per visit per subject."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import (
    convert_units,
    derive_lobxfl,
    derive_nrind,
    derive_ranges,
    derive_standard_result,
    extract_parts,
)
from sdtm.identifiers import derive_seq
from sdtm.mapping import report_records
from sdtm.samples import check_demographics, join_samples, map_samples
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["check_conversion", "derive_lbstat", "lb"]

CANCELLED = "X"
TOLERANCE = 0.01                  # relative: both sides were rounded; a wrong unit is off by far more


@dataset
def lb(raw, dm, se, sv, spec, study):
    lb, draws = map_samples(raw, spec, study)
    lb = derive_lbstat(lb)
    lb = join_samples(lb, draws, spec, pd.DataFrame({"LBTESTCD": ["LBALL"]}, dtype="str"), compare=["VISIT", "LBDTC"])
    lb = derive_standard_result(lb, spec, study.codelists["LBSTRESC"].terms)
    lb = derive_ranges(lb, spec)
    lb = derive_nrind(lb, spec)
    check_conversion(lb, spec)
    check_demographics(lb, dm, spec, "_PATIENT_SEX", "_PATIENT_YOB")
    lb = derive_visitnum(lb, study, spec, "LBDTC", sv)
    lb = derive_study_day(lb, dm, spec)
    lb = derive_epoch(lb, se, spec, "LBDTC")
    lb = derive_lobxfl(lb, dm, spec, study)
    return derive_seq(lb, spec)


def derive_lbstat(lb: pd.DataFrame) -> pd.DataFrame:
    """NOT DONE for a result that the laboratory cancelled, with the laboratory's comment as the reason; for a sample
    that the site did not collect, with the site's reason; and for a collected sample without any result. The comment
    on a result that was reported is in SUPPLB.

    In: LBORRES, _STATUS (X is cancelled), _COMMENT. Out: LBSTAT, LBREASND, LBCOMM. A cancelled test with a result and
    a test with neither are findings.
    """
    cancelled, empty = lb["_STATUS"] == CANCELLED, lb["LBORRES"] == ""
    report_records(lb[cancelled & ~empty], "mapping.done_and_not_done", "error", "LB", "LBORRES",
                   "the laboratory cancelled the test and reported a result; the result is submitted",
                   "data management: query the laboratory")
    report_records(lb[empty & ~cancelled], "mapping.result_missing", "error", "LB", "LBORRES",
                   "the laboratory reported no result and did not cancel the test",
                   "data management: query the laboratory")
    nothing = pd.Series("", index=lb.index, dtype="str")
    return lb.assign(LBSTAT=nothing.mask(empty, "NOT DONE"), LBREASND=lb["_COMMENT"].where(empty, ""),
                     LBCOMM=lb["_COMMENT"].where(~empty, ""))


def check_conversion(lb: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report results whose standard value is not the one that the laboratory computed: a mistaken unit, or a mistaken
    number. In: LBTESTCD, LBORRES, LBSTRESN, LBSTRESU, _RESULT_SI, _UNITS_SI.
    """
    theirs = pd.to_numeric(lb["_RESULT_SI"].where(lb["_RESULT_SI"] != "", None), errors="coerce").astype("float64")
    theirs = convert_units(theirs, lb["_UNITS_SI"], lb["LBSTRESU"], lb["LBTESTCD"])
    decimals = extract_parts(lb["_RESULT_SI"], r"\.(\d+)$")[0].str.len().fillna(0).astype("float64")
    allowed = (TOLERANCE * theirs.abs()).clip(lower=0.5 * 10.0 ** -decimals + 1e-9)
    differs = lb[(lb["LBSTRESN"] - theirs).abs() > allowed]
    message = ("our conversion of " + differs["LBORRES"] + " " + differs["LBORRESU"] + " is " + differs["LBSTRESC"]
               + " " + differs["LBSTRESU"] + "; the laboratory's is " + differs["_RESULT_SI"] + " "
               + differs["_UNITS_SI"])
    report_records(differs, "mapping.unit_conversion_differs", "error", spec.name, "LBSTRESN", message,
                   "data management: query the laboratory for result and unit", value="LBORRES")

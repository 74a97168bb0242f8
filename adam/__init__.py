"""ADaM: the verbs of the derivation by theme, and one file a dataset (ADaMIG 1.3)."""

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg, derive_ratio, derive_shift
from adam.dates import compute_date, compute_datetime, compute_day, derive_analysis_date
from adam.escalation import decide_escalation, derive_escalation_table
from adam.flags import (
    compute_extreme,
    compute_first,
    compute_flag,
    compute_relative,
    derive_criterion,
    derive_ontrtfl,
    derive_trtemfl,
)
from adam.formulas import compute_bmi, compute_bsa, compute_egfr, compute_map, compute_qtc, compute_rr
from adam.grades import compute_anrind, compute_grade, derive_anrind, derive_atoxgr, derive_atoxgr_low_high
from adam.merge import copy_predecessors, merge_adsl
from adam.records import (
    derive_computed_records,
    derive_differential_records,
    derive_locf_records,
    derive_summary_records,
)

__all__ = [
    "compute_anrind",
    "compute_bmi",
    "compute_bsa",
    "compute_date",
    "compute_datetime",
    "compute_day",
    "compute_egfr",
    "compute_extreme",
    "compute_first",
    "compute_flag",
    "compute_grade",
    "compute_map",
    "compute_qtc",
    "compute_relative",
    "compute_rr",
    "copy_predecessors",
    "decide_escalation",
    "derive_ablfl",
    "derive_analysis_date",
    "derive_anrind",
    "derive_atoxgr",
    "derive_atoxgr_low_high",
    "derive_base",
    "derive_chg",
    "derive_computed_records",
    "derive_criterion",
    "derive_differential_records",
    "derive_escalation_table",
    "derive_locf_records",
    "derive_ontrtfl",
    "derive_pchg",
    "derive_ratio",
    "derive_shift",
    "derive_summary_records",
    "derive_trtemfl",
    "merge_adsl",
]

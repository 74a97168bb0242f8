"""ADaM: the verbs of the derivation by theme, and one file a dataset (ADaMIG 1.3)."""

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg
from adam.dates import compute_date, compute_datetime, compute_day, derive_analysis_date
from adam.flags import compute_first, compute_flag, derive_trtemfl
from adam.merge import copy_predecessors, merge_adsl

__all__ = [
    "compute_date", "compute_datetime", "compute_day", "compute_first", "compute_flag", "copy_predecessors",
    "derive_ablfl", "derive_analysis_date", "derive_base", "derive_chg", "derive_pchg", "derive_trtemfl", "merge_adsl",
]

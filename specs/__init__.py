"""Specifications: the standards' facts, a study's rules, and what is known of the data.

The contract between a specification and a data frame is imported from its own module (`specs.contract`), so that
whoever needs metadata only loads no pandas.
"""

from specs.ct import load_codelists, standard_codelists
from specs.load import StudySpecs, load_specs, supplement_spec
from specs.model import Codelist, DatasetSpec, FormSpec, ParameterSpec, ResultSpec, StudyFacts, Term, VariableSpec
from specs.standard import standard_layer
from specs.summary import (
    DatasetSummary,
    VariableSummary,
    leave_out_unfilled,
    merge_summaries,
    summarise,
    summary_from_dict,
)

__all__ = [
    "Codelist", "DatasetSpec", "DatasetSummary", "FormSpec", "ParameterSpec", "ResultSpec", "StudyFacts", "StudySpecs",
    "Term", "VariableSpec", "VariableSummary", "leave_out_unfilled", "load_codelists", "load_specs", "merge_summaries",
    "standard_codelists", "standard_layer", "summarise", "summary_from_dict", "supplement_spec",
]

"""cdisckit: raw clinical trial data to SDTM, ADaM, validation and Define-XML, with every value explained."""

from cdisckit.errors import CdisckitError, ContractError, DefineError, RawDataError, SpecError
from cdisckit.findings import Finding, collect_findings, report_findings
from cdisckit.graph import dataset

__all__ = [
    "CdisckitError", "ContractError", "DefineError", "Finding", "RawDataError", "SpecError", "collect_findings",
    "dataset", "report_findings",
]

"""Findings of every check in one file and one page: sort them, count them, keep them, show them.

The Great Expectations suites are in `validation.suites`, which is imported only by who runs them: it takes seconds.
"""

from validation.findings import count_findings, read_findings, sort_findings, write_findings
from validation.report import write_report, write_reports
from validation.waivers import WaivedRow, Waiver, apply_waivers, read_waivers, waived_summary

__all__ = ["WaivedRow", "Waiver", "apply_waivers", "count_findings", "read_findings", "read_waivers", "sort_findings",
           "waived_summary", "write_findings", "write_report", "write_reports"]

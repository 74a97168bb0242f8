"""Where the values of a variable come from: the origin in a define.xml, with its pages of the annotated CRF."""

import re

from define.model import DocumentRef, Origin, PageRef
from define.oids import ANNOTATED_CRF, leaf_id
from specs.model import DatasetSpec, VariableSpec

__all__ = ["infer_origin", "is_imputation", "page_reference"]

PARAMETER_NAMES = ("PARAM", "PARAMCD", "PARAMN", "PARCAT1")


def infer_origin(variable: VariableSpec, spec: DatasetSpec, filled: bool = True) -> Origin | None:
    """Where the values come from, as stated in the specification or else by its verb; None where it says nothing.

    SDTM: from, dtc and tests are collected by the investigator, a constant and a term of a dictionary are assigned,
    derive is derived by the sponsor, trial design is the protocol's. ADaM: from is a predecessor. A variable that
    nothing fills is assigned (as empty).
    """
    kind = variable.origin or _infer_type(variable, spec, filled)
    if not kind:
        return None
    if kind == "Predecessor":
        return Origin(kind, "", variable.from_ or ", ".join(variable.source))
    source = variable.originator or ("Investigator" if kind == "Collected" else "Sponsor")
    pages = variable.pages.strip() if kind == "Collected" else ""
    return Origin(kind, source, "", (DocumentRef(leaf_id(ANNOTATED_CRF), (page_reference(pages),)),) if pages else ())


def _infer_type(variable: VariableSpec, spec: DatasetSpec, filled: bool) -> str:
    verb = next(iter(variable.verbs), "")
    if verb == "from" and not spec.is_sdtm:
        return "Predecessor"
    if variable.name == "STUDYID" and verb in ("value", "derive"):
        return "Protocol"
    if spec.class_ == "TRIAL DESIGN" and verb in ("derive", "") and not variable.name.endswith("SEQ"):
        return "Protocol"
    if verb == "value" and variable.name in spec.variables and spec.is_collected(variable.name):
        return "Collected"                                  # by another form than the first
    if verb == "from" and variable.dictionary:
        return "Assigned"
    if verb:
        return {"from": "Collected", "dtc": "Collected", "value": "Assigned", "derive": "Derived"}[verb]
    return _infer_without_verb(variable, spec, filled)


def _infer_without_verb(variable: VariableSpec, spec: DatasetSpec, filled: bool) -> str:
    """Variables that the `tests:` or `parameters:` block fills, relationships, and variables without a value."""
    name, tests = variable.name, spec.tests.values()
    if tests and name == f"{spec.domain}ORRES" or any(name in test.fields for test in tests):
        return "Collected"
    assigned = (
        spec.class_ == "RELATIONSHIP",
        bool(tests) and name in (f"{spec.domain}TESTCD", f"{spec.domain}TEST"),
        any(name in test.values for test in tests),
        bool(spec.parameters) and name in PARAMETER_NAMES,
        not filled,
    )
    return "Assigned" if any(assigned) else ""


def is_imputation(variable: VariableSpec, text: str) -> bool:
    """True for a method that fills in what is missing; the flag of an imputation is computed."""
    return "imput" in f"{variable.derive} {text}".lower() and not variable.name.endswith("F")


def page_reference(pages: str) -> PageRef:
    """'12, 14' is a list of pages, '12-15' a range, anything else a named destination."""
    ends = re.fullmatch(r"\s*(\d+)\s*[-\u2013]\s*(\d+)\s*", pages, re.ASCII)
    if ends:
        return PageRef("PhysicalRef", first=ends[1], last=ends[2])
    parts = [part for part in re.split(r"[,;\s]+", pages) if part]
    kind = "PhysicalRef" if all(re.fullmatch(r"[0-9]+", part) for part in parts) else "NamedDestination"
    return PageRef(kind, " ".join(parts))

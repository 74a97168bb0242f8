"""Where the values of a variable come from: the origin in a define.xml, with its pages of the annotated CRF."""

import re
from collections.abc import Iterable, Mapping

from define.model import DocumentRef, Origin, PageRef
from define.oids import ANNOTATED_CRF, leaf_id
from specs.model import DatasetSpec, FormSpec, VariableSpec

__all__ = ["infer_origin", "infer_origins", "is_imputation", "page_reference"]

IMPUTES = re.compile("(?<!not )(?<!nothing is )imput")
PARAMETER_NAMES = ("PARAM", "PARAMCD", "PARAMN", "PARCAT1")
NO_FORMS: Mapping[str, FormSpec] = {}


def infer_origins(variable: VariableSpec, spec: DatasetSpec, filled: bool = True,
                  forms: Mapping[str, FormSpec] = NO_FORMS, pages: Iterable[int] = ()) -> tuple[Origin, ...]:
    """The origins of a variable: one, or two where the site and a vendor both collect it.

    `pages` are those of the annotated CRF that show it; pages that the specification states go before them. What only
    a vendor collects is on no page.
    """
    origin = infer_origin(variable, spec, filled)
    if origin is None or origin.type != "Collected":
        return (origin,) if origin else ()
    sources = [origin.source] if variable.originator else _collectors(variable, spec, forms) or [origin.source]
    shown = variable.pages.strip() or " ".join(str(page) for page in pages)
    crf = (DocumentRef(leaf_id(ANNOTATED_CRF), (page_reference(shown),)),) if shown else ()
    return tuple(Origin("Collected", source, "", () if source == "Vendor" else crf) for source in sources)


def _collectors(variable: VariableSpec, spec: DatasetSpec, forms: Mapping[str, FormSpec]) -> list[str]:
    """Who collects the variable, by the forms that have it, in their order."""
    found = []
    for form in spec.form:
        own = spec.for_form(form)
        rule = own.variables.get(variable.name, variable)
        fields = {name for test in own.tests.values() for name in test.fields}
        fields |= {f"{spec.domain}ORRES" for test in own.tests.values() if test.from_}
        if rule.from_ or rule.dtc or variable.name in fields:
            found.append(forms[form].originator if form in forms else "")
    return list(dict.fromkeys(source or "Investigator" for source in found))


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
    return Origin(kind, variable.originator or ("Investigator" if kind == "Collected" else "Sponsor"))


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


def is_imputation(variable: VariableSpec, spec: DatasetSpec, text: str) -> bool:
    """True for a method that fills in what is missing: that of a date with a flag beside it that says what was imputed
    (ASTDT with ASTDTF), and one that says so in its words. The flag itself is computed.
    """
    name = variable.name
    flags = (f"{name}F", f"{name[:-1]}F", f"{name[:-3]}TMF") if name.endswith("DTM") else (f"{name}F",)
    flagged = name.endswith(("DT", "DTM")) and any(flag in spec.variables for flag in flags)
    return flagged or (bool(IMPUTES.search(f"{variable.derive} {text}".lower())) and not name.endswith("F"))


def page_reference(pages: str) -> PageRef:
    """'12, 14' is a list of pages, '12-15' a range, anything else a named destination."""
    ends = re.fullmatch(r"\s*(\d+)\s*[-\u2013]\s*(\d+)\s*", pages, re.ASCII)
    if ends:
        return PageRef("PhysicalRef", first=ends[1], last=ends[2])
    parts = [part for part in re.split(r"[,;\s]+", pages) if part]
    kind = "PhysicalRef" if all(re.fullmatch(r"[0-9]+", part) for part in parts) else "NamedDestination"
    return PageRef(kind, " ".join(parts))

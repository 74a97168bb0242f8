"""Refuse what cannot become a valid define.xml, with everything that is wrong at once, before anything is written."""

import re
from collections.abc import Iterator
from datetime import datetime

from cdisckit.errors import DefineError, suggest
from define.items import list_items
from define.model import SUBCLASSES, DefineSource
from specs.model import DatasetSpec

__all__ = ["check_source", "split_standard"]

STANDARD_NAMES = {
    "SDTMIG": "SDTMIG", "SDTMIG-AP": "SDTMIG-AP", "SDTMIG-MD": "SDTMIG-MD",
    "ADaMIG": "ADaMIG", "ADaMIG-MD": "ADaMIG-MD", "ADaMIG-NCA": "ADaMIG-NCA",
    "ADaMIG-popPK": "ADaMIG-popPK", "ADaM-OCCDSIG": "ADaM-OCCDSIG",
    "ADaM OCCDS": "ADaM-OCCDSIG", "ADaM NCA": "ADaMIG-NCA",
}


def split_standard(standard: str) -> tuple[str, str]:
    """'ADaM OCCDS 1.1' -> ('ADaM-OCCDSIG', '1.1'): the name as Define-XML lists it, and the version."""
    name, _, version = standard.strip().rpartition(" ")
    return STANDARD_NAMES.get(name, ""), version


def check_source(source: DefineSource) -> None:
    """DefineError with all its cases where the source says what no define.xml can say."""
    problems = [*_study_problems(source),
                *(problem for spec in source.datasets for problem in _dataset_problems(spec, source))]
    if not problems:
        problems = list(_codelist_problems(source))
    if problems:
        raise DefineError(f"the metadata of {source.facts.STUDYID} ({source.model}) cannot become a define.xml",
                          cases=problems,
                          fix="mend the specification, or hand over what is missing")


def _study_problems(source: DefineSource) -> Iterator[str]:
    try:
        datetime.fromisoformat(source.facts.created)
    except ValueError:
        yield f"created: {source.facts.created!r} in study.yaml is no ISO 8601 date or time"
    if not source.facts.STUDYID:
        yield "STUDYID is missing in study.yaml"
    if not source.datasets:
        yield "there is no dataset"
    names = [spec.name for spec in source.datasets]
    yield from (f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1}))


def _dataset_problems(spec: DatasetSpec, source: DefineSource) -> Iterator[str]:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", spec.name):
        yield f"{spec.name!r}: the name of a dataset is 1 to 8 of A-Z, 0-9 and _, and no digit first"
    if spec.is_sdtm != (source.model == "SDTM"):
        yield f"{spec.name} is of {spec.standard}, and the define.xml is for {source.model}"
    if not split_standard(spec.standard)[0]:
        known = suggest(spec.standard.rpartition(" ")[0], STANDARD_NAMES)
        yield f"{spec.name}: Define-XML knows no standard {spec.standard!r}{known}"
    if spec.subclass and spec.class_ not in SUBCLASSES.get(spec.subclass, ()):
        near = "" if spec.subclass in SUBCLASSES else suggest(spec.subclass, SUBCLASSES)
        yield f"{spec.name}: {spec.class_} has no subclass {spec.subclass!r}{near}"
    if "QNAM" in spec.variables and spec.name not in source.parents:
        yield f"{spec.name}: the specification of its parent domain is not in `parents`"
    yield from _summary_problems(spec, source)


def _summary_problems(spec: DatasetSpec, source: DefineSource) -> Iterator[str]:
    if spec.name not in source.summaries:
        yield f"{spec.name}: there is no summary of its data"
        return
    known = source.summaries[spec.name].variables
    yield from (f"{spec.name}.{variable.name}: the summary of the data lacks it" for variable in spec.columns
                if variable.name not in known)


def _codelist_problems(source: DefineSource) -> Iterator[str]:
    for spec in source.datasets:
        for item in list_items(spec, source):
            name = item.variable.codelist
            if name and name not in source.codelists:
                near = suggest(name, source.codelists)
                yield f"{item.dataset}.{item.value or item.place}: there is no codelist {name}{near}"

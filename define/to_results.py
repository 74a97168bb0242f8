"""The analysis results of a define.xml as a study states them in analysis_results.yaml."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from define.model import AnalysisDataset, AnalysisResult, Define
from define.to_report import Losses

if TYPE_CHECKING:
    from define.to_study import Source

__all__ = ["displays_of"]

Content = dict[str, Any]


def displays_of(define: Define, source: "Source", files: Mapping[str, Content], losses: Losses) -> Content:
    """The displays with their results; what they say of datasets that are not imported is told."""
    made: Content = {}
    for display in define.displays:
        results = {f"R{number}": entry for number, result in enumerate(display.results, 1)
                   if (entry := _result(result, define, source, files, losses)) is not None}
        if not results:
            losses.add(display.oid, display.name, "none of its results can be imported")
            continue
        made[_short(display.name or display.oid, made)] = {"name": display.name, "title": display.text or display.name,
                                                           "results": results}
        for document in display.documents:
            losses.add(display.oid, f"document {document.leaf}", "a display refers to no document")
    return made


def _short(name: str, taken: Mapping[str, object]) -> str:
    base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "display"
    return next(free for free in (base, *(f"{base}_{number}" for number in range(2, 1000))) if free not in taken)


def _result(result: AnalysisResult, define: Define, source: "Source", files: Mapping[str, Content],
            losses: Losses) -> Content | None:
    groups = {group.oid: group.name for group in define.groups}
    datasets: Content = {}
    for dataset in result.datasets:
        name = groups.get(dataset.group, "")
        content = files.get(f"specs/adam/{name.lower()}.yaml")
        if content is None or name in datasets:
            losses.add(result.oid, f"dataset {name or dataset.group}", "it is not imported, or named twice")
            continue
        datasets[name] = _dataset(dataset, content, result, source, losses)
    if not datasets:
        return None
    comment = source.comments.get(result.comment)
    told: Content = {"title": result.text or result.oid, "reason": result.reason or "-",
                     "purpose": result.purpose or "-", "datasets": datasets,
                     "documentation": result.documentation.text if result.documentation else "-"}
    if len(datasets) > 1:
        told["join"] = " ".join(comment.text.split()) if comment else "By subject (USUBJID)."
    if result.code:
        losses.add(result.oid, f"ProgrammingCode ({result.code.context})", "the program of a result is a function")
    if result.documentation and result.documentation.documents:
        losses.add(result.oid, "documents of the documentation", "a specification refers to no document")
    return told


def _dataset(dataset: AnalysisDataset, content: Content, result: AnalysisResult, source: "Source",
             losses: Losses) -> Content:
    known = content["variables"]
    names = [source.items[oid].name for oid in dataset.variables if oid in source.items]
    clause = source.clauses.get(dataset.where)
    where: Content = {}
    for check in clause.checks if clause else ():
        item = source.items.get(check.item)
        values = [value for value in check.values if value]
        if item is None or item.name not in known or check.comparator not in ("EQ", "IN") or not values \
                or item.name in where:
            losses.add(result.oid, f"condition {item.name if item else check.item} {check.comparator} "
                       f"{' '.join(check.values)}", "a result selects records by values of variables that are imported")
            continue
        where[item.name] = values
    unknown = [name for name in names if name not in known]
    if unknown:
        losses.add(result.oid, f"variables {', '.join(unknown)}", "they are not imported")
    told = {"where": where, "variables": [name for name in names if name in known]}
    return {key: value for key, value in told.items() if value}

"""Analysis Results Metadata: the displays of the report, and what each of their results is made from."""

from collections.abc import Iterable, Iterator

from define.model import (
    AnalysisDataset,
    AnalysisResult,
    CommentDef,
    DefineSource,
    Documentation,
    ProgrammingCode,
    RangeCheck,
    ResultDisplay,
    WhereClauseDef,
)
from define.oids import comment_oid, display_oid, group_oid, item_oid, result_oid, where_oid
from specs.model import AnalysisDatasetSpec, AnalysisSpec, DatasetSpec

__all__ = ["make_displays"]

Parts = tuple[tuple[ResultDisplay, ...], tuple[WhereClauseDef, ...], tuple[CommentDef, ...]]


def make_displays(source: DefineSource) -> Parts:
    """The displays with their where clauses and comments; a result whose datasets are not all there is left out."""
    if source.model != "ADaM":
        return (), (), ()
    specs = {spec.name: spec for spec in source.datasets}
    displays: list[ResultDisplay] = []
    clauses: list[WhereClauseDef] = []
    comments: list[CommentDef] = []
    for key, display in source.displays.items():
        results = []
        for number, result in display.results.items():
            if result.datasets.keys() <= specs.keys():
                oid = result_oid(key, number)
                results.append(_result(oid, result, specs, source))
                clauses += _clauses(oid, result)
                comments += [CommentDef(comment_oid(oid), result.join)] if len(result.datasets) > 1 else []
        if results:
            displays.append(ResultDisplay(display_oid(key), display.name, display.title, tuple(results)))
    return tuple(displays), tuple(clauses), tuple(comments)


def _result(oid: str, result: AnalysisSpec, specs: dict[str, DatasetSpec], source: DefineSource) -> AnalysisResult:
    """One result. PARAMCD is its parameter where a dataset of the basic data structure is chosen by it."""
    parameters = [item_oid(name, "PARAMCD") for name, own in result.datasets.items()
                  if specs[name].class_ == "BASIC DATA STRUCTURE" and "PARAMCD" in own.where]
    return AnalysisResult(
        oid, result.title, result.reason, result.purpose,
        tuple(_dataset(oid, name, own, specs[name]) for name, own in result.datasets.items()),
        parameter=parameters[0] if parameters else "",
        comment=comment_oid(oid) if len(result.datasets) > 1 else "",
        documentation=Documentation(" ".join(result.documentation.split())),
        code=_code(result, source),
    )


def _dataset(oid: str, name: str, own: AnalysisDatasetSpec, spec: DatasetSpec) -> AnalysisDataset:
    columns = {column.name for column in spec.columns}
    return AnalysisDataset(group_oid(name), where_oid(oid, name) if own.where else "",
                           tuple(item_oid(name, variable) for variable in own.variables if variable in columns))


def _clauses(oid: str, result: AnalysisSpec) -> Iterator[WhereClauseDef]:
    for name, own in result.datasets.items():
        if own.where:
            yield WhereClauseDef(where_oid(oid, name), tuple(_checks(name, own)))


def _checks(name: str, own: AnalysisDatasetSpec) -> Iterable[RangeCheck]:
    return (RangeCheck(item_oid(name, variable), "EQ" if len(values) == 1 else "IN", tuple(values))
            for variable, values in own.where.items())


def _code(result: AnalysisSpec, source: DefineSource) -> ProgrammingCode | None:
    program = source.result_programs.get(result.program)
    return ProgrammingCode("Python", f"# {program.name}\n{program.code}") if program else None

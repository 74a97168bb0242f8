"""Read the Analysis Results Metadata of a define.xml: displays, their results, the data and the programs of these."""

from typing import TYPE_CHECKING

from define.document import NAMESPACES, Element, attribute
from define.model import AnalysisDataset, AnalysisResult, Documentation, ProgrammingCode, ResultDisplay

if TYPE_CHECKING:
    from define.read import Reader

__all__ = ["read_displays"]


def read_displays(version: Element, reader: "Reader") -> tuple[ResultDisplay, ...]:
    return tuple(_display(element, reader)
                 for element in version.findall("arm:AnalysisResultDisplays/arm:ResultDisplay", NAMESPACES))


def _display(element: Element, reader: "Reader") -> ResultDisplay:
    text, translations = reader.text(element)
    results = tuple(_result(found, reader) for found in element.findall("arm:AnalysisResult", NAMESPACES))
    return ResultDisplay(element.get("OID", ""), element.get("Name", ""), text, results, reader.documents(element),
                         translations)


def _result(element: Element, reader: "Reader") -> AnalysisResult:
    text, translations = reader.text(element)
    datasets = reader.one(element, "arm:AnalysisDatasets")
    return AnalysisResult(
        oid=element.get("OID", ""), text=text, reason=element.get("AnalysisReason", ""),
        purpose=element.get("AnalysisPurpose", ""), datasets=_datasets(datasets, reader),
        parameter=element.get("ParameterOID", ""),
        comment="" if datasets is None else attribute(datasets, "def:CommentOID"),
        documentation=_documentation(reader.one(element, "arm:Documentation"), reader),
        code=_code(reader.one(element, "arm:ProgrammingCode"), reader), translations=translations,
    )


def _datasets(element: Element | None, reader: "Reader") -> tuple[AnalysisDataset, ...]:
    found = [] if element is None else element.findall("arm:AnalysisDataset", NAMESPACES)
    clauses = [reader.one(dataset, "def:WhereClauseRef") for dataset in found]
    return tuple(AnalysisDataset(
        dataset.get("ItemGroupOID", ""), "" if clause is None else clause.get("WhereClauseOID", ""),
        tuple(variable.get("ItemOID", "") for variable in dataset.findall("arm:AnalysisVariable", NAMESPACES)),
    ) for dataset, clause in zip(found, clauses, strict=True))


def _documentation(element: Element | None, reader: "Reader") -> Documentation | None:
    if element is None:
        return None
    text, translations = reader.text(element)
    return Documentation(text, reader.documents(element), translations)


def _code(element: Element | None, reader: "Reader") -> ProgrammingCode | None:
    if element is None:
        return None
    code = reader.one(element, "arm:Code")
    return ProgrammingCode(element.get("Context", ""), "" if code is None else "".join(code.itertext()),
                           reader.documents(element))

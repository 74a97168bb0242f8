"""Codelists, methods, comments, documents and analysis results from the rows of a Pinnacle 21 workbook."""

import re
from collections.abc import Iterator, Sequence

from define.model import (
    AnalysisDataset,
    AnalysisResult,
    CodeListDef,
    CommentDef,
    Documentation,
    Expression,
    External,
    LeafDef,
    ListTerm,
    MethodDef,
    ProgrammingCode,
    ResultDisplay,
    WhereClauseDef,
)
from define.oids import group_oid
from define.workbook import MORE, decode_fields, decode_whole, item_of
from define.workbook_reading import Reading, clause_of, more_of, number_of, read_documents, standard_of_row, word_of
from specs.p21 import Row
from specs.p21_index import names_in
from specs.p21_where import WhereError, parse_where

__all__ = [
    "comment_of_row",
    "method_of_row",
    "read_codelist",
    "read_codelists",
    "read_comment",
    "read_dictionaries",
    "read_dictionary",
    "read_display",
    "read_displays",
    "read_leaf",
    "read_method",
    "read_result_clauses",
]


def read_leaf(row: Row, reading: Reading) -> LeafDef:
    leaf = LeafDef(reading.names.oid("Document", row["ID"]), row["Href"], row["Title"])
    return decode_fields(leaf, more_of(row[MORE]))


def read_codelists(reading: Reading) -> Iterator[CodeListDef]:
    lists: dict[str, list[Row]] = {}
    for row in reading.unique("Codelists", "ID", "Term"):
        lists.setdefault(row["ID"], []).append(row)
    for rows in lists.values():
        yield read_codelist(rows, reading)


def read_codelist(rows: Sequence[Row], reading: Reading) -> CodeListDef:
    """The definition of a codelist by its rows: what they say of the list is said by the first."""
    first = rows[0]
    code, standard = first["NCI Codelist Code"], standard_of_row(first, "Terminology", "CT", reading)
    terms = tuple(
        decode_fields(
            ListTerm(
                row["Term"],
                row["Decoded Value"],
                row["NCI Term Code"],
                bool(code and not row["NCI Term Code"]),
                number_of(row, "Codelists", "Order", reading),
            ),
            more_of(row[MORE]).get("term", {}),
        )
        for row in rows
    )
    made = CodeListDef(
        oid=reading.names.oid("Codelist", first["ID"]),
        name=first["Name"] or first["ID"],
        data_type=word_of("data type", first["Data Type"]) or "text",
        terms=terms,
        code=code,
        standard=standard.oid if standard else "",
        decoded=any(term.decode for term in terms),
        non_standard=not (code or standard),
        comment=reading.names.oid("Comment", first["Comment"]),
    )
    return decode_fields(made, more_of(first[MORE]).get("list", {}))


def read_dictionaries(reading: Reading) -> Iterator[CodeListDef]:
    for row in reading.unique("Dictionaries", "ID"):
        yield read_dictionary(row, reading)


def read_dictionary(row: Row, reading: Reading) -> CodeListDef:
    made = CodeListDef(
        oid=reading.names.oid("Codelist", row["ID"]),
        name=row["Name"] or row["ID"],
        data_type=word_of("data type", row["Data Type"]) or "text",
        external=External(word_of("dictionary", row["Dictionary"]), row["Version"]),
    )
    return decode_fields(made, more_of(row[MORE]).get("list", {}))


def method_of_row(row: Row, reading: Reading) -> MethodDef:
    return decode_fields(read_method(row, reading), more_of(row[MORE]))


def read_method(row: Row, reading: Reading) -> MethodDef:
    expressions = (Expression(row["Expression Context"], row["Expression Code"]),) if row["Expression Code"] else ()
    return MethodDef(
        reading.names.oid("Method", row["ID"]),
        row["Name"] or row["ID"],
        word_of("method type", row["Type"]) or "Computation",
        row["Description"],
        expressions,
        read_documents(row, "Document", reading),
    )


def comment_of_row(row: Row, reading: Reading) -> CommentDef:
    return decode_fields(read_comment(row, reading), more_of(row[MORE]))


def read_comment(row: Row, reading: Reading) -> CommentDef:
    return CommentDef(
        reading.names.oid("Comment", row["ID"]), row["Description"], read_documents(row, "Document", reading)
    )


def read_displays(reading: Reading) -> tuple[ResultDisplay, ...]:
    results: dict[str, list[AnalysisResult]] = {}
    for row in reading.unique("Analysis Results", "Display", "ID"):
        results.setdefault(row["Display"], []).append(read_result(row, reading))
    displays = []
    for row in reading.unique("Analysis Displays", "ID"):
        made = read_display(row, tuple(results.pop(row["ID"], ())), reading)
        displays.append(decode_fields(made, more_of(row[MORE])))
    for row in reading.book.rows("Analysis Results"):
        if row["Display"] in results:
            reading.refuse(
                "Analysis Results",
                row,
                "Display",
                f"there is no display {row['Display']}; the result was left out",
                "add it to the sheet Analysis Displays",
            )
    return tuple(displays)


def read_display(row: Row, results: tuple[AnalysisResult, ...], reading: Reading) -> ResultDisplay:
    return ResultDisplay(
        reading.names.oid("Display", row["ID"]),
        row["ID"],
        row["Title"],
        results,
        read_documents(row, "Document", reading),
    )


def read_result(row: Row, reading: Reading) -> AnalysisResult:
    """The definition of a result by its row, its where clauses being noted."""
    result, clauses = read_result_clauses(row, reading)
    more = more_of(row[MORE])
    if own := more.get("clauses"):
        clauses = tuple(decode_whole(WhereClauseDef, clause) for clause in own)
    reading.clauses |= {clause.oid: clause for clause in clauses if clause.oid not in reading.clauses}
    return decode_fields(result, more)


def read_result_clauses(row: Row, reading: Reading) -> tuple[AnalysisResult, tuple[WhereClauseDef, ...]]:
    """The definition of a result by its row, and its where clauses."""
    datasets, clauses = _result_datasets(row, reading)
    documented = row["Documentation"] or row["Documentation Refs"]
    documentation = Documentation(row["Documentation"], read_documents(row, "Documentation Refs", reading, ""))
    programmed = row["Programming Code"] or row["Programming Document"] or row["Programming Context"]
    code = ProgrammingCode(
        row["Programming Context"], row["Programming Code"], read_documents(row, "Programming Document", reading)
    )
    result = AnalysisResult(
        oid=f"AR.{row['Display']}.{row['ID']}",
        text=row["Description"],
        reason=word_of("reason", row["Reason"]),
        purpose=word_of("purpose", row["Purpose"]),
        datasets=datasets,
        parameter=_parameter(datasets, reading),
        comment=reading.names.oid("Comment", row["Join Comment"]),
        documentation=documentation if documented else None,
        code=code if programmed else None,
    )
    return result, clauses


def _result_datasets(row: Row, reading: Reading) -> tuple[tuple[AnalysisDataset, ...], tuple[WhereClauseDef, ...]]:
    """The datasets of a result in the order of its variables, then of its criteria."""
    variables: dict[str, list[str]] = {}
    for name in names_in(row["Variables"]):
        dataset, dot, variable = name.partition(".")
        if not dot:
            reading.refuse(
                "Analysis Results",
                row,
                "Variables",
                f"{name!r} is not DATASET.VARIABLE and was left out",
                "write ADSL.AGE",
            )
            continue
        variables.setdefault(dataset, []).append(item_of(dataset, variable))
    clauses: dict[str, WhereClauseDef] = {}
    for line in filter(None, (line.strip() for line in re.split(r"[\n;]", row["Selection Criteria"]))):
        try:
            alternatives = parse_where(line)
        except WhereError as error:
            reading.refuse(
                "Analysis Results",
                row,
                "Selection Criteria",
                f"{line!r} cannot be read ({error}); it was left out",
                "write ADSL.SAFFL EQ Y",
            )
            continue
        dataset = alternatives[0][0].dataset or next(iter(variables), "")
        if len(alternatives) > 1 or dataset in clauses or not dataset:
            reading.refuse(
                "Analysis Results",
                row,
                "Selection Criteria",
                f"{line!r} is more than one condition for one dataset; it was left out",
                "join it with and",
            )
            continue
        clauses[dataset] = clause_of(alternatives[0], dataset, reading)
    made = tuple(
        AnalysisDataset(
            group_oid(dataset), clauses[dataset].oid if dataset in clauses else "", tuple(variables.get(dataset, ()))
        )
        for dataset in {**variables, **clauses}
    )
    return made, tuple(clauses.values())


def _parameter(datasets: Sequence[AnalysisDataset], reading: Reading) -> str:
    """PARAMCD of the first dataset that has parameters."""
    with_parameters = {row["Dataset"] for row in reading.book.rows("Variables") if row["Variable"] == "PARAMCD"}
    return next(
        (
            item_of(name, "PARAMCD")
            for dataset in datasets
            if (name := dataset.group.removeprefix("IG.")) in with_parameters
        ),
        "",
    )

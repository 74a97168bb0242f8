"""Which sheet of a Pinnacle 21 workbook is which: by its name, by a near miss of it, or else by its columns."""

import difflib
from collections.abc import Iterable, Mapping

from specs.p21_cells import RawSheet

__all__ = ["SHEETS", "header_rows", "sheet_by_columns", "sheet_by_name"]

SHEETS = {  # other names of the sheets, plain
    "Define": ("define", "study", "studymetadata"),
    "Standards": ("standards", "standard"),
    "Datasets": ("datasets", "dataset", "domains", "datasetmetadata", "datasetlevel"),
    "Variables": ("variables", "variable", "variablemetadata", "variablelevel"),
    "ValueLevel": ("valuelevel", "valuelevelmetadata", "vlm", "values"),
    "WhereClauses": ("whereclauses", "whereclause"),
    "Codelists": ("codelists", "codelist", "controlledterminology", "controlledterms"),
    "Dictionaries": ("dictionaries", "dictionary", "externaldictionaries"),
    "Methods": ("methods", "method", "computationalmethods", "computationmethods"),
    "Comments": ("comments", "comment"),
    "Documents": ("documents", "document"),
    "Analysis Displays": ("analysisdisplays", "analysisdisplay", "resultdisplays"),
    "Analysis Results": ("analysisresults", "analysisresult"),
}
CLOSE = 0.88
SAME = 0.6  # of the columns of both sheets that both have: the 16 columns of a first generation are 0.64 of all 25
FIRST_ROWS = 5


def sheet_by_name(title: str) -> str:
    """The sheet that a plain name stands for, or nothing."""
    names = {name: canonical for canonical, others in SHEETS.items() for name in others}
    near = difflib.get_close_matches(title, list(names), 1, CLOSE)
    return names.get(title) or (names[near[0]] if near else "")


def sheet_by_columns(headers: Iterable[set[str]], columns: Mapping[str, Mapping[str, str]]) -> str:
    """The sheet whose columns one of the header rows names, or nothing: sheets are also called 数据集.

    `columns` gives for each sheet what its columns are called, and which column that is.
    """
    best = (SAME, "")
    for header in headers:
        for name, known in columns.items():
            named = {known[text] for text in header if text in known}
            strange = sum(text not in known for text in header)
            likeness = len(named) / (len(set(known.values())) + strange)
            if len(named) > 1 and likeness > best[0]:
                best = (likeness, name)
    return best[1]


def header_rows(raw: RawSheet) -> list[list[str]]:
    """The texts of the first rows that hold anything."""
    return [[cell.text for cell in raw.rows[number].values() if cell.text] for number in list(raw.rows)[:FIRST_ROWS]]

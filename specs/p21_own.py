"""What a study's own YAML says, beside the rows of a Pinnacle 21 workbook: columns and sheets named cdisckit.

The columns hold each entry of the study's files as it stands; a hidden column keeps what the cells of a row said when
the workbook was written, so that what a reviewer has changed is told from what has not been touched.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from specs.p21 import layout
from specs.p21_cells import BLANKS
from specs.p21_where import WhereError, parse_where
from specs.p21_write import EXPORTED
from specs.text_yaml import read_text_yaml

__all__ = [
    "IMPORTED",
    "MORE",
    "LAYER",
    "PARAMETERS_SHEET",
    "PREFIX",
    "STUDY_SHEET",
    "TERMS_SHEET",
    "TESTS_SHEET",
    "add_study",
    "from_cell",
    "is_key",
    "qualifier_of",
    "read_files",
    "to_cell",
]

PREFIX, LAYER = "cdisckit: ", "cdisckit: layer"
STUDY_SHEET, TERMS_SHEET = "cdisckit study", "cdisckit codelists"
TESTS_SHEET, PARAMETERS_SHEET = "cdisckit tests", "cdisckit parameters"
TERMS_FILE = "specs/codelists.yaml"
BELOW = " > "  # between the entries of a path: forms > AE > file
MORE, IMPORTED = "cdisckit: more", "cdisckit: imported"

Cells = dict[str, str]
Files = Mapping[str, Mapping[str, Any]]


def read_files(folder: Path) -> dict[str, dict[str, Any]]:
    """The YAML files of a study by their path in it, each as text only."""
    paths = [
        folder / "study.yaml",
        folder / "trial_design.yaml",
        *sorted((folder / "specs").glob("*.yaml")),
        *sorted((folder / "specs").glob("sdtm/*.yaml")),
        *sorted((folder / "specs").glob("adam/*.yaml")),
    ]
    return {path.relative_to(folder).as_posix(): read_text_yaml(path).content for path in paths if path.exists()}


def to_cell(value: Any) -> str:
    """An entry as a cell: a plain text as it stands, anything else as JSON."""
    if isinstance(value, str) and value and value.strip(BLANKS) == value and value[0] not in '[{"':
        return value
    return json.dumps(value, ensure_ascii=False)


def from_cell(text: str) -> Any:
    """The entry that a cell holds; ValueError where it begins like JSON and is none."""
    return json.loads(text) if text[:1] in ("[", "{", '"') else text


def qualifier_of(row: Mapping[str, str]) -> str:
    """AEREL1 for the row of SUPPAE.QVAL where QNAM EQ AEREL1, else nothing."""
    if row.get("Variable") != "QVAL":
        return ""
    try:
        alternatives = parse_where(row.get("Where Clause", ""))
    except WhereError:
        return ""
    conditions = [condition for conditions in alternatives for condition in conditions]
    only = len(conditions) == 1 and conditions[0].variable == "QNAM" and conditions[0].comparator == "EQ"
    return conditions[0].values[0] if only else ""


def is_key(sheet: str, column: str) -> bool:
    """Whether the column names the row instead of saying something of it."""
    return column in {
        "Datasets": ("Dataset",),
        "Variables": ("Dataset", "Variable"),
        "ValueLevel": ("Dataset", "Variable", "Where Clause"),
        "Codelists": ("ID", "Term"),
        "Define": ("Attribute",),
    }.get(sheet, ("ID",))


def add_study(rows: Mapping[str, Sequence[Cells]], files: Files, keep: bool = False) -> dict[str, list[Cells]]:
    """The rows with what the study's files say beside them, and the sheets of what belongs to no row.

    `keep`: what rows do not tell of a definition stays, since the study was made of a document that had it.
    """
    own = dict(_own_cells(files))
    made: dict[str, list[Cells]] = {}
    for sheet, cells in rows.items():
        made[sheet] = []
        for row in cells:
            if row.get("Attribute") == MORE and not keep:
                continue
            row = {column: value for column, value in row.items() if value and (keep or column != MORE)}
            if sheet not in layout():
                made[sheet].append(row)
                continue
            exported = {column.name: row[column.name] for column in layout().get(sheet, ()) if row.get(column.name)}
            made[sheet].append({**row, **own.pop(_key(sheet, row), {}), EXPORTED: to_cell(exported)})
    for sheet, *names in list(own):  # the define has no row of it: it stands alone
        columns = ("Dataset", "Variable") if sheet == "Variables" else ("Dataset",)
        made[sheet].append({**dict(zip(columns, names, strict=True)), **own[sheet, *names]})
    return made | _own_sheets(files)


def _key(sheet: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """Where the study's files speak of what the row is about."""
    dataset, variable = row.get("Dataset", ""), row.get("Variable", "")
    if sheet == "ValueLevel":
        qualifier = qualifier_of(row)
        return ("Variables", dataset.removeprefix("SUPP"), qualifier) if qualifier else ()
    return ("Variables", dataset, variable) if sheet == "Variables" else (sheet, dataset)


def _own_cells(files: Files) -> Iterator[tuple[tuple[str, ...], Cells]]:
    """The entries of the dataset files: those of a dataset, and those of each variable."""
    for path, content in files.items():
        if path.count("/") < 2:
            continue
        name = Path(path).stem.upper()
        entries = {key: value for key, value in content.items() if key not in ("variables", "tests", "parameters")}
        yield ("Datasets", name), {f"{PREFIX}{key}": to_cell(value) for key, value in entries.items()}
        for variable, own in content.get("variables", {}).items():
            cells = {f"{PREFIX}{key}": to_cell(value) for key, value in own.items()}
            yield ("Variables", name, variable), {LAYER: "study", **cells}


def _own_sheets(files: Files) -> dict[str, list[Cells]]:
    """The sheets of study.yaml and trial_design.yaml, of the study's terms, tests and parameters."""
    study = [
        {"File": path, "Entry": BELOW.join(entry), "Value": to_cell(value)}
        for path, content in files.items()
        if path.count("/") < 2 and path != TERMS_FILE
        for entry, value in _leaves(content, ())
    ]
    terms = [
        {"Codelist": name, "Entry": entry, "Term": to_cell(term) if term else "", "Value": to_cell(value)}
        for name, content in files.get(TERMS_FILE, {}).items()
        for entry, said in content.items()
        for term, value in (said.items() if isinstance(said, dict) else [("", said)])
    ]
    made = {STUDY_SHEET: study, TERMS_SHEET: terms}
    for sheet, part in ((TESTS_SHEET, "tests"), (PARAMETERS_SHEET, "parameters")):
        made[sheet] = [
            {"Dataset": Path(path).stem.upper(), "Code": code, **{key: to_cell(value) for key, value in said.items()}}
            for path, content in files.items()
            if path.count("/") == 2
            for code, said in content.get(part, {}).items()
        ]
    return {sheet: rows for sheet, rows in made.items() if rows}


def _leaves(content: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every text or list of a nested mapping with its path; a mapping with the sign of a path in a name stays whole."""
    for name, value in content.items():
        if isinstance(value, dict) and value and not any(BELOW.strip() in key or not key for key in value):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value

"""The specification of a study as a Pinnacle 21 workbook, and back."""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cdisckit.errors import CdisckitError, SpecError
from cdisckit.study import find_study, load_study
from define import DefineSource, build_define, copy_stylesheet, define_xml
from define.read import read_define
from define.workbook_carry import carry_cells
from define.workbook_read import define_of_workbook
from define.workbook_write import workbook_of_define
from sdtm.supp import continued_spec
from specs import (
    DatasetSpec,
    DatasetSummary,
    StudySpecs,
    VariableSummary,
    load_specs,
    summary_from_dict,
    supplement_spec,
)
from specs.p21 import CellProblem, Workbook, read_workbook
from specs.p21_check import check_workbook
from specs.p21_own import add_study, read_files
from specs.p21_study import is_study_workbook, study_of_workbook
from specs.p21_write import write_workbook
from specs.p21_yaml import write_files

__all__ = ["Imported", "export_workbook", "import_workbook"]

Model = Literal["SDTM", "ADaM"]
Cells = dict[str, str]
NOT_KNOWN = ("Length", "Significant Digits", "Has No Data")  # without data


def export_workbook(
    study: str, path: Path, models: Iterable[Model] = ("SDTM", "ADaM"), out: Path | None = None
) -> list[str]:
    """Write the workbook of a study's specification, with lengths and decimals from an output if one is given; the
    datasets in it.
    """
    if study.lower().endswith((".xlsx", ".xml")):
        return _convert(Path(study), path)
    folder = find_study(study)
    specs, methods = _load(study, folder)
    summaries = _summaries(out) if out else {}
    rows: dict[str, list[Cells]] = {}
    for model in models:
        chosen = [spec for spec in specs.datasets.values() if spec.is_sdtm == (model == "SDTM")]
        if chosen:
            _add_rows(rows, _model_rows(specs, chosen, model, summaries, methods))
    if not rows:
        raise SpecError(f"{folder.name} has no dataset of {' or '.join(models)}", where=str(folder))
    files = {
        name: content
        for name, content in read_files(folder).items()
        if name.count("/") < 2 or any(f"/{model.lower()}/" in name for model in models)
    }
    write_workbook(add_study(rows, files), path, f"{specs.facts.STUDYID}: define specification")
    return [row["Dataset"] for row in rows["Datasets"]]


def _convert(file: Path, path: Path) -> list[str]:
    """A workbook of any generation, or a define.xml, as a workbook of the third generation."""
    if file.suffix.lower() == ".xml":
        rows = workbook_of_define(read_define(file))
    else:
        book = read_workbook(file)
        define, _ = define_of_workbook(book)
        rows = carry_cells(book, workbook_of_define(define))
    write_workbook(rows, path, f"{file.name}: define specification")
    return [row["Dataset"] for row in rows["Datasets"]]


@dataclass(frozen=True)
class Imported:
    """What an import has written, and every problem of the workbook."""

    written: tuple[Path, ...]
    problems: tuple[CellProblem, ...]


def import_workbook(file: Path, out: Path, strict: bool = False) -> Imported:
    """Make a specification of a workbook, in the folder `out`.

    A workbook that `export_workbook` wrote gives the study's YAML; an edit that YAML cannot hold stops the import.
    Any other gives a define.xml: what that cannot hold is left out and named. With `strict` any error stops it.
    """
    book = read_workbook(file)
    if is_study_workbook(book):
        return _import_study(book, file, out)
    problems = check_workbook(book)
    define, refused = define_of_workbook(book)
    problems = tuple(dict.fromkeys([*refused, *problems]))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors and strict:
        raise SpecError(f"{file.name} is not imported", cases=errors, where=str(file), fix="mend these cells")
    out.mkdir(parents=True, exist_ok=True)
    (out / "define.xml").write_bytes(define_xml(define))
    copy_stylesheet(out)
    return Imported((out / "define.xml", _write_problems(problems, out)), problems)


def _import_study(book: Workbook, file: Path, out: Path) -> Imported:
    """The study's files, once they are proven to load."""
    files, refused = study_of_workbook(book)
    problems = (*refused, *book.problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise SpecError(
            f"{file.name} is not imported: a specification cannot hold all its cells",
            cases=errors,
            where=str(file),
            fix="mend these cells, or edit the YAML",
        )
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / out.name
        if out.is_dir():
            shutil.copytree(out, trial, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        write_files(files, trial)
        load_specs(trial)
    return Imported(tuple(write_files(files, out)), problems)


def _write_problems(problems: Iterable[CellProblem], out: Path) -> Path:
    path = out / "workbook_problems.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("severity", "rule", "sheet", "row", "column", "value", "problem", "fix"))
        writer.writerows((p.severity, p.rule, p.sheet, p.row or "", p.column, p.value, p.what, p.fix) for p in problems)
    return path


def _load(study: str, folder: Path) -> tuple[StudySpecs, Mapping[tuple[str, str], str]]:
    """The specification, and the method texts of its functions where the study has functions."""
    try:
        loaded = load_study(study)
    except SpecError:
        return load_specs(folder), {}  # a specification that was imported: nothing makes its datasets yet
    return loaded.specs, loaded.methods


def _summaries(out: Path) -> dict[str, DatasetSummary]:
    path = out / "trace" / "summaries.json"
    if not path.is_file():
        raise CdisckitError(
            f"{out} is no output of cdisckit",
            where=str(out),
            fix="build the study first: cdisckit build STUDY --raw RAW --out OUT",
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    return {name: summary_from_dict(summary) for name, summary in content.items()}


def _model_rows(
    specs: StudySpecs,
    chosen: Iterable[DatasetSpec],
    model: Model,
    summaries: Mapping[str, DatasetSummary],
    methods: Mapping[tuple[str, str], str],
) -> dict[str, list[Cells]]:
    """The rows of one model: every variable of the specification, whether the data have values of it or not."""
    parents = {f"SUPP{spec.name}": spec for spec in chosen if spec.supplements}
    parents = {
        name: continued_spec(spec, summaries[name]) if name in summaries else spec for name, spec in parents.items()
    }
    datasets = [*chosen, *(supplement_spec(spec) for spec in parents.values())]
    known = {spec.name: summaries.get(spec.name) or _planned(spec) for spec in datasets}
    source = DefineSource(specs.facts, model, tuple(datasets), parents, known, specs.codelists, methods)
    rows = workbook_of_define(build_define(source))
    by_name = {spec.name: spec for spec in datasets}
    for sheet in ("Variables", "ValueLevel"):
        rows[sheet] = [
            row if row["Dataset"] in summaries else _without_data(row, by_name[row["Dataset"]]) for row in rows[sheet]
        ]
    return rows


def _planned(spec: DatasetSpec) -> DatasetSummary:
    """What is known of a dataset without data: it will have records, and in each variable some value.

    The one empty term says that the terms of the data are known to be none, so that of a long codelist only what the
    specification names is listed.
    """
    values = {
        variable.name: VariableSummary(1, 1, variable.length or 0, variable.digits or 0, (), ("",))
        for variable in spec.columns
    }
    return DatasetSummary(spec.name, 1, values, {})


def _without_data(row: Cells, spec: DatasetSpec) -> Cells:
    """The row without what only data can tell."""
    variable = spec.variables.get(row["Variable"])
    stated = {"Length": variable.length, "Significant Digits": variable.digits} if variable else {}
    told = {column: "" if stated.get(column) is None else str(stated[column]) for column in NOT_KNOWN}
    return {**row, **told}


def _add_rows(rows: dict[str, list[Cells]], more: Mapping[str, list[Cells]]) -> None:
    """The rows of both models in one workbook: what both define stands once, and the terms of a list together."""
    for sheet, cells in more.items():
        keys = {"Define": ("Attribute",), "Codelists": ("ID", "Term")}.get(sheet, ("ID",))
        made = rows.setdefault(sheet, [])
        if sheet in ("Datasets", "Variables", "ValueLevel"):
            made += cells
            continue
        known = {tuple(row.get(key, "") for key in keys) for row in made}
        made += [row for row in cells if tuple(row.get(key, "") for key in keys) not in known]
        if sheet == "Codelists":
            first = {row["ID"]: position for position, row in reversed(list(enumerate(made)))}
            made.sort(key=lambda row: first[row["ID"]])

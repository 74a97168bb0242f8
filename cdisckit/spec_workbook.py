"""The specification of a study as a Pinnacle 21 workbook, and back."""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cdisckit.defines import define_source
from cdisckit.errors import CdisckitError, SpecError
from cdisckit.spec_define import write_study
from cdisckit.study import Study, find_study, load_study
from define import build_define, copy_stylesheet, define_xml
from define.read import DefineReading, read_define, read_define_fully
from define.to_report import Loss
from define.to_study import study_of_defines
from define.workbook_carry import carry_cells
from define.workbook_merge import KEPT, TOLD, Kept, document_rows, merge_rows, read_kept, without_own
from define.workbook_read import define_of_workbook
from define.workbook_write import untold, workbook_of_define
from specs import DatasetSpec, DatasetSummary, VariableSummary, load_specs, summary_from_dict, supplement_spec
from specs.p21 import CellProblem, Workbook, read_workbook
from specs.p21_check import check_workbook
from specs.p21_own import IMPORTED, MORE, add_study, read_files
from specs.p21_study import is_study_workbook, study_of_workbook
from specs.p21_write import write_workbook
from specs.p21_yaml import write_files

__all__ = ["Exported", "Imported", "export_workbook", "import_workbook", "keep_defines"]

Model = Literal["SDTM", "ADaM"]
Cells = dict[str, str]
NO_SUMMARIES: Mapping[str, DatasetSummary] = MappingProxyType({})
REFERRED = {"Methods": "Method", "Comments": "Comment", "Codelists": "Codelist", "Documents": "Document"}
NOT_KNOWN = ("Length", "Significant Digits", "Has No Data")  # without data


@dataclass(frozen=True)
class Exported:
    """The datasets in a workbook that was written, what hinders the specification to load, and what of a document no
    row can say.
    """

    datasets: tuple[str, ...]
    problems: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def export_workbook(
    study: str, path: Path, models: Sequence[Model] = ("SDTM", "ADaM"), out: Path | None = None
) -> Exported:
    """Write the workbook of a study's specification, with lengths and decimals from an output if one is given.

    A define.xml or another workbook in the place of the study becomes a workbook as it stands; so does the document
    that a study was made of, as long as the specification is still to be mended.
    """
    if study.lower().endswith((".xlsx", ".xml")) or Path(study).is_file():
        return _convert(Path(study), path)
    folder = find_study(study)
    kept = read_kept(folder / KEPT) if (folder / KEPT).is_file() else None
    problems: tuple[str, ...] = ()
    try:
        rows = study_rows(_load(folder), models, _summaries(out) if out else {})
    except SpecError as error:
        if kept is None:
            raise
        rows, kept, problems = {}, Kept(kept.rows, {}), tuple(map(str, error.cases))
    if not rows and kept is None:
        raise SpecError(f"{folder.name} has no dataset of {' or '.join(models)}", where=str(folder))
    made = merge_rows(rows, kept) if kept else rows
    content = {
        name: content
        for name, content in read_files(folder).items()
        if name.count("/") < 2 or any(f"/{model.lower()}/" in name for model in models)
    }
    write_workbook(add_study(made, content, kept is not None), path, f"{folder.name}: define specification")
    return Exported(tuple(row["Dataset"] for row in made["Datasets"]), problems)


def study_rows(
    study: Study, models: Sequence[Model] = ("SDTM", "ADaM"), summaries: Mapping[str, DatasetSummary] = NO_SUMMARIES
) -> dict[str, list[Cells]]:
    """The rows of a study's specification, without any column of our own."""
    rows: dict[str, list[Cells]] = {}
    for model in models:
        if any(spec.is_sdtm == (model == "SDTM") for spec in study.specs.datasets.values()):
            _add_rows(rows, _model_rows(study, model, summaries))
    return rows


def _convert(file: Path, path: Path) -> Exported:
    """A workbook of any generation, or a define.xml, as a workbook of the third generation."""
    if file.suffix.lower() == ".xml":
        reading = read_define_fully(file)
        rows = workbook_of_define(reading.define)
        places = {oid: f"line {line}: " for oid, line in reading.lines.items()}
        lost = [f"{places.get(oid, '')}{oid}: {why}" for oid, why in untold(reading.define, rows)]
        left_out = (*map(str, reading.not_taken), *lost)
    else:
        book = read_workbook(file)
        read = define_of_workbook(book)
        rows = carry_cells(book, workbook_of_define(read.define))
        left_out = tuple(map(str, read.refused))
    write_workbook(rows, path, f"{file.name}: define specification")
    return Exported(tuple(row.get("Dataset", "") for row in rows["Datasets"]), (), left_out)


@dataclass(frozen=True)
class Imported:
    """What an import has written, and every problem of the workbook."""

    written: tuple[Path, ...]
    problems: tuple[CellProblem, ...]


def import_workbook(file: Path, out: Path, strict: bool = False) -> Imported:
    """Make a specification of a workbook, in the folder `out`.

    A workbook that `export_workbook` wrote gives the study's YAML; an edit that YAML cannot hold stops the import.
    Of any other a specification is made as of a define.xml; what it cannot hold is named by sheet and row, and the rows
    are kept beside it for `export_workbook`. With `strict` any error stops the import.
    """
    book = read_workbook(file)
    if is_study_workbook(book):
        return _import_study(book, file, out)
    problems = check_workbook(book)
    read = define_of_workbook(book)
    problems = tuple(dict.fromkeys([*read.refused, *problems]))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors and strict:
        raise SpecError(f"{file.name} is not imported", cases=errors, where=str(file), fix="mend these cells")
    made = study_of_defines([(file.name, DefineReading(read.define, (), read.define.define_version, {}))])
    if not any(name.startswith("specs/") for name in made.files):
        raise SpecError(
            f"{file.name} describes no dataset that a specification can hold",
            where=str(file),
            cases=[*errors, *made.losses],
            fix="mend these cells; the sheets Datasets and Variables must name each other's datasets",
        )
    problems += tuple(_problem_of(loss, read.places) for loss in made.losses)
    unmended = write_study(made.files, out)
    problems += tuple(CellProblem("", 0, "", "p21.to_mend", "error", words) for words in unmended)
    keep_rows(carry_cells(book, workbook_of_define(read.define)), out)
    (out / "define.xml").write_bytes(define_xml(read.define))
    copy_stylesheet(out)
    written = [out / name for name in (*made.files, KEPT, "define.xml")]
    return Imported((*written, _write_problems(problems, out)), problems)


def _problem_of(loss: Loss, places: Mapping[str, tuple[str, int]]) -> CellProblem:
    """What the workbook says and a specification does not, by sheet and row."""
    sheet, row = places.get(loss.element, ("", 0))
    column = "" if sheet else loss.element
    return CellProblem(sheet, row, column, "p21.not_in_spec", "notice", f"{loss.what}: {loss.why}")


def _import_study(book: Workbook, file: Path, out: Path) -> Imported:
    """The study's files, once they are proven to load."""
    files, refused = study_of_workbook(book)
    problems = (*refused, *book.problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    imported = IMPORTED in book.study
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
        try:
            load_specs(trial)
        except SpecError as error:
            if not imported:
                raise
            words = [str(case).replace(f"{trial}/", "") for case in error.cases]
            problems += tuple(CellProblem("", 0, "", "p21.to_mend", "error", case) for case in words)
    written = write_files(files, out)
    if imported:
        keep_rows(without_own(document_rows(book)), out)
        written.append(out / KEPT)
    return Imported(tuple(written), problems)


def _write_problems(problems: Iterable[CellProblem], out: Path) -> Path:
    path = out / "workbook_problems.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("severity", "rule", "sheet", "row", "column", "value", "problem", "fix"))
        writer.writerows((p.severity, p.rule, p.sheet, p.row or "", p.column, p.value, p.what, p.fix) for p in problems)
    return path


def _load(folder: Path) -> Study:
    """The study; of one that was imported only its specification, since nothing makes its datasets yet."""
    if (folder / KEPT).is_file():
        return Study(folder, load_specs(folder), {}, {}, {}, {})
    return load_study(str(folder))


def keep_defines(files: Sequence[Path], out: Path) -> Path:
    """Keep the rows of the define.xml that a specification was made of."""
    rows: dict[str, list[Cells]] = {}
    for file in files:
        _add_rows(rows, workbook_of_define(read_define(file)))
    if len(files) > 1:  # what is said of one of two documents is said of neither in one workbook
        rows["Define"] = [row for row in rows["Define"] if row["Attribute"] != MORE]
    keep_rows(rows, out)
    return out / KEPT


def keep_rows(rows: Mapping[str, list[Cells]], out: Path) -> None:
    """Keep the rows of a document beside the specification that was made of it, and what the specification itself says
    now: when it is exported, only what has changed since is changed in the rows.
    """
    try:
        told = study_rows(Study(out, load_specs(out), {}, {}, {}, {}))
    except SpecError:
        told = {}  # it is still to be mended; then all that it says counts as changed
    out.mkdir(parents=True, exist_ok=True)
    write_workbook({**rows, **{f"{TOLD}{name}": cells for name, cells in told.items()}}, out / KEPT)


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


def _model_rows(study: Study, model: Model, summaries: Mapping[str, DatasetSummary]) -> dict[str, list[Cells]]:
    """The rows of one model: every variable of the specification, whether the data have values of it or not."""
    chosen = [spec for spec in study.specs.datasets.values() if spec.is_sdtm == (model == "SDTM")]
    datasets = [*chosen, *(supplement_spec(spec) for spec in chosen if spec.supplements)]
    known = {spec.name: summaries.get(spec.name) or _planned(spec) for spec in datasets}
    source = replace(define_source(study, model, known), datasets=tuple(datasets))
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
    more = _named_apart(rows, more)
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


def _named_apart(rows: Mapping[str, list[Cells]], more: Mapping[str, list[Cells]]) -> dict[str, list[Cells]]:
    """The second rows with other IDs where one ID means different things: two functions of one name, say."""
    renamed: dict[str, dict[str, str]] = {}
    for sheet, column in REFERRED.items():
        before, after = (_by_id(cells.get(sheet, [])) for cells in (rows, more))
        renamed[column] = {
            name: f"{name}.2" for name in before.keys() & after.keys() if not _agree(before[name], after[name])
        }

    def apart(sheet: str, row: Cells) -> Cells:
        columns = {column: names[row[column]] for column, names in renamed.items() if row.get(column) in names}
        own = renamed.get(REFERRED.get(sheet, ""), {})
        return {**row, **columns, **({"ID": own[row["ID"]]} if row.get("ID") in own else {})}

    return {sheet: [apart(sheet, row) for row in cells] for sheet, cells in more.items()}


def _by_id(rows: Iterable[Cells]) -> dict[str, list[Cells]]:
    made: dict[str, list[Cells]] = {}
    for row in rows:
        made.setdefault(row["ID"], []).append(row)
    return made


def _agree(one: Iterable[Cells], other: Iterable[Cells]) -> bool:
    """Whether two definitions say the same, or of a codelist different terms of the same list."""

    def facts(rows: Iterable[Cells]) -> dict[str, Cells]:
        return {row.get("Term", ""): {name: value for name, value in row.items() if name != "Order"} for row in rows}

    def head(terms: Mapping[str, Cells]) -> set[tuple[str, ...]]:
        return {
            tuple(row.get(name, "") for name in ("Name", "NCI Codelist Code", "Data Type", "Terminology"))
            for row in terms.values()
        }

    first, second = facts(one), facts(other)
    return head(first) == head(second) and all(first[term] == second[term] for term in first.keys() & second.keys())

"""Read datasets to validate, whoever made them: an output of ours, or a folder of transport files or Dataset-JSON.

A file that cannot be read is an error finding with the reason, and the others are judged all the same.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from cdisckit.errors import RawDataError
from cdisckit.findings import Finding
from cdisckit.study import Study
from cdisckit.trace import read_dataset
from specs import DatasetSpec, DatasetSummary
from transport import Column, Xpt, read_dataset_json, read_xpt
from validation.package import Package, Table, Variable

__all__ = ["package_of_files", "package_of_output"]

SOURCE = "package"
READERS = (".xpt", ".json", ".ndjson")
NO_DATASETS = (".csv", ".sas7bdat", ".xlsx", ".xls", ".rds", ".rda", ".parquet", ".zip", ".xport", ".stx", ".cport")
WINDOWS = "windows-1252"


def package_of_files(sdtm: Path | None, adam: Path | None,
                     encoding: str = "utf-8") -> tuple[Package, list[Finding]]:
    """The datasets of the folders, and an error finding for every file that is none. RawDataError where a folder is
    missing, is no folder, or holds no dataset at all. `encoding` is that of the texts in transport files.
    """
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    for folder, model in ((sdtm, "SDTM"), (adam, "ADaM")):
        if folder is None:
            continue
        for path in _dataset_files(folder, model):
            read = _read(path, findings, encoding)
            if read is None:
                continue
            if read.name in tables:
                findings.append(_finding(path, f"the dataset {read.name} is in {tables[read.name].file} too; this one "
                                         "was not judged", "dataset_twice", read.name))
                continue
            tables[read.name] = Table(read.name, read.label, model, _variables(read.columns), read.frame, path.name)
    if not tables:
        raise RawDataError("none of the files could be read", cases=[f"{f.file}: {f.message}" for f in findings],
                           where=str(sdtm or adam), fix="give folders with XPT version 5 or Dataset-JSON 1.1 files")
    return Package(tables, _standards(tables)), findings


def _dataset_files(folder: Path, model: str) -> list[Path]:
    if not folder.is_dir():
        raise RawDataError(f"the folder of {model} is not there", where=str(folder),
                           fix=f"give the folder of the {model} datasets: --{model.lower()} DIR")
    files = sorted(path for path in folder.iterdir() if path.is_file()
                   and path.suffix.lower() in (*READERS, *NO_DATASETS))
    if not any(path.suffix.lower() in READERS for path in files):
        raise RawDataError(f"the folder of {model} has no dataset", cases=[path.name for path in files],
                           where=str(folder), fix="give a folder with XPT version 5 (.xpt) or Dataset-JSON 1.1 files "
                           "(.json, .ndjson)")
    return files


def _read(path: Path, findings: list[Finding], encoding: str) -> Xpt | None:
    if path.suffix.lower() in NO_DATASETS:
        kind = path.suffix[1:].upper()
        findings.append(_finding(path, f"{kind} is no format of a submission; the file was not judged", "no_dataset"))
        return None
    try:
        if path.suffix.lower() != ".xpt":
            return read_dataset_json(path)
        return _read_transport(path, findings, encoding)
    except (RawDataError, OSError) as error:
        said = " ".join(str(error).split())
        findings.append(_finding(path, f"the file could not be read and was not judged: {said}", "unreadable_file"))
        return None


def _read_transport(path: Path, findings: list[Finding], encoding: str) -> Xpt:
    try:
        return read_xpt(path, encoding=encoding)
    except RawDataError as error:
        if "encoding" not in str(error):
            raise
    read = read_xpt(path, encoding=WINDOWS)
    message = f"the text is no {encoding.upper()}; it was read as {WINDOWS}"
    findings.append(_finding(path, message, "encoding", read.name, "warning"))
    return read


def _finding(path: Path, message: str, rule: str, dataset: str = "", severity: str = "error") -> Finding:
    return Finding(SOURCE, f"package.{rule}", severity, dataset or path.stem.upper(), message=message, file=path.name,
                   fix="programmer: deliver each dataset once, as an XPT version 5 or Dataset-JSON 1.1 file")


def _variables(columns: tuple[Column, ...]) -> tuple[Variable, ...]:
    return tuple(Variable(column.name, column.label, column.type, column.length, column.format) for column in columns)


def _standards(tables: Mapping[str, Table]) -> dict[str, str]:
    """The version of the implementation guide that the trial summary states."""
    if "TS" not in tables or not tables["TS"].has("TSPARMCD", "TSVAL"):
        return {}
    stated = tables["TS"].frame.loc[lambda ts: ts["TSPARMCD"] == "SDTIGVER", "TSVAL"].tolist()
    return {"SDTMIG": stated[0].strip()} if stated else {}


def package_of_output(out: Path, study: Study, specs: list[DatasetSpec], columns: Mapping[str, tuple[Column, ...]],
                      summaries: Mapping[str, DatasetSummary]) -> Package:
    """The datasets of an output of ours, with the ids of their raw records."""
    tables = {spec.name: _table_of_output(out, spec, columns[spec.name]) for spec in specs if spec.name in summaries}
    return Package(tables, dict(_standards_of(specs)), raw_records=frozenset(_raw_records(out)))


def _table_of_output(out: Path, spec: DatasetSpec, columns: tuple[Column, ...]) -> Table:
    frame = read_dataset(out, spec.name)
    kept = [column.name for column in columns] + (["_record"] if "_record" in frame else [])
    return Table(spec.name, spec.label, "SDTM" if spec.is_sdtm else "ADaM", _variables(columns), frame[kept])


def _standards_of(specs: list[DatasetSpec]) -> Iterator[tuple[str, str]]:
    for spec in specs:
        name, _, version = spec.standard.rpartition(" ")
        yield name, version


def _raw_records(out: Path) -> Iterator[str]:
    for path in sorted((out / "trace" / "raw").glob("*/*.parquet")):
        yield from pd.read_parquet(path, columns=["_record"])["_record"].tolist()

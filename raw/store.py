"""Stream every export once into parts by block of subjects, so that a study of any size is read in pieces.

The blocks are cut from the sorted subjects of the subject form; a record of a subject whom that form does not know
goes to the block where the subject would stand. So a block holds all records of its subjects, in whatever order they
were exported.
"""

from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cdisckit.errors import RawDataError, suggest
from raw import rave
from raw.account import drop_records
from raw.block import RawBlock
from raw.delimited import Export, open_export
from raw.records import add_record_ids, subject_keys
from specs.fields import used_fields
from specs.load import StudySpecs
from specs.model import FormSpec

__all__ = ["BLOCK_SUBJECTS", "RawStore", "fill_store", "read_block"]

BLOCK_SUBJECTS = 500
RESERVED = ("_record", "_subject")


@dataclass(frozen=True)
class RawStore:
    """Where the parts are, how many blocks there are, and the fields and the number of records of each form."""

    folder: Path
    blocks: int
    fields: Mapping[str, tuple[str, ...]]
    records: Mapping[str, int]


def fill_store(study: StudySpecs, raw: Path, folder: Path, block_subjects: int = BLOCK_SUBJECTS) -> RawStore:
    """Read the study's raw files into parts under `folder`; RawDataError where a file is missing or cannot be read."""
    facts = study.facts
    _check_files(study, raw)
    exports = {form: _open(form, spec, raw) for form, spec in facts.forms.items()}
    for form, export in exports.items():
        if export:
            _check_fields(form, _fields_of(export, facts.forms[form]), study)
    used = used_fields(study)
    starts = _block_starts(exports[facts.subject_form], study, used[facts.subject_form], block_subjects)
    records = {form: _write_parts(form, export, study, used[form], starts, folder)
               for form, export in exports.items() if export}
    fields = {form: _fields_of(export, facts.forms[form]) if export else () for form, export in exports.items()}
    return RawStore(folder, max(len(starts), 1), fields, records)


def _check_files(study: StudySpecs, raw: Path) -> None:
    """Every file is inside the raw folder, and every file that is not optional is there."""
    if not raw.is_dir():
        raise RawDataError(f"there is no folder {raw}", fix="name the folder that holds the raw files")
    forms = study.facts.forms
    outside = [f"{spec.file} (form {form})" for form, spec in forms.items()
               if not (raw / spec.file).resolve().is_relative_to(raw.resolve())]
    if outside:
        raise RawDataError("study.yaml names files outside of the raw folder", cases=outside,
                           where=str(study.folder / "study.yaml"),
                           fix="name files inside the folder that --raw gives; a link out of it is not followed")
    present = sorted(file.name for file in raw.glob("*") if file.is_file())
    missing = [f"{spec.file} (form {form}){suggest(spec.file, present)}" for form, spec in forms.items()
               if not (spec.optional or (raw / spec.file).is_file())]
    if missing:
        raise RawDataError("raw files of the study are missing", cases=missing, where=str(raw),
                           fix="deliver them, mend their names in study.yaml, or mark their forms `optional: true`")


def _open(form: str, spec: FormSpec, raw: Path) -> Export | None:
    """The opened file of a form; None for an optional form that was not delivered."""
    path = raw / spec.file
    if not path.is_file():
        return None
    known = {"delimiter": rave.DELIMITER, "quotechar": rave.QUOTE, "end_marker": rave.END_MARKER}
    stated = {"delimiter": spec.delimiter, "end_marker": spec.end_marker}
    facts = (known if spec.shape == "rave" else {}) | {name: text for name, text in stated.items() if text}
    return open_export(path, form, encoding=spec.encoding or None, **facts)


def _fields_of(export: Export, spec: FormSpec) -> tuple[str, ...]:
    """The fields by the names that the study gives them."""
    columns = rave.fold_columns(export.columns) if spec.shape == "rave" else export.columns
    return tuple(spec.rename.get(name, name) for name in columns)


def _read_rows(export: Export, form: str, spec: FormSpec, used: Container[str]) -> Iterator[pd.DataFrame]:
    """The records by blocks, a field a column, by the names that the study gives them. Of the header of a Rave view
    the columns that name the record and those that the specification speaks of are read.
    """
    for rows in export.blocks():
        if spec.shape == "rave":
            idle = [name for name in rave.HEADER if name not in rave.NEEDED and spec.rename.get(name, name) not in used]
            rows = rows.drop(columns=idle, errors="ignore")
        rows = rows.fillna("")
        if spec.shape == "rave":
            rows = rave.fold_companions(rows, form, spec.file)
        yield rows.rename(columns=dict(spec.rename))


def _check_fields(form: str, fields: Sequence[str], study: StudySpecs) -> None:
    """The file says of every record whose it is, and keeps the names of the record ids free."""
    file = study.facts.forms[form].file
    missing = [field for field in (study.facts.SITEID, study.facts.SUBJID) if field not in fields]
    if missing:
        near = "".join(suggest(field, fields) for field in missing)
        raise RawDataError(f"{form} has no field {' and no field '.join(missing)}: its records cannot be given to "
                           f"subjects{near}", where=f"{file}:1", cases=[", ".join(fields)],
                           fix="deliver the field, or mend SITEID and SUBJID in study.yaml")
    taken = [field for field in fields if field in RESERVED]
    if taken:
        raise RawDataError(f"a column is called {taken[0]}, a name kept for the record ids", where=f"{file}:1",
                           fix="give the column another name")


def _block_starts(export: Export | None, study: StudySpecs, used: Container[str], block_subjects: int) -> list[str]:
    """The first subject of each block."""
    if export is None:
        form = study.facts.subject_form
        raise RawDataError(f"the file of {form}, which lists the subjects, is missing",
                           where=study.facts.forms[form].file,
                           fix="deliver it; the form that lists the subjects cannot be optional")
    subjects: set[str] = set()
    form = study.facts.subject_form
    for rows in _read_rows(export, form, study.facts.forms[form], used):
        subjects.update(subject_keys(rows, study.facts))
    return sorted(subjects)[::block_subjects]


def _write_parts(form: str, export: Export, study: StudySpecs, used: Container[str], starts: list[str],
                 folder: Path) -> int:
    """Write the records of a form into the parts of their blocks, and say how many there are."""
    records = 0
    for number, rows in enumerate(_read_rows(export, form, study.facts.forms[form], used)):
        subject = subject_keys(rows, study.facts)
        of_subject = {key: max(bisect_right(starts, key) - 1, 0) for key in subject.unique()}
        for block, part in rows.groupby(subject.map(of_subject), sort=True):
            path = folder / form / f"{int(block):05d}-{number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            part.to_parquet(path, index=False)
        records += len(rows)
    return records


def read_block(store: RawStore, study: StudySpecs, block: int) -> RawBlock:
    """The forms of one block, with record ids."""
    forms = {}
    for form, fields in store.fields.items():
        parts = [pd.read_parquet(path) for path in sorted((store.folder / form).glob(f"{block:05d}-*.parquet"))]
        data = pd.concat(parts, ignore_index=True) if parts else _no_records(fields)
        forms[form] = add_record_ids(data, form, study.facts.forms[form], study.facts)
        if "RecordActive" in fields and study.facts.forms[form].shape == "rave":
            drop_records(forms[form], forms[form]["RecordActive"] == "0", rave.DELETED)
    return RawBlock(study, forms)


def _no_records(fields: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in fields} | {"_line": pd.Series(dtype="int64")})

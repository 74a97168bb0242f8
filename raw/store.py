"""Stream every export once into parts by block of subjects, so that a study of any size is read in pieces.

The blocks are cut from the sorted subjects of the subject form; a record of a subject whom that form does not know goes to the
block where the subject would stand. A block therefore holds all records of its subjects, however the exports are sorted.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cdisckit.errors import RawDataError, suggest
from raw.block import RawBlock
from raw.delimited import Export, open_export
from raw.records import add_record_ids, subject_keys
from specs.load import StudySpecs
from specs.model import FormSpec

__all__ = ["BLOCK_SUBJECTS", "RawStore", "fill_store", "read_block"]

BLOCK_SUBJECTS = 500


@dataclass(frozen=True)
class RawStore:
    """Where the parts are, how many blocks there are, and the fields of each form."""

    folder: Path
    blocks: int
    fields: Mapping[str, tuple[str, ...]]


def fill_store(study: StudySpecs, raw: Path, folder: Path, block_subjects: int = BLOCK_SUBJECTS) -> RawStore:
    """Read the study's raw files into parts under `folder`; RawDataError where a file is missing or cannot be read."""
    facts = study.facts
    exports = {form: _open(form, spec, raw) for form, spec in facts.forms.items()}
    starts = _block_starts(exports[facts.subject_form], study, block_subjects)
    fields: dict[str, tuple[str, ...]] = {}
    for form, export in exports.items():
        fields[form] = export.columns if export else ()
        _check_subject_fields(form, fields[form], study)
        if export:
            _write_parts(form, export, study, starts, folder)
    return RawStore(folder, max(len(starts), 1), fields)


def _open(form: str, spec: FormSpec, raw: Path) -> Export | None:
    """The opened file of a form; None for an optional form that was not delivered."""
    path = raw / spec.file
    if not path.resolve().is_relative_to(raw.resolve()):
        raise RawDataError(f"{spec.file} of the form {form} lies outside of the raw folder", where="study.yaml",
                           fix="name a file inside the folder that --raw gives")
    if path.is_file():
        return open_export(path, form, encoding=spec.encoding or None, delimiter=spec.delimiter or None,
                           end_marker=spec.end_marker or None)
    if spec.optional:
        return None
    present = sorted(file.name for file in raw.glob("*") if file.is_file()) if raw.is_dir() else []
    raise RawDataError(f"the file {spec.file} of the form {form} is missing{suggest(spec.file, present)}", where=str(raw),
                       fix="deliver the file, or mark the form `optional: true` in study.yaml")


def _check_subject_fields(form: str, fields: Sequence[str], study: StudySpecs) -> None:
    missing = [field for field in (study.facts.SITEID, study.facts.SUBJID) if fields and field not in fields]
    if missing:
        near = "".join(suggest(field, fields) for field in missing)
        raise RawDataError(f"{form} has no field {' and no field '.join(missing)}: its records cannot be given to subjects{near}",
                           where=f"{study.facts.forms[form].file}:1", cases=[", ".join(fields)],
                           fix="deliver the field, or mend SITEID and SUBJID in study.yaml")


def _block_starts(export: Export | None, study: StudySpecs, block_subjects: int) -> list[str]:
    """The first subject of each block."""
    form = study.facts.subject_form
    if export is None:
        raise RawDataError(f"the file of {form}, which lists the subjects, is missing", where=study.facts.forms[form].file)
    _check_subject_fields(form, export.columns, study)
    subjects: set[str] = set()
    for rows in export.blocks():
        subjects.update(subject_keys(rows, study.facts))
    return sorted(subjects)[::block_subjects]


def _write_parts(form: str, export: Export, study: StudySpecs, starts: list[str], folder: Path) -> None:
    for number, rows in enumerate(export.blocks()):
        rows = rows.fillna("")
        subject = subject_keys(rows, study.facts)
        distinct = subject.drop_duplicates()
        block = subject.map(dict(zip(distinct, (max(bisect_right(starts, key) - 1, 0) for key in distinct), strict=True)))
        for index, part in rows.groupby(block, sort=True):
            path = folder / form / f"{int(index):05d}-{number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            part.to_parquet(path, index=False)


def read_block(store: RawStore, study: StudySpecs, block: int) -> RawBlock:
    """The forms of one block, with record ids."""
    forms = {}
    for form, fields in store.fields.items():
        parts = [pd.read_parquet(path) for path in sorted((store.folder / form).glob(f"{block:05d}-*.parquet"))]
        data = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: pd.Series(dtype="str") for name in fields} | {"_line": pd.Series(dtype="int64")})
        forms[form] = add_record_ids(data, form, study.facts.forms[form], study.facts)
    return RawBlock(study, forms)

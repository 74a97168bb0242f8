"""The specification of a study from its define.xml, written as YAML, with everything that is not in it."""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdisckit.define_check import judge_define
from cdisckit.errors import DefineError, SpecError
from cdisckit.findings import Finding
from define import read_define_fully
from define.to_report import Loss
from define.to_study import study_of_defines
from specs import load_specs
from specs.p21_yaml import write_files

__all__ = ["ImportedDefine", "import_defines", "write_study"]

REPORT, PROBLEMS = "not_imported.csv", "define_problems.csv"


@dataclass(frozen=True)
class ImportedDefine:
    """What an import has written, what it could not take, what is still to be mended before the study loads, and every
    defect of the documents themselves.
    """

    written: tuple[Path, ...]
    losses: tuple[Loss, ...]
    problems: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def import_defines(files: Sequence[Path], out: Path) -> ImportedDefine:
    """Make a specification of the define.xml of SDTM, of ADaM, or both, in the folder `out`.

    Its YAML files; not_imported.csv, the list of what the documents say and the specification does not; and
    define_problems.csv, what is wrong in the documents. The files are proven to load; what hinders it is told.
    """
    readings = [(file.name if len({f.name for f in files}) == len(files) else str(file), read_define_fully(file))
                for file in files]
    made = study_of_defines(readings)
    if not any(name.startswith("specs/") for name in made.files):
        raise DefineError(f"{files[0].name} describes no dataset that a specification can hold", where=str(files[0]),
                          cases=made.losses, fix="give the define.xml of an SDTM or ADaM submission")
    findings = tuple(finding for file in files for finding in judge_define(file))
    problems = write_study(made.files, out)
    written = [out / name for name in made.files]
    written += [_write_losses(made.losses, out), _write_findings(findings, out)]
    return ImportedDefine(tuple(written), made.losses, problems, findings)


def write_study(files: Mapping[str, Mapping[str, Any]], out: Path) -> tuple[str, ...]:
    """Write the files of a specification in the place of an earlier one; what hinders it to load."""
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / out.name
        write_files(files, trial)
        try:
            load_specs(trial)
            problems: tuple[str, ...] = ()
        except SpecError as error:
            problems = tuple(str(case).replace(f"{trial}/", "") for case in error.cases)
    _clear(out)
    write_files(files, out)
    return problems


def _clear(out: Path) -> None:
    """Dataset files of an earlier import would be read with the new ones."""
    for folder in ("sdtm", "adam"):
        shutil.rmtree(out / "specs" / folder, ignore_errors=True)
    for name in ("codelists.yaml", "analysis_results.yaml"):
        (out / "specs" / name).unlink(missing_ok=True)


def _write_losses(losses: Iterable[Loss], out: Path) -> Path:
    path = out / REPORT
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("file", "line", "element", "what", "why"))
        writer.writerows((loss.file, loss.line or "", loss.element, loss.what, loss.why) for loss in losses)
    return path


def _write_findings(findings: Iterable[Finding], out: Path) -> Path:
    path = out / PROBLEMS
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("severity", "rule", "file", "line", "dataset", "variable", "problem", "fix"))
        writer.writerows((f.severity, f.rule, f.file, f.line or "", f.dataset, f.variable, f.message, f.fix)
                         for f in findings)
    return path

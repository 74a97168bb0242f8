"""The commands that bring a specification into a workbook or a define.xml and back: spec export, spec import."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from cdisckit.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specs.p21 import CellProblem

__all__ = ["add_spec_commands"]

console = Console(width=160)
SHOWN = 60  # problems on the terminal; the file beside the result has them all


def add_spec_commands(app: typer.Typer) -> None:
    """Register `export` and `import` below `cdisckit spec`."""
    app.command("export", epilog="Example: cdisckit spec export cdiscpilot01 --p21 spec.xlsx --out out/")(spec_export)
    app.command(
        "import",
        epilog="Examples: cdisckit spec import spec.xlsx --out imported/    "
        "cdisckit spec import --define sdtm/define.xml --define adam/define.xml --out imported/",
    )(spec_import)


def spec_export(
    study: Annotated[str, typer.Argument(help="a study, a define.xml or a workbook of any generation")],
    p21: Annotated[Path, typer.Option("--p21", help="the Pinnacle 21 workbook to write")],
    model: Annotated[Literal["SDTM", "ADaM"] | None, typer.Option("--model", help="one model only")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="an output: lengths and terms are those of its data")
    ] = None,
) -> None:
    """Write the specification as a Pinnacle 21 workbook that reviewers can edit and `spec import` takes back."""
    from cdisckit.spec_workbook import export_workbook

    result = export_workbook(study, p21, (model,) if model else ("SDTM", "ADaM"), out)
    for problem in result.problems:
        console.print(f"to mend: {problem}", highlight=False, markup=False, soft_wrap=True)
    for problem in result.left_out:
        console.print(f"left out: {problem}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  wrote {p21}: {len(result.datasets)} datasets", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if result.problems or result.left_out else 0)


def spec_import(
    out: Annotated[Path, typer.Option("--out", help="the folder of the specification; other files in it stay")],
    file: Annotated[Path | None, typer.Argument(help="a Pinnacle 21 workbook of any generation")] = None,
    define: Annotated[
        list[Path] | None, typer.Option("--define", help="a define.xml 2.0 or 2.1; twice for SDTM and ADaM")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="import nothing while an error stands")] = False,
) -> None:
    """Make a specification of a workbook or of define.xml; what it cannot hold is named with its place."""
    from cdisckit.spec_workbook import import_workbook

    if (file is None) == (not define):
        raise SpecError(
            "spec import takes one workbook, or the define.xml of SDTM, of ADaM or both",
            fix="cdisckit spec import FILE.xlsx --out DIR, or cdisckit spec import --define FILE.xml --out DIR",
        )
    if define or (file is not None and file.suffix.lower() == ".xml"):
        raise typer.Exit(_import_define(define or [file], out))  # type: ignore[list-item]
    assert file is not None
    result = import_workbook(file, out, strict=strict)
    show_problems(result.problems)
    for path in result.written:
        console.print(f"  wrote {path}", highlight=False, markup=False, soft_wrap=True)
    refused = any(problem.rule in ("p21.refused", "p21.to_mend") for problem in result.problems)
    raise typer.Exit(1 if refused else 0)


def _import_define(files: "Sequence[Path]", out: Path) -> int:
    """Import define.xml, show what was left out by reason, and what is still to be mended; the exit code."""
    from cdisckit.spec_define import import_defines
    from cdisckit.spec_workbook import keep_defines

    result = import_defines(files, out)
    kept = keep_defines(files, out)
    for why, count in Counter(loss.why for loss in result.losses).most_common():
        first = next(loss for loss in result.losses if loss.why == why)
        console.print(f"{count:6,} not imported: {why}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"       {first}", highlight=False, markup=False, soft_wrap=True, style="dim")
    errors = [finding for finding in result.findings if finding.severity == "error"]
    for rule, count in Counter(finding.rule for finding in errors).most_common():
        first_error = next(finding for finding in errors if finding.rule == rule)
        place = f"{first_error.file}:{first_error.line}"
        words = f"{count:6,} errors of the document: {rule}  {place}  {first_error.message}"
        console.print(words, highlight=False, markup=False, soft_wrap=True)
    for path in (*result.written, kept):
        console.print(f"  wrote {path}", highlight=False, markup=False, soft_wrap=True)
    for problem in result.problems:
        console.print(f"to mend: {problem}", highlight=False, markup=False, soft_wrap=True)
    return 1 if result.problems else 0


def show_problems(problems: "Sequence[CellProblem]") -> None:
    """The worst first, then the counts by rule."""
    order = ("error", "warning", "notice")
    ranked = sorted(problems, key=lambda problem: (problem.rule != "p21.refused", order.index(problem.severity)))
    seen: Counter[str] = Counter()
    shown = 0
    for problem in ranked:
        seen[problem.rule] += 1
        if seen[problem.rule] <= 5 and shown < SHOWN:
            shown += 1
            console.print(
                f"{problem.severity:8} {problem.rule}  {problem}", highlight=False, markup=False, soft_wrap=True
            )
    for rule, count in sorted(seen.items()):
        if count > 5:
            console.print(f"         {rule}: {count:,} in all", highlight=False, markup=False)
    counts = Counter(problem.severity for problem in problems)
    console.print(", ".join(f"{counts[severity]:,} {severity}s" for severity in order), highlight=False)

"""The commands that bring a specification into a workbook or a define.xml and back: spec export, spec import."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specs.p21 import CellProblem

__all__ = ["add_spec_commands"]

console = Console(width=160)
SHOWN = 60  # problems on the terminal; the file beside the result has them all


def add_spec_commands(app: typer.Typer) -> None:
    """Register `export` and `import` below `cdisckit spec`."""
    app.command("export", epilog="Example: cdisckit spec export cdiscpilot01 --p21 spec.xlsx --out out/")(spec_export)
    app.command("import", epilog="Example: cdisckit spec import spec.xlsx --out imported/")(spec_import)


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

    datasets = export_workbook(study, p21, (model,) if model else ("SDTM", "ADaM"), out)
    console.print(f"  wrote {p21}: {len(datasets)} datasets", highlight=False, markup=False, soft_wrap=True)


def spec_import(
    file: Annotated[Path, typer.Argument(help="a Pinnacle 21 workbook of any generation")],
    out: Annotated[Path, typer.Option("--out", help="the folder of the specification; other files in it stay")],
    strict: Annotated[bool, typer.Option("--strict", help="import nothing while an error stands")] = False,
) -> None:
    """Make a specification of a workbook; every defect of it is named by sheet, row and column."""
    from cdisckit.spec_workbook import import_workbook

    result = import_workbook(file, out, strict=strict)
    show_problems(result.problems)
    for path in result.written:
        console.print(f"  wrote {path}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if any(problem.rule == "p21.refused" for problem in result.problems) else 0)


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

"""The command line: build, validate, define, trace, spec, simulate and demo."""

import gc
import logging
import os
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cdisckit.cli_core import app as core_app
from cdisckit.cli_spec import add_spec_commands
from cdisckit.errors import CdisckitError, SpecError

if TYPE_CHECKING:  # a command imports what it needs when it runs, so that --help is quick
    from specs import DatasetSpec, VariableSpec

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    help="Raw clinical trial data to SDTM and ADaM, validation and Define-XML 2.1, with every value explained.",
)
spec_app = typer.Typer(no_args_is_help=True, help="Check and show the specification of a study.")
app.add_typer(spec_app, name="spec")
app.add_typer(core_app, name="core")
add_spec_commands(spec_app)
console = Console(width=None if sys.stdout.isatty() else 160)  # a log file is as wide as its tables need
errors = Console(stderr=True, width=None if sys.stderr.isatty() else 160)

# New objects until Python looks for those that only hold each other. By itself it does after 700 and looks at the
# whole specification again each time, a tenth of the time of a small build.
GARBAGE_AFTER = 10_000
CORES = min(os.cpu_count() or 1, 4)                       # more than four hardly help, and each needs its memory

StudyArgument = Annotated[str, typer.Argument(help="a study's folder, or the name of one under studies/")]
RawOption = Annotated[Path, typer.Option("--raw", help="the folder with the raw files")]
AgencyOption = Annotated[str, typer.Option("--agency", help="fda, nmpa, nmpa-gb18030, pmda: language, labels, paths")]
OutOption = Annotated[Path, typer.Option("--out", help="the output folder; it is replaced as a whole")]


def main() -> None:
    """Run the command; an error of ours ends with its text and its exit code."""
    gc.set_threshold(GARBAGE_AFTER)
    log = logging.getLogger("cdisckit")
    log.setLevel(logging.INFO)
    log.addHandler(RichHandler(console=errors, show_path=False, show_time=False, markup=False))
    try:
        app(standalone_mode=True)
    except CdisckitError as error:
        errors.print(f"[bold red]{type(error).__name__}[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)


@app.command(epilog="Example: cdisckit build cdiscpilot01 --raw raw/ --out out/ --strict")
def build(
    study: StudyArgument,
    raw: RawOption,
    out: OutOption,
    only: Annotated[list[str] | None, typer.Option("--only", help="these datasets and what they need")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="processes that share the work")] = CORES,
    strict: Annotated[bool, typer.Option("--strict", help="exit 1 while an error finding stands")] = False,
    check: Annotated[bool, typer.Option("--check", help="build beside OUT, compare, change nothing")] = False,
    agency: AgencyOption = "",
) -> None:
    """Build SDTM and ADaM with define.xml, findings and the account of the raw data."""
    from cdisckit.build import build as run
    from cdisckit.build import check_build, refuse_errors

    names = tuple(name for entry in only or [] for name in entry.replace(",", " ").split())
    if check:
        with tempfile.TemporaryDirectory(dir=out.resolve().parent) as scratch:
            different = check_build(study, raw, out, Path(scratch) / "out", only=names, jobs=jobs, agency=agency)
        for line in different:
            console.print(line, highlight=False, markup=False)
        console.print(
            "the output is what this study and these raw files give"
            if not different
            else f"{len(different)} files differ"
        )
        raise typer.Exit(1 if different else 0)
    with _progress() as bar:
        task = bar.add_task("reading", total=None)
        result = run(
            study,
            raw,
            out,
            only=names,
            jobs=jobs,
            agency=agency,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
    _show_result(result)
    wrong = refuse_errors(result.findings)
    if strict and wrong:
        console.print(f"[red]--strict: {wrong} error findings stand[/]")
        raise typer.Exit(1)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=errors,
        transient=True,
    )


def _show_result(result) -> None:  # type: ignore[no-untyped-def]
    """The table of what was built, the account, the findings and what to open."""
    table = Table(title=f"Built in {result.seconds:.1f} s", title_justify="left")
    for name in ("Dataset", "Label"):
        table.add_column(name)
    for name in ("Records", "Variables"):
        table.add_column(name, justify="right")
    for name, label, records, variables in result.datasets:
        table.add_row(name, label, f"{records:,}", str(variables))
    console.print(table)
    show_account(result.account)
    show_findings(result.findings, result.out)


def show_account(account) -> None:  # type: ignore[no-untyped-def]
    table = Table(title="Account of the raw records", title_justify="left")
    for name, justify in (
        ("File", "left"),
        ("Read", "right"),
        ("Mapped", "right"),
        ("Dropped", "right"),
        ("Lost", "right"),
        ("Reason", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for file in account["files"]:
        dropped = sum(file["dropped"].values())
        reasons = "; ".join(f"{escape(reason)} ({count})" for reason, count in file["dropped"].items())
        table.add_row(
            escape(file["file"]),
            f"{file['read']:,}",
            f"{file['mapped']:,}",
            f"{dropped:,}",
            f"{file['lost']:,}",
            reasons,
        )
    table.add_section()
    table.add_row("all", *(f"{account[key]:,}" for key in ("read", "mapped", "dropped", "lost")), "")
    console.print(table)


def show_findings(findings, out: Path) -> None:  # type: ignore[no-untyped-def]
    from validation import count_findings

    counts = count_findings(list(findings))
    shown = ", ".join(
        f"{counts.get(severity, 0):,} {severity}{'s' if counts.get(severity, 0) != 1 else ''}"
        for severity in ("error", "warning", "notice")
    )
    waived = f", {counts['waived']:,} waived" if counts["waived"] else ""
    console.print(f"\nFindings: {shown}{waived}")
    for name in ("findings.html", "sdtm/define.html", "adam/define.html"):
        if (out / name).is_file():
            console.print(f"  open {out / name}", highlight=False, soft_wrap=True)


@app.command(
    epilog="Examples: cdisckit validate cdiscpilot01 --out out/    "
    "cdisckit validate --sdtm m5/.../sdtm --adam m5/.../adam --out report/"
)
def validate(
    out: OutOption,
    study: Annotated[str | None, typer.Argument(help="a study, whose output in OUT is judged")] = None,
    sdtm: Annotated[Path | None, typer.Option("--sdtm", help="a folder of SDTM datasets, whoever made them")] = None,
    adam: Annotated[Path | None, typer.Option("--adam", help="a folder of ADaM datasets, whoever made them")] = None,
    define: Annotated[list[Path] | None, typer.Option("--define", help="a define.xml that is elsewhere")] = None,
    core_resources: Annotated[Path | None, typer.Option("--core-resources", help="run CDISC CORE with these")] = None,
    core_results: Annotated[Path | None, typer.Option("--core-results", help="keep what CORE gave here")] = None,
    data_docs: Annotated[bool, typer.Option("--data-docs", help="write Great Expectations' Data Docs")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="processes that share the work")] = CORES,
) -> None:
    """Judge an output, or datasets that somebody else made: rules, suites, CDISC CORE, the checks of define.xml."""
    from cdisckit.build import refuse_errors
    from cdisckit.validate import Options, validate_files, validate_output

    if (study is None) == (sdtm is None and adam is None):
        raise SpecError("validate judges the output of a study, or datasets in folders: one of the two",
                        fix="cdisckit validate STUDY --out OUT, or cdisckit validate --sdtm DIR --adam DIR --out OUT")
    with _progress() as bar:
        task = bar.add_task("reading", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        options = Options(core_resources, core_results, data_docs, jobs, date.today(), show)
        if study is not None:
            judged = validate_output(study, out, options)
        else:
            judged = validate_files(sdtm, adam, define or [], out, options)
    show_verdicts(judged.verdicts)
    show_findings(judged.findings, out)
    raise typer.Exit(1 if refuse_errors(judged.findings) else 0)


def show_verdicts(verdicts) -> None:  # type: ignore[no-untyped-def]
    """How many rules ran with which outcome, and by name those that failed or ran out of time."""
    from validation.findings import count_verdicts

    counts = count_verdicts(verdicts)
    console.print("\nRules: " + ", ".join(f"{number:,} {status}" for status, number in counts.items()))
    for verdict in verdicts:
        if verdict.status in ("failed", "timed out"):
            console.print(f"  {verdict.status}: {verdict.rule}: {verdict.why}", markup=False, soft_wrap=True)


@app.command(
    epilog="Examples: cdisckit define cdiscpilot01 --out out/    cdisckit define check out/sdtm/define.xml",
    context_settings={"allow_extra_args": True},
)
def define(
    study: Annotated[str, typer.Argument(help="a study, or the word check")],
    file: Annotated[Path | None, typer.Argument(help="with check: the define.xml to judge")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="the output whose define.xml is written anew")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="with check: the folder of its datasets")] = None,
    agency: AgencyOption = "",
) -> None:
    """Write define.xml and define.html of an output anew, or check any define.xml."""
    from cdisckit.define_check import judge_define, shown_findings
    from cdisckit.validate import rewrite_define

    if study == "check":
        if file is None:
            raise SpecError("define check needs a file", fix="cdisckit define check FILE [--data DIR] [--agency NAME]")
        findings = judge_define(file, data, agency)
        for line in shown_findings(findings):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1 if any(finding.severity == "error" for finding in findings) else 0)
    if out is None:
        raise SpecError("define needs an output", fix="cdisckit define STUDY --out OUT")
    for path in rewrite_define(study, out, agency):
        console.print(f"  wrote {path}", highlight=False, soft_wrap=True)


@app.command(epilog="Example: cdisckit trace ADAE.ASTDT --out out/ --subject 01-701-1015 --seq 1")
def trace(
    target: Annotated[str, typer.Argument(help="DATASET.VARIABLE: AE.AESEV, ADAE.ASTDT")],
    out: OutOption,
    subject: Annotated[str, typer.Option("--subject", help="USUBJID, or its end")],
    seq: Annotated[int | None, typer.Option("--seq", help="the record's --SEQ")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", help="VARIABLE=VALUE")] = None,
) -> None:
    """The way of a value back to the line of the raw file."""
    from cdisckit.trace import trace_value

    conditions = {}
    for condition in where or []:
        name, equals, value = condition.partition("=")
        if not equals:
            raise CdisckitError(f"--where {condition} is not VARIABLE=VALUE")
        conditions[name.upper()] = value
    for hop in trace_value(out, target, subject, seq, conditions):
        arrow = "  " * hop.depth + ("<- " if hop.depth else "")
        console.print(
            f"{arrow}{hop.what}  {hop.value!r}"
            if hop.depth == 0 or "." in hop.what.split(" ")[0]
            else f"{arrow}{hop.what}  {hop.value}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        console.print(f"{'  ' * hop.depth}   {hop.rule}", highlight=False, markup=False, soft_wrap=True, style="dim")


@spec_app.command("check", epilog="Example: cdisckit spec check cdiscpilot01")
def spec_check(study: StudyArgument) -> None:
    """Check a study's specification and that its functions fit it."""
    from cdisckit.study import load_study

    loaded = load_study(study)
    variables = sum(len(spec.variables) for spec in loaded.specs.datasets.values())
    console.print(
        f"{loaded.specs.facts.STUDYID}: {len(loaded.specs.datasets)} datasets, {variables} variables, no errors"
    )


@spec_app.command("show", epilog="Example: cdisckit spec show cdiscpilot01 AE")
def spec_show(study: StudyArgument, dataset: Annotated[str, typer.Argument(help="AE, ADSL")]) -> None:
    """Print a dataset's specification: the standard's facts and the study's rules, merged."""
    from cdisckit.study import load_study

    loaded = load_study(study)
    spec = loaded.specs[dataset.upper()]
    console.print(
        f"[bold]{spec.name}[/] {escape(spec.label)} ({spec.class_}). {escape(spec.structure)}. "
        f"Keys: {', '.join(spec.keys)}"
    )
    table = Table()
    for name in ("Variable", "Label", "Type", "Core", "Codelist", "Where from"):
        table.add_column(name)
    for variable in spec.variables.values():
        name = f"{variable.name} (SUPP{spec.name})" if variable.supp else variable.name
        table.add_row(
            name,
            escape(variable.label),
            variable.type,
            variable.core,
            variable.codelist,
            escape(_where_from(spec, variable)),
        )
    console.print(table)


def _where_from(spec: "DatasetSpec", variable: "VariableSpec") -> str:
    if variable.derive:
        return variable.derive
    if variable.from_:
        return variable.from_ + (f" {dict(variable.map)}" if variable.map else "")
    if variable.dtc:
        return "ISO 8601 of " + " ".join(variable.dtc)
    if variable.value is not None:
        return f'"{variable.value}"'
    return "tests" if spec.tests else "(empty: Expected, no source)"


@app.command(epilog="Example: cdisckit simulate bat4706_bat1308 --out raw/ --subjects 60 --seed 7")
def simulate(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("--out", help="where the raw files go")],
    subjects: Annotated[int, typer.Option("--subjects", min=1)] = 60,
    seed: Annotated[int, typer.Option("--seed")] = 20230306,
    faults: Annotated[float, typer.Option("--faults", min=0, max=1, help="share of records to spoil on purpose")] = 0,
) -> None:
    """Make the synthetic raw data of a study that has a generator."""
    from cdisckit.study import find_study, import_generator

    import_generator(find_study(study)).simulate(out, subjects=subjects, seed=seed, faults=faults)
    console.print(f"  wrote {subjects} synthetic subjects to {out}", soft_wrap=True)


@app.command(epilog="Example: cdisckit demo --out demo/")
def demo(out: Annotated[Path, typer.Option("--out", help="the output folder")] = Path("out/demo")) -> None:
    """Simulate the demo study, build it, validate it, and say what to open."""
    from cdisckit.build import build as run
    from cdisckit.study import find_study, import_generator
    from cdisckit.validate import Options, add_folder, validate_output

    name = "bat4706_bat1308"
    with tempfile.TemporaryDirectory() as scratch, _progress() as bar:
        task = bar.add_task("building", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        raw = Path(scratch) / "raw"
        import_generator(find_study(name)).simulate(raw)
        result = run(name, raw, out, jobs=CORES, progress=show)
        add_folder(out, raw)
        judged = validate_output(name, out, Options(jobs=CORES, progress=show))
    show_verdicts(judged.verdicts)
    _show_result(replace(result, findings=judged.findings))
    console.print(f"  the raw files: {out / 'raw'}", highlight=False, soft_wrap=True)

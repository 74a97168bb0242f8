"""Run the rules over a package: a verdict for every rule, a finding for every record that breaks one."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from cdisckit.findings import Finding
from validation.package import Package, Table, Verdict
from validation.rules.registry import Hit, Rule, load_rules
from validation.rules.types import in_standard_types

__all__ = ["run_rules"]

SOURCE = "rules"
LISTED = {"error": 1000, "warning": 1000, "notice": 50}    # findings of one hit; then one says how many more
NAMED = ("USUBJID", "POOLID", "RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "--SEQ", "ASEQ", "PARAMCD", "AVISIT", "ATPT")
Progress = Callable[[str, int, int], None]


def run_rules(package: Package, rules: Sequence[Rule] = (),
              progress: Progress = lambda _what, _done, _all: None) -> tuple[list[Finding], list[Verdict]]:
    """The findings of the rules (of all, if none is named) and what became of each rule.

    A rule that raises has failed: that is an error finding and its verdict, and the others go on.
    """
    rules, package = rules or load_rules(), in_standard_types(package)
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    with ThreadPoolExecutor(1) as alone:                     # what a rule raises comes back in its future
        for number, rule in enumerate(rules):
            progress(f"rule {rule.id}", number, len(rules))
            started = time.perf_counter()
            why = rule.why_skipped(package)
            status, found = ("skipped", []) if why else ("passed", [])
            if not why:
                future = alone.submit(_judge, rule, package)
                raised = future.exception()
                status, why, found = _failed(rule, raised) if raised else ("", "", future.result())
                status = status or ("issues" if found else "passed")
            findings += found
            verdicts.append(Verdict(SOURCE, rule.id, rule.severity, status, why, len(found),
                                    time.perf_counter() - started, rule.cites, rule.title))
    return findings, verdicts


def _failed(rule: Rule, raised: BaseException) -> tuple[str, str, list[Finding]]:
    why = f"{type(raised).__name__}: {raised}"
    return "failed", why, [Finding(SOURCE, rule.id, "error", "", message=f"the rule could not be evaluated: {why}",
                                   fix="programmer: report this as a defect of the rule")]


def _judge(rule: Rule, package: Package) -> list[Finding]:
    if rule.each:
        hits = (hit for table in rule.tables(package) for hit in rule.judge(table, package))
    else:
        hits = rule.judge(package)
    return list(dict.fromkeys(finding for hit in hits for finding in _findings(rule, hit)))


def _findings(rule: Rule, hit: Hit) -> Iterator[Finding]:
    table, severity, fix = hit.table, hit.severity or rule.severity, hit.fix or rule.fix
    named = (hit.variables,) if isinstance(hit.variables, str) else hit.variables
    names = [table.named(name) for name in named]
    variable = names[0] if names else ""
    if hit.rows is None:
        yield Finding(SOURCE, rule.id, severity, table.name, "", variable, "", str(hit.message), fix, "", table.file)
        return
    rows = np.flatnonzero(np.asarray(hit.rows, dtype=bool))
    if not rows.size:
        return
    listed = rows[:LISTED[severity]]
    bad = table.frame.iloc[listed]
    nothing = [""] * len(bad)
    messages = hit.message.iloc[listed].tolist() if isinstance(hit.message, pd.Series) else [hit.message] * len(bad)
    values = show(bad[variable]) if variable in bad else nothing
    records = bad["_record"].tolist() if "_record" in bad else nothing
    for row, key, value, message, others, record in zip(listed, record_keys(bad, table), values, messages,
                                                        _others(bad, names[1:]), records, strict=True):
        yield Finding(SOURCE, rule.id, severity, table.name, key, variable, value,
                      f"{message} ({others})" if others else message, fix, record,
                      table.file, int(row) + 1 if table.file else 0)
    if rows.size > listed.size:
        yield Finding(SOURCE, rule.id, severity, table.name, "", variable, "",
                      f"{rule.title} {rows.size - listed.size:,} more records break this and are not listed", fix, "",
                      table.file)


def _others(bad: pd.DataFrame, names: list[str]) -> list[str]:
    """The values beside the one at fault: 'AESTDTC 2014-01-03; AESEQ 3'."""
    shown = [[f"{name} {value or 'empty'}" for value in show(bad[name])] for name in names if name in bad]
    return ["; ".join(of_record) for of_record in zip(*shown, strict=True)] if shown else [""] * len(bad)


def show(column: pd.Series) -> list[str]:
    """The values as a reader writes them: 3 for 3.0, 2014-01-02 for a date at midnight, "" for missing."""
    if column.dtype.kind == "M":
        whole = bool((column.dropna() == column.dropna().dt.normalize()).all())
        return column.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M:%S").fillna("").tolist()
    if column.dtype.kind in "fiu":
        return ["" if pd.isna(number) else f"{number:.15g}" for number in column.tolist()]
    return column.astype("str").fillna("").tolist()


def record_keys(bad: pd.DataFrame, table: Table) -> list[str]:
    """What names a record: 'USUBJID=01-701-1015 AESEQ=3'; record 17 where nothing else does."""
    names = [table.named(name) for name in NAMED if table.has(name)]
    sequence = [name for name in (table.named("--SEQ"), "ASEQ") if name in names]
    if sequence:
        names = [name for name in names if name in ("USUBJID", "POOLID", "PARAMCD", *sequence)]
    shown = [[f"{name}={value}" if value else "" for value in show(bad[name])] for name in names]
    keys = [" ".join(filter(None, parts)) for parts in zip(*shown, strict=True)] or [""] * len(bad)
    return [key or f"record {row + 1}" for key, row in zip(keys, bad.index.tolist(), strict=True)]

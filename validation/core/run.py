"""Run CDISC's own conformance rules over finished datasets: a verdict for every rule, a finding for every fault."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cdisckit.errors import CdisckitError, suggest
from cdisckit.findings import Finding
from validation.core.data import Job, put_table
from validation.core.pool import Answer, judge_rules
from validation.core.resources import read_resources
from validation.core.results import Kept
from validation.core.verdicts import findings_of, rule_facts, verdict_of
from validation.package import Table, Verdict

__all__ = ["TIME_LIMIT", "check_engine", "run_core"]

TIME_LIMIT = 300.0                                              # seconds a rule
COULD_NOT = "the rule could not be evaluated"
Progress = Callable[[str, int, int], None]


def run_core(tables: Mapping[str, Table], resources: Path, *, standard: str, version: str, ct: Iterable[str] = (),
             define: Path | None = None, jobs: int = 1, time_limit: float = TIME_LIMIT, cache: Path | None = None,
             only: Iterable[str] = (),
             progress: Progress = lambda _what, _done, _all: None) -> tuple[list[Finding], list[Verdict]]:
    """The findings of CDISC's rules for a standard (sdtmig 3.4, adamig 1.3) and what became of each of its rules.

    `tables` of the standard's model are judged; `resources` is a folder that `import_resources` made. `ct` names
    terminology packages, the leading one first. Rules go side by side in `jobs` processes; one that computes longer
    than `time_limit` seconds is stopped. What `cache` holds of an earlier run is taken where rule and data are the
    same. `only` these rules, where named.

    Raises CdisckitError where the engine, the resources, the version or a package is not there.
    """
    check_engine()
    held = read_resources(resources, standard, version, ct)
    rules = _chosen(held.rules, only, resources)
    model = "ADaM" if "adam" in held.standard else "SDTM"
    judged = {name: table for name, table in tables.items() if table.model == model}
    with tempfile.TemporaryDirectory(prefix="cdisckit-core-") as scratch:
        data = tuple(put_table(table, Path(scratch)) for table in judged.values())
        kept = Kept(cache, held, data, define)
        answers = {name: answer for name, rule in rules.items() if (answer := kept.find(name, rule)) is not None}
        if not judged:
            answers = {name: {} for name in rules}
        missing = {name: rule for name, rule in rules.items() if name not in answers}

        def done(name: str, answer: Answer) -> None:
            answers[name] = answer
            kept.keep(name, rules[name], answer)
            progress(f"{name} {answer.get('seconds', 0.0):.1f} s", len(answers), len(rules))

        if missing:
            progress("starting the CDISC rules engine", len(answers), len(rules))
            judge_rules(Job(data, held.without_rules(), define), missing, jobs, time_limit, done)
    findings: list[Finding] = []
    verdicts = []
    for name, rule in rules.items():
        facts = rule_facts(rule, held.standard, held.version)
        findings += dict.fromkeys(findings_of(facts, answers[name], judged))
        verdict = verdict_of(facts, answers[name], len(judged))
        verdicts.append(verdict)
        if verdict.status in ("failed", "timed out"):
            findings.append(Finding(verdict.source, verdict.rule, "warning", "", message=f"{COULD_NOT}: {verdict.why}",
                                    fix=f"check by hand what the rule would have checked: {verdict.title}"))
    return findings, verdicts


def check_engine() -> None:
    """Raises CdisckitError where the engine is not installed; it says what to do."""
    if find_spec("cdisc_rules_engine") is None:
        fix = "pip install 'cdisckit[core]'"
        if sys.version_info >= (3, 13):
            fix = f"install cdisckit[core] in Python 3.12: the engine has no release for {sys.version_info[0]}." \
                  f"{sys.version_info[1]}"
        raise CdisckitError("the CDISC rules engine is not installed", fix=fix)


def _chosen(rules: Mapping[str, Any], only: Iterable[str], resources: Path) -> dict[str, Any]:
    wanted = list(only)
    if unknown := [f"{name}{suggest(name, rules)}" for name in wanted if name not in rules]:
        raise CdisckitError("the CORE resources have no such rule for this standard", cases=unknown,
                            where=str(resources), fix="name a rule as CDISC does: CORE-000351")
    return {name: rule for name, rule in rules.items() if not wanted or name in wanted}

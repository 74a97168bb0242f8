"""Run published cases of CORE rules through the runner, in one process: SOURCE RESOURCES CASE... -> JSON lines.

A case is a folder `CORE-nnnnnn/negative/01` with `data/*.csv` and `results/results.csv`, the cells that must be found.
"""

import csv
import io
import json
import sys
import tempfile
import warnings
from pathlib import Path

import pandas as pd

from validation.core.data import Job, put_table
from validation.core.engine import Engine
from validation.core.pool import refuse_network
from validation.core.resources import read_resources
from validation.core.verdicts import findings_of, rule_facts, verdict_of
from validation.package import Table, Variable


def read_rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def describe(name, row):
    length = row.get("length") or "0"
    return Variable(name, row.get("label") or "", row.get("type") or "Char", int(float(length)) if length[0].isdigit() else 0)


def read_case(case):
    """The tables of a case, the standard and the version that it is for."""
    data = case / "data"
    env = dict(line.split("=", 1) for line in (data / ".env").read_text(encoding="utf-8").split("\n") if "=" in line)
    described = read_rows(data / "_variables.csv")
    tables = {}
    for entry in read_rows(data / "_datasets.csv"):
        file = entry["Filename"].strip()
        stem = Path(file).stem
        name = entry.get("Dataset Name") or stem.upper()
        facts = {row["variable"]: row for row in described if Path(row["dataset"]).stem.lower() == stem.lower()}
        path = next(path for path in data.glob("*.csv") if path.stem.lower() == stem.lower())
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, index_col=False)
        variables = tuple(describe(column, facts.get(column, {})) for column in frame.columns)
        numbers = [variable.name for variable in variables if variable.type == "Num"]
        frame[numbers] = frame[numbers].apply(pd.to_numeric, errors="coerce")
        model = "ADaM" if env["PRODUCT"].lower().startswith("adam") else "SDTM"
        tables[name] = Table(name, entry["Label"], model, variables, frame, path.name)
    return tables, env["PRODUCT"].lower(), (env.get("VERSION") or "1.3").strip() or "1.3"


def expected_cells(case):
    return sorted([row["Dataset"].upper(), row["Record"], row["Variable"], row["Value"]]
                  for row in read_rows(case / "results" / "results.csv"))


def found_cells(answer):
    cells = []
    for result in answer.get("results", ()):
        if result["status"] == "issue reported":
            for error in result["errors"]:
                dataset = (error["dataset"] or result["dataset"]).upper()
                cells += [[dataset, str(error["row"] or ""), name, value] for name, value in error["values"].items()]
    return sorted(cells)


def main(source, resources, *cases):
    out, sys.stdout = sys.stdout, io.StringIO()             # the engine prints
    warnings.simplefilter("ignore")
    refuse_network()
    engines = {}
    for name in cases:
        case = source / "cases" / name
        tables, standard, version = read_case(case)
        at = (standard, version.replace(".", "-"))
        said = {"case": name, "standard": f"{standard} {version}"}
        with tempfile.TemporaryDirectory() as scratch:
            if at not in engines:
                held = read_resources(resources, standard, version, ["sdtmct-2025-03-28"])
                engines[at] = held, Engine(Job((), held.without_rules(), None))
            held, engine = engines[at]
            engine.load([put_table(table, Path(scratch)) for table in tables.values()])
            rule = held.rules[name.partition("/")[0]]
            answer = engine.judge(rule)
        facts = rule_facts(rule, held.standard, held.version)
        verdict = verdict_of(facts, answer, len(tables))
        said |= {"status": verdict.status, "why": verdict.why, "findings": len(list(findings_of(facts, answer, tables))),
                 "total": verdict.findings, "expected": expected_cells(case), "found": found_cells(answer),
                 "seconds": answer["seconds"]}
        print(json.dumps(said), file=out, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])

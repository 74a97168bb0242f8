"""Every rule passes its passing data, and finds in its failing data the cells that it must find and no other."""

import csv

import pandas as pd
import pytest

from validation.package import Package, Table, Variable
from validation.rules import load_rules, run_rules
from validation.rules.registry import HERE

RULES = {rule.id: rule for rule in load_rules()}
ABOUT_THE_FILE = ("structure.file_name", "structure.sort_order")
FOLDERS = sorted(f"{path.parent.parent.name}.{path.parent.name}" for path in HERE.glob("*/*/rule.py"))


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_frame(path):
    """A dataset as text: Char, or what the header says behind the colon (Num or a SAS date format)."""
    rows = read_rows(path)
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    data, formats = {}, {}
    for title in header:
        name, _, kind = title.partition(":")
        text = pd.Series([row[title] for row in rows], dtype="str")
        if kind in ("", "Char"):
            data[name] = text
        elif kind == "Num":
            data[name] = pd.to_numeric(text.where(text != "")).astype("float64")
        else:
            data[name] = pd.to_datetime(text.where(text != "")).astype("datetime64[s]")
            formats[name] = kind
    return pd.DataFrame(data), formats


def read_package(folder):
    """The datasets of a folder, with what _variables.csv and _datasets.csv say of them."""
    stated = {(row["dataset"], row["variable"]): row for row in read_rows(folder / "_variables.csv")} \
        if (folder / "_variables.csv").is_file() else {}
    models = {row["dataset"]: row for row in read_rows(folder / "_datasets.csv")} \
        if (folder / "_datasets.csv").is_file() else {}
    tables = {}
    for path in sorted(folder.glob("[!_]*.csv")):
        frame, formats = read_frame(path)
        name = path.stem
        own = models.get(name, {})
        variables = tuple(describe(frame[column], name, formats, stated) for column in frame.columns if column != "_record")
        model = own.get("model") or ("ADaM" if name.startswith("AD") else "SDTM")
        tables[name] = Table(name, own.get("label") or "", model, variables, frame, own.get("file") or "")
    standards = {row["standard"]: row["version"] for row in read_rows(folder / "_standards.csv")} \
        if (folder / "_standards.csv").is_file() else {}
    raw = folder / "_raw_records.csv"
    records = frozenset(row["record"] for row in read_rows(raw)) if raw.is_file() else None
    return Package(tables, standards, raw_records=records)


def describe(column, dataset, formats, stated):
    own = stated.get((dataset, column.name), {})
    kind = own.get("type") or ("Char" if isinstance(column.dtype, pd.StringDtype) else "Num")
    longest = max((len(text.encode()) for text in column), default=1) if kind == "Char" else 8
    return Variable(column.name, own.get("label", ""), kind, int(own.get("length") or max(longest, 1)),
                    own.get("format") or formats.get(column.name, ""))


def found_cells(package, rule_id):
    findings, (verdict,) = run_rules(package, [RULES[rule_id]])
    assert verdict.status != "failed", verdict.why
    return findings, verdict


def cells_of(findings, package):
    """(dataset, record, variable) of each finding; record is 0 for a fault of the whole dataset or variable."""
    return sorted((finding.dataset, finding.line, finding.variable) for finding in findings)


def with_files(package):
    tables = {name: Table(t.name, t.label, t.model, t.variables, t.frame, t.file or f"{name.lower()}.xpt")
              for name, t in package.tables.items()}
    return Package(tables, package.standards, package.raw_records)


@pytest.mark.parametrize("rule_id", FOLDERS)
def test_a_rule_passes_data_that_keep_it(rule_id):
    family, name = rule_id.split(".")
    findings, verdict = found_cells(with_files(read_package(HERE / family / name / "pass")), rule_id)
    assert [(f.dataset, f.line, f.variable, f.message) for f in findings] == []
    assert verdict.status == "passed"


@pytest.mark.parametrize("rule_id", FOLDERS)
def test_a_rule_finds_every_cell_that_breaks_it_and_no_other(rule_id):
    family, name = rule_id.split(".")
    folder = HERE / family / name / "fail"
    package = with_files(read_package(folder))
    findings, verdict = found_cells(package, rule_id)
    expected = sorted((row["dataset"], int(row["record"] or 0), row["variable"]) for row in read_rows(folder / "_expected.csv"))
    assert expected and cells_of(findings, package) == expected
    assert verdict.status == "issues" and verdict.findings == len(expected)


@pytest.mark.parametrize("rule_id", FOLDERS)
def test_the_order_of_the_records_makes_no_difference(rule_id):
    family, name = rule_id.split(".")
    if rule_id in ABOUT_THE_FILE:
        pytest.skip("the order of the records, or the name of the file, is what this rule is about")
    package = read_package(HERE / family / name / "fail")
    turned = Package({name: Table(t.name, t.label, t.model, t.variables, t.frame.iloc[::-1].reset_index(drop=True))
                      for name, t in package.tables.items()}, package.standards, package.raw_records)
    plain = {(f.dataset, f.key, f.variable, f.value) for f in found_cells(package, rule_id)[0] if "record" not in f.key}
    assert plain == {(f.dataset, f.key, f.variable, f.value) for f in found_cells(turned, rule_id)[0] if "record" not in f.key}


def test_every_folder_is_a_rule_and_every_rule_a_folder():
    assert sorted(RULES) == FOLDERS

"""Time and memory of a large define: 60 datasets x 100 variables, 300 codelists of 20 terms, 1,200 value-level items.

    python benchmarks/define.py [OUT]        writes define.xml and define.html into OUT, where it is given
"""

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))     # run from a checkout that is not installed

from define import DefineSource, build_define, define_html, define_xml
from specs import Codelist, DatasetSpec, DatasetSummary, StudyFacts, Term, VariableSpec, VariableSummary

DATASETS, VARIABLES, CODELISTS, TERMS, VALUES = 60, 100, 300, 20, 20      # VALUES a dataset: 1,200


def make_source() -> DefineSource:
    """A study of that size: every dataset is a findings domain, whose tests differ in length and unit."""
    codelists = {f"CL{n}": _codelist(n) for n in range(CODELISTS)}
    specs = [_spec(number) for number in range(DATASETS)]
    summaries = {spec.name: _summary(spec) for spec in specs}
    facts = StudyFacts.model_validate({
        "STUDYID": "LARGE", "title": "A large study", "protocol": "LARGE", "created": "2025-01-01",
        "subject_form": "DM", "SITEID": "S", "SUBJID": "U", "USUBJID": ["S"], "forms": {"DM": {"file": "dm.csv"}}})
    methods = {(spec.name, name): f"How {name} is made from other variables, by the rule of the analysis plan."
               for spec in specs for name, variable in spec.variables.items() if variable.derive}
    return DefineSource(facts, "SDTM", tuple(specs), {}, summaries, codelists, methods)


def _codelist(number: int) -> Codelist:
    values = [f"TERM {number}-{term}" for term in range(TERMS)]
    return Codelist(name=f"CL{number}", label=f"Codelist {number}",
                    terms={value: Term(value=value, decode=f"The meaning of {value}") for value in values})


def _spec(number: int) -> DatasetSpec:
    name = f"{chr(65 + number // 26)}{chr(65 + number % 26)}"
    variables = {f"{name}TESTCD": {"derive": "derive_test"}, f"{name}STRESC": {"derive": "derive_result"}}
    variables |= {f"{name}V{n}": {"from": f"FIELD{n}", "codelist": f"CL{(number * 5 + n) % CODELISTS}" if n % 4 else ""}
                  if n % 2 else {"derive": f"derive_{n}"} for n in range(VARIABLES - 2)}
    return DatasetSpec.model_validate({
        "name": name, "label": f"Dataset {number}", "class": "FINDINGS", "structure": "One record per test per subject",
        "standard": "SDTMIG 3.4", "keys": [f"{name}TESTCD"], "variables": {
            variable: VariableSpec.model_validate({"name": variable, "label": f"Variable {variable}", "type": "Char",
                                                   "role": "Record Qualifier", "core": "Perm", **rule})
            for variable, rule in variables.items()}})


def _summary(spec: DatasetSpec) -> DatasetSummary:
    filled = VariableSummary(1000, 1000, 20)
    values = {f"TEST{n}": {f"{spec.name}STRESC": VariableSummary(50, 50, n + 1)} for n in range(VALUES)}
    return DatasetSummary(spec.name, 1000, dict.fromkeys(spec.variables, filled), {f"{spec.name}TESTCD": values})


def main() -> None:
    source = make_source()
    started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = build_define(source)
    built = time.process_time()
    xml = define_xml(document)
    written = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    html = define_html(document)
    shown = time.process_time()
    print(f"{len(document.groups)} datasets, {len(document.items)} items, {len(document.codelists)} codelists, "
          f"{sum(len(values.refs) for values in document.value_lists)} values")
    print(f"definitions {built - started:.2f} s, define.xml {written - built:.2f} s ({len(xml) / 1e6:.1f} MB), "
          f"peak {memory / 1024:.0f} MB ({before / 1024:.0f} MB before)")
    print(f"define.html {shown - written:.2f} s ({len(html) / 1e6:.1f} MB), peak "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if len(sys.argv) > 1:
        out = Path(sys.argv[1])
        (out / "define.xml").write_bytes(xml)
        (out / "define.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()

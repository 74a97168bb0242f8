"""Who may import whom (DESIGN, 1), what no code does (DESIGN, 9) and what the wheel holds, read from the source."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
GROUND = ("cdisckit.errors", "cdisckit.findings", "cdisckit.graph")
TOP = ("cdisckit.__main__", "cdisckit.blocks", "cdisckit.build", "cdisckit.cli", "cdisckit.cli_core",
       "cdisckit.cli_spec", "cdisckit.define_check", "cdisckit.defines", "cdisckit.output", "cdisckit.packages",
       "cdisckit.spec_define", "cdisckit.spec_workbook", "cdisckit.study", "cdisckit.trace", "cdisckit.validate")
BASE = (*GROUND, "specs")
MAY_IMPORT = {                                  # beside itself
    "ground": GROUND,
    "specs": BASE,
    "raw": BASE,
    "sdtm": (*BASE, "raw"),
    "adam": (*BASE, "raw", "sdtm"),
    "define": BASE,
    "submission": BASE,
    "transport": BASE,
    "validation": BASE,
    "studies": (*BASE, "raw", "sdtm", "adam"),
    "top": (*GROUND, *TOP, "adam", "define", "raw", "sdtm", "specs", "submission", "transport", "validation"),
}
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in SOURCES}


def imports(code: str, module: str = "m") -> set[str]:
    """Every module that the code imports; `from cdisckit import study` is cdisckit and cdisckit.study."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[:-node.level] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in MODULES)}
    return found


def layer(module: str) -> str:
    package = module.partition(".")[0]
    return package if package != "cdisckit" else "ground" if module in ("cdisckit", *GROUND) else "top"


def is_within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def forbidden_imports(module: str, code: str) -> list[str]:
    allowed = (*MAY_IMPORT[layer(module)], *([layer(module)] if layer(module) in PACKAGES else []))
    return [name for name in sorted(imports(code, module)) if name.partition(".")[0] in PACKAGES and name != "cdisckit"
            and not any(is_within(name, other) for other in allowed)]


def forbidden_code(module: str, code: str) -> list[str]:
    """What DESIGN 9 rules out, as 'line: what'."""
    found = []
    for node in ast.walk(ast.parse(code)):
        caught = [node.type] if isinstance(node, ast.ExceptHandler) else []
        caught = list(caught[0].elts) if caught and isinstance(caught[0], ast.Tuple) else caught
        if any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught):
            found.append(f"{node.lineno}: catches everything")
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Name) and called in ("eval", "exec", "compile", "__import__"):
            found.append(f"{node.lineno}: {called}()")
        by_row = called == "apply" and any(word.arg == "axis" and ast.unparse(word.value) in ("1", "'columns'")
                                           for word in node.keywords)
        if layer(module) in ("raw", "sdtm", "adam") and (by_row or called == "iterrows"):
            found.append(f"{node.lineno}: row by row with {called}()")
    return found + [f"imports {name}" for name in sorted(imports(code, module)) if name.partition(".")[0] == "pickle"]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_lies_below_it(module):
    assert forbidden_imports(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_catches_everything_evaluates_text_or_works_row_by_row(module):
    assert forbidden_code(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("module", "code", "found"), [
    ("specs.load", "from cdisckit.errors import suggest", []),
    ("specs.load", "from cdisckit import study", ["cdisckit.study"]),
    ("specs.load", "import raw.store", ["raw.store"]),
    ("cdisckit.errors", "def f():\n    import specs.model", ["specs.model"]),
    ("sdtm.ae", "from raw.block import RawBlock\nfrom sdtm.timing import compute_dtc", []),
    ("sdtm.ae", "from adam.dates import compute_date\nimport studies.x.dm", ["adam.dates", "studies.x.dm"]),
    ("define.build", "from sdtm.mapping import map_form\nfrom cdisckit.output import MANIFEST",
     ["cdisckit.output", "sdtm.mapping"]),
    ("validation.report", "from define import check_define", ["define"]),
    ("cdisckit.build", "from studies import x\nfrom adam import y", ["studies"]),
    ("cdisckit.graph", "from . import study", ["cdisckit.study"]),
])
def test_a_forbidden_import_is_seen(module, code, found):
    assert forbidden_imports(module, code) == found


@pytest.mark.parametrize(("code", "found"), [
    ("try: f()\nexcept ValueError: pass", []),
    ("try: f()\nexcept: pass", ["2: catches everything"]),
    ("try: f()\nexcept (KeyError, Exception): pass", ["2: catches everything"]),
    ("eval('1')", ["1: eval()"]),
    ("model.eval()", []),
    ("import pickle", ["imports pickle"]),
    ("d.apply(f)", []),
    ("d.apply(f, axis=1)", ["1: row by row with apply()"]),
    ("d.any(axis=1)", []),
    ("for row in d.iterrows(): pass", ["1: row by row with iterrows()"]),
])
def test_forbidden_code_is_seen(code, found):
    assert forbidden_code("sdtm.ae", code) == found


def test_what_makes_a_define_loads_nothing_that_works_on_data():
    loaded = "import define, sys; print(*sorted({'numpy', 'pandas', 'pyarrow'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout == "\n"


def test_only_the_suites_know_great_expectations():
    users = [name for name, path in MODULES.items()
             if any(is_within(used, "great_expectations") for used in imports(path.read_text(encoding="utf-8")))]
    assert users == ["validation.expectations"]


def test_only_the_process_that_judges_knows_the_cdisc_engine():
    users = [name for name, path in MODULES.items()
             if any(is_within(used, "cdisc_rules_engine") for used in imports(path.read_text(encoding="utf-8")))]
    assert users == ["validation.core.engine"]


def test_every_module_has_a_place_in_the_layers():
    assert [name for name in MODULES if layer(name) == "top" and name not in TOP] == []


def test_the_wheel_holds_every_package_of_the_repository_and_no_other():
    here = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.py")} | {"studies"}
    assert sorted(PACKAGES) == sorted(here - {"tests", "benchmarks", "docs", ".venv"})


def test_isort_knows_the_packages_of_the_wheel():
    assert sorted(PYPROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"]) == sorted(PACKAGES)


@pytest.mark.parametrize("package", sorted(set(PACKAGES) - {"studies"}))
def test_a_package_ships_its_types(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_with_a_sentence(name):
    assert ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))

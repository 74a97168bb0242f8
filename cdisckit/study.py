"""A study: its specification and the functions that make its datasets, checked against each other."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from cdisckit.errors import SpecError, suggest
from cdisckit.graph import Dataset, find_datasets, order_datasets
from specs.load import StudySpecs, load_specs
from specs.model import DatasetSpec

__all__ = ["STUDIES", "Study", "find_study", "import_generator", "load_study", "method_text", "used_fields"]

STUDIES = Path(__file__).parent.parent / "studies"


@dataclass(frozen=True)
class Study:
    """A loaded study. `methods` holds the text of each derived variable, from the docstring of its function."""

    folder: Path
    specs: StudySpecs
    datasets: Mapping[str, Dataset]
    methods: Mapping[tuple[str, str], str]

    def order(self, only: tuple[str, ...] = ()) -> list[Dataset]:
        return order_datasets(self.datasets, only)


def find_study(name: str) -> Path:
    """The folder of a study: a path, or the name of one under studies/."""
    for folder in (Path(name), STUDIES / name):
        if (folder / "study.yaml").is_file():
            return folder.resolve()
    known = sorted(path.parent.name for path in STUDIES.glob("*/study.yaml"))
    raise SpecError(f"there is no study {name}{suggest(name, known)}", cases=known,
                    fix="give a folder that holds study.yaml, or one of these names")


def load_study(name: str) -> Study:
    """The study's specification and functions; SpecError with all errors where they do not fit together."""
    folder = find_study(name)
    specs = load_specs(folder)
    datasets = find_datasets(_modules(folder, specs))
    problems = [f"{_spec_path(folder, spec)}:1: no function makes {spec.name}; write {'sdtm' if spec.is_sdtm else 'adam'}/"
                f"{spec.name.lower()}.py or {folder.name}/{spec.name.lower()}.py"
                for spec in specs.datasets.values() if spec.name not in datasets]
    methods: dict[tuple[str, str], str] = {}
    for spec in specs.datasets.values():
        if spec.name in datasets:
            problems += _find_methods(spec, datasets[spec.name], _spec_path(folder, spec), methods)
    if problems:
        raise SpecError(f"the functions of {folder.name} do not fit its specification", cases=problems, where=str(folder))
    study = Study(folder, specs, datasets, methods)
    study.order()
    return study


def _spec_path(folder: Path, spec: DatasetSpec) -> Path:
    return folder / "specs" / ("sdtm" if spec.is_sdtm else "adam") / f"{spec.name.lower()}.yaml"


def _modules(folder: Path, specs: StudySpecs) -> Iterator[ModuleType]:
    """The library's module of each dataset, then the study's own, which takes its place."""
    for spec in specs.datasets.values():
        name = f"{'sdtm' if spec.is_sdtm else 'adam'}.{spec.name.lower()}"
        if importlib.util.find_spec(name) is not None:
            yield importlib.import_module(name)
    for spec in specs.datasets.values():
        path = folder / f"{spec.name.lower()}.py"
        if path.is_file():
            yield _import_file(path, f"studies.{folder.name}.{path.stem}")


def _import_file(path: Path, name: str) -> ModuleType:
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", "") == str(path):
        return loaded
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise SpecError(f"{path} cannot be imported", where=str(path))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


def import_generator(folder: Path) -> ModuleType:
    """The module that makes the study's synthetic raw data; SpecError where the study has none."""
    path = folder / "synthetic.py"
    if not path.is_file():
        raise SpecError(f"{folder.name} has no generator of synthetic data", where=str(folder), fix="give real raw files with --raw")
    return _import_file(path, f"studies.{folder.name}.synthetic")


def _find_methods(spec: DatasetSpec, made: Dataset, path: Path, methods: dict[tuple[str, str], str]) -> list[str]:
    """The method text of every derived variable; a problem for each `derive` that the dataset's function never calls."""
    called = called_functions(made.function)
    problems = []
    for variable in spec.variables.values():
        if not variable.derive:
            continue
        function = called.get(variable.derive)
        if function is None:
            problems.append(f"{path}: {variable.name}: {variable.derive} is not called by {made.where}{suggest(variable.derive, called)}")
        elif not (variable.method or function.__doc__):
            problems.append(f"{path}: {variable.name}: {variable.derive} has no docstring, which is the method in define.xml")
        else:
            methods[spec.name, variable.name] = variable.method or method_text(function)
    return problems


def method_text(function: Callable[..., object]) -> str:
    """The first paragraph of the docstring on one line."""
    paragraph = (function.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split())


def called_functions(function: Callable[..., object]) -> dict[str, Callable[..., object]]:
    """Every function of the library or the study that the function calls, itself or through others, by name."""
    found: dict[str, Callable[..., object]] = {}
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, FunctionType):
            continue
        for name in _names(current.__code__):
            callee = current.__globals__.get(name)
            ours = isinstance(callee, FunctionType) and callee.__module__.split(".")[0] in ("sdtm", "adam", "raw", "studies")
            if ours and name not in found:
                found[name] = callee
                waiting.append(callee)
    return found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def used_fields(specs: StudySpecs) -> dict[str, set[str]]:
    """The raw fields of each form that the specification speaks of: mapped, read by a derivation, or a key."""
    facts = specs.facts
    used: dict[str, set[str]] = {form: {facts.SITEID, facts.SUBJID, *spec.keys} for form, spec in facts.forms.items()}

    def add(source: str) -> None:
        form, _, fields = source.partition(".")
        if form in used:
            used[form].update(fields.split("/"))

    for spec in specs.datasets.values():
        if not spec.is_sdtm:
            continue
        for form in spec.form:
            for test in spec.tests.values():
                used[form] |= {part for field in (test.from_, *test.fields.values()) if field for part in field.split("/")}
            used[form] |= set(spec.uses)
            for variable in spec.variables.values():
                used[form] |= {field for field in (variable.from_, *variable.dtc) if field}
        for variable in spec.variables.values():
            for source in variable.source:
                add(source)
    for form, field in facts.visit_dates.items():
        add(f"{form}.VISIT/{field}")
    for element in facts.elements.values():
        for source in element.starts:
            add(source)
    return used

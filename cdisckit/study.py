"""A study: its specification and the functions that make its datasets, checked against each other."""

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from cdisckit.errors import SpecError, suggest
from cdisckit.graph import Dataset, find_datasets, order_datasets
from specs.agency import Agency, check_labels, check_paths, find_agency, package_path, translate_spec
from specs.fields import used_fields
from specs.load import RESULTS_FILE, StudySpecs, load_specs, supplement_spec
from specs.model import DatasetSpec, ValueSpec, VariableSpec
from specs.summary import DatasetSummary, leave_out_unfilled
from specs.text_yaml import read_text_yaml
from specs.texts import Texts, read_texts

__all__ = ["STUDIES", "Study", "find_study", "function_source", "import_generator", "load_study", "method_text",
           "record_forms", "submitted", "used_fields"]

STUDIES = Path(__file__).parent.parent / "studies"
DOCUMENTS = ("acrf.pdf", "adrg.pdf", "csdrg.pdf", "define.xml", "define2-1.xsl")      # beside the datasets
STUDY_FILE = "study.yaml"
OURS = ("sdtm", "adam", "raw", "studies")          # where derivations live


@dataclass(frozen=True)
class Study:
    """A loaded study. `methods` holds the text of each derived variable, from the docstring of its function.

    `functions` are those functions, and `programs` the texts of those that make the results, by their full name.
    """

    folder: Path
    specs: StudySpecs
    datasets: Mapping[str, Dataset]
    methods: Mapping[tuple[str, str], str]
    functions: Mapping[tuple[str, str], Callable[..., object]]
    programs: Mapping[str, str]
    agency: str = ""                            # the labels are in its language
    texts: Texts = Texts()                      # of the agency's language, by the English ones

    @property
    def encoding(self) -> str:
        """Of the transport files: what the agency has chosen, else UTF-8."""
        return find_agency(self.agency).encoding

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


def load_study(name: str, agency: str = "") -> Study:
    """The study's specification and functions; SpecError with all errors where they do not fit together.

    For an agency the labels are in its language and keep to its rules.
    """
    folder = find_study(name)
    specs, texts = _for_agency(load_specs(folder), agency)
    datasets = find_datasets(_modules(folder, specs))
    wrong_files = _check_files(folder, specs, datasets)
    problems = list(wrong_files.values())
    methods: dict[tuple[str, str], str] = {}
    functions: dict[tuple[str, str], Callable[..., object]] = {}
    programs = _find_programs(folder, specs, problems)
    for spec in specs.datasets.values():
        path = _spec_path(folder, spec)
        if spec.name in wrong_files:
            continue
        if spec.name in datasets:
            problems += _find_methods(spec, datasets[spec.name], path, methods, functions)
        else:
            problems.append(f"{path}:1: no function makes {spec.name}; write {path.parent.name}/{path.stem}.py or "
                            f"{folder.name}/{path.stem}.py")
    if problems:
        raise SpecError(f"the functions of {folder.name} do not fit its specification", cases=problems,
                        where=str(folder))
    study = Study(folder, specs, datasets, methods, functions, programs, agency, texts)
    study.order()
    return study


def _for_agency(specs: StudySpecs, name: str) -> tuple[StudySpecs, Texts]:
    """The specification with its labels in the language of an agency; SpecError where they break its rules."""
    agency = find_agency(name)
    if not name:
        return specs, Texts()
    texts = Texts() if agency.language == "en" else read_texts(specs.folder / "specs", agency.language)
    datasets = {key: translate_spec(spec, texts) for key, spec in specs.datasets.items()}
    supplements = [translate_spec(supplement_spec(spec), texts) for spec in specs.datasets.values() if spec.supplements]
    problems = list(check_labels([*datasets.values(), *supplements], agency, texts))
    if problems:
        raise SpecError(f"{len(problems)} labels are not as {name.upper()} wants them", cases=problems,
                        where=str(specs.folder / "specs"),
                        fix=f"write them in texts_{agency.language}.csv there, with the columns english,text"
                        if agency.language != "en" else "shorten them")
    _check_package(specs.facts.STUDYID, [*datasets.values(), *supplements], agency)
    return replace(specs, datasets=datasets), texts


def _check_package(study: str, datasets: Iterable[DatasetSpec], agency: Agency) -> None:
    """SpecError where a file of the package would have a name or a path that the agency does not take."""
    files = {(_model(spec), f"{spec.name.lower()}.xpt") for spec in datasets}
    files |= {(model, name) for model, _ in files for name in DOCUMENTS}
    problems = list(check_paths([package_path(study, model, file) for model, file in sorted(files)], agency))
    if problems:
        raise SpecError(f"{len(problems)} paths are not as {agency.name.upper()} wants them", cases=problems,
                        where=STUDY_FILE, fix="shorten STUDYID, which names the folder of the study")


def _model(spec: DatasetSpec) -> str:
    return "SDTM" if spec.is_sdtm else "ADaM"


def _spec_path(folder: Path, spec: DatasetSpec) -> Path:
    return folder / "specs" / ("sdtm" if spec.is_sdtm else "adam") / f"{spec.name.lower()}.yaml"


def _check_files(folder: Path, specs: StudySpecs, datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """The study's own dataset files that do not make what they are named after, or make what is not specified."""
    problems = {}
    for path in sorted(folder.glob("*.py")):
        name = path.stem.upper()
        made = datasets.get(name)
        if name not in specs.datasets and re.search(r"^@dataset\b", path.read_text(encoding="utf-8"), re.MULTILINE):
            problems[name] = f"{path}:1: {name} has no specification; write specs/adam/{path.stem}.yaml, or remove it"
        elif name in specs.datasets and (made is None or made.function.__code__.co_filename != str(path)):
            problems[name] = f"{path}:1: there is no @dataset function {path.stem} here; write it, or rename the file"
    return problems


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
    inside = [str(path.parent)] if path.name == "__init__.py" else None
    found = importlib.util.spec_from_file_location(name, path, submodule_search_locations=inside)
    if found is None or found.loader is None:
        raise SpecError(f"{path} cannot be imported", where=str(path))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    complete = False
    try:
        found.loader.exec_module(module)
        complete = True
    finally:
        if not complete:                        # half a module must not answer the next import
            del sys.modules[name]
    return module


def import_generator(folder: Path) -> ModuleType:
    """The module that makes the study's synthetic raw data; SpecError where the study has none."""
    path = folder / "synthetic.py"
    if not path.is_file():
        path = folder / "synthetic" / "__init__.py"
    if not path.is_file():
        raise SpecError(f"{folder.name} has no generator of synthetic data", where=str(folder),
                        fix="give real raw files with --raw")
    return _import_file(path, f"studies.{folder.name}.synthetic")


def _find_programs(folder: Path, specs: StudySpecs, problems: list[str]) -> dict[str, str]:
    """The text of the functions that analysis_results.yaml names, by their full name. They are read and not imported:
    what makes results needs libraries that a build of SDTM does not.
    """
    path = folder / "specs" / RESULTS_FILE
    found: dict[str, str] = {}
    for key, display in specs.displays.items():
        for number, result in display.results.items():
            module, _, name = result.program.rpartition(".")
            if not result.program:
                continue
            file = _module_file(module, folder)
            text = _function_text(file, name) if file else ""
            if text:
                found[result.program] = text
            else:
                at = read_text_yaml(path).where(key, "results", number, "program")
                problems.append(f"{at}: there is no function {result.program}; write adam.MODULE.FUNCTION or "
                                f"studies.{folder.name}.MODULE.FUNCTION")
    return found


def _module_file(module: str, folder: Path) -> Path | None:
    """The file of a module of the library, or of this study; None where there is none."""
    package, *names = module.split(".")
    path = STUDIES.parent.joinpath(package, *names).with_suffix(".py")
    if module.startswith(f"studies.{folder.name}.") and len(names) == 2:
        path = folder / f"{names[1]}.py"
    return path if package in OURS and path.is_file() else None


def _function_text(file: Path, name: str) -> str:
    """The text of a function of a file, without its docstring; "" where the file has no such function."""
    text = file.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _without_docstring(text.splitlines()[node.lineno - 1:node.end_lineno])
    return ""


def function_source(function: Callable[..., object]) -> str:
    """The text of a function without its docstring."""
    return _without_docstring(inspect.getsource(function).rstrip().splitlines())


def _without_docstring(lines: list[str]) -> str:
    made = ast.parse(textwrap.dedent("\n".join(lines))).body[0]
    first = made.body[0] if isinstance(made, ast.FunctionDef) else made
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(made.body) > 1:  # type: ignore[attr-defined]
        del lines[first.lineno - 1:first.end_lineno]
    return "\n".join(lines)


def _find_methods(spec: DatasetSpec, made: Dataset, path: Path, methods: dict[tuple[str, str], str],
                  functions: dict[tuple[str, str], Callable[..., object]]) -> list[str]:
    """The method text of every derived variable; a problem for a `derive` that the dataset's function never calls."""
    called = called_functions(made.function)
    problems = []
    for place, at, rule in _derived(spec):
        words = f"{at[1]}: {rule.derive}"
        function = called.get(rule.derive)
        if function is None:
            near = suggest(rule.derive, [name for name in called if suggest(_bare(rule.derive), [_bare(name)])])
            problems.append((at, f"{words} is not called by {made.where}{near}; call it, or mend the name"))
        elif text := rule.method or method_text(function):
            methods[spec.name, place] = text
            functions[spec.name, place] = function
        else:
            problems.append((at, f"{words} has no docstring, which is the method in define.xml; write it, or "
                                 "state `method:`"))
    return [f"{read_text_yaml(path).where(*at)}: {problem}" for at, problem in problems]


def _derived(spec: DatasetSpec) -> Iterator[tuple[str, tuple[str, ...], VariableSpec | ValueSpec]]:
    """What names a function: a variable (AVALC), or a variable where another has a value (AVALC.DLTA); where it says
    so, and its rule.
    """
    for variable in spec.variables.values():
        if variable.derive:
            yield variable.name, ("variables", variable.name, "derive"), variable
        for by, values in variable.where.items():
            yield from ((f"{variable.name}.{value}", ("variables", variable.name, "where", by, value), rule)
                        for value, rule in values.items() if rule.derive)


def _bare(name: str) -> str:
    """What tells one derivation from another: two names are not near because both begin with derive_."""
    return name.removeprefix("derive_")


def method_text(function: Callable[..., object]) -> str:
    """The first paragraph of the docstring on one line."""
    paragraph = re.split(r"\n\s*\n", (function.__doc__ or "").strip())[0]
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
            if isinstance(callee, FunctionType) and callee.__module__.split(".")[0] in OURS and name not in found:
                found[name] = callee
                waiting.append(callee)
    return found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def record_forms(spec: DatasetSpec, forms: Iterable[str]) -> list[str]:
    """The forms whose raw records an SDTM dataset holds: those it maps, and those that its derivations name."""
    named = {source.partition(".")[0] for variable in spec.variables.values() for source in variable.source}
    return [form for form in forms if spec.is_sdtm and (form in spec.form or form in named)]


def submitted(study: Study, summaries: Mapping[str, DatasetSummary]) -> list[DatasetSpec]:
    """The specifications of the datasets as they are submitted: SDTM with each SUPP-- behind its parent, then ADaM."""
    specs = []
    for spec in study.specs.datasets.values():
        if spec.name in summaries:
            specs.append(leave_out_unfilled(spec, summaries[spec.name]))
        if f"SUPP{spec.name}" in summaries:
            specs.append(translate_spec(supplement_spec(spec), study.texts))
    return specs

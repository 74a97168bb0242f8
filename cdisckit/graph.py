"""A dataset is a function: its name is the dataset, its parameters are the datasets it needs."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import Any, Literal, get_args, overload

from cdisckit.errors import SpecError, suggest

__all__ = ["INPUTS", "Dataset", "dataset", "dataset_name", "find_datasets", "order_datasets"]

INPUTS = ("raw", "spec", "study")      # parameters that are no datasets
Scope = Literal["subject", "study", "whole"]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Dataset:
    """One dataset function. Scope "subject" runs block by block; "study" (trial design) runs once, in the first block;
    "whole" runs once after the last block, from the finished datasets of all subjects (a table over subjects).
    """

    name: str
    function: Function
    scope: Scope

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.function).parameters)

    @property
    def needs(self) -> tuple[str, ...]:
        """The datasets that this one is made from: its edges in the graph."""
        return tuple(dataset_name(name) for name in self.parameters if name not in INPUTS)

    @property
    def where(self) -> str:
        return f"{inspect.getsourcefile(self.function)}:{self.function.__code__.co_firstlineno}"


def dataset_name(word: str) -> str:
    """The dataset that a function or a parameter names: ae is AE; is_ is IS, which Python keeps for itself."""
    return word.removesuffix("_").upper()


@overload
def dataset(function: Function) -> Function: ...
@overload
def dataset(*, scope: Scope) -> Callable[[Function], Function]: ...
def dataset(function: Function | None = None, *, scope: Scope = "subject") -> Any:
    """Mark a function as the maker of the dataset of its name."""
    scopes = get_args(Scope)
    if scope not in scopes:
        raise SpecError(f"a dataset's scope is {' or '.join(scopes)}, not {scope!r}{suggest(scope, scopes)}")

    def mark(marked: Function) -> Function:
        marked.__dataset__ = Dataset(dataset_name(marked.__name__), marked, scope)  # type: ignore[attr-defined]
        return marked

    return mark if function is None else mark(function)


def find_datasets(modules: Iterable[ModuleType]) -> dict[str, Dataset]:
    """The dataset functions that the modules define; a later module (a study's) replaces an earlier (the library's)."""
    return {found.name: found
            for module in modules
            for made in vars(module).values()
            if isinstance(found := getattr(made, "__dataset__", None), Dataset)
            and found.function.__module__ == module.__name__}


def order_datasets(datasets: Mapping[str, Dataset], only: Iterable[str] = ()) -> list[Dataset]:
    """The datasets in an order in which each comes after what it needs; with `only`, those and what they need.

    Raises SpecError for a parameter that is no dataset and for a circle.
    """
    wanted = [name.upper() for name in only] or list(datasets)
    edges: dict[str, tuple[str, ...]] = {}
    while wanted:
        name = wanted.pop()
        if name in edges:
            continue
        if name not in datasets:
            raise SpecError(f"there is no dataset {name}{suggest(name, datasets)}", cases=sorted(datasets))
        edges[name] = datasets[name].needs
        for needed in edges[name]:
            if needed not in datasets:
                parameter = needed.lower()
                near = suggest(parameter, [*(known.lower() for known in datasets), *INPUTS])
                raise SpecError(f"{name} needs {needed}, which the study does not make{near}",
                                where=datasets[name].where,
                                fix=f"rename the parameter, or specify {needed} and write its function {parameter}")
            if datasets[name].scope == "study" and datasets[needed].scope == "subject":
                raise SpecError(f"{name} is about the study and needs {needed}, which is about subjects",
                                where=datasets[name].where, fix="take the parameter out, or the scope")
            if datasets[name].scope != "whole" and datasets[needed].scope == "whole":
                raise SpecError(f"{name} is made block by block and needs {needed}, which is made after the last block",
                                where=datasets[name].where, fix="take the parameter out, or give both the scope whole")
        wanted.extend(edges[name])
    sorter = TopologicalSorter({name: edges[name] for name in sorted(edges)})
    try:
        return [datasets[name] for name in sorter.static_order()]
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise SpecError(f"datasets need each other in a circle: {' <- '.join(circle)}", where=datasets[circle[0]].where,
                        fix="derive one of them from raw") from None

"""Which variables of SDTM the fields of a form become: for the annotated CRF, and the pages that define.xml names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specs.model import DatasetSpec, VariableSpec

__all__ = ["FieldUse", "collected_fields"]


@dataclass(frozen=True)
class FieldUse:
    """A field becomes this variable; for a result of a findings domain, under this test."""

    dataset: str
    variable: str
    test: str = ""
    supp: bool = False
    derived: bool = False                # the variable is derived from the field and others
    coded: bool = False                  # a dictionary's term, which no site fills in


def collected_fields(datasets: Iterable[DatasetSpec]) -> dict[str, dict[str, list[FieldUse]]]:
    """By form and field: what becomes of it, in the order of the datasets."""
    found: dict[str, dict[str, list[FieldUse]]] = {}
    for spec in datasets:
        for form, field, use in _uses(spec) if spec.is_sdtm else ():
            uses = found.setdefault(form, {}).setdefault(field, [])
            if use not in uses:
                uses.append(use)
    return found


def _uses(spec: DatasetSpec) -> Iterator[tuple[str, str, FieldUse]]:
    for form in spec.form:
        own = spec.for_form(form)
        for variable in own.variables.values():
            use = _use(spec, variable)
            for field in (variable.from_, *variable.dtc):
                yield from ((form, part, use) for part in field.split("/") if part)
        for code, test in own.tests.items():
            for name, raw in {f"{spec.domain}ORRES": test.from_, **test.fields}.items():
                supp = name in own.variables and own.variables[name].supp
                yield from ((form, part, FieldUse(spec.name, name, code, supp)) for part in raw.split("/") if part)
    for variable in spec.variables.values():
        for source in variable.source:
            form, _, fields = source.partition(".")
            yield from ((form, part, _use(spec, variable)) for part in fields.split("/") if part)


def _use(spec: DatasetSpec, variable: VariableSpec) -> FieldUse:
    collected = variable.origin in ("", "Collected")
    return FieldUse(spec.name, variable.name, supp=variable.supp,
                    derived=bool(variable.derive) and variable.origin != "Collected",
                    coded=bool(variable.dictionary) and variable.origin != "Collected" or not collected)

"""Every line of metadata of a study: each variable, and each variable under one value where its values differ.

Supplemental qualifiers always have their values listed (QVAL by QNAM). The results of a findings domain (by --TESTCD)
and the values of an analysis dataset (by PARAMCD) have them where type, length, decimals or units differ; any variable
has them where the specification says more of it by the values of another one (`where`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from define.model import DefineSource
from define.oids import item_oid
from define.shape import infer_shape
from specs.model import DatasetSpec, ValueSpec, VariableSpec
from specs.summary import VariableSummary

__all__ = ["Item", "code_names", "is_code", "list_items"]

NOTHING = VariableSummary()


@dataclass(frozen=True)
class Item:
    """A variable of a dataset, or (with `by` and `value`) what it holds where `by` has that value."""

    dataset: str
    place: str                           # the variable of the dataset: QVAL for every qualifier of SUPP--
    variable: VariableSpec               # what the specification says: the qualifier's own entry for SUPP--
    spec: DatasetSpec                    # the specification with that entry: the parent domain's for SUPP--
    summary: VariableSummary
    by: str = ""
    value: str = ""
    label: str = ""

    @property
    def oid(self) -> str:
        return item_oid(self.dataset, self.place, self.value)

    @property
    def is_qualifier(self) -> bool:
        return self.by == "QNAM"

    @property
    def told(self) -> ValueSpec | None:
        """What the specification says of the variable under this value only."""
        found = self.spec.told(self.place, self.by, self.value) if self.value else None
        return found[1] if found else None

    @property
    def entry(self) -> tuple[str, str]:
        """Where the specification speaks of it: ("AE", "AEREL1") for a qualifier of SUPPAE, ("ADDLT", "AVALC.DLTA")
        for a value with a derivation of its own.
        """
        if self.is_qualifier:
            return self.spec.name, self.value
        found = self.spec.told(self.place, self.by, self.value) if self.value else None
        own = found is not None and bool(found[1].derive or found[1].method)
        return self.spec.name, f"{self.place}.{found[0]}" if own and found else self.variable.name


def list_items(spec: DatasetSpec, source: DefineSource) -> list[Item]:
    """The variables of a dataset in order, and behind each the values that are described one by one."""
    summary = source.summaries[spec.name]
    items: list[Item] = []
    for variable in spec.columns:
        values = summary.variables[variable.name]
        items.append(Item(spec.name, variable.name, variable, spec, values, label=variable.label))
        describe = _qualifiers if variable.name == "QVAL" else _results
        items += describe(spec, variable, source)
    return items


def _qualifiers(spec: DatasetSpec, qval: VariableSpec, source: DefineSource) -> Iterator[Item]:
    """One line a qualifier: those of the parent's specification in its order, then any other that the data has."""
    parent = source.parents[spec.name]
    found = source.summaries[spec.name].values.get("QNAM", {})
    known = {variable.name: variable for variable in parent.supplements}
    for name in [*known, *(name for name in found if name and name not in known)]:
        values = found.get(name, {}).get("QVAL", NOTHING)
        variable = known.get(name, qval)
        yield Item(spec.name, "QVAL", variable, parent, values, "QNAM", name, variable.label if name in known else name)


def _results(spec: DatasetSpec, variable: VariableSpec, source: DefineSource) -> list[Item]:
    """One line a test or parameter, if at least two of them differ in what they put into the variable, or if the
    specification says more of some.
    """
    items: list[Item] = []
    facts: set[tuple[object, ...]] = set()
    place = {code: number for number, code in enumerate(spec.parameters)}         # parameters in their order
    for by, groups in source.summaries[spec.name].values.items():
        if variable.where and by not in variable.where:
            continue
        names = code_names(spec, by, source)
        for code in sorted(groups, key=lambda code: place.get(code, len(place))):
            summaries = groups[code]
            summary = summaries.get(variable.name, NOTHING)
            if not (code and summary.filled):
                continue
            units = _units(summaries, variable.name)
            label = names.get(code) or code
            label = f"{label} ({units[0]})" if len(units) == 1 else label
            told = spec.told(variable.name, by, code)
            own = variable.with_value(told[1]) if told else variable
            items.append(Item(spec.name, variable.name, own, spec, summary, by, code, label))
            facts.add((infer_shape(own, summary), summary.terms, units))
    return items if len(facts) > 1 or any(item.told for item in items) else []


def _units(summaries: Mapping[str, VariableSummary], result: str) -> tuple[str, ...]:
    """The units of a result variable under one test: VSORRESU for VSORRES, VSSTRESU for VSSTRESC and VSSTRESN."""
    unit = {"ORRES": "ORRESU", "STRESC": "STRESU", "STRESN": "STRESU"}.get(result[2:])
    return summaries.get(f"{result[:2]}{unit}", NOTHING).terms if unit else ()


def is_code(variable: str) -> bool:
    """True for the variables that hold the short name of a qualifier, parameter or test, which can name a value."""
    return variable in ("QNAM", "PARAMCD") or variable.endswith("TESTCD")


def code_names(spec: DatasetSpec, by: str, source: DefineSource) -> dict[str, str]:
    """What the codes of QNAM, --TESTCD or PARAMCD stand for: by the specification, else by the codelist: of a test the
    name that the dataset has for it (Tumor Merged), which CDISC pairs with the code (TUMERGE) by its C-code.
    """
    if by == "QNAM":
        return {variable.name: variable.label for variable in source.parents[spec.name].supplements}
    variable = spec.variables.get(by)
    codelist = source.codelists.get(variable.codelist) if variable else None
    names = {value: term.decode for value, term in codelist.terms.items()} if codelist else {}
    names |= _paired_names(spec, by, source) if codelist else {}
    names |= {code: test.name for code, test in spec.tests.items()}
    return names | {code: parameter.PARAM for code, parameter in spec.parameters.items()}


def _paired_names(spec: DatasetSpec, by: str, source: DefineSource) -> dict[str, str]:
    """TUMERGE: Tumor Merged, of the codelists of TUTESTCD and TUTEST."""
    name = spec.variables.get(by.removesuffix("CD")) if by.endswith("CD") else None
    names = source.codelists.get(name.codelist) if name else None
    by_code = {term.code: value for value, term in names.terms.items() if term.code} if names else {}
    terms = source.codelists[spec.variables[by].codelist].terms
    return {value: by_code[term.code] for value, term in terms.items() if term.code in by_code}

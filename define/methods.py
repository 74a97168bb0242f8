"""How derived variables are made: one method a function, in the words of its docstring and, if it is short, as code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from define.items import Item
from define.model import DefineSource, Expression, MethodDef
from define.oids import function_oid, method_oid
from define.origin import infer_origin, is_imputation

__all__ = ["make_methods"]

SHORT = 12                               # lines of a function that are still a help to a reader
LANGUAGE = "Python"
NAMES = {                                # of the method of one variable, and of all that a function makes
    "Computation": ("Computation of {variable}", "Computation by {function}"),
    "Imputation": ("Imputation of {variable}", "Imputation by {function}"),
}


def make_methods(items: Iterable[Item], source: DefineSource) -> tuple[dict[str, str], tuple[MethodDef, ...]]:
    """The method that each item refers to (by OID), and the methods themselves in the order of their first use.

    Variables that one function makes share its method, unless their texts differ: a specification may state its own
    wording, and two datasets may have two functions of one name.
    """
    used = [item for item in items if not item.value or item.is_qualifier or has_method(item)]
    texts = {item.oid: text for item in used if (text := _method_text(item, source))}
    wordings: dict[str, set[str]] = defaultdict(set)
    for item in used:
        if item.oid in texts and not item.variable.method:
            wordings[item.variable.derive].add(texts[item.oid])
    references: dict[str, str] = {}
    users: dict[str, list[Item]] = {}
    for item in used:
        if item.oid in texts:
            oid = _oid(item, wordings)
            references[item.oid] = oid
            users.setdefault(oid, []).append(item)
    return references, tuple(_method(oid, users[oid], texts, source) for oid in users)


def has_method(item: Item) -> bool:
    """True for a value of which the specification says how it is made."""
    return item.told is not None and bool(item.told.derive or item.told.method)


def _oid(item: Item, wordings: Mapping[str, set[str]]) -> str:
    derive = item.variable.derive
    shared = derive and not item.variable.method and len(wordings[derive]) == 1
    return function_oid(derive) if shared else method_oid(*item.entry)


def _method(oid: str, users: list[Item], texts: Mapping[str, str], source: DefineSource) -> MethodDef:
    first = users[0]
    text = texts[first.oid]
    kind = "Imputation" if any(is_imputation(item.variable, item.spec, text) for item in users) else "Computation"
    name = NAMES[kind][oid != method_oid(*first.entry)]
    name = name.format(variable=".".join(first.entry), function=first.variable.derive)
    return MethodDef(oid, name, kind, text, _expressions(first, source))


def _expressions(item: Item, source: DefineSource) -> tuple[Expression, ...]:
    """The function itself, where it is short. A wording of the specification's own may be about a part of it only."""
    program = source.programs.get(item.entry)
    if program is None or item.variable.method or program.code.count("\n") >= SHORT:
        return ()
    return (Expression(LANGUAGE, f"# {program.name}\n{program.code}"),)


def _method_text(item: Item, source: DefineSource) -> str:
    """The wording of the specification, else that of the function's docstring for what is derived."""
    origin = infer_origin(item.variable, item.spec)
    derived = origin is not None and origin.type == "Derived"
    parent = source.parents.get(item.dataset, item.spec)          # SUPPAE has its identifiers from AE
    docstring = source.methods.get(item.entry) or source.methods.get((parent.name, item.place), "")
    return " ".join((item.variable.method or (docstring if derived else "")).split())

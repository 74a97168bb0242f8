"""How the words of a Pinnacle 21 workbook and those of a define.xml stand for each other: IDs, standards, languages."""

import dataclasses
import hashlib
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdisckit.errors import SpecError
from define.model import StandardDef, WhereClauseDef
from define.oids import standard_oid
from specs.p21_where import Condition
from specs.p21_words import split_standard, words

__all__ = [
    "MORE",
    "REST",
    "Names",
    "as_json",
    "conditions_in",
    "decode_fields",
    "decode_whole",
    "encode_fields",
    "encode_whole",
    "is_adam",
    "item_of",
    "standard_of",
    "standard_text",
    "spoiled",
    "where_name",
]

MORE = "cdisckit: more"  # the column of what the layout has no place for
REST = "cdisckit definitions"  # the sheet of definitions that no row of the layout tells
PREFIXES = {
    "Codelist": "CL.",
    "Method": "MT.",
    "Comment": "COM.",
    "Document": "LF.",
    "Where Clause": "WC.",
    "Display": "RD.",
    "Result": "AR.",
}
LONGEST_NAME = 60


@dataclass(frozen=True)
class Names:
    """The OID of every ID, by the kind of definition. By rule the OID is the ID behind a prefix: CL.NY for NY."""

    oids: Mapping[str, Mapping[str, str]]

    def oid(self, kind: str, name: str) -> str:
        return self.oids.get(kind, {}).get(name, f"{PREFIXES[kind]}{name}") if name else ""

    def id(self, kind: str, oid: str) -> str:
        """The ID that `oid` gives back; the OID itself where it does not follow the rule."""
        for name, other in self.oids.get(kind, {}).items():
            if other == oid:
                return name
        return oid.removeprefix(PREFIXES[kind])

    @classmethod
    def of(cls, oids: Mapping[str, Sequence[str]]) -> "Names":
        """The names of a document's own OIDs: without the prefix where that is unique."""
        made: dict[str, dict[str, str]] = {}
        for kind, known in oids.items():
            short = [oid.removeprefix(PREFIXES[kind]) for oid in known]
            made[kind] = {name if short.count(name) == 1 else oid: oid for name, oid in zip(short, known, strict=True)}
        return cls(made)


def item_of(dataset: str, variable: str) -> str:
    """IT.AE.AESEV"""
    return f"IT.{dataset}.{variable}"


def standard_of(text: str, type_: str = "IG") -> StandardDef:
    """'ADaMIG 1.3' as the guide; 'CDISC/NCI SDTM 2025-03-28' or 'SDTM CT 2025-03-28' as the terminology."""
    if type_ == "IG":
        name, version = split_standard(text)
        return StandardDef(standard_oid(name, version), name, "IG", version)
    *words_, version = text.split() if re.search(r"\d", text) else [*text.split(), ""]
    sets = [word for word in words_ if word.upper() in ("SDTM", "ADAM", "SEND", "CDASH", "DEFINE-XML", "PROTOCOL")]
    name = {"ADAM": "ADaM"}.get(sets[0].upper(), sets[0].upper()) if sets else ""
    return StandardDef(standard_oid(f"CT.{name}", version), "CDISC/NCI", "CT", version, name)


def standard_text(standard: StandardDef) -> str:
    return " ".join(filter(None, (standard.name, standard.publishing_set, standard.version)))


def where_name(conditions: Sequence[Condition], dataset: str) -> str:
    """The OID of a where clause by rule: WC.VS.VSTESTCD.SYSBP for one value, else its words."""
    parts = []
    for condition in conditions:
        name = condition.variable if condition.dataset in ("", dataset) else f"{condition.dataset}.{condition.variable}"
        comparator = [] if condition.comparator == "EQ" else [condition.comparator]
        parts += [name, *comparator, *condition.values]
    text = ".".join(parts)
    made = re.sub(r"[^A-Za-z0-9_.-]+", "_", text)
    if made != text or len(made) > LONGEST_NAME:  # what the name no longer tells apart, this does
        made = f"{made[:LONGEST_NAME]}.{hashlib.sha256(repr(conditions).encode()).hexdigest()[:8]}"
    return f"{dataset}.{made}"


def conditions_in(
    clause: WhereClauseDef, places: Mapping[str, Mapping[str, str]], dataset: str = ""
) -> tuple[Condition, ...]:
    """The comparisons of a where clause, with dataset and variable of each item.

    `places` gives the datasets that share an item and what it is called; of these `dataset` is meant, else the first.
    """
    made = []
    for check in clause.checks:
        shared = places.get(check.item, {})
        tested = dataset if dataset in shared else next(iter(shared), "")
        variable = shared.get(tested, "")
        if not variable:
            _, tested, variable, *_ = [*check.item.split("."), "", "", ""]
        made.append(Condition(variable or check.item, check.comparator, check.values, tested))
    return tuple(made)


def encode_fields(whole: Any, told: Any) -> dict[str, Any]:
    """The fields of a definition that its row does not tell, ready for JSON."""
    return {
        field.name: _encode(getattr(whole, field.name))
        for field in dataclasses.fields(whole)
        if getattr(whole, field.name) != getattr(told, field.name)
    }


def encode_whole(whole: Any) -> dict[str, Any]:
    """All that a definition says, ready for JSON."""
    made: dict[str, Any] = _encode(whole)
    return made


def decode_whole[T](kind: type[T], more: Mapping[str, Any]) -> T:
    try:
        made: T = _decode(kind, dict(more))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise spoiled(more) from error
    return made


def spoiled(more: object) -> SpecError:
    return SpecError(
        f"a cell of the column {MORE!r} was changed and can no longer be read",
        cases=[str(more)[:200]],
        fix="export the workbook anew, or clear the cell",
    )


def _encode(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {
            field.name: _encode(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    return [_encode(part) for part in value] if isinstance(value, tuple) else value


def decode_fields[T](told: T, more: Mapping[str, Any]) -> T:
    """The definition with the fields that `encode_fields` kept."""
    hints = typing.get_type_hints(type(told))
    try:
        changes = {name: _decode(hints[name], value) for name, value in more.items() if name in hints}
        return dataclasses.replace(told, **changes) if changes else told  # type: ignore[type-var]
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise spoiled(more) from error


def _decode(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        kinds = [part for part in kind.__args__ if part is not type(None)]
        return None if value is None else _decode(kinds[0], value)
    if typing.get_origin(kind) is tuple:
        return tuple(_decode(typing.get_args(kind)[0], part) for part in value)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _decode(hints[name], part) for name, part in value.items()})  # type: ignore[operator]
    return value


def as_json(more: Mapping[str, Any]) -> str:
    return json.dumps(more, ensure_ascii=False, sort_keys=True) if more else ""


def is_adam(names: Sequence[str]) -> bool:
    """Whether standards or classes are those of ADaM."""
    analysis = {name for name, word in words("class").items() if word.of == "ADaM"}
    return any("adam" in name.lower() or name in analysis for name in names)

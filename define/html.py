"""Write a define.html: the same definitions as the define.xml, as one page that needs nothing but a browser."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from define.build import build_define
from define.model import CodeListDef, Define, DefineSource, ItemDef, ItemRef, RangeCheck
from define.oids import item_oid
from define.text import legal_text

__all__ = ["define_html", "write_define_html"]

TEMPLATES = Path(__file__).parent / "templates"
COMPARATORS = {"EQ": "=", "NE": "\u2260", "LT": "<", "LE": "\u2264", "GT": ">", "GE": "\u2265", "IN": "in",
               "NOTIN": "not in"}
PREVIEW = 5                              # terms of a codelist that stand beside a variable


@dataclass(frozen=True)
class Condition:
    """One comparison of a where clause: the variable by name and OID, how it is compared, and with what."""

    oid: str
    variable: str
    comparator: str
    value: str

    @property
    def shown(self) -> str:
        return f"{self.variable} {self.comparator} {self.value}"


@dataclass(frozen=True)
class Row:
    """A variable, or a value of one, with what it refers to."""

    ref: ItemRef
    item: ItemDef
    where: tuple[tuple[Condition, ...], ...]   # any of these, each of which is all of its conditions
    codelist: CodeListDef | None
    values: tuple["Row", ...]


@dataclass(frozen=True)
class User:
    """Something that refers to a codelist, a method or a comment: how it is called, and its anchor."""

    name: str
    oid: str


def write_define_html(source: DefineSource, path: Path) -> None:
    """Write the define.html of a study's SDTM or ADaM datasets; the same source gives the same bytes."""
    path.write_bytes(define_html(build_define(source)).encode("utf-8"))


def define_html(define: Define) -> str:
    """The page. Every text is escaped, and nothing is loaded from anywhere."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              finalize=_shown, trim_blocks=True, lstrip_blocks=True)
    environment.filters["anchor"] = anchor
    rows = {group.oid: _rows(group.refs, define) for group in define.groups}
    return environment.get_template("define.html.j2").render(
        define=define, rows=rows, users=_users(define), preview=PREVIEW,
        methods={method.oid: method for method in define.methods},
        comments={comment.oid: comment for comment in define.comments},
        standards={standard.oid: standard for standard in define.standards},
        predecessors=_predecessors(define),
        leaves={leaf.id: leaf for leaf in define.leaves},
    )


def _shown(value: object) -> object:
    return legal_text(value) if type(value) is str else value


def anchor(oid: str) -> str:
    """The OID as an id that every browser takes: other characters than letters, digits, . _ - become ~code~."""
    return re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"~{ord(found[0]):X}~", oid)


def _rows(refs: Iterable[ItemRef], define: Define) -> tuple[Row, ...]:
    items = {item.oid: item for item in define.items}
    codelists = {codelist.oid: codelist for codelist in define.codelists}
    clauses = {clause.oid: clause for clause in define.where_clauses}
    value_lists = {values.oid: values.refs for values in define.value_lists}
    names = {item.oid: item.name for item in define.items}

    def row(ref: ItemRef) -> Row:
        item = items[ref.item]
        values = tuple(row(value) for value in value_lists.get(item.values, ()))
        where = tuple(tuple(_condition(check, names) for check in clauses[oid].checks) for oid in ref.where)
        return Row(ref, item, where, codelists.get(item.codelist), values)

    return tuple(row(ref) for ref in refs)


def _condition(check: RangeCheck, names: Mapping[str, str]) -> Condition:
    return Condition(check.item, names[check.item], COMPARATORS.get(check.comparator, check.comparator),
                     ", ".join(check.values))


def _users(define: Define) -> dict[str, list[User]]:
    """Who refers to each codelist, method and comment, in the order of the page."""
    users: dict[str, list[User]] = {}

    def note(oid: str, name: str, user: str) -> None:
        if oid:
            users.setdefault(oid, []).append(User(name, user))

    for group in define.groups:
        note(group.comment, group.name, group.oid)
        for row in _rows(group.refs, define):
            for line in (row, *row.values):
                name = f"{group.name}.{row.item.name}"
                where = " or ".join(" and ".join(one.shown for one in clause) for clause in line.where)
                name = f"{name} where {where}" if where else name
                for oid in (line.item.codelist, line.ref.method, line.item.comment):
                    note(oid, name, line.item.oid)
    return users


def _predecessors(define: Define) -> dict[str, str]:
    """AE.AETERM -> IT.AE.AETERM, for the predecessors that this document describes itself."""
    known = {item.oid for item in define.items}
    texts = sorted({item.origin.text for item in define.items if item.origin and item.origin.text.count(".") == 1})
    return {text: oid for text in texts if (oid := item_oid(*text.split("."))) in known}



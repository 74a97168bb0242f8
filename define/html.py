"""Write a define.html: the same definitions as the define.xml, as one page that needs nothing but a browser."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from define.build import build_define
from define.model import (
    CodeListDef,
    CommentDef,
    Define,
    DefineSource,
    DocumentRef,
    ItemDef,
    ItemRef,
    LeafDef,
    MethodDef,
    PageRef,
    RangeCheck,
    Shape,
    StandardDef,
    WhereClauseDef,
)
from define.oids import item_oid
from define.text import legal_text

__all__ = ["define_html", "write_define_html"]

TEMPLATES = Path(__file__).parent / "templates"
Say = Callable[..., str]                             # a word of the page in its language
COMPARATORS = {"EQ": "=", "NE": "\u2260", "LT": "<", "LE": "\u2264", "GT": ">", "GE": "\u2265", "IN": "in",
               "NOTIN": "not in"}
PREVIEW = 5                              # terms of a codelist that stand beside a variable
UNDEFINED = "not defined in this document"
ODD = re.compile(r"[^A-Za-z0-9_.-]")


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


Where = tuple[tuple[Condition, ...], ...]            # any of these, each of which is all of its conditions


@dataclass(frozen=True)
class Row:
    """A variable, or a value of one, with what it refers to."""

    ref: ItemRef
    item: ItemDef
    where: Where
    codelist: CodeListDef | None
    values: tuple["Row", ...]


@dataclass(frozen=True)
class User:
    """Something that refers to a codelist, a method or a comment: how it is called, and its anchor."""

    name: str
    oid: str


@dataclass(frozen=True)
class Index:
    """The definitions by OID. What a document refers to and does not define is shown as such."""

    items: Mapping[str, ItemDef]
    groups: Mapping[str, str]
    clauses: Mapping[str, WhereClauseDef]
    values: Mapping[str, tuple[ItemRef, ...]]
    codelists: Mapping[str, CodeListDef]
    methods: Mapping[str, MethodDef]
    comments: Mapping[str, CommentDef]
    standards: Mapping[str, StandardDef]
    leaves: Mapping[str, LeafDef]
    say: Say


def write_define_html(source: DefineSource, path: Path) -> None:
    """Write the define.html of a study's SDTM or ADaM datasets; the same source gives the same bytes."""
    path.write_bytes(define_html(build_define(source)).encode("utf-8"))


def define_html(define: Define) -> str:
    """The page. Every text is escaped, and nothing is loaded from anywhere."""
    say = _say_in(define.language)
    index = _index(define, say)
    rows = {group.oid: tuple(_row(ref, index) for ref in group.refs) for group in define.groups}
    page = _template().render(
        define=define, index=index, rows=rows, users=_users(define, rows, index), preview=PREVIEW,
        predecessors=_predecessors(define), where_of=lambda oid: _where((oid,), index), links=_links,
        lang=define.language or "en", say=say,
    )
    return legal_text(page)


def _say_in(language: str) -> Say:
    """The page's own words in a language, by its English: templates/page_zh.csv; English where there is no file."""
    words = _words(language.partition("-")[0])

    def say(english: str, **slots: object) -> str:
        return words.get(english, english).format(**slots) if slots else words.get(english, english)

    return say


@cache
def _words(language: str) -> Mapping[str, str]:
    path = TEMPLATES / f"page_{language}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["english"]: row["text"] for row in csv.DictReader(file)}


@cache
def _template():  # type: ignore[no-untyped-def]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"anchor": anchor, "safe_link": safe_link}
    return environment.get_template("define.html.j2")


@cache
def anchor(oid: str) -> str:
    """The OID as an id that every browser takes: other characters than letters, digits, . _ - become ~code~."""
    return ODD.sub(lambda found: f"~{ord(found[0]):X}~", oid)


def safe_link(href: str) -> str:
    """The link, if it leads to a file or a page of the web: a document of others may hold anything."""
    return href if re.match(r"https?://", href) or not re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:", href) else ""


def _index(define: Define, say: Say) -> Index:
    return Index(
        {item.oid: item for item in define.items}, {group.oid: group.name for group in define.groups},
        {clause.oid: clause for clause in define.where_clauses}, {one.oid: one.refs for one in define.value_lists},
        {codelist.oid: codelist for codelist in define.codelists}, {method.oid: method for method in define.methods},
        {comment.oid: comment for comment in define.comments}, {one.oid: one for one in define.standards},
        {leaf.id: leaf for leaf in define.leaves}, say)


def _row(ref: ItemRef, index: Index, within: frozenset[str] = frozenset()) -> Row:
    """A reference with what it leads to; a value list that leads back to itself ends there."""
    item = index.items.get(ref.item) or ItemDef(ref.item, ref.item, index.say(UNDEFINED), Shape(""))
    refs = () if item.values in within else index.values.get(item.values, ())
    values = tuple(_row(value, index, within | {item.values}) for value in refs)
    return Row(ref, item, _where(ref.where, index), index.codelists.get(item.codelist), values)


def _where(oids: Iterable[str], index: Index) -> Where:
    known = (index.clauses.get(oid) for oid in oids)
    return tuple(tuple(_condition(check, index) for check in clause.checks) for clause in known if clause)


def _condition(check: RangeCheck, index: Index) -> Condition:
    item = index.items.get(check.item)
    return Condition(check.item, item.name if item else check.item,
                     index.say(COMPARATORS.get(check.comparator, check.comparator)), ", ".join(check.values))


def _shown(where: Where, say: Say) -> str:
    return f" {say('or')} ".join(f" {say('and')} ".join(one.shown for one in clause) for clause in where)


def _users(define: Define, rows: Mapping[str, tuple[Row, ...]], index: Index) -> dict[str, list[User]]:
    """Who refers to each codelist, method, comment, standard and document, in the order of the page."""
    users: dict[str, list[User]] = {}
    for name, user, oids in _references(define, rows, index):
        for oid in oids:
            if oid:
                users.setdefault(oid, []).append(User(name, user))
    return users


def _references(define: Define, rows: Mapping[str, tuple[Row, ...]],
                index: Index) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What each definition is called, its OID, and what it refers to."""
    for group in define.groups:
        yield group.name, group.oid, (group.comment, group.standard)
        for variable, line in _lines(rows[group.oid]):
            where = _shown(line.where, index.say)
            name = f"{group.name}.{variable}"
            clauses = (index.clauses.get(oid) for oid in line.ref.where)
            joins = (clause.comment for clause in clauses if clause)
            documents = (document.leaf for origin in line.item.origins for document in origin.documents)
            yield (f"{name} {index.say('where')} {where}" if where else name, line.item.oid,
                   (line.item.codelist, line.ref.method, line.item.comment, *joins, *dict.fromkeys(documents)))
    for codelist in define.codelists:
        yield codelist.name, codelist.oid, (codelist.comment, codelist.standard)
    for standard in define.standards:
        yield standard.name, standard.oid, (standard.comment,)
    for part in (*define.methods, *define.comments):
        yield (part.name if isinstance(part, MethodDef) else part.oid, part.oid,
               tuple(document.leaf for document in part.documents))
    for display in define.displays:
        yield display.name, display.oid, tuple(document.leaf for document in display.documents)
        yield from ((f"{display.name}: {result.text}", result.oid, (result.comment,)) for result in display.results)


def _lines(rows: Iterable[Row], variable: str = "") -> Iterator[tuple[str, Row]]:
    """Every line with the variable that it is about: of a value the one that has it (QVAL, and not the qualifier)."""
    for row in rows:
        name = variable or row.item.name
        yield name, row
        yield from _lines(row.values, name)


def _predecessors(define: Define) -> dict[str, str]:
    """AE.AETERM -> IT.AE.AETERM, for the predecessors that this document describes itself."""
    known = {item.oid for item in define.items}
    texts = sorted({origin.text for item in define.items for origin in item.origins if origin.text.count(".") == 1})
    return {text: oid for text in texts if (oid := item_oid(*text.split("."))) in known}


def _links(document: DocumentRef) -> Iterator[tuple[str, str]]:
    """What a link to the pages of a document says, and where in the file it leads: `acrf.pdf#page=7`."""
    for page in document.pages:
        name = f" ({page.title})" if page.title else ""
        if page.type == "NamedDestination":
            yield from ((f"{place}{name}", f"#nameddest={place}") for place in page.refs.split())
        elif page.refs:
            yield from ((f"{number}{name}", f"#page={number}") for number in page.refs.split())
        else:
            yield f"{_range(page)}{name}", f"#page={page.first}"


def _range(page: PageRef) -> str:
    return f"{page.first}\u2013{page.last}"

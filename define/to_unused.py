"""The definitions of a define.xml that nothing can use or does use: no specification is made of them, each is named."""

from collections import Counter
from collections.abc import Iterator

from define.model import Define
from define.to_report import Losses

__all__ = ["tell_unused"]


def tell_unused(define: Define, losses: Losses) -> None:
    """Name each definition with the OID of one before it, and each that nothing refers to."""
    used = {kind: frozenset(oids) for kind, oids in _references(define).items()}
    for kind, known in used.items():
        for oid, count in Counter(part.oid for part in getattr(define, kind)).items():
            if count > 1:
                losses.add(oid, f"{count} definitions of {oid or 'no OID'}", "the first is taken")
            if oid not in known:
                losses.add(oid, f"{oid or 'a definition without OID'} ({kind.replace('_', ' ')})",
                           "nothing refers to it")


def _references(define: Define) -> dict[str, Iterator[str]]:
    """What is referred to, by the field that defines it."""
    refs = [ref for part in (*define.groups, *define.value_lists) for ref in part.refs]
    results = [result for display in define.displays for result in display.results]
    with_comments = (*define.groups, *define.items, *define.standards, *define.codelists, *define.where_clauses,
                     *results, define)
    tested = [check.item for clause in define.where_clauses for check in clause.checks]
    selected = [dataset.where for result in results for dataset in result.datasets]
    return {
        "items": iter([*(ref.item for ref in refs), *tested]),
        "value_lists": (item.values for item in define.items),
        "where_clauses": iter([*(oid for ref in refs for oid in ref.where), *selected]),
        "codelists": iter([*(item.codelist for item in define.items), *(ref.role_codelist for ref in refs)]),
        "methods": (ref.method for ref in refs),
        "comments": (part.comment for part in with_comments),
    }

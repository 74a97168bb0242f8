"""Controlled terminology: the codelists that the standard's variables name, and what a study adds to them."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cdisckit.errors import suggest
from specs.model import Codelist, Term
from specs.text_yaml import TextYaml, read_text_yaml

__all__ = ["CT_VERSION", "load_codelists", "standard_codelists"]

CT_VERSION = "2025-03-28"
TERMS = Path(__file__).parent / "ct" / f"terms_{CT_VERSION}.csv"


@cache
def standard_codelists() -> Mapping[str, Codelist]:
    """Every shipped CDISC codelist by its submission name (NY, AESEV), from CT 2025-03-28.

    RACE and ACN have MULTIPLE beside their terms: SDTMIG 3.4, 5.2 and 6.2.1 ask for it where several values were collected.
    """
    with TERMS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    terms: dict[str, dict[str, Term]] = {}
    facts: dict[str, dict[str, str]] = {}
    for row in rows:
        facts.setdefault(row["codelist"], row)
        term = Term(value=row["term"], decode=row["preferred_term"], code=row["term_code"])
        terms.setdefault(row["codelist"], {})[term.value] = term
    return MappingProxyType({
        name: Codelist(name=name, label=row["name"], code=row["codelist_code"], extensible=row["extensible"] == "Y",
                       package=row["package"], terms=terms[name])
        for name, row in facts.items()
    })


def load_codelists(path: Path, problems: list[str]) -> dict[str, Codelist]:
    """The standard codelists with the study's additions (`add`) and the study's own lists (`label`, `terms`).

    `specs/codelists.yaml` of the study may be absent. What is wrong in it is appended to `problems`.
    """
    known = dict(standard_codelists())
    if not path.exists():
        return known
    text = read_text_yaml(path)
    for name, entry in text.content.items():
        at = text.where(name)
        if not isinstance(entry, dict) or not entry.keys() <= {"label", "terms", "add"}:
            problems.append(f"{at}: {name} is written as {{add: {{TERM: decode}}}} or {{label: ..., terms: {{TERM: decode}}}}")
        elif "add" in entry:
            _add_terms(known, name, entry["add"], text, problems)
        elif name in known:
            problems.append(f"{at}: {name} is a CDISC codelist; add terms with `add:`, or give your own list another name")
        elif not isinstance(entry.get("terms"), dict) or not entry.get("label"):
            problems.append(f"{at}: {name} needs a label and terms (TERM: decode)")
        else:
            terms = {value: Term(value=value, decode=decode) for value, decode in entry["terms"].items()}
            known[name] = Codelist(name=name, label=entry["label"], terms=terms)
    return known


def _add_terms(known: dict[str, Codelist], name: str, added: object, text: TextYaml, problems: list[str]) -> None:
    codelist = known.get(name)
    if codelist is None:
        problems.append(f"{text.where(name)}: {name} is no CDISC codelist{suggest(name, known)}")
    elif not codelist.extensible:
        problems.append(f"{text.where(name)}: {name} ({codelist.code}) is not extensible; map to one of its terms")
    elif not isinstance(added, dict):
        problems.append(f"{text.where(name, 'add')}: added terms are written as TERM: decode")
    else:
        twice = sorted(added.keys() & codelist.terms.keys())
        problems.extend(f"{text.where(name, 'add', term)}: {term} is in {name} already" for term in twice)
        own = {value: Term(value=value, decode=decode) for value, decode in added.items()}
        known[name] = codelist.model_copy(update={"terms": {**codelist.terms, **own}})

"""Controlled terminology: the codelists that the standard's variables name, and what a study adds to them."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from cdisckit.errors import SpecError, suggest
from specs.ct_files import read_package
from specs.model import TEXT_BYTES, Codelist, Term, byte_length
from specs.text_yaml import TextYaml, try_text_yaml

__all__ = ["CT_VERSION", "load_codelists", "standard_codelists"]

CT_VERSION = "2025-03-28"
TERMS = Path(__file__).parent / "ct" / f"terms_{CT_VERSION}.csv"


@cache
def standard_codelists() -> Mapping[str, Codelist]:
    """Every shipped CDISC codelist by its submission name (NY, AESEV), from CT 2025-03-28.

    RACE and ACN have MULTIPLE beside their terms: SDTMIG 3.4, 5.2 and 6.2.1 ask for it where several values were
    collected.
    """
    terms: dict[str, dict[str, Term]] = {}
    facts: dict[str, tuple[str, str, bool, str]] = {}
    with TERMS.open(encoding="utf-8", newline="") as file:
        for code, name, label, extensible, package, term, term_code, decode in islice(csv.reader(file), 1, None):
            facts.setdefault(name, (label, code, extensible == "Y", package))
            terms.setdefault(name, {})[term] = Term(value=term, decode=decode, code=term_code)
    return MappingProxyType({
        name: Codelist(name=name, label=label, code=code, extensible=extensible, package=package, version=CT_VERSION,
                       terms=terms[name])
        for name, (label, code, extensible, package) in facts.items()
    })


def load_codelists(path: Path, problems: list[str], packages: Sequence[Path] = ()) -> dict[str, Codelist]:
    """The standard codelists with the study's additions (`add`) and the study's own lists (`label`, `terms`).

    `specs/codelists.yaml` of the study may be absent. What is wrong in it is appended to `problems`. `packages` are
    files of whole CDISC packages, whose codelists take the place of the shipped ones.
    """
    known = _with_packages(packages, problems)
    text = try_text_yaml(path, problems) if path.exists() else None
    if text is None:
        return known
    for name, entry in text.content.items():
        at = text.where(name)
        if isinstance(entry, dict) and entry.keys() == {"add"}:
            _add_terms(known, name, text, problems)
        elif not isinstance(entry, dict) or entry.keys() != {"label", "terms"}:
            problems.append(f"{at}: {name} is written as {{add: {{TERM: decode}}}}, which extends a CDISC codelist, "
                            "or as {label: ..., terms: {TERM: decode}}")
        elif name in known:
            problems.append(f"{at}: {name} is a CDISC codelist; add terms with `add:`, or name your own list otherwise")
        elif not isinstance(entry["label"], str) or not entry["label"]:
            problems.append(f"{text.where(name, 'label')}: {name} needs a label")
        else:
            terms = _terms(text, name, "terms", problems)
            known[name] = Codelist(name=name, label=entry["label"], terms=terms)
    return known


def _with_packages(packages: Sequence[Path], problems: list[str]) -> dict[str, Codelist]:
    """The shipped codelists with those of the packages in their place; RACE and ACN keep MULTIPLE, which is not in CT.

    A list that no package has stays as shipped: CDISC publishes some (NY) with another model's package.
    """
    known = dict(standard_codelists())
    for path in packages:
        try:
            read = read_package(path)
        except SpecError as error:
            problems.append(f"{path}: {error.what}; {error.fix}")
            continue
        ours = {name: {value: term for value, term in codelist.terms.items() if not term.code}
                for name, codelist in known.items()}
        known |= {name: codelist.model_copy(update={"terms": {**codelist.terms, **ours.get(name, {})}})
                  for name, codelist in read.items()}
    return known


def _terms(text: TextYaml, name: str, part: str, problems: list[str]) -> dict[str, Term]:
    """The study's terms under `terms:` or `add:`."""
    entry = text.content[name][part]
    if not isinstance(entry, dict) or not entry:
        problems.append(f"{text.where(name, part)}: the terms of {name} are written as TERM: decode")
        return {}
    terms: dict[str, Term] = {}
    for value, decode in entry.items():
        if not isinstance(decode, str) or not value:
            problems.append(f"{text.where(name, part, value)}: {value!r} of {name} is written as TERM: decode")
        elif byte_length(value) > TEXT_BYTES:
            problems.append(f"{text.where(name, part, value)}: a term of {name} is {byte_length(value)} bytes long; "
                            f"XPT holds {TEXT_BYTES}")
        else:
            terms[value] = Term(value=value, decode=decode)
    return terms


def _add_terms(known: dict[str, Codelist], name: str, text: TextYaml, problems: list[str]) -> None:
    codelist, at = known.get(name), text.where(name)
    if codelist is None:
        near = suggest(name, known)
        problems.append(f"{at}: {name} is no CDISC codelist{near}; a list of your own has a label and terms")
        return
    if not codelist.extensible:
        problems.append(f"{at}: {name} ({codelist.code}) is not extensible; map to one of its terms")
        return
    own = _terms(text, name, "add", problems)
    problems.extend(f"{text.where(name, 'add', term)}: {term} is in {name} already; remove it"
                    for term in own if term in codelist.terms)
    known[name] = codelist.model_copy(update={"terms": {**codelist.terms, **own}})

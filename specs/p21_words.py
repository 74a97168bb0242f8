"""The closed lists of words of a Pinnacle 21 workbook, and what near misses of them mean."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Word", "find_word", "split_standard", "standard_problem", "words"]

FILE = Path(__file__).parent / "p21_terms.csv"


@dataclass(frozen=True)
class Word:
    """A word of a list, its other forms, and what it belongs to: model, class or, for a standard, its versions."""

    term: str
    also: tuple[str, ...]
    of: str


@cache
def words(kind: str) -> Mapping[str, Word]:
    """The words of one list. Source: Define-XML 2.1 and its controlled terminology (p21_terms.csv)."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["term"]: Word(row["term"], tuple(filter(None, row["also"].split(";"))), row["of"])
            for row in csv.DictReader(file)
            if row["list"] == kind
        }


@cache
def _forms(kind: str) -> Mapping[str, Word]:
    forms = {other.upper(): word for word in words(kind).values() for other in word.also}
    return forms | {term.upper(): word for term, word in words(kind).items()}


def find_word(kind: str, text: str) -> Word | None:
    """The word that a text is, whatever its capitals, or that it is another form of."""
    return _forms(kind).get(" ".join(text.upper().split()))


def split_standard(text: str) -> tuple[str, str]:
    """'ADaMIG 1.3' -> ('ADaMIG', '1.3'); a known other form of the name becomes the name."""
    name, _, version = text.strip().rpartition(" ")
    if not name:
        name, version = (text.strip(), "") if not any(sign.isdigit() for sign in text) else ("", text.strip())
    word = find_word("standard", name)
    return (word.term if word else name), version


def standard_problem(name: str, version: str) -> tuple[str, str]:
    """What is wrong about a standard and its version, and the fix; two empty texts where nothing is."""
    word = find_word("standard", name)
    if word is None:
        return f"there is no standard {name!r}", f"write one of {', '.join(words('standard'))} and its version"
    if not version:
        return f"{word.term} has no version", f"write {word.term} and one of {', '.join(word.of.split(';'))}"
    if word.of and version not in word.of.split(";"):
        return f"there is no {word.term} {version}", f"its versions are {', '.join(word.of.split(';'))}"
    return "", ""


def other_words(kind: str) -> Iterator[str]:
    yield from words(kind)

"""The texts of labels, terms and methods in another language than English, by the English ones.

What any study needs is in specs/texts_zh/ (labels, terms, methods, sentences), what only a study has in its own
specs/texts_zh.csv, which wins. Both have the columns english,text.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cdisckit.errors import SpecError

__all__ = ["Texts", "make_texts", "read_texts"]

LIBRARY = Path(__file__).parent
HAN = re.compile("[\u3400-\u9fff]")
SLOT = re.compile(r"\{(\w+)\}")
NUMBER = r"\d+"                                          # what the slot {n} holds: Analysis Flag {n}
UNIT = re.compile(r"(.+) \(([^()\s]+)\)")                # Albumin (g/L): a name with the unit of its values
NAME = re.compile(r"\S+(?: [A-Z0-9]\S*)*")               # BAT4706, WHODrug Global: what no language translates
SENTENCE = re.compile(r"(?<=[.?!]) ")


@dataclass(frozen=True)
class Texts:
    """The texts by their English. `templates` are those with slots: `The terms are those of {dictionary}.`"""

    plain: Mapping[str, str] = MappingProxyType({})
    templates: tuple[tuple[re.Pattern[str], str], ...] = ()

    def find(self, english: str) -> str:
        """The text; "" where there is none.

        A text has its own row, or is a template with its slots filled, a name with a unit, or several sentences that
        each have a text.
        """
        return self._whole(english) or self._with_unit(english) or self._in_sentences(english)

    def say(self, english: str) -> str:
        """The text, or the English one where there is none."""
        return self.find(english) or english

    def is_text(self, text: str) -> bool:
        """True for a text that is in the language already."""
        return bool(HAN.search(text)) or text in self.plain.values()

    def _whole(self, english: str) -> str:
        return self.plain.get(english, "") or next((made for pattern, text in self.templates
                                                    if (made := self._filled(pattern, text, english))), "")

    def _filled(self, pattern: re.Pattern[str], text: str, english: str) -> str:
        """The template with what its slots hold: in the language, or a name; "" where it holds anything else."""
        found = pattern.fullmatch(english)
        held = {slot: self.plain.get(value) or (value if NAME.fullmatch(value) else "")
                for slot, value in (found.groupdict() if found else {}).items()}
        return text.format_map(held) if found and all(held.values()) else ""

    def _with_unit(self, english: str) -> str:
        found = UNIT.fullmatch(english)
        name = self._whole(found[1]) if found else ""
        return f"{name}({self.plain.get(found[2], found[2])})" if found and name else ""

    def _in_sentences(self, english: str) -> str:
        for cut in SENTENCE.finditer(english):
            first = self._whole(english[:cut.start()])
            rest = first and self.find(english[cut.end():])
            if rest:
                return first + rest
        return ""


def make_texts(rows: Mapping[str, str]) -> Texts:
    """The texts from their rows; of two templates that fit, the longer one counts."""
    slotted = sorted(filter(SLOT.search, rows), key=lambda english: (-len(english), english))
    plain = {english: text for english, text in rows.items() if text and not SLOT.search(english)}
    return Texts(MappingProxyType(plain), tuple((_pattern(english), rows[english]) for english in slotted))


def _pattern(english: str) -> re.Pattern[str]:
    parts = SLOT.split(english)                          # text, name of a slot, text, name of a slot, ... text
    return re.compile("".join(f"(?P<{part}>{NUMBER if part == 'n' else '.+'})" if odd % 2 else re.escape(part)
                              for odd, part in enumerate(parts)))


def read_texts(specs: Path, language: str) -> Texts:
    """The texts of a study in another language: the library's, and those of its own file, which win.

    SpecError where there are none in that language, or a file says two things of one text.
    """
    own = specs / f"texts_{language}.csv"
    files = [*sorted((LIBRARY / f"texts_{language}").glob("*.csv")), *([own] if own.is_file() else [])]
    if not files:
        raise SpecError(f"there are no texts in the language {language}", where=str(own),
                        fix="write the file with the columns english,text: every label and its translation")
    return make_texts({english: text for path in files for english, text in _read_rows(path).items()})


def _read_rows(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["english"], row["text"]) for row in csv.DictReader(file)]
    twice = [english for english, count in Counter(english for english, _ in rows).items() if count > 1]
    if twice:
        raise SpecError("texts are translated twice", cases=twice, where=str(path), fix="keep one of the rows")
    return dict(rows)

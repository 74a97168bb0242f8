"""Values that mean the same and are written differently: case, blanks and marks aside, or one letter apart."""

import re
from collections.abc import Iterable

__all__ = ["is_chinese", "letters", "near"]

MARKS = re.compile(r"[^\w%/^+<>=.*]|_")          # letters of any script count
HAN = re.compile("[\u3400-\u9fff]")


def is_chinese(text: str) -> bool:
    """True for a label in Chinese (NMPA), against which the English of the guides says nothing."""
    return bool(HAN.search(text))


def letters(text: str) -> str:
    """The text in capitals without blanks and marks: what is left when spelling does not count."""
    return MARKS.sub("", text.upper())


def near(text: str, known: Iterable[str]) -> str:
    """The one known text that is one letter away (one more, one less, another, or two swapped); "" if none.

    Digits count: DAY 1 is not near DAY 2. Short texts are near nothing.
    """
    for other in known:
        if len(text) > 3 and abs(len(text) - len(other)) <= 1 and text != other and _is_one_apart(text, other):
            return other
    return ""


def _is_one_apart(one: str, two: str) -> bool:
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    if len(one) == len(two):
        swapped = one[start:start + 2][::-1] == two[start:start + 2] and one[start + 2:] == two[start + 2:]
        same_rest, changed = one[start + 1:] == two[start + 1:], one[start:start + 1] + two[start:start + 1]
        return (swapped or same_rest) and changed.isalpha()
    long, short = (one, two) if len(one) > len(two) else (two, one)
    return long[start + 1:] == short[start:] and long[start].isalpha()

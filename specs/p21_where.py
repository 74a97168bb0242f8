"""Where clauses of a workbook, read and written: `PARAMCD EQ ACITM01 and AVISIT IN ("Week 8", "Week 16")`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["COMPARATORS", "Condition", "WhereError", "parse_values", "parse_where", "write_where"]

COMPARATORS = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOTIN")
SYMBOLS = {
    "=": "EQ",
    "==": "EQ",
    "!=": "NE",
    "^=": "NE",
    "~=": "NE",
    "<>": "NE",
    "<": "LT",
    "<=": "LE",
    ">": "GT",
    ">=": "GE",
    "NOT IN": "NOTIN",
    "NOT EQ": "NE",
}
LETTERS = r"NOT\s+IN|NOT\s+EQ|NOTIN|IN|EQ|NE|LE|LT|GE|GT"
SIGNS = r"<=|>=|<>|!=|\^=|~=|==?|<|>"
COMPARED = rf"(?:\s+(?P<letters>{LETTERS})(?=[\s(\"'\u2018\u201c]|$)|\s*(?P<signs>{SIGNS}))\s*"
VARIABLE = r"(?:(?P<dataset>[A-Za-z]\w*)\.)?(?P<variable>[A-Za-z_]\w*)"
BEGIN = re.compile(rf"\s*{VARIABLE}{COMPARED}", re.IGNORECASE)
JOINT = re.compile(r"\s*\b(and|or)\b\s*|\s*(&&?|\|\|?)\s*", re.IGNORECASE)
NEXT = re.compile(rf"(?:\s+(?:and|or)\s+|\s*(?:&&?|\|\|?)\s*)\(*\s*{VARIABLE}{COMPARED}", re.IGNORECASE)
SECOND = re.compile(r"[,;\n]\s*(?:[A-Z][A-Z0-9_]*\.)?[A-Z][A-Z0-9_]*\s+(?:EQ|NE|IN|NOTIN|LT|LE|GT|GE)(?=\s)")
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
PLAIN = re.compile(r"[^\s\"'(),\u2018-\u201f]+")


class WhereError(ValueError):
    """What is wrong with a where clause, in words."""


@dataclass(frozen=True)
class Condition:
    """`dataset.variable` compared with one value, or with several for IN and NOTIN; no dataset: that of the variable
    described."""

    variable: str
    comparator: str
    values: tuple[str, ...]
    dataset: str = ""

    def of(self, dataset: str) -> "Condition":
        """The condition within that dataset, which it then need not name."""
        return replace(self, dataset="") if self.dataset == dataset else self


def parse_where(text: str) -> tuple[tuple[Condition, ...], ...]:
    """The alternatives (`or`) of a where clause, each the conditions that hold together (`and`); WhereError with what
    is wrong and where."""
    text = text.strip()
    if not text:
        raise WhereError("it is empty")
    alternatives: list[list[Condition]] = [[]]
    at, depth = 0, 0
    while True:
        while text[at : at + 1] in ("(", " "):
            depth, at = depth + (text[at] == "("), at + 1
        condition, at = _condition(text, at, depth > 0)
        alternatives[-1].append(condition)
        while depth and text[at:].lstrip().startswith(")"):
            at, depth = text.index(")", at) + 1, depth - 1
        if not text[at:].strip():
            break
        joint = JOINT.match(text, at)
        if joint is None:
            raise WhereError(f"{text[at:].strip()!r} is left over behind {text[:at].strip()!r}")
        is_or = (joint[1] or joint[2]).lower() in ("or", "|", "||")
        if depth and (is_or or len(alternatives) > 1):
            raise WhereError("`or` stands within brackets; write one value-level row for each alternative")
        at = joint.end()
        if is_or:
            alternatives.append([])
    if depth:
        raise WhereError("a bracket is not closed")
    return tuple(tuple(conditions) for conditions in alternatives)


def _condition(text: str, at: int, in_brackets: bool) -> tuple[Condition, int]:
    begin = BEGIN.match(text, at)
    if begin is None:
        raise WhereError(f"{text[at:].strip()!r} does not begin with VARIABLE and one of {', '.join(COMPARATORS)}")
    dataset, variable = begin["dataset"] or "", begin["variable"]
    word = " ".join((begin["letters"] or begin["signs"]).upper().split())
    comparator = SYMBOLS.get(word, word)
    several = comparator in ("IN", "NOTIN")
    read = _list if text[begin.end() : begin.end() + 1] == "(" else _bare_list if several else _one
    values, at = read(text, begin.end(), in_brackets)
    if comparator not in ("IN", "NOTIN") and len(values) > 1:
        raise WhereError(f"{variable} {comparator} takes one value, not {len(values)}; write IN or NOTIN")
    return Condition(variable.upper(), comparator, tuple(values), dataset.upper()), at


def _list(text: str, at: int, _: bool) -> tuple[list[str], int]:
    """The values between brackets."""
    values, at = [], at + 1
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if text[at : at + 1] in QUOTES:
            value, at = _quoted(text, at)
        else:
            end = min((text.index(mark, at) for mark in ",;)" if mark in text[at:]), default=len(text))
            value, at = text[at:end].strip(), end
            if not value:
                raise WhereError(f'a value is missing in the list {text!r}; write "" for an empty one')
        values.append(value)
        rest = text[at:].lstrip()
        at = len(text) - len(rest)
        if rest.startswith(")"):
            return values, at + 1
        if not rest.startswith((",", ";")):
            raise WhereError(
                f"the list of values is not closed with a bracket: {text[:at].strip()!r}"
                if not rest
                else f"a comma is missing before {rest!r}"
            )
        at += 1


def _bare_list(text: str, at: int, in_brackets: bool) -> tuple[list[str], int]:
    """The values of IN without brackets: A, B."""
    if text[at : at + 1] in QUOTES:
        return _one(text, at, in_brackets)
    (value,), at = _one(text, at, in_brackets)
    return _list(f"({value})", 0, False)[0], at


def _one(text: str, at: int, in_brackets: bool) -> tuple[list[str], int]:
    """One value: quoted, or all text up to the next `and`."""
    if text[at : at + 1] in QUOTES:
        value, at = _quoted(text, at)
        return [value], at
    following = NEXT.search(text, at)
    end = following.start() if following else len(text)
    if in_brackets and ")" in text[at:end]:
        end = text.index(")", at)
    value = text[at:end].strip()
    if not value:
        raise WhereError(f"a value is missing behind {text[:at].strip()!r}")
    if value[-1] in QUOTES.values() or re.search(r"\b(and|or)$", value, re.IGNORECASE):
        raise WhereError(f"the value {value!r} ends in {value.split()[-1]!r}")
    if value.count(")") > value.count("("):
        raise WhereError(f"a bracket is closed in {value!r} that was not opened; write the value in quotes")
    if second := SECOND.search(value):
        raise WhereError(f"{second[0].strip(' ,;\n')!r} begins a second condition; join it with `and`")
    return [value], end


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The text between quotes, where a quote that stands twice, or behind a backslash, is one of the text."""
    close, made, at = QUOTES[text[at]], "", at + 1
    while at < len(text):
        two = text[at : at + 2]
        if two in (close * 2, f"\\{close}", "\\\\") and not (two == close * 2 and made == "" and text[at + 2 :] == ""):
            made, at = made + two[1], at + 2
        elif text[at] == close:
            return made, at + 1
        else:
            made, at = made + text[at], at + 1
    raise WhereError(f"a quote ({close}) is not closed")


def parse_values(text: str, comparator: str) -> tuple[str, ...]:
    """The values of one cell of the WhereClauses sheet: a list only for IN and NOTIN; quotes are taken off."""
    text = text.strip()
    if comparator in ("IN", "NOTIN"):
        text = text if "," in text else re.sub(r"\s*\n\s*", ",", text)  # a value a line
        inner = text if text.startswith("(") and text.endswith(")") else f"({text})"
        values, at = _list(inner, 0, False)
        if inner[at:].strip():
            raise WhereError(f"{inner[at:].strip()!r} is left over behind the list of values")
        return tuple(values)
    if text[:1] in QUOTES:
        value, at = _quoted(text, 0)
        if not text[at:].strip():
            return (value,)
    return (text,)


def write_where(alternatives: Sequence[Sequence[Condition]]) -> str:
    """The clause as text that `parse_where` reads back to the same."""
    return " or ".join(" and ".join(_write(condition) for condition in conditions) for conditions in alternatives)


def _write(condition: Condition) -> str:
    name = f"{condition.dataset}.{condition.variable}" if condition.dataset else condition.variable
    if condition.comparator in ("IN", "NOTIN") or len(condition.values) != 1:  # several for EQ: no reader takes it
        values = f"({', '.join(_quote(value) for value in condition.values)})"
    else:
        (value,) = condition.values
        values = value if PLAIN.fullmatch(value) and value.lower() not in ("and", "or") else _quote(value)
    return f"{name} {condition.comparator} {values}"


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '""')
    return f'"{escaped}"'

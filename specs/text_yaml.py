"""Read a YAML file as text only: every scalar means what it shows, and every entry knows its line.

`NO`, `01`, `1.10` and `~` stay as written; there are no booleans, numbers, dates, tags, anchors or aliases. A key that
stands twice is an error. The file is read event by event and nothing is repeated, so that no file can grow in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from cdisckit.errors import SpecError

__all__ = ["TextYaml", "read_text_yaml", "try_text_yaml"]

Location = tuple[str | int, ...]

DEEPEST = 40                       # entries within entries: a specification needs six
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
HINTS = (                          # a part of the parser's words -> what to do
    ("'\\t'", "indent with spaces, not with tabs"),
    ("mapping values are not allowed", "indent evenly, and put a text with a colon in quotes"),
    ("end of stream", "close the quote"),
    ("cannot start any token", "put the text in quotes"),
    ("unknown escape character", "put a text with a backslash in single quotes"),
    ("expected <block end>", "indent all entries of one level by the same number of spaces"),
    ("expected the node content", "close the bracket, or write the entry out"),
    ("expected ',' or", "close the bracket, and put a text with brackets, commas or colons in quotes"),
)


@dataclass(frozen=True)
class TextYaml:
    """The content of one file as dicts, lists and text, and the line of every entry by its path in the content."""

    path: Path
    content: dict[str, Any]
    lines: dict[Location, int]

    def where(self, *location: str | int) -> str:
        """'specs/sdtm/ae.yaml:12' for the entry at `location`, or for the nearest entry above it."""
        for end in range(len(location), -1, -1):
            if location[:end] in self.lines:
                return f"{self.path}:{self.lines[location[:end]]}"
        return str(self.path)


def read_text_yaml(path: Path) -> TextYaml:
    """The file's content as text; SpecError with each problem as 'file:line: what; fix' if it is no plain mapping."""
    problems: list[str] = []
    text = _read_text(path, problems)
    lines: dict[Location, int] = {}
    content: Any = None
    if not problems:
        try:
            content = _read_document(text, path, lines, problems)
        except (MarkedYAMLError, OverflowError, ValueError):
            lines, problems = {}, []
            content = _explain(text, path, lines, problems)
    if problems:
        raise SpecError(f"{path.name} cannot be read", cases=problems, where=str(path))
    return TextYaml(path, content, lines)


def _explain(text: str, path: Path, lines: dict[Location, int], problems: list[str]) -> Any:
    """Read a file that is wrong once more, with the slower parser, whose words say better what is wrong."""
    try:
        return _read_document(text, path, lines, problems, pure=True)
    except MarkedYAMLError as error:
        problems.append(f"{path}:{_line(error)}: this is not valid YAML: {error.problem}{_hint(error)}")
    except (OverflowError, ValueError):              # "\\UFFFFFFFF": the parser lets chr() complain
        problems.append(f"{path}: an escape (\\U...) stands for no character; write the character itself")
    return None


def try_text_yaml(path: Path, problems: list[str]) -> TextYaml | None:
    """The file's content, or None with each of its problems appended to `problems`."""
    try:
        return read_text_yaml(path)
    except SpecError as error:
        problems.extend(str(case) for case in error.cases)
        return None


def _read_text(path: Path, problems: list[str]) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        problems.append(f"{path}: there is no such file")
        return ""
    except OSError as error:
        problems.append(f"{path}: the file cannot be read: {error.strerror}")
        return ""
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        problems.append(f"{path}:{line}: the file is not UTF-8; save it as UTF-8")
        return ""
    for found in INVISIBLE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        problems.append(f"{path}:{line}: the invisible character U+{ord(found[0]):04X} stands here; remove it")
    return text


def _line(error: MarkedYAMLError) -> int:
    """The line of the problem; of what is left open, the line where it opens."""
    left_open = any(words in str(error.problem) for words in ("end of stream", "expected ',' or"))
    mark = error.context_mark if left_open and error.context_mark else error.problem_mark
    return mark.line + 1 if mark else 1


def _hint(error: MarkedYAMLError) -> str:
    return next((f"; {hint}" for words, hint in HINTS if words in str(error.problem)), "")


def _read_document(text: str, path: Path, lines: dict[Location, int], problems: list[str], pure: bool = False) -> Any:
    """The one mapping of the file; anything else is appended to `problems`."""
    events = iter(YAML(typ="safe", pure=pure).parse(text))
    content: Any = None
    for event in events:
        if isinstance(event, DocumentStartEvent):
            root = next(events)
            line = root.start_mark.line + 1
            if content is not None:
                problems.append(f"{path}:{line}: a second document begins (---); a file holds one")
                break
            if not isinstance(root, MappingStartEvent):
                problems.append(f"{path}:{line}: the file is not one YAML mapping; write `name: value`")
                break
            content = _plain(root, events, (), lines, problems, path)
    if content is None and not problems:
        problems.append(f"{path}:1: the file is empty; write `name: value`")
    return content


def _plain(event: Event, events: Iterator[Event], at: Location, lines: dict[Location, int], problems: list[str],
           path: Path) -> Any:
    """The text, list or dict that begins with `event`."""
    line = event.start_mark.line + 1
    lines.setdefault(at, line)
    if len(at) > DEEPEST:
        raise SpecError(f"{path.name} cannot be read", where=str(path),
                        cases=[*problems, f"{path}:{line}: entries stand more than {DEEPEST} deep within each other"])
    problems += [f"{path}:{line}: {problem}" for problem in _forbidden(event)]
    if isinstance(event, SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(item := next(events), SequenceEndEvent):
            items.append(_plain(item, events, (*at, len(items)), lines, problems, path))
        return items
    if isinstance(event, MappingStartEvent):
        return dict(_pairs(events, at, lines, problems, path))
    return event.value if isinstance(event, ScalarEvent) else ""


def _forbidden(event: Event) -> Iterator[str]:
    """What YAML allows and a specification does not."""
    if isinstance(event, AliasEvent):
        yield f"the alias *{event.anchor} is not allowed; write the entry out, or quote a text that begins with *"
    elif isinstance(event, NodeEvent) and event.anchor is not None:
        yield f"the anchor &{event.anchor} is not allowed; remove it, or quote a text that begins with &"
    tag = getattr(event, "tag", None)
    if tag is not None:
        shown = str(tag).replace("tag:yaml.org,2002:", "!!")
        yield f"the tag {shown} is not allowed; remove it, or quote a text that begins with !"
    if isinstance(event, ScalarEvent) and (found := INVISIBLE.search(event.value)):
        yield f"the escape for the invisible character U+{ord(found[0]):04X} stands here; remove it"


def _pairs(events: Iterator[Event], at: Location, lines: dict[Location, int], problems: list[str],
           path: Path) -> Iterator[tuple[str, Any]]:
    first_lines: dict[str, int] = {}
    while not isinstance(key := next(events), MappingEndEvent):
        line = key.start_mark.line + 1
        name = _plain(key, events, (*at, ""), {}, problems, path)
        if not isinstance(key, ScalarEvent) or (key.value == "<<" and not key.style):
            problems.append(f"{path}:{line}: a key is one word, not a list, a mapping, an alias or a merge (<<)")
            name = ""
        elif name in first_lines:
            problems.append(f"{path}:{line}: {name} stands twice, first on line {first_lines[name]}")
        else:
            lines[(*at, name)] = line
        first_lines.setdefault(name, line)
        yield name, _plain(next(events), events, (*at, name), lines, problems, path)

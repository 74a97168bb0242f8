"""Read a YAML file as text only: every scalar means what it shows, and every entry knows its line.

`NO`, `01` and `1.10` stay as written; there are no booleans, numbers, dates, tags, anchors or aliases. A key that stands
twice is an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cdisckit.errors import SpecError

__all__ = ["TextYaml", "read_text_yaml"]

Location = tuple[str | int, ...]


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
    """The file's content as text; SpecError with file and line where it is not one plain YAML mapping."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        nodes = list(YAML(typ="safe", pure=True).compose_all(text))
    except FileNotFoundError:
        raise SpecError(f"there is no file {path}", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise SpecError(f"the file is not UTF-8 ({error.reason} at byte {error.start})", where=str(path),
                        fix="save it as UTF-8") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SpecError(f"the file is not valid YAML: {error.problem}", where=f"{path}:{line}") from None
    except YAMLError as error:
        raise SpecError(f"the file is not valid YAML: {error}", where=str(path)) from None
    if len(nodes) != 1 or not isinstance(nodes[0], MappingNode):
        raise SpecError("the file is not one YAML mapping (name: value)", where=str(path))
    lines: dict[Location, int] = {}
    problems: list[str] = []
    content = _plain(nodes[0], (), lines, problems, set(), path)
    if problems:
        raise SpecError(f"{path.name} holds what a specification cannot hold", cases=problems, where=str(path))
    return TextYaml(path, content, lines)


def _plain(node: Node, at: Location, lines: dict[Location, int], problems: list[str], seen: set[int], path: Path) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(at, line)
    if id(node) in seen:
        problems.append(f"{path}:{line}: an alias (*name) repeats {'.'.join(map(str, at))}; write the entry out")
        return ""
    seen.add(id(node))
    if node.tag and not node.tag.startswith("tag:yaml.org,2002:"):
        problems.append(f"{path}:{line}: the tag {node.tag} is not allowed; write plain text")
    if isinstance(node, ScalarNode):
        return node.value if node.style or node.value not in ("~", "null") else ""
    if isinstance(node, SequenceNode):
        return [_plain(item, (*at, index), lines, problems, seen, path) for index, item in enumerate(node.value)]
    return dict(_pairs(node, at, lines, problems, seen, path))


def _pairs(node: MappingNode, at: Location, lines: dict[Location, int], problems: list[str], seen: set[int],
           path: Path) -> Iterator[tuple[str, Any]]:
    first_lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode) or key.tag.endswith(":merge"):
            problems.append(f"{path}:{line}: a key is one word, not a list, a mapping or a merge (<<)")
            continue
        if key.value in first_lines:
            problems.append(f"{path}:{line}: {key.value} stands twice, first on line {first_lines[key.value]}")
            continue
        first_lines[key.value] = line
        lines[(*at, key.value)] = line
        yield key.value, _plain(value, (*at, key.value), lines, problems, seen, path)

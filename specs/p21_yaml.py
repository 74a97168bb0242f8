"""Write the files of a specification as YAML: one line an entry, every scalar a text that reads back as it stands."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cdisckit.errors import SpecError
from specs.text_yaml import read_text_yaml

__all__ = ["write_files", "yaml_text"]

PLAIN = re.compile(r"[A-Za-z0-9_(][\w ./()%+*^=<>;-]*(?<! )", re.ASCII)
LINE = 120


def yaml_text(content: Mapping[str, Any]) -> str:
    """The content as YAML: a line for each entry, and for each entry of an entry that has many."""
    return "\n".join(_lines(content, 0)) + "\n"


def write_files(files: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write the files that differ from those in the folder, and return their paths; the others stay untouched."""
    written = []
    for name, content in files.items():
        path = folder / name
        if _content(path) == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml_text(content), encoding="utf-8")
        written.append(path)
    return written


def _content(path: Path) -> Any:
    try:
        return read_text_yaml(path).content if path.is_file() else None
    except SpecError:
        return None


def _lines(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, value in content.items():
        flow = f"{indent}{_scalar(name)}: {_flow(value)}"
        if isinstance(value, dict) and value and (len(flow) > LINE or (depth == 0 and len(value) > 1)):
            yield f"{indent}{_scalar(name)}:"
            yield from _lines(value, depth + 1)
        else:
            yield flow


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    """Plain where nothing in it has a meaning of its own in YAML, else in quotes."""
    return text if PLAIN.fullmatch(text) and ": " not in text else json.dumps(text, ensure_ascii=False)

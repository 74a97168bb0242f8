"""Faults of whole files, one function each: the file is spoilt where it lies, and the line that shows it is stated."""

import os
from pathlib import Path
from typing import Any

from .protocol import Rng, between
from .writers import file_path

__all__ = ["cut_pages", "cut_results", "lose_end_marker", "write_gbk"]

Found = dict[str, Any] | None
CHUNK = 1 << 20


def state(form: str, line: int, clean: str, written: str) -> dict[str, Any]:
    return {"file": file_path(form), "line": line, "record": "", "clean": clean, "written": written}


def write_gbk(out: Path, _rng: Rng) -> Found:
    """The comments are in GB18030 where UTF-8 was agreed."""
    path = out / file_path("COM")
    changed = path.with_suffix(".gbk")
    first = 0
    with path.open(encoding="utf-8", newline="") as source, changed.open("w", encoding="gb18030", newline="") as target:
        for number, line in enumerate(source, start=1):
            first = first or (0 if line.isascii() else number)
            target.write(line)
    changed.replace(path)
    return state("COM", first, "UTF-8", "GB18030") if first else None


def find_end(path: Path) -> tuple[int, int, bytes]:
    """How many lines a file has, where its last line with a cell begins, and that line; the end marker is none."""
    lines, place, begin, last = 0, 0, 0, b""
    with path.open("rb") as file:
        for line in file:
            if line != b"EOF\n":
                lines, begin, last = lines + 1, place, line
            place += len(line)
    return lines, begin, last


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def lose_end_marker(out: Path, _rng: Rng) -> Found:
    """The view ends without its end marker."""
    path = out / file_path("CV")
    lines, begin, last = find_end(path)
    cut(path, begin + len(last))
    return state("CV", lines, "EOF", "")


def cut_pages(out: Path, rng: Rng) -> Found:
    """The view breaks off within its last record."""
    path = out / file_path("ECOG")
    lines, begin, last = find_end(path)
    size = last.rindex(b'","') + 2 - between(rng, 10, 60)
    cut(path, begin + size)
    return state("ECOG", lines, last.decode().strip(), last[:size].decode())


def cut_results(out: Path, rng: Rng) -> Found:
    """The vendor's file breaks off within its last record."""
    path = out / file_path("ECG")
    lines, begin, last = find_end(path)
    cells = last.split(b";")
    size = len(b";".join(cells[: between(rng, 10, 14)]))
    cut(path, begin + size)
    return state("ECG", lines, last.decode().strip(), last[:size].decode())

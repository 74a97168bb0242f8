"""The files: EDC views as Rave writes them, vendor files, and lists in JSON that grow line by line."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .edc import FORMS, edc_columns
from .protocol import EXPORTS

__all__ = ["Export", "JsonList", "file_columns", "file_path"]

VENDORS: dict[str, dict[str, Any]] = EXPORTS["vendor"]


def file_path(name: str) -> str:
    return f"edc/{name}.csv" if name in FORMS else VENDORS[name]["file"]


def file_columns(name: str) -> tuple[str, ...]:
    return edc_columns(name) if name in FORMS else tuple(VENDORS[name]["columns"])


class Export:
    """All files of the export, open at once, so that a subject can be written and forgotten."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.stack = ExitStack()
        self.files: dict[str, Any] = {}
        self.writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        for name in (*FORMS, *VENDORS):
            path = self.out / file_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = self.stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            delimiter = "," if name in FORMS else VENDORS[name]["delimiter"]
            file.write(delimiter.join(file_columns(name)) + "\n")
            quoting = csv.QUOTE_ALL if name in FORMS else csv.QUOTE_MINIMAL
            self.files[name] = file
            self.writers[name] = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        return self

    def write(self, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        for name, lines in rows.items():
            self.writers[name].writerows(map(itemgetter(*file_columns(name)), lines))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in FORMS:
            self.files[name].write("EOF\n")
        self.stack.close()


class JsonList:
    """A JSON list on disk, one element a line."""

    def __init__(self, file: Any) -> None:
        self.file, self.empty = file, True

    def add(self, *items: Mapping[str, Any]) -> None:
        for item in items:
            self.file.write(("[\n" if self.empty else ",\n") + json.dumps(item, ensure_ascii=False))
            self.empty = False


@contextmanager
def json_list(path: Path) -> Iterator[JsonList]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        items = JsonList(file)
        yield items
        file.write("[]\n" if items.empty else "\n]\n")

"""The manifest of an output: the SHA-256 of every file, so that two runs, or a run and its copy, can be compared."""

import hashlib
import json
from pathlib import Path
from typing import Any

from cdisckit.errors import CdisckitError

__all__ = ["compare_manifests", "file_hash", "read_manifest", "write_manifest"]


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, name: str, facts: dict[str, Any]) -> None:
    """List every file under `folder` with size and SHA-256, after the facts of the run, in `folder/name`."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    files = {file: {"bytes": path.stat().st_size, "sha256": file_hash(path)}
             for file, path in sorted(found.items()) if file != name}
    text = json.dumps({"program": "cdisckit", **facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / name).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest's content; CdisckitError where the file is no manifest of cdisckit."""
    fix = "give the folder of an output: build it first"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CdisckitError(f"there is no manifest {path.name} in {path.parent}", fix=fix) from None
    except ValueError as error:
        raise CdisckitError(f"{path.name} is no manifest: {error}", where=str(path), fix=fix) from None
    if not isinstance(content, dict) or content.get("program") != "cdisckit" or "files" not in content:
        raise CdisckitError(f"{path.name} is no manifest of cdisckit", where=str(path), fix=fix)
    return content


def compare_manifests(one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    """What differs between two outputs, a line a file."""
    first, second = one["files"], two["files"]
    lines = [f"{name}: only in the first" for name in sorted(first.keys() - second.keys())]
    lines += [f"{name}: only in the second" for name in sorted(second.keys() - first.keys())]
    return lines + [f"{name}: differs" for name in sorted(first.keys() & second.keys())
                    if first[name]["sha256"] != second[name]["sha256"]]

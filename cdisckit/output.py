"""Write a whole folder or nothing: a run builds beside the output and takes its place at the end, in one step."""

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdisckit.errors import CdisckitError

__all__ = ["MANIFEST", "check_output_folder", "replace_folder", "update_folder"]

MANIFEST = "manifest.json"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def check_output_folder(out: Path) -> None:
    """Refuse a folder that holds what cdisckit did not write: it would be replaced."""
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise CdisckitError(f"{out} holds files that are no output of cdisckit",
                            fix="choose an empty or a new folder for --out; an output folder is replaced as a whole")
    if out.exists() and not out.is_dir():
        raise CdisckitError(f"{out} is a file", fix="choose a folder for --out")


def _is_ours(out: Path) -> bool:
    try:
        return bool(json.loads((out / MANIFEST).read_text(encoding="utf-8")).get("program") == "cdisckit")
    except (OSError, ValueError, AttributeError):
        return False


@contextmanager
def replace_folder(out: Path) -> Iterator[Path]:
    """Give a new folder beside `out`; when the block ends well it takes the place of `out`, else it is removed.

    Whenever the run is killed, `out` is the last good output or the new one, never a mixture and never missing (on
    systems that cannot exchange two folders in one step, the next run puts the last good one back).
    """
    check_output_folder(out)
    out = out.resolve()                          # a link keeps pointing to its folder, whose content is replaced
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(out)
    building = out.parent / f".{out.name}.building-{os.getpid()}"
    building.mkdir()
    try:
        yield building
        _swap(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def update_folder(out: Path) -> Iterator[Path]:
    """Give a copy of `out` to change; when the block ends well it takes the place of `out`."""
    with replace_folder(out) as folder:
        if not out.is_dir():
            raise CdisckitError(f"there is no output {out}", fix="build it first, or give its folder as --out")
        shutil.copytree(out, folder, dirs_exist_ok=True)
        yield folder


def _swap(new: Path, out: Path) -> None:
    if not out.exists():
        new.rename(out)
        return
    if not _exchange(new, out):
        previous = out.parent / f".{out.name}.previous"
        out.rename(previous)
        try:
            new.rename(out)
        except OSError:
            previous.rename(out)
            raise
        previous.rename(new)                     # either way, `new` is now the old output, which the caller removes


def _exchange(one: Path, two: Path) -> bool:
    """Exchange two folders in one step where the system can (Linux); False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(two), RENAME_EXCHANGE) == 0)


def _remove_leftovers(out: Path) -> None:
    """What a killed run left: its unfinished folder, and, where folders cannot be exchanged, the last output."""
    previous = out.parent / f".{out.name}.previous"
    if previous.is_dir() and _is_ours(out):
        shutil.rmtree(previous)
    elif previous.is_dir():
        if out.is_dir():
            out.rmdir()                          # it is empty: check_output_folder has seen to that
        previous.rename(out)
    prefix = f".{out.name}.building-"
    for folder in list(out.parent.iterdir()):
        pid = folder.name.removeprefix(prefix)
        if folder.name.startswith(prefix) and pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    """Whether another process of this number lives; where that cannot be asked, it is taken to live."""
    if pid == os.getpid() or pid == 0:
        return False
    if os.name == "nt":                          # there, os.kill(pid, 0) is Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True

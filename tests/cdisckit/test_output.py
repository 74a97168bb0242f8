"""An output is whole: the last good one or the new one, however a run ends, and nothing foreign is ever replaced."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cdisckit import output
from cdisckit.errors import CdisckitError
from cdisckit.output import MANIFEST, check_output_folder, replace_folder, update_folder
from submission import file_hash, read_manifest, write_manifest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("ae.xpt", "sdtm/dm.xpt", "sdtm/define.xml")


def fill(folder: Path, content: str) -> None:
    """An output of a few files that all say the same, with its manifest."""
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    write_manifest(folder, MANIFEST, {})


def build(out: Path, content: str) -> None:
    with replace_folder(out) as folder:
        fill(folder, content)


def content_of(out: Path) -> str:
    """What all files of a whole output say; an error where the manifest and the files do not agree."""
    listed = read_manifest(out / MANIFEST)["files"]
    found = {path.relative_to(out).as_posix(): file_hash(path) for path in out.rglob("*") if path.is_file()}
    assert {**{name: facts["sha256"] for name, facts in listed.items()}, MANIFEST: file_hash(out / MANIFEST)} == found
    content, = {(out / name).read_text(encoding="utf-8") for name in FILES}
    return content


def siblings(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir() if path != out)


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


@pytest.fixture(params=["exchange", "rename"])
def swap(request, monkeypatch) -> str:
    """Both ways to put the new folder in place of the old one."""
    if request.param == "rename":
        monkeypatch.setattr(output, "_exchange", lambda _one, _two: False)
    return request.param


# --- success and failure ---------------------------------------------------------------------------------------------

def test_a_block_that_ends_well_puts_the_new_folder_in_place(out, swap):
    for content in ("one", "two", "three"):
        build(out, content)
        assert (content_of(out), siblings(out)) == (content, [])


def test_the_old_output_stands_while_the_new_one_is_built(out, swap):
    build(out, "old")
    with replace_folder(out) as folder:
        assert (content_of(out), folder.parent, list(folder.iterdir())) == ("old", out.parent, [])
        fill(folder, "new")
        assert content_of(out) == "old"
    assert content_of(out) == "new"


def test_files_that_the_new_output_lacks_are_gone(out, swap):
    build(out, "old")
    with replace_folder(out) as folder:
        (folder / MANIFEST).write_text('{"program": "cdisckit"}', encoding="utf-8")
    assert [path.name for path in out.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_the_old_output_and_nothing_else(out, swap, error):
    build(out, "old")
    with pytest.raises(error), replace_folder(out) as folder:
        fill(folder, "half")
        raise error
    assert (content_of(out), siblings(out)) == ("old", [])


def test_a_first_build_that_fails_leaves_nothing(out):
    with pytest.raises(ValueError), replace_folder(out) as folder:
        fill(folder, "half")
        raise ValueError
    assert not out.exists() and siblings(out) == []


def test_an_output_in_folders_that_do_not_exist_yet_is_made(tmp_path):
    build(tmp_path / "a" / "b" / "out", "new")
    assert content_of(tmp_path / "a" / "b" / "out") == "new"


def test_an_empty_folder_is_taken(out, swap):
    out.mkdir()
    build(out, "new")
    assert (content_of(out), siblings(out)) == ("new", [])


def test_a_link_keeps_pointing_to_its_folder(tmp_path, swap):
    target, link = tmp_path / "disk" / "results", tmp_path / "out"
    build(target, "old")
    link.symlink_to(target)
    build(link, "new")
    assert (link.is_symlink(), content_of(target), siblings(target), siblings(link)) == (True, "new", [], ["disk"])


def test_a_change_of_the_working_folder_does_not_move_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with replace_folder(Path("out")) as folder:
        monkeypatch.chdir(tmp_path / "elsewhere")
        fill(folder, "new")
    assert content_of(tmp_path / "out") == "new"


def test_an_update_changes_a_copy(out, swap):
    build(out, "old")
    with pytest.raises(KeyError), update_folder(out) as folder:
        (folder / "ae.xpt").write_text("changed", encoding="utf-8")
        raise KeyError
    assert content_of(out) == "old"
    with update_folder(out) as folder:
        fill(folder, "new")
        (folder / "more.txt").write_text("new", encoding="utf-8")
        write_manifest(folder, MANIFEST, {})
    assert content_of(out) == "new" and (out / "more.txt").exists()


def test_an_update_of_nothing_is_told(out):
    with pytest.raises(CdisckitError) as error, update_folder(out):
        pass
    assert str(error.value) == f"there is no output {out}\n  fix: build it first, or give its folder as --out"
    assert siblings(out) == []


# --- what is not ours ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "text"), [
    ("thesis.docx", "x"), (MANIFEST, "{}"), (MANIFEST, "[]"), (MANIFEST, "not json"), (MANIFEST, '{"program": "npm"}'),
    (MANIFEST, ""), (".hidden", ""),
])
def test_a_folder_with_files_of_somebody_else_is_refused_and_left_as_it_was(out, name, text):
    out.mkdir()
    (out / name).write_text(text, encoding="utf-8")
    with pytest.raises(CdisckitError) as error:
        build(out, "new")
    assert str(error.value) == (f"{out} holds files that are no output of cdisckit\n  fix: choose an empty or a new "
                                "folder for --out; an output folder is replaced as a whole")
    assert ((out / name).read_text(encoding="utf-8"), siblings(out)) == (text, [])


def test_a_file_is_refused(out):
    out.write_text("x", encoding="utf-8")
    with pytest.raises(CdisckitError, match=" is a file\n  fix: choose a folder for --out"):
        check_output_folder(out)


def test_no_folder_an_empty_folder_and_an_output_are_accepted(out):
    check_output_folder(out)
    out.mkdir()
    check_output_folder(out)
    build(out, "new")
    check_output_folder(out)


# --- what a killed run left ------------------------------------------------------------------------------------------

def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.parametrize("name", ["out", "out[1]", "o*t"])
def test_leftovers_of_the_dead_are_removed_and_of_the_living_kept(tmp_path, name):
    out = tmp_path / name
    dead, living = [dead_pid(), os.getpid(), 2**40], [os.getppid(), 1]
    for pid in (*dead, *living, "x"):
        fill_folder = tmp_path / f".{name}.building-{pid}"
        fill_folder.mkdir()
        fill(fill_folder, "half")
    (tmp_path / ".other.building-1").mkdir()
    build(out, "new")
    assert siblings(out) == sorted([*(f".{name}.building-{pid}" for pid in (*living, "x")), ".other.building-1"])


def test_the_last_output_is_put_back_where_a_run_was_killed_between_two_renames(out):
    build(out, "old")
    out.rename(out.parent / ".out.previous")
    with pytest.raises(KeyError), replace_folder(out):
        assert content_of(out) == "old"
        raise KeyError
    assert (content_of(out), siblings(out)) == ("old", [])


def test_the_last_output_is_put_back_over_an_empty_folder(out):
    build(out, "old")
    out.rename(out.parent / ".out.previous")
    out.mkdir()
    with pytest.raises(KeyError), replace_folder(out):
        raise KeyError
    assert (content_of(out), siblings(out)) == ("old", [])


def test_an_output_that_cannot_be_replaced_stays_where_it_is(out, monkeypatch):
    """As where another program holds a file of the new folder open (Windows)."""
    build(out, "old")
    rename = Path.rename

    def refuse(path, target):
        if ".building-" in path.name:
            raise PermissionError
        return rename(path, target)

    monkeypatch.setattr(output, "_exchange", lambda _one, _two: False)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        build(out, "new")
    assert (content_of(out), siblings(out)) == ("old", [])


def test_an_update_starts_from_the_output_that_was_put_back(out):
    build(out, "old")
    out.rename(out.parent / ".out.previous")
    with update_folder(out) as folder:
        assert content_of(folder) == "old"
    assert content_of(out) == "old"


def test_a_previous_output_beside_a_whole_one_is_removed(out):
    build(out.parent / ".out.previous", "older")
    build(out, "old")
    assert (content_of(out), siblings(out)) == ("old", [])


def python(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE)


BUILD_FOR_EVER = """
import sys, time
from pathlib import Path
from cdisckit.output import MANIFEST, replace_folder
from submission import write_manifest
out, number = Path(sys.argv[1]), 0
while True:
    number += 1
    with replace_folder(out) as folder:
        (folder / "sdtm").mkdir()
        for name in ("ae.xpt", "sdtm/dm.xpt", "sdtm/define.xml"):
            (folder / name).write_text(f"{sys.argv[2]}-{number}")
            time.sleep(0.001)
        write_manifest(folder, MANIFEST, {})
    print(number, flush=True)
"""


def can_exchange(folder: Path) -> bool:
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    done = output._exchange(folder / "one", folder / "two")
    (folder / "one").rmdir()
    (folder / "two").rmdir()
    return done


def test_a_run_that_is_killed_at_any_moment_leaves_a_whole_output(out):
    if not can_exchange(out.parent):
        pytest.skip("this system does not exchange two folders in one step")
    clock = random.Random(20250131)
    for round_ in range(20):
        with python(BUILD_FOR_EVER, out, round_) as child:
            child.stdout.readline()
            time.sleep(clock.uniform(0, 0.03))
            child.kill()
        assert content_of(out).startswith(f"{round_}-")
    build(out, "last")
    assert (content_of(out), siblings(out)) == ("last", [])


BUILD_UNTIL_STEP = """
import os, signal, sys
from pathlib import Path
import cdisckit.output as output
from submission import write_manifest
out, last, swap = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
exchange, steps = output._exchange, 0

def step(event):
    global steps
    if event.partition(".")[0] in ("os", "shutil") or event == "open":
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

def exchange_or_not(one, two):
    done = swap == "exchange" and exchange(one, two)
    step("os.exchanged")
    return done

output._exchange = exchange_or_not
sys.addaudithook(lambda event, arguments: step(event))
with output.replace_folder(out) as folder:
    (folder / "sdtm").mkdir()
    for name in ("ae.xpt", "sdtm/dm.xpt", "sdtm/define.xml"):
        (folder / name).write_text("new")
    write_manifest(folder, output.MANIFEST, {})
"""


@pytest.mark.parametrize("way", ["exchange", "rename"])
def test_a_run_that_is_killed_at_any_of_its_steps_leaves_a_whole_output(out, way):
    """Where folders cannot be exchanged, the next run puts the last output back; it is never lost, never a mixture."""
    if way == "exchange" and not can_exchange(out.parent):
        pytest.skip("this system does not exchange two folders in one step")
    seen, killed, step = set(), True, 0
    while killed:
        step += 1
        build(out, "old")
        with python(BUILD_UNTIL_STEP, out, step, way) as child:
            child.communicate()
        killed = child.returncode != 0
        assert out.exists() or way == "rename"
        with pytest.raises(KeyError), replace_folder(out):       # the next run, which fails for another reason
            raise KeyError
        seen.add(content_of(out))
        assert siblings(out) == []
    assert seen == {"old", "new"} and step > 15
    assert content_of(out) == "new"


def test_a_system_that_cannot_exchange_folders_is_asked_once_and_served_otherwise(out, monkeypatch):
    build(out, "old")
    monkeypatch.setattr(output.sys, "platform", "darwin")
    build(out, "new")
    assert (content_of(out), siblings(out)) == ("new", [])


def test_the_manifest_is_json_of_ours(out):
    build(out, "new")
    assert json.loads((out / MANIFEST).read_text(encoding="utf-8"))["program"] == "cdisckit"

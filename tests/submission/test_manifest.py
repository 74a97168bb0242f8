"""The manifest names every file with size and SHA-256, the same bytes for the same files, so that outputs compare."""

import hashlib
import json

import pytest

from cdisckit.errors import CdisckitError
from submission import compare_manifests, file_hash, read_manifest, write_manifest

NAME = "manifest.json"


def write(folder, **files):
    """A folder with files a="text" and folder_b="text" (folder/b), and its manifest."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name.replace("_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    write_manifest(folder, NAME, {"study": "S1", "created": "2025-01-31T00:00:00"})
    return folder / NAME


@pytest.mark.parametrize(("content", "digest"), [
    (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
])
def test_the_hash_is_the_published_sha_256(tmp_path, content, digest):
    (tmp_path / "file").write_bytes(content)
    assert file_hash(tmp_path / "file") == digest


def test_the_manifest_lists_every_file_but_itself_after_the_facts_of_the_run(tmp_path):
    path = write(tmp_path, sdtm_ae="abc", b="é", a="")
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "program": "cdisckit", "study": "S1", "created": "2025-01-31T00:00:00", "files": {
            "a": {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()},
            "b": {"bytes": 2, "sha256": hashlib.sha256("é".encode()).hexdigest()},
            "sdtm/ae": {"bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}}}
    assert list(read_manifest(path)) == ["program", "study", "created", "files"]
    assert list(read_manifest(path)["files"]) == ["a", "b", "sdtm/ae"]


def test_a_file_of_the_manifest_s_name_in_a_folder_below_is_listed(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / NAME).write_text("{}", encoding="utf-8")
    assert list(read_manifest(write(tmp_path))["files"]) == [f"sub/{NAME}"]


def test_the_same_files_give_the_same_bytes_however_often_and_in_what_order_they_were_written(tmp_path):
    one = write(tmp_path / "one", a="1", sub_b="2", c="头痛")
    two = write(tmp_path / "two", c="头痛", sub_b="2", a="1")
    assert one.read_bytes() == two.read_bytes()
    assert write(tmp_path / "one", a="1").read_bytes() == two.read_bytes()
    assert one.read_bytes().endswith(b"}\n") and b"\r" not in one.read_bytes()


@pytest.mark.parametrize(("first", "second", "lines"), [
    ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, []),
    ({"a": "1"}, {"a": "2"}, ["a: differs"]),
    ({"a": "1", "b": "1"}, {"a": "1"}, ["b: only in the first"]),
    ({}, {"sdtm_ae": "1"}, ["sdtm/ae: only in the second"]),
    ({"z": "1", "b": "1", "c": "1", "d": "1"}, {"a": "1", "y": "1", "d": "2", "c": "3"},
     ["b: only in the first", "z: only in the first", "a: only in the second", "y: only in the second", "c: differs",
      "d: differs"]),
])
def test_two_outputs_are_compared_a_line_a_file(tmp_path, first, second, lines):
    one, two = (read_manifest(write(tmp_path / name, **files)) for name, files in (("one", first), ("two", second)))
    assert compare_manifests(one, two) == lines


@pytest.mark.parametrize(("text", "what"), [
    (None, "there is no manifest manifest.json in {folder}"),
    ("{", "manifest.json is no manifest: "),
    ("[]", "manifest.json is no manifest of cdisckit"),
    ('{"program": "npm", "files": {}}', "manifest.json is no manifest of cdisckit"),
    ('{"program": "cdisckit"}', "manifest.json is no manifest of cdisckit"),
])
def test_what_is_no_manifest_is_told(tmp_path, text, what):
    if text is not None:
        (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(CdisckitError) as error:
        read_manifest(tmp_path / NAME)
    assert error.value.what.startswith(what.format(folder=tmp_path))
    assert error.value.fix == "give the folder of an output: build it first"

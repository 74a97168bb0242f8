"""The commands of CORE: a cache is converted with its checksums shown, and a harmful one is refused."""

import hashlib
import json
import os
import pickle

import pytest
from typer.testing import CliRunner

from cdisckit.cli import app, main

run = CliRunner().invoke


def test_import_shows_the_checksum_of_each_pickle_and_what_the_folder_can_judge(tmp_path):
    content = {"rules": {"CORE-1": {"core_id": "CORE-1"}}, "rules_dictionary": {"sdtmig/3-4": ["CORE-1"]},
               "standards_details": {"standards/sdtmig/3-4": {"classes": []}}, "sdtmct-2025-03-28": {"codelists": []}}
    (tmp_path / "cache").mkdir()
    for name, value in content.items():
        (tmp_path / "cache" / f"{name}.pkl").write_bytes(pickle.dumps(value))
    result = run(app, ["core", "import", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    for name in content:
        sha256 = hashlib.sha256((tmp_path / "cache" / f"{name}.pkl").read_bytes()).hexdigest()
        assert f"{sha256}  {name}.pkl" in result.output
    assert "rules for sdtmig 3.4 (1)" in result.output
    assert "terminology sdtmct-2025-03-28" in result.output
    assert json.loads((tmp_path / "out" / "rules.json").read_text(encoding="utf-8")) == content["rules"]


def test_a_pickle_that_would_run_code_ends_with_1_and_its_name(tmp_path, monkeypatch, capsys):
    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    (tmp_path / "rules.pkl").write_bytes(pickle.dumps(Harmful()))
    monkeypatch.setattr("sys.argv", ["cdisckit", "core", "import", str(tmp_path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "rules.pkl holds more than plain data" in capsys.readouterr().err
    assert not (tmp_path / "made").exists() and not (tmp_path / "out").exists()


def test_fetch_tells_the_way_and_names_the_import():
    result = run(app, ["core", "fetch"])
    assert result.exit_code == 0
    assert "update-cache --apikey" in result.output and "cdisckit core import" in result.output

"""A build is whole, repeatable, the same for shuffled rows and for any number of blocks, and safe to kill."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from cdisckit.build import build, check_build
from cdisckit.errors import CdisckitError
from cdisckit.output import MANIFEST
from submission import compare_manifests, file_hash, read_manifest
from transport import read_xpt

STUDY = str(Path(__file__).parents[1] / "data" / "infusion")


def manifest(out: Path) -> dict:
    return read_manifest(out / MANIFEST)


def dataset_differences(one: Path, two: Path) -> list[str]:
    return [line for line in compare_manifests(manifest(one), manifest(two)) if line.startswith(("sdtm/", "adam/"))]


def test_the_output_holds_what_the_design_lists(demo):
    present = {path.relative_to(demo.out).as_posix() for path in demo.out.rglob("*")}
    wanted = {f"sdtm/{name}.xpt" for name in ("dm", "se", "sv", "ae", "ds", "ex", "vs", "suppdm", "suppae", "suppex")}
    wanted |= {f"adam/{name}.xpt" for name in ("adsl", "adae", "advs")}
    wanted |= {"sdtm/define.xml", "sdtm/define.html", "adam/define.xml", "adam/define.html", "findings.json", "findings.html",
               "account.json", "manifest.json", "trace"}
    assert wanted <= present


def test_every_transport_file_reads_back_in_pyreadstat_with_the_records_of_the_table(demo):
    for name, _label, records, variables in demo.datasets:
        path = demo.out / ("adam" if name.startswith("AD") else "sdtm") / f"{name.lower()}.xpt"
        frame, meta = pyreadstat.read_xport(str(path))
        assert (len(frame), len(frame.columns), meta.table_name) == (records, variables, name)


def test_every_raw_record_is_mapped_or_dropped_with_its_reason(demo):
    account = demo.account
    assert account["read"] == account["mapped"] + account["dropped"]
    assert account["lost"] == 0
    assert all(not file["fields"]["unknown"] and not file["fields"]["missing"] for file in account["files"])


def test_no_text_is_lost_between_the_frames_and_the_transport_files(demo):
    kept = pd.concat([pd.read_parquet(part) for part in sorted((demo.out / "trace/data/SUPPAE").glob("*.parquet"))])
    submitted = read_xpt(demo.out / "sdtm/suppae.xpt").frame
    assert submitted["QVAL"].tolist() == kept["QVAL"].str.rstrip().tolist()
    assert submitted["QVAL"].str.contains("治疗").any()


def test_two_builds_give_the_same_bytes(demo, demo_raw, tmp_path):
    assert check_build(STUDY, demo_raw, demo.out, tmp_path / "again") == []


def test_shuffled_raw_rows_give_the_same_datasets(demo, demo_raw, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    for path in demo_raw.glob("*.csv"):
        encoding = "gb18030" if path.stem == "AE" else "utf-8"
        header, *rows = path.read_text(encoding=encoding).splitlines()
        random.Random(7).shuffle(rows)
        (raw / path.name).write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    build(STUDY, raw, tmp_path / "out")
    assert dataset_differences(demo.out, tmp_path / "out") == []


@pytest.mark.parametrize(("subjects", "jobs"), [(5, 1), (7, 2)])
def test_blocks_and_processes_give_the_same_datasets(demo, demo_raw, tmp_path, subjects, jobs):
    build(STUDY, demo_raw, tmp_path / "out", block_subjects=subjects, jobs=jobs)
    assert dataset_differences(demo.out, tmp_path / "out") == []


def test_processes_that_share_the_datasets_of_one_block_give_the_same_files(demo, demo_raw, tmp_path):
    result = build(STUDY, demo_raw, tmp_path / "out", jobs=3)
    assert manifest(tmp_path / "out")["files"] == manifest(demo.out)["files"]
    assert (result.account, result.findings) == (demo.account, demo.findings)


def test_only_builds_what_is_asked_for_and_what_it_needs(demo_raw, tmp_path):
    result = build(STUDY, demo_raw, tmp_path / "out", only=("ADAE",))
    assert {name for name, *_ in result.datasets} == {"DM", "SUPPDM", "SE", "AE", "SUPPAE", "DS", "ADSL", "ADAE"}


def test_the_manifest_holds_the_hash_of_every_file_and_of_the_raw_files(demo, demo_raw):
    content = manifest(demo.out)
    present = {path.relative_to(demo.out).as_posix() for path in demo.out.rglob("*") if path.is_file()} - {MANIFEST}
    assert set(content["files"]) == present
    assert all(file_hash(demo.out / name) == facts["sha256"] for name, facts in content["files"].items())
    assert content["raw"]["AE.csv"] == file_hash(demo_raw / "AE.csv")


def test_a_finding_says_the_file_and_the_line_of_its_raw_record(demo, demo_raw):
    found = [finding for finding in demo.findings if finding.rule == "mapping.unmapped_value" and finding.variable == "AEOUT"]
    assert len(found) == 1
    line = (demo_raw / found[0].file).read_text(encoding="gb18030").splitlines()[found[0].line - 1]
    site, subject = found[0].record.removeprefix("AE:").split("/")[0].split("-")
    assert line.startswith(f"BAT4706-1308,{site},{subject},Y,{found[0].record.split('/')[1]},")


def test_a_folder_with_other_files_is_never_replaced(demo_raw, tmp_path):
    (tmp_path / "thesis.doc").write_text("ten years of work")
    with pytest.raises(CdisckitError, match="no output of cdisckit"):
        build(STUDY, demo_raw, tmp_path)
    assert (tmp_path / "thesis.doc").read_text() == "ten years of work"


def test_a_failed_build_leaves_the_last_output_as_it_was(demo_raw, tmp_path):
    out = tmp_path / "out"
    build(STUDY, demo_raw, out, only=("DM",))
    before = (out / MANIFEST).read_bytes()
    broken = tmp_path / "raw"
    shutil.copytree(demo_raw, broken)
    (broken / "EX.csv").unlink()
    with pytest.raises(CdisckitError, match="EX.csv"):
        build(STUDY, broken, out, only=("DM",))
    assert (out / MANIFEST).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX signal")
def test_a_build_killed_at_any_moment_leaves_a_whole_output(demo_raw, tmp_path):
    out = tmp_path / "out"
    build(STUDY, demo_raw, out)
    command = [sys.executable, "-c", "from cdisckit.cli import main; main()", "build", STUDY, "--raw", str(demo_raw), "--out", str(out)]
    for delay in (0.7, 1.6, 2.4, 3.1):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        run.send_signal(signal.SIGKILL)
        run.wait()
        content = manifest(out)
        assert all(file_hash(out / name) == facts["sha256"] for name, facts in content["files"].items())
    build(STUDY, demo_raw, out, only=("DM",))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_findings_of_the_report_are_those_of_the_json(demo):
    content = json.loads((demo.out / "findings.json").read_text(encoding="utf-8"))
    assert len(content["findings"]) == len(demo.findings)

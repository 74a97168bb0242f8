"""How long each analysis dataset of the demo study takes, and how much memory, when its subjects are many.

    python benchmarks/adam.py                        3,060 subjects, the size at which R admiral was measured
    python benchmarks/adam.py --times 1 10 50        the simulated study once, ten and fifty times
    python benchmarks/adam.py --only ADSL ADLB       these datasets alone (what they need is made and not timed)

The study is simulated and mapped once; its SDTM frames are then repeated under other subject numbers. Each dataset
function runs as `build` calls it, with its contract, in a process of its own, so that its peak of memory is its own:
inputs and result are in it. A build of many subjects goes block by block (500 subjects each) and needs less.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))     # run from a checkout that is not installed

from cdisckit.findings import collect_findings
from cdisckit.graph import INPUTS, dataset_name
from cdisckit.study import Study, import_generator, load_study
from raw import collect_drops, fill_store, read_block
from specs import apply_contract

STUDY = "bat4706_bat1308"
FIVE = ("ADSL", "ADEX", "ADAE", "ADVS", "ADLB")
ADMIRAL = {"ADSL": 28.0, "ADEX": 42.0, "ADAE": 38.0, "ADVS": 136.0, "ADLB": 238.0}   # R 1.5, CPU s, 3,060 subjects


def make(study: Study, name: str, frames: Mapping[str, pd.DataFrame], raw: Any = None) -> pd.DataFrame:
    """One dataset as a build makes it."""
    made, spec = study.datasets[name], study.specs[name]
    inputs: dict[str, Any] = {"raw": raw, "spec": spec, "study": study.specs}
    arguments = {one: inputs[one] if one in INPUTS else frames[dataset_name(one)] for one in made.parameters}
    return apply_contract(made.function(**arguments), spec, made.where)


def sdtm_frames(study: Study, raw: Path) -> dict[str, pd.DataFrame]:
    """Every SDTM domain of the raw files, in memory, with its supplemental qualifiers as columns."""
    with tempfile.TemporaryDirectory() as scratch, collect_findings(), collect_drops():
        store = fill_store(study.specs, raw, Path(scratch), 100_000)
        block = read_block(store, study.specs, 0)
        frames: dict[str, pd.DataFrame] = {}
        for made in study.order():
            if study.specs[made.name].is_sdtm:
                frames[made.name] = make(study, made.name, frames, block)
    return frames


def repeated(frame: pd.DataFrame, copies: int, studyid: str) -> pd.DataFrame:
    """The records of all subjects so many times, each time under other subject numbers."""
    if "USUBJID" not in frame or copies == 1:
        return frame
    parts = [frame]
    for copy in range(1, copies):
        subject = frame["USUBJID"].str.replace(f"{studyid}-", f"{studyid}-{copy:03}", regex=False)
        part = frame.assign(USUBJID=subject.where(frame["USUBJID"] != "", "").astype("str"))
        parts.append(part.assign(SUBJID=f"{copy:03}" + part["SUBJID"]) if "SUBJID" in part else part)
    return pd.concat(parts, ignore_index=True)


def measure(name: str, folder: Path, queue: Any) -> None:
    """Make one dataset from the frames in the folder; say rows in and out, seconds and peak memory."""
    study = load_study(STUDY)
    frames = {one: pd.read_parquet(folder / f"{one}.parquet") for one in study.datasets[name].needs}
    before = sum(len(frame) for frame in frames.values())
    started, used = time.perf_counter(), time.process_time()
    with collect_findings() as findings:
        result = make(study, name, frames)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result.to_parquet(folder / f"{name}.parquet")
    queue.put((name, before, len(result), seconds, cpu, peak, len(findings)))


def run(frames: Mapping[str, pd.DataFrame], copies: int, only: tuple[str, ...]) -> None:
    study = load_study(STUDY)
    subjects = len(frames["DM"]) * copies
    print(f"\n{subjects:,} subjects ({copies} x {len(frames['DM'])})")
    print(f"{'dataset':<9}{'rows in':>12}{'rows out':>11}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}  R admiral CPU s")
    total, peak_of_all = 0.0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, frame in frames.items():
            repeated(frame, copies, study.specs.facts.STUDYID).to_parquet(folder / f"{name}.parquet")
        for made in study.order(only):
            if study.specs[made.name].is_sdtm:
                continue
            context = get_context("spawn")
            queue = context.SimpleQueue()
            process = context.Process(target=measure, args=(made.name, folder, queue))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(f"{made.name} failed")
            name, before, rows, seconds, cpu, peak, _ = queue.get()
            reference = f"{ADMIRAL[name]:.0f}" if name in ADMIRAL else ""
            print(f"{name:<9}{before:>12,}{rows:>11,}{seconds:>9.2f}{cpu:>8.2f}{peak:>9,.0f}  {reference}", flush=True)
            total, peak_of_all = total + seconds * (name in FIVE), max(peak_of_all, peak * (name in FIVE))
    print(f"{' '.join(FIVE)} together: {total:.2f} s, peak {peak_of_all:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=60, help="subjects of the simulated study (60)")
    parser.add_argument("--times", type=int, nargs="+", default=[51], help="how often to repeat it (51)")
    parser.add_argument("--only", nargs="*", default=[], help="datasets, all by default")
    options = parser.parse_args()
    study = load_study(STUDY)
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw"
        import_generator(study.folder).simulate(raw, subjects=options.subjects, seed=1)
        frames = sdtm_frames(study, raw)
    for copies in options.times:
        run(frames, copies, tuple(options.only))


if __name__ == "__main__":
    main()

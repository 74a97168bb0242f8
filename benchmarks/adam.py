"""How long each analysis dataset of the demo study takes, and how much memory, when its subjects are many.

    python benchmarks/adam.py                        3,060 subjects, the size at which R admiral was measured
    python benchmarks/adam.py --times 1 10 50        the simulated study once, ten and fifty times
    python benchmarks/adam.py --only ADSL ADLB       these datasets alone (what they need is made and not timed)

The study is simulated and mapped once; its SDTM frames are then repeated under other subject numbers. Each dataset
function runs as `build` calls it, block by block (--block, 500 subjects) and with its contract, in a process of its
own, so that the peak of memory is its own: the inputs and the result of a block are in it. The seconds are those of the
function, without reading and writing the parts. --block 0 makes all subjects one block, as R has them.
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
# R admiral 1.5 and admiralonco, CPU seconds of 3,060 subjects, all in one call
ADMIRAL = {"ADSL": 28.0, "ADEX": 42.0, "ADAE": 38.0, "ADVS": 136.0, "ADLB": 238.0, "ADRS": 13.0, "ADTTE": 7.0}


def make(study: Study, name: str, frames: Mapping[str, pd.DataFrame], raw: Any = None) -> pd.DataFrame:
    """One dataset as a build makes it."""
    made, spec = study.datasets[name], study.specs[name]
    inputs: dict[str, Any] = {"raw": raw, "spec": spec, "study": study.specs}
    arguments = {one: inputs[one] if one in INPUTS else frames[dataset_name(one)] for one in made.parameters}
    return apply_contract(made.function(**arguments), spec, made.where)


def is_mapped(study: Study, name: str) -> bool:
    """Whether the dataset is made of raw data: SDTM, but for what an analysis comes before (PP)."""
    return study.specs[name].is_sdtm and all(study.specs[one].is_sdtm for one in study.datasets[name].needs)


def sdtm_frames(study: Study, raw: Path) -> dict[str, pd.DataFrame]:
    """Every SDTM domain of the raw files, in memory, with its supplemental qualifiers as columns."""
    with tempfile.TemporaryDirectory() as scratch, collect_findings(), collect_drops():
        store = fill_store(study.specs, raw, Path(scratch), 100_000)
        block = read_block(store, study.specs, 0)
        frames: dict[str, pd.DataFrame] = {}
        for made in study.order():
            if is_mapped(study, made.name):
                frames[made.name] = make(study, made.name, frames, block)
    return frames


def repeated(frame: pd.DataFrame, copies: range, studyid: str) -> pd.DataFrame:
    """The records of all subjects once for each copy, each time under other subject numbers."""
    if "USUBJID" not in frame:
        return frame
    parts = []
    for copy in copies:
        subject = frame["USUBJID"].str.replace(f"{studyid}-", f"{studyid}-{copy:03}", regex=False)
        part = frame.assign(USUBJID=subject.where(frame["USUBJID"] != "", "").astype("str"))
        parts.append(part.assign(SUBJID=f"{copy:03}" + part["SUBJID"]) if "SUBJID" in part else part)
    return pd.concat(parts, ignore_index=True)


def measure(name: str, folder: Path, blocks: int, queue: Any) -> None:
    """Make one dataset from the parts in the folder; say rows in and out, seconds and peak memory."""
    study = load_study(STUDY)
    made, spec = study.datasets[name], study.specs[name]
    before, rows, seconds, cpu = 0, 0, 0.0, 0.0
    for block in range(1 if made.scope == "whole" else blocks):
        pattern = "*" if made.scope == "whole" else f"{block:05}"
        frames = {one: pd.concat([pd.read_parquet(path) for path in sorted((folder / one).glob(f"{pattern}.parquet"))],
                                 ignore_index=True) for one in made.needs}
        before += sum(len(frame) for frame in frames.values())
        started, used = time.perf_counter(), time.process_time()
        with collect_findings():
            result = make(study, name, frames)
        seconds, cpu = seconds + time.perf_counter() - started, cpu + time.process_time() - used
        rows += len(result)
        (folder / spec.name).mkdir(exist_ok=True)
        result.to_parquet(folder / spec.name / f"{block:05}.parquet")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put((name, before, rows, seconds, cpu, peak))


def write_parts(frames: Mapping[str, pd.DataFrame], copies: int, block: int, folder: Path) -> int:
    """The repeated SDTM frames as parts of about so many subjects; returns the number of blocks."""
    each = max(1, block // len(frames["DM"])) if block else copies
    starts = range(0, copies, each)
    for name, frame in frames.items():
        (folder / name).mkdir()
        for number, start in enumerate(starts):
            part = repeated(frame, range(start, min(start + each, copies)), frame["STUDYID"].iloc[0])
            part.to_parquet(folder / name / f"{number:05}.parquet")
    return len(starts)


def run(frames: Mapping[str, pd.DataFrame], copies: int, block: int, only: tuple[str, ...]) -> None:
    study = load_study(STUDY)
    subjects = len(frames["DM"]) * copies
    print(f"\n{subjects:,} subjects ({copies} x {len(frames['DM'])}), {f'blocks of {block}' if block else 'one block'}")
    print(f"{'dataset':<9}{'rows in':>12}{'rows out':>11}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}  R admiral CPU s")
    total, peak_of_all = 0.0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        blocks = write_parts(frames, copies, block, folder)
        for made in study.order(only):
            if is_mapped(study, made.name):
                continue
            context = get_context("spawn")
            queue = context.SimpleQueue()
            process = context.Process(target=measure, args=(made.name, folder, blocks, queue))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(f"{made.name} failed")
            name, before, rows, seconds, cpu, peak = queue.get()
            reference = f"{ADMIRAL[name]:.0f}" if name in ADMIRAL else ""
            print(f"{name:<9}{before:>12,}{rows:>11,}{seconds:>9.2f}{cpu:>8.2f}{peak:>9,.0f}  {reference}", flush=True)
            total, peak_of_all = total + seconds * (name in FIVE), max(peak_of_all, peak * (name in FIVE))
    print(f"{' '.join(FIVE)} together: {total:.2f} s, peak {peak_of_all:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=60, help="subjects of the simulated study (60)")
    parser.add_argument("--times", type=int, nargs="+", default=[51], help="how often to repeat it (51)")
    parser.add_argument("--block", type=int, nargs="+", default=[500], help="subjects of a block, as a build has (500)")
    parser.add_argument("--only", nargs="*", default=[], help="datasets, all by default")
    options = parser.parse_args()
    study = load_study(STUDY)
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw"
        import_generator(study.folder).simulate(raw, subjects=options.subjects, seed=1)
        frames = sdtm_frames(study, raw)
    for copies in options.times:
        for block in options.block:
            run(frames, copies, block, tuple(options.only))


if __name__ == "__main__":
    main()

"""Raw files of the demo study to SDTM: seconds and peak memory of the whole command, at 60 and at 1,000 subjects.

    python benchmarks/sdtm.py                          60 and 1,000 subjects, on as many processes as there are cores
    python benchmarks/sdtm.py --subjects 60 --repeat 5 --jobs 1

Each line is one run of `cdisckit build` from the start of the process to its end: reading, mapping, findings, the
account, XPT, define.xml and the report. Memory is that of all its processes together, looked at twenty times a second.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))     # run from a checkout that is not installed

from cdisckit.study import find_study, import_generator, load_study

ROOT = Path(__file__).resolve().parents[1]
STUDY = "bat4706_bat1308"
LIMITS = {60: (6.0, 1024), 1000: (60.0, None)}   # seconds, MiB: what the project promises
ANALYSED = ("PP",)                               # made of the analysis of concentrations, not of raw data


def family(process: int) -> Iterator[int]:
    """The process and all that it started, by number (Linux)."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            started = children.read_text().split()
        except OSError:                          # it ended in between
            continue
        for child in started:
            yield from family(int(child))


def resident_mib(process: int) -> float:
    """The memory of the process and all that it started, in MiB."""
    pages = 0
    for number in family(process):
        try:
            pages += int(Path(f"/proc/{number}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of a command."""
    started, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, resident_mib(process.pid))
            time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return seconds, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, nargs="+", default=[60, 1000])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size; the fastest counts")
    chosen = parser.parse_args()

    study = load_study(STUDY)
    mapped = [made for made in study.order() if study.specs[made.name].is_sdtm]
    sdtm = ",".join(made.name for made in mapped if made.name not in ANALYSED)
    with tempfile.TemporaryDirectory() as folder:
        for subjects in chosen.subjects:
            raw, out = Path(folder) / f"raw{subjects}", Path(folder) / "out"
            import_generator(find_study(STUDY)).simulate(raw, subjects=subjects, seed=1)
            size = sum(file.stat().st_size for file in raw.rglob("*") if file.is_file() and "truth" not in file.parts)
            command = [sys.executable, "-m", "cdisckit", "build", STUDY, "--raw", str(raw), "--out", str(out),
                       "--only", sdtm, "--jobs", str(chosen.jobs)]
            runs = [run(command) for _ in range(chosen.repeat)]
            seconds, peak = min(each[0] for each in runs), max(each[1] for each in runs)
            limit = LIMITS.get(subjects, (None, None))
            promise = " ".join(f"(promised: {most:g} {unit})" for most, unit in zip(limit, ("s", "MiB"), strict=True)
                               if most)
            print(f"{subjects:>6,} subjects, {size / 1e6:6.1f} MB raw, {chosen.jobs} processes: {seconds:6.1f} s, "
                  f"{peak:6,.0f} MiB {promise}", flush=True)


if __name__ == "__main__":
    main()

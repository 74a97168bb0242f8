"""How many records a second go into a transport file and out of it again, beside pyreadstat in the same run.

    python benchmarks/transport.py                                   600,000 records of 22 variables, like LB
    python benchmarks/transport.py --rows 2979000 --columns 23       the size at which R haven was measured
    python benchmarks/transport.py --alone                           without pyreadstat, which takes minutes
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))     # run from a checkout that is not installed

from transport import Column, byte_lengths, read_xpt, write_xpt

CREATED = datetime(2024, 1, 1)
HAVEN = {"write": 2_979_000 / 7.1, "read": 2_979_000 / 27.5}     # rows/s of R haven, 2,979,000 x 23, measured before

TERMS = {
    "STUDYID": ["BAT4706-001"], "DOMAIN": ["LB"], "USUBJID": [f"BAT4706-001-{number:05}" for number in range(2000)],
    "LBTESTCD": ["ALT", "AST", "HGB", "SODIUM", "PLAT"],
    "LBTEST": ["Alanine Aminotransferase", "Aspartate Aminotransferase", "Hemoglobin", "Sodium", "Platelets"],
    "LBCAT": ["CHEMISTRY", "HEMATOLOGY"], "LBORRES": [f"{number / 10}" for number in range(3000)],
    "LBORRESU": ["U/L", "g/L", "mmol/L", "10^9/L", ""], "LBNRIND": ["NORMAL", "HIGH", "LOW", ""],
    "VISIT": ["SCREENING", "CYCLE 1 DAY 1", "CYCLE 2 DAY 1", "UNSCHEDULED", "END OF TREATMENT"],
    "LBDTC": [f"2024-{month:02}-{day:02}T07:30" for month in range(1, 13) for day in range(1, 29)],
    "EPOCH": ["SCREENING", "TREATMENT", "FOLLOW-UP"],
}
NUMBERS = ["LBSEQ", "LBSTRESN", "LBSTNRLO", "LBSTNRHI", "VISITNUM", "LBDY", "BASE", "CHG", "PCHG", "ADY"]


def simulate_lb(rows: int, columns: int, seed: int = 1) -> pd.DataFrame:
    """Twelve texts and ten numbers, one in ten missing; more columns repeat them under other names."""
    random = np.random.default_rng(seed)
    data: dict[str, pd.Series] = {}
    names = [*TERMS, *NUMBERS]
    for index in range(columns):
        name = names[index % len(names)]
        label = name if index < len(names) else f"V{index}"
        if name in TERMS:
            data[label] = pd.Series(TERMS[name], dtype="str").take(random.integers(len(TERMS[name]), size=rows))
            data[label].index = pd.RangeIndex(rows)
        else:
            values = random.normal(50, 20, rows).round(2)
            data[label] = pd.Series(np.where(random.random(rows) < 0.1, np.nan, values))
    return pd.DataFrame(data, copy=False)


def columns_of(frame: pd.DataFrame) -> list[Column]:
    return [Column(name, name, "Num", 8) if frame[name].dtype == "float64" else
            Column(name, name, "Char", max(1, int(byte_lengths(frame[name]).max()))) for name in frame.columns]


def rows_a_second(work: Callable[[], object], rows: int, repeat: int) -> float:
    """The median of the runs."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return rows / statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--columns", type=int, default=22)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--alone", action="store_true", help="without pyreadstat")
    chosen = parser.parse_args()

    frame = simulate_lb(chosen.rows, chosen.columns)
    columns = columns_of(frame)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.xpt", Path(folder) / "theirs.xpt"
        work: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "write": (lambda: write_xpt(frame, ours, "LB", "Laboratory Test Results", columns, CREATED),
                      lambda: pyreadstat.write_xport(frame, theirs, file_format_version=5, table_name="LB")),
            "read": (lambda: read_xpt(ours), lambda: pyreadstat.read_xport(ours)),
        }
        print(f"{chosen.rows:,} records x {chosen.columns} variables, median of {chosen.repeat}, rows/s")
        for what, (by_us, by_pyreadstat) in work.items():
            rate = rows_a_second(by_us, chosen.rows, chosen.repeat)
            line = f"{what:<6} cdisckit {rate:>10,.0f}   R haven {HAVEN[what]:>8,.0f} ({rate / HAVEN[what]:.1f} times)"
            if not chosen.alone:
                peer = rows_a_second(by_pyreadstat, chosen.rows, chosen.repeat)
                line += f"   pyreadstat {peer:>8,.0f} ({rate / peer:.1f} times)"
            print(line, flush=True)
        print(f"file   {ours.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()

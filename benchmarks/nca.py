"""How fast non-compartmental analysis is: 10,000 profiles of 12 points, all parameters, on one core.

    python benchmarks/nca.py [PROFILES]

The goal is 2 seconds of CPU. Half of the profiles are of a single infusion, half of a repeated one with its interval.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))     # run from a checkout that is not installed

from adam.nca import INFUSION, NcaRule, compute_nca

TIMES = np.array([0, 0.5, 1, 2, 4, 8, 24, 72, 168, 336, 420, 504.0])
GOAL = 2.0


def make_profiles(count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Concentrations of one compartment with 10 % of noise, the late ones below 0.05 not quantified."""
    rng = np.random.default_rng(1)
    rate, volume = rng.uniform(0.002, 0.02, (count, 1)), rng.uniform(2, 5, (count, 1))
    noise = rng.lognormal(0, 0.1, (count, len(TIMES)))
    conc = 100 / volume * (1 - np.exp(-rate * np.minimum(TIMES, 1))) / rate * np.exp(-rate * np.maximum(TIMES - 1, 0))
    conc = np.where(conc * noise < 0.05, 0.0, conc * noise)
    names = np.array([f"S{number:05}" for number in range(count)])
    samples = pd.DataFrame({"profile": np.repeat(names, len(TIMES)), "time": np.tile(TIMES, count),
                            "conc": conc.ravel()})
    repeated = np.arange(count) % 2 == 1
    doses = pd.DataFrame({"route": INFUSION, "dose": 100.0, "duration": 1.0, "tau": np.where(repeated, 504.0, np.nan),
                          "first": ~repeated}, index=names)
    return samples, doses


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    samples, doses = make_profiles(count)
    began, cpu = time.perf_counter(), time.process_time()
    found = compute_nca(samples, doses, NcaRule(partial=((0, 168),)))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"{count:,} profiles of {len(TIMES)} points, {found.values.shape[1]} parameters: "
          f"{used:.2f} s of CPU ({seconds:.2f} s), {count / used:,.0f} profiles a second; goal {GOAL:g} s for 10,000")
    return 0 if used <= GOAL * count / 10_000 else 1


if __name__ == "__main__":
    raise SystemExit(main())

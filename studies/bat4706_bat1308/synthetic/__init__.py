"""The raw data of the demo study, made up: EDC forms and vendor files of a phase 1 study, with the truth beside them.

Each subject has random numbers of its own; its rows are written and forgotten, so any study needs the same memory.
"""

import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from cdisckit.errors import CdisckitError

from .escalation import Plan, plan_study
from .protocol import CUTOFF, PROTOCOL, stream
from .subject import simulate_subject
from .writers import Export, json_list

__all__ = ["simulate"]

MAX_SUBJECTS = 9999


def simulate(out: Path, subjects: int = 60, seed: int = 20230306, faults: float = 0.0) -> None:
    """Write edc/, vendor/ and truth/ into `out`; the same arguments give the same bytes.

    `faults`: the share of records that are spoilt on purpose, 0 to 1; every fault is listed in truth/faults.json.
    """
    if not 1 <= subjects <= MAX_SUBJECTS:
        raise CdisckitError(f"a study of {subjects} subjects cannot be simulated", fix=f"take 1 to {MAX_SUBJECTS}")
    if not 0 <= faults <= 1:
        raise CdisckitError(f"a fault rate of {faults} is not a share", fix="take 0 to 1")
    plan, spoil = Plan(), fault_module() if faults > 0 else None
    done, neighbour = Counter[str](), None
    truth = Path(out) / "truth"
    with (
        json_list(truth / "subjects.json") as people,
        json_list(truth / "habits.json") as habits,
        json_list(truth / "faults.json") as flaws,
    ):
        with Export(Path(out)) as export:
            for slot in plan_study(seed, subjects, plan):
                rows, facts, noted = simulate_subject(seed, slot)
                if spoil:
                    own = spoil.subject_of("DM", rows["DM"][0])
                    rows, found = spoil.inject(rows, stream(seed, slot.number, "faults"), faults, done, neighbour)
                    neighbour = own
                    flaws.add(*found)
                export.write(rows)
                people.add(facts)
                habits.add(*noted)
        if spoil:
            flaws.add(*spoil.spoil_files(Path(out), stream(seed, 0, "faults")))
    study = {
        "STUDYID": PROTOCOL["studyid"],
        "seed": seed,
        "subjects": subjects,
        "faults": faults,
        "first_consent": PROTOCOL["first_consent"].isoformat(),
        "cutoff": CUTOFF.isoformat(),
        "levels": PROTOCOL["levels"],
        "cohorts": plan.describe(),
        "mtd": plan.mtd or None,
        "escalation_finished": plan.done,
    }
    text = json.dumps(study, ensure_ascii=False, indent=1, default=str)
    (truth / "study.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def fault_module() -> Any:
    """The faults are imported only where they are asked for."""
    return import_module(f"{__name__}.faults")

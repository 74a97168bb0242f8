"""Datasets as the CDISC engine is shown them: as if read from XPT, though no file is written or read again for it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from validation.core.resources import Resources
from validation.package import Table, Variable

__all__ = ["LISTED", "Data", "Job", "put_table"]

LISTED = 1000                           # records that a rule and dataset lists; all are counted
EPOCH = pd.Timestamp("1960-01-01")                              # of SAS
# formats that count seconds, not days
WITH_TIME = ("DATETIME", "DATEAMPM", "E8601DT", "B8601DT", "MDYAMPM", "NLDATM")


@dataclass(frozen=True)
class Data:
    """A dataset as the engine is shown it: what its file says of it, and where its frame was put."""

    name: str
    label: str
    file: str
    size: int
    variables: tuple[Variable, ...]
    parquet: Path
    sum: str                            # of the frame
    shape: str                          # of all else that the engine can know without reading the records


@dataclass(frozen=True)
class Job:
    """All that a process needs to judge rules."""

    data: tuple[Data, ...]
    resources: Resources
    define: Path | None


def put_table(table: Table, folder: Path) -> Data:
    """The dataset with its frame as parquet under `folder`, for the processes that judge it."""
    names = [variable.name for variable in table.variables]
    frame = pd.DataFrame({variable.name: _as_in_xpt(table.frame[variable.name], variable)
                          for variable in table.variables}).reset_index(drop=True)[names]
    path = folder / f"{table.name}.parquet"
    frame.to_parquet(path, index=False)
    file = Path(table.file).name if table.file else f"{table.name.lower()}.xpt"
    size = Path(table.file).stat().st_size if table.file and Path(table.file).is_file() else 0
    first = {name: str(frame[name].iloc[0]) for name in ("DOMAIN", "RDOMAIN") if name in names and len(frame)}
    shape = json.dumps([table.name, table.label, file, [asdict(variable) for variable in table.variables], first,
                        len(frame) == 0])
    content = hashlib.sha256(path.read_bytes() + str(size).encode()).hexdigest()
    return Data(table.name, table.label, file, size, table.variables, path, content, shape)


def _as_in_xpt(column: pd.Series, variable: Variable) -> pd.Series:
    """Dates are numbers since 1960, numbers lose the noise of IBM's floating point, text is never missing."""
    if column.dtype.kind == "M":
        step = "s" if variable.format.upper().startswith(WITH_TIME) else "D"
        return (column - EPOCH) / pd.Timedelta(1, step)
    if column.dtype.kind in "fiu":
        numbers = column.astype("float64")
        return numbers.where(~(numbers.abs() < 1), np.round(numbers, 15))
    return column.astype("str").fillna("")

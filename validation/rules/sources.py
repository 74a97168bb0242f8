"""What rules about traceability share: the datasets that a source names, their keys and their values."""

import re
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import look_up

__all__ = ["qualifiers", "sequence_domains", "source_keys", "source_sequence", "source_tables", "values_of_source"]

Rows = npt.NDArray[np.bool_]
_POSITIONS: WeakKeyDictionary[Table, WeakKeyDictionary[Table, npt.NDArray[np.int64]]] = WeakKeyDictionary()


def source_tables(package: Package, name: str) -> list[Table]:
    """The dataset of that name; of a domain that is split (LBCH, LBHE) all its datasets."""
    if name in package.tables:
        return [package[name]]
    return [table for table in package.of_model("SDTM") if table.prefix == name
            and not table.name.startswith(("SUPP", "SQ"))]


def qualifiers(package: Package, name: str) -> frozenset[str]:
    """The supplemental qualifiers of a domain: they are as good as its variables."""
    supp = [table for table in package.of_model("SDTM") if table.name.startswith(f"SUPP{name}") and table.has("QNAM")]
    return frozenset(qnam for table in supp for qnam in table["QNAM"].unique().tolist())


def source_sequence(table: Table) -> str:
    """The variable that numbers the records of a subject: --SEQ in SDTM, ASEQ or --SEQ in ADaM."""
    names = [table.named("--SEQ")] if table.model == "SDTM" else ["ASEQ", *table.frame.columns]
    return next((name for name in names if name in table.frame and re.fullmatch(r"[A-Z]{1,2}SEQ", name)
                 and table.frame[name].dtype.kind in "fiu"), "")


def source_keys(tables: Sequence[Table]) -> pd.DataFrame | None:
    """USUBJID and SRCSEQ of all records; None where they are not numbered."""
    keys = [table.frame[["USUBJID", source_sequence(table)]].set_axis(["USUBJID", "SRCSEQ"], axis=1)
            for table in tables if source_sequence(table) and table.has("USUBJID")]
    return pd.concat(keys, ignore_index=True).drop_duplicates() if keys else None


def sequence_domains(table: Table) -> list[str]:
    """The domains whose --SEQ the analysis dataset carries: AE for AESEQ."""
    return [name[:2] for name in table.frame.columns
            if re.fullmatch(r"[A-Z]{2}SEQ", name) and table.frame[name].dtype.kind == "f"]


def values_of_source(table: Table, sources: Sequence[Table], domain: str, name: str) -> tuple[pd.Series, Rows]:
    """The value that the SDTM record of each record has, and whether there is exactly one such record."""
    value: pd.Series | None = None
    there = np.zeros(len(table), dtype=bool)
    for source in sources:
        if not source.has(name, "USUBJID") or source_sequence(source) != f"{domain}SEQ":
            continue
        positions = _positions(table, source, f"{domain}SEQ")
        taken = pd.Series(source[name].array.take(positions, allow_fill=True), index=table.frame.index)
        found = positions >= 0
        value = taken if value is None else value.where(~found, taken)
        there |= found
    if value is None:
        return pd.Series("", table.frame.index), there
    return (value.fillna("") if value.dtype.kind not in "fiuM" else value), there


def _positions(table: Table, source: Table, sequence: str) -> npt.NDArray[np.int64]:
    """Where the source has the record of each record: -1 where it has none, or more than one."""
    known = _POSITIONS.setdefault(table, WeakKeyDictionary())
    if source not in known:
        there = look_up(table, ["USUBJID", sequence], Table(source.name, "", "ADaM", (), source.frame.assign(
            _row=np.arange(len(source), dtype="float64"))), ["USUBJID", sequence], ["_row"])
        known[source] = there["_row"].fillna(-1).to_numpy().astype("int64")
    return known[source]

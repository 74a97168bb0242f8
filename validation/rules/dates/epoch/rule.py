"""EPOCH is that of an element of the subject (SE) which holds the date of the record."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import codes, filled, texts, unlike_most
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID", "EPOCH"), never=("SE",),
      needs=("SE.USUBJID", "SE.EPOCH", "SE.SESTDTC", "SE.SEENDTC"), cites="SDTMIG 3.4, 5.3 (SE) and 4.4.1",
      fix="programmer: derive EPOCH from the element of SE that holds the date")
def epoch(table: Table, package: Package) -> Iterator[Hit]:
    """EPOCH is that of an element of the subject (SE) which holds the date of the record."""
    se = package["SE"]
    elements = pd.DataFrame({"USUBJID": se["USUBJID"].to_numpy(), "EPOCH": se["EPOCH"].to_numpy(),
                             "start": moments(se, "SESTDTC").first.astype("M8[D]"),
                             "end": moments(se, "SEENDTC").last.astype("M8[D]")})
    elements = elements.assign(n=elements.groupby("USUBJID").cumcount())
    date = date_of(table)
    held, right = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    numbers, epochs = texts(table, "EPOCH")
    subject, subjects = codes(table, "USUBJID")
    for _, part in elements.groupby("n"):
        of = part.set_index("USUBJID").reindex(subjects)
        start, end = of["start"].to_numpy()[subject], of["end"].to_numpy()[subject]
        within = (date >= start) & (np.isnat(end) | (date <= end))
        epoch = pd.Index(epochs).get_indexer(pd.Index(of["EPOCH"].fillna("")))[subject]
        held |= within
        right |= within & (epoch == numbers)
    wrong = held & ~right & filled(table, "EPOCH")
    if table.has("VISITNUM"):            # where a visit outlasts its element, all its records have the same EPOCH
        odd = [mask for _, mask, _ in unlike_most([table], ("VISITNUM",), "EPOCH")]
        wrong &= odd[0] if odd else False
    yield Hit(table, wrong, "EPOCH", "no element of SE with this epoch holds the date")


def date_of(table: Table) -> npt.NDArray[np.datetime64]:
    """The start of the record, or else the day of its collection."""
    known = [moments(table, name).day for name in ("--STDTC", "--DTC") if table.has(name)]
    days = known[0] if known else np.full(len(table), "NaT", dtype="M8[D]")
    return np.where(np.isnat(days), known[-1], days) if known else days

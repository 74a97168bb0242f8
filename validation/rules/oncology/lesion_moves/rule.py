"""Lesions that change place, method or group."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.tumours import reader

PLACES = ("--LOC", "--LAT", "--DIR", "--PORTOT")


@rule("warning", each="SDTM", only=("TU", "TR"), columns=("USUBJID", "--LNKID"),
      cites="RECIST 1.1, 4.1 and 4.3; SDTMIG 3.4, 6.3.12",
      fix="data management: query the lesion")
def lesion_moves(table: Table, package: Package) -> Iterator[Hit]:
    """A lesion stays in its organ, in its group, and is measured by one method."""
    linked = (table["--LNKID"] != "").to_numpy()
    frame = table.frame.assign(_reader=reader(table))
    for name in (*PLACES, "--METHOD", "--GRPID"):
        if not table.has(name):
            continue
        rows = linked & (table[name] != "").to_numpy()
        wrong = np.zeros(len(table), dtype=bool)
        if rows.any():
            wrong[rows] = rarer(frame[rows], ["_reader", table.named("--LNKID")], table.named(name))
        yield Hit(table, wrong, (name, "--LNKID"), "the lesion has another one elsewhere",
                  softly(wrong, len(table), 0.05))

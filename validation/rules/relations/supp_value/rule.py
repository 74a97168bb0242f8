"""A value of a qualifier is of the kind and the spelling that its other values have."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import distinct
from validation.rules.registry import Hit, rule
from validation.rules.run import show
from validation.rules.wording import letters


@rule("notice", each="SDTM", columns=("QNAM", "QVAL"), cites="SDTMIG 3.4, 8.4",
      fix="data management: is the value right?")
def supp_value(table: Table, package: Package) -> Iterator[Hit]:
    """A value of a qualifier is of the kind and the spelling that its other values have."""
    frame, group = distinct(table, ("QNAM", "QVAL"))
    value = pd.Series(show(frame["QVAL"]), dtype="str")
    frame = frame.assign(kind=pd.to_numeric(value, errors="coerce").notna(), spelled=value.map(letters))
    total = frame.groupby("QNAM")["_n"].transform("sum")
    of_kind = frame.groupby(["QNAM", "kind"])["_n"].transform("sum")
    spelled = frame.groupby(["QNAM", "spelled"])["_n"].transform("max")
    few = (frame.groupby("QNAM")["_n"].transform("size") <= 12) & (frame.groupby("QNAM")["_n"].transform("median") >= 5)
    alone = (frame["_n"] == 1) & few & (frame.assign(one=frame["_n"] == 1).groupby("QNAM")["one"].transform("sum") == 1)
    odd = (value != "") & ((of_kind <= 0.02 * total) | (spelled > frame["_n"]) | alone)
    yield Hit(table, odd.to_numpy()[group], ("QVAL", "QNAM"), "the other values of the qualifier are unlike it")

"""--OCCUR stands beside --PRESP = Y, and a question that was asked is answered or not done."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--PRESP", "--OCCUR"),
      cites="SDTMIG 3.4, 6.1 and 6.2; CORE-000016/CG0089, CORE-000260/CG0085, CORE-000018/CG0086",
      fix="programmer: --OCCUR answers a question that was asked (--PRESP = Y)")
def occurrence(table: Table, package: Package) -> Iterator[Hit]:
    """--OCCUR stands beside --PRESP = Y, and a question that was asked is answered or not done."""
    asked, answered = (table["--PRESP"] == "Y").to_numpy(), filled(table, "--OCCUR")
    yield Hit(table, answered & ~asked, ("--PRESP", "--OCCUR"), "there is an answer and no question")
    excused = filled(table, "--STAT") if table.has("--STAT") else np.zeros(len(table), dtype=bool)
    yield Hit(table, asked & ~answered & ~excused, ("--OCCUR", "--PRESP"), "the answer is missing")
    if table.has("--DOSE"):
        given = (table["--OCCUR"] == "N").to_numpy() & (number(table, "--DOSE") > 0)
        yield Hit(table, given, ("--OCCUR", "--DOSE"), "a dose was given")

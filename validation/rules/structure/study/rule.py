"""STUDYID is the same in all records of all datasets."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule


@rule("error", cites="SDTMIG 3.4, 4.1.2; CORE-000172/CG0409",
      fix="programmer: one STUDYID in the whole package")
def study(package: Package) -> Iterator[Hit]:
    """STUDYID is the same in all records of all datasets."""
    tables = [table for table in package.tables.values() if table.has("STUDYID")]
    counted: dict[str, int] = {}
    for table in tables:
        numbers, values = texts(table, "STUDYID")
        for value, count in zip(values, np.bincount(numbers, minlength=len(values)).tolist(), strict=True):
            counted[value] = counted.get(value, 0) + count
    usual = max((value for value in counted if value), key=lambda value: (counted[value], value), default="")
    for table in tables:
        numbers, values = texts(table, "STUDYID")
        other = np.array([value not in (usual, "") for value in values], dtype=bool)
        yield Hit(table, other[numbers], "STUDYID", f"the study is {usual}")

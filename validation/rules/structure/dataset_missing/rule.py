"""The datasets that every submission has are there: DM and TS, and those of a trial with treatment."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import datasets

WANTED = {"DM": "error", "TS": "warning", "EX": "warning", "AE": "warning", "DS": "warning", "SE": "notice",
          "SV": "notice", "TA": "notice", "TE": "notice", "TI": "notice", "TV": "notice", "LB": "notice",
          "VS": "notice", "CM": "notice", "MH": "notice"}


@rule("warning", cites="FDA Technical Rejection Criteria 1734 and 1736; FDA Technical Conformance Guide, 4.1",
      fix="programmer: add the dataset, or say in the reviewer's guide why there is none")
def dataset_missing(package: Package) -> Iterator[Hit]:
    """The datasets that every submission has are there: DM and TS, and those of a trial with treatment."""
    if any(package.of_model("SDTM")):
        domains = {table.prefix for table in package.of_model("SDTM") if not table.has("QNAM")}
        for name, severity in WANTED.items():
            if name not in domains:
                none = Table(name, datasets()[name]["label"], "SDTM", (), pd.DataFrame())
                yield Hit(none, None, "", f"there is no dataset {name}", severity)
        names = {table.name for table in package.of_model("SDTM")}
        parts = {name[4:] for name in names if name.startswith("SUPP") and len(name) > 6}
        for part in sorted(parts - names):
            none = Table(part, "", "SDTM", (), pd.DataFrame())
            yield Hit(none, None, "", f"there is SUPP{part}, and no {part}")

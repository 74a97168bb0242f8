"""Derivation types that the terminology does not have."""

from collections.abc import Iterator

import numpy as np

from specs.ct import standard_codelists
from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("DTYPE",), cites="ADaMIG 1.3, 3.3.5; ADaM Controlled Terminology, DTYPE",
      fix="programmer: use a term of the codelist DTYPE, or state the own one in define.xml")
def derivation_type(table: Table, package: Package) -> Iterator[Hit]:
    """DTYPE is a term of the controlled terminology; a value carried forward is one that the subject had."""
    known = {""} | {term.value for term in standard_codelists()["DTYPE"].terms.values()}
    yield Hit(table, ~table["DTYPE"].isin(list(known)), "DTYPE", "the terminology does not have it")
    if table.has("USUBJID", "PARAMCD", "AVAL"):
        carried = (table["DTYPE"] == "LOCF") & table["AVAL"].notna()
        own = table.frame.loc[~carried.to_numpy(), ["USUBJID", "PARAMCD", "AVAL"]].drop_duplicates()
        there = table.frame.loc[carried.to_numpy(), ["USUBJID", "PARAMCD", "AVAL"]].merge(
            own.assign(_own=True), on=["USUBJID", "PARAMCD", "AVAL"], how="left", validate="m:1")
        wrong = np.zeros(len(table), dtype=bool)
        wrong[carried.to_numpy()] = there["_own"].isna().to_numpy()
        yield Hit(table, wrong, ("AVAL", "DTYPE"), "the subject has no such value that could be carried forward")

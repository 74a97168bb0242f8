"""Analysis records whose SDTM record is not there."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.sources import sequence_domains, source_keys, source_tables


@rule("error", each="ADaM", columns=("USUBJID",), cites="ADaMIG 1.3, 3.3.9; OCCDS 1.1, 3.2",
      fix="programmer: keep --SEQ of the SDTM record")
def sequence_resolves(table: Table, package: Package) -> Iterator[Hit]:
    """--SEQ of an analysis record is that of an SDTM record of the subject."""
    for domain in sequence_domains(table):
        keys = source_keys(source_tables(package, domain))
        if keys is None:
            continue
        name = f"{domain}SEQ"
        known = keys.rename(columns={"SRCSEQ": name}).assign(_there=True)
        joined = table.frame[["USUBJID", name]].merge(known, on=["USUBJID", name], how="left", validate="m:1")
        there = joined["_there"].notna().to_numpy()
        filled = table[name].notna().to_numpy() & (table[name] != 0).to_numpy()
        none = filled & ~there
        yield Hit(table, none, (name, "USUBJID"), f"{domain} has no such record of the subject",
                  softly(none, filled.sum(), 0.02, "warning"))
        derived = table["DTYPE"] != "" if table.has("DTYPE") else pd.Series(False, table.frame.index)
        empty = ~filled & ~derived.to_numpy()
        few = empty.sum() <= 0.01 * max(len(table), 100)
        yield Hit(table, empty, (name, "USUBJID"), "the record has no SDTM record and no DTYPE",
                  "warning" if few else "notice")

"""SDTM records that an analysis dataset of that domain left out."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.sources import sequence_domains, source_sequence, source_tables


@rule("warning", needs=("ADSL.USUBJID",), each="ADaM", columns=("USUBJID",), cites="ADaMIG 1.3, 3.3.9",
      fix="programmer: keep the record in the analysis dataset, or say why it is left out")
def records_missing(table: Table, package: Package) -> Iterator[Hit]:
    """Records of SDTM with a result, of subjects of ADSL and of tests of the dataset, are in the analysis dataset."""
    subjects = package["ADSL"]["USUBJID"].unique()
    for domain in sequence_domains(table):
        name = f"{domain}SEQ"
        own = table.frame[["USUBJID", name]].drop_duplicates().rename(columns={name: "_seq"}).assign(_in=True)
        for source in source_tables(package, domain):
            if not source.has("USUBJID") or source_sequence(source) != name or len(source) == 0:
                continue
            joined = source.frame[["USUBJID", name]].rename(columns={name: "_seq"})
            joined = joined.merge(own, on=["USUBJID", "_seq"], how="left", validate="m:1")
            there = pd.Series(joined["_in"].notna().to_numpy(), source.frame.index)
            expected = source["USUBJID"].isin(subjects)
            if source.has("--STRESC"):
                expected &= source["--STRESC"] != ""
            kind = source["--TESTCD"] if source.has("--TESTCD") else pd.Series("", source.frame.index)
            of_kind = expected.groupby(kind).transform("sum").clip(lower=1)
            share = (there & expected).groupby(kind).transform("sum") / of_kind
            left = expected & ~there & (share > 0.95)
            if left.any() and left.sum() <= 0.01 * max(int(expected.sum()), 100):
                first = source.frame.loc[left.to_numpy(), ["USUBJID", name]].head(3)
                named = "; ".join(f"{subject} {number:.0f}" for subject,
                                  number in first.itertuples(index=False, name=None))
                yield Hit(table, None, name, f"{int(left.sum())} records of {source.name} are left out: {named}")
                yield Hit(source, left, ("--SEQ", "USUBJID"), f"{table.name} does not have the record", "notice")

"""Records that name a source that is not there."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.sources import qualifiers, source_keys, source_tables


@rule("error", each="ADaM", columns=("SRCDOM",), cites="ADaMIG 1.3, 3.3.9",
      numbers=("SRCSEQ",),
      fix="programmer: name the record that the value came from")
def source_resolves(table: Table, package: Package) -> Iterator[Hit]:
    """SRCDOM is a dataset, SRCVAR one of its variables, and SRCSEQ one of its records of the subject."""
    named = table["SRCDOM"].unique().tolist()
    for name in filter(None, named):
        here = table["SRCDOM"] == name
        sources = source_tables(package, name)
        if not sources:
            known = any(len(t.name) > 1 for t in package.of_model("SDTM"))
            yield Hit(table, here, ("SRCDOM", "SRCVAR"), "the package has no such dataset",
                      "warning" if here.mean() > 0.2 or not known else "")
            continue
        if table.has("SRCVAR"):
            variables = table.frame.loc[here, "SRCVAR"].unique().tolist()
            unknown = [v for v in variables if v and v not in qualifiers(package, name)
                       and not any(s.has(v) for s in sources)]
            none = here & table["SRCVAR"].isin(unknown)
            yield Hit(table, none, ("SRCVAR", "SRCDOM"), "the dataset has no such variable",
                      "warning" if none.sum() > 0.2 * max(int(here.sum()), 20) else "")
        if table.has("SRCSEQ", "USUBJID"):
            keys = source_keys(sources)
            if keys is not None:
                pairs = table.frame[["USUBJID", "SRCSEQ"]].merge(keys.assign(_there=True), on=["USUBJID", "SRCSEQ"],
                                                                 how="left", validate="m:1")
                none = here.to_numpy() & table["SRCSEQ"].notna().to_numpy() & pairs["_there"].isna().to_numpy()
                few = none.sum() <= 0.2 * max(int(here.sum()), 20)
                yield Hit(table, none, ("SRCSEQ", "SRCDOM", "USUBJID"), "the subject has no such record",
                          "" if few else "warning")
                empty = here & table["SRCSEQ"].isna()
                if empty.sum() <= max(0.02 * int(here.sum()), 1) < here.sum():
                    yield Hit(table, empty, ("SRCSEQ", "SRCDOM"), "other records of this source have one", "warning")
    if table.has("SRCSEQ"):
        yield Hit(table, (table["SRCDOM"] == "") & table["SRCSEQ"].notna(), ("SRCDOM", "SRCSEQ"),
                  "SRCSEQ has no dataset")

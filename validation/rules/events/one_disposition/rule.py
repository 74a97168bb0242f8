"""Subjects with two dispositions of one period."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", needs=("DS.DSDECOD", "DS.DSCAT"), cites="SDTMIG 3.4, 6.2.4 DS",
      fix="data management: query the disposition")
def one_disposition(package: Package) -> Iterator[Hit]:
    """A subject has one disposition event in a period and subcategory: not completed and discontinued, not two."""
    ds = package["DS"]
    here = ds["DSCAT"].str.upper() == "DISPOSITION EVENT"
    keys = ["USUBJID", *(name for name in ("DSSCAT", "EPOCH") if ds.has(name))]
    again = here & ds.frame[here].duplicated(keys, keep=False).reindex(ds.frame.index, fill_value=False)
    done = (ds["DSDECOD"] == "COMPLETED").where(again, False)
    both = again & done.groupby([ds.frame[key] for key in keys]).transform("any") & ~done
    death = ds["DSDECOD"] == "DEATH"
    yield Hit(ds, both & ~death, ("DSDECOD", *keys), "the subject has completed this period as well")
    yield Hit(ds, again & ~both & ~death, ("DSDECOD", *keys), "the subject has another disposition of this period",
              softly(again, len(ds), 0.05))

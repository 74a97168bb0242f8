"""Parameters of a subject with several baseline records."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.baselines import baseline_keys
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("USUBJID", "PARAMCD", "ABLFL"), cites="ADaMIG 1.3, 3.3.4 and 3.3.8",
      fix="programmer: flag one record, or tell the baselines apart by BASETYPE")
def one_baseline(table: Table, package: Package) -> Iterator[Hit]:
    """A parameter of a subject (and type of baseline) has one baseline record."""
    flagged = table["ABLFL"] == "Y"
    twice = table.frame[flagged].duplicated(baseline_keys(table), keep=False)
    again = flagged & twice.reindex(table.frame.index, fill_value=False)
    yield Hit(table, again, ("ABLFL", "PARAMCD"), "the parameter has several baseline records",
              softly(again, flagged.sum(), 0.05, "warning"))

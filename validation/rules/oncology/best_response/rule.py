"""Best responses that no assessment bears out."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.registry import Hit, rule
from validation.rules.tumours import responses

RANK = {"CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5, "NE": 6}


@rule("warning", each="ADaM", columns=("USUBJID", "PARAMCD", "AVALC"), cites="RECIST 1.1, 4.6",
      numbers=("AVAL",),
      fix="programmer: derive the best response again")
def best_response(table: Table, package: Package) -> Iterator[Hit]:
    """A best overall response is not better than the best of the subject's overall responses."""
    rank = table["AVALC"].str.upper().map(RANK).astype("float64")
    single = table["PARAMCD"].str.fullmatch(r"OVRLRESP|OVR|OVRLR|RSP_?OVR|OVRLINV")
    best = table["PARAMCD"].isin(["BOR", "CBOR", "BESTRESP", "BOR1", "CBRSP", "BCP"]) & rank.notna()
    if single.any():
        reached = rank.where(single).groupby(table["USUBJID"], sort=False).transform("min")
    elif best.any() and package.has("RS.RSSTRESC"):
        overall = responses(package["RS"], "OVRLRESP")
        subject = overall["reader"].str.split("|").str[0]
        reached = table["USUBJID"].map(overall["response"].map(RANK).groupby(subject).min()).astype("float64")
    else:
        return
    yield Hit(table, best & (rank < reached) & (rank <= 2), ("AVALC", "PARAMCD"),
              "no overall response of the subject is as good")
    yield Hit(table, best & reached.isna() & (rank <= 5), ("AVALC", "PARAMCD"), "the subject has no overall response")
    first = best & table["PARAMCD"].isin(["BOR", "BESTRESP"])
    yield Hit(table, first & (rank > reached) & (reached <= 2) & (rank >= 5), ("AVALC", "PARAMCD"),
              "an overall response of the subject is better", "notice")
    if table.has("AVAL"):
        known = table["AVAL"].notna() & rank.notna() & (best | single)
        wrong = np.zeros(len(table), dtype=bool)
        wrong[known.to_numpy()] = rarer(table.frame[known.to_numpy()], ["PARAMCD", "AVALC"], "AVAL")
        yield Hit(table, wrong, ("AVAL", "AVALC"), "the response has another number elsewhere")

"""Responses after a progression."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule
from validation.rules.tumours import marked, responses


@rule("warning", needs=("RS.RSTESTCD", "RS.RSSTRESC", "RS.RSDTC"), cites="RECIST 1.1, 4.3 and 4.6",
      fix="data management: query the responses")
def response_after_progression(package: Package) -> Iterator[Hit]:
    """After a progression there is no other overall response than progression or none."""
    rs = package["RS"]
    overall = responses(rs, "OVRLRESP").sort_values(["reader", "date"], kind="stable")
    progressed = (overall["response"] == "PD").groupby(overall["reader"], sort=False).cumsum() > 0
    bad = overall[progressed & overall["response"].isin(["CR", "PR", "SD", "NON-CR/NON-PD"])]
    few = len(bad) <= max(0.1 * len(overall), 2)
    yield Hit(rs, marked(rs, bad["row"]), ("RSSTRESC", "RSDTC"), "the subject has progressed before",
              "" if few else "notice")
    first = overall[(overall["response"] == "PD") & overall["reader"].isin(bad["reader"])]
    yield Hit(rs, marked(rs, first["row"]), ("RSSTRESC", "RSDTC"), "other responses follow this progression", "notice")

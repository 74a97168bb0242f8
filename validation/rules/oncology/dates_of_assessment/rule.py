"""Responses dated before or long after the images they rest on."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import iso_days
from validation.rules.registry import Hit, rule
from validation.rules.tumours import marked, responses, visit_of_reader


@rule("warning", needs=("TR.TRDTC", "RS.RSDTC"), cites="RECIST 1.1, 4.4; SDTMIG 3.4, 6.3.9 (RS) and 6.3.12 (TR)",
      fix="data management: query the dates")
def dates_of_assessment(package: Package) -> Iterator[Hit]:
    """A response is not dated before the first or more than 30 days after the last image of its visit."""
    tr, rs = package["TR"], package["RS"]
    day = iso_days(tr["TRDTC"])
    visits = day.groupby(visit_of_reader(tr), sort=False).agg(["min", "max"])
    for code in ("OVRLRESP", "TRGRESP", "NTRGRESP"):
        told = responses(rs, code)
        own = iso_days(told["date"])
        first, last = told["visit"].map(visits["min"]), told["visit"].map(visits["max"])
        wrong = (own < first) | (own > last + 30)
        few = wrong.sum() <= max(0.05 * len(told), 2)
        yield Hit(rs, marked(rs, told["row"][wrong]), ("RSDTC", "RSTESTCD"),
                  "the images of the visit are of other days", "" if few else "notice")
    spread = (visits["max"] - visits["min"] > 60)
    if 0 < spread.sum() <= max(0.02 * len(visits), 1):
        middle = day.groupby(visit_of_reader(tr), sort=False).transform("median")
        yield Hit(tr, (day - middle).abs() > 30, ("TRDTC", "USUBJID"),
                  "the other images of the visit are of other days")

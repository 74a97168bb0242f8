"""New lesions at visits whose overall response is not progression."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule
from validation.rules.tumours import is_new, marked, responses, visit_of_reader


@rule("warning", needs=("TU.TUSTRESC", "RS.RSSTRESC"),
      cites="RECIST 1.1, 4.3.5; SDTMIG 3.4, 6.3.12 (TU, TR) and 6.3.9 (RS)",
      fix="data management: query lesion and response")
def new_lesion_without_progression(package: Package) -> Iterator[Hit]:
    """A new lesion makes the overall response of its visit a progression, and the indicator tells of it."""
    tu, rs = package["TU"], package["RS"]
    visits = visit_of_reader(tu)[is_new(tu)].unique()
    overall = responses(rs, "OVRLRESP")
    bad = overall[overall["visit"].isin(visits) & (overall["response"] != "PD")]
    few = len(bad) <= 0.2 * max(int(overall["visit"].isin(visits).sum()), 10)
    yield Hit(rs, marked(rs, bad["row"]), ("RSSTRESC", "RSTESTCD"), "there is a new lesion at this visit",
              "" if few else "notice")
    yield Hit(tu, is_new(tu) & visit_of_reader(tu).isin(bad["visit"].tolist()), ("TUSTRESC", "USUBJID"),
              "the overall response of the visit is no progression", "" if few else "notice")
    told = responses(rs, "NEWLIND")
    if len(told):
        no = told[told["visit"].isin(visits) & (told["response"] == "N")]
        yield Hit(rs, marked(rs, no["row"]), ("RSSTRESC", "RSTESTCD"), "there is a new lesion at this visit")
        some = told[~told["visit"].isin(visits) & (told["response"] == "Y")]
        yield Hit(rs, marked(rs, some["row"]), ("RSSTRESC", "RSTESTCD"), "there is no new lesion in TU at this visit")

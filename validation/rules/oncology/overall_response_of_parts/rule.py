"""Overall responses that do not follow from target, non-target and new lesions."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.registry import Hit, rule
from validation.rules.tumours import is_new, marked, overall_response, responses, visit_of_reader


@rule("warning", needs=("RS.RSTESTCD", "RS.RSSTRESC"), cites="RECIST 1.1, 4.4, tables 1 and 2",
      fix="data management: query the responses")
def overall_response_of_parts(package: Package) -> Iterator[Hit]:
    """The overall response of a visit is the one that RECIST 1.1 tells from its parts."""
    rs = package["RS"]
    overall = responses(rs, "OVRLRESP")
    parts = overall
    for code in ("TRGRESP", "NTRGRESP", "NEWLIND", "NEWLPROG"):
        parts = parts.merge(responses(rs, code)[["visit", "response"]].rename(columns={"response": code}), on="visit",
                            how="left", validate="1:1")
        parts[code] = parts[code].fillna("").astype("str")
    new = (parts["NEWLIND"] == "Y") | (parts["NEWLPROG"] == "UNEQUIVOCAL")
    if package.has("TU.TUSTRESC"):
        tu = package["TU"]
        untold = (parts["NEWLIND"] == "") & (parts["NEWLPROG"] == "")
        new |= untold & parts["visit"].isin(visit_of_reader(tu)[is_new(tu)].unique())
    expected = overall_response(parts["TRGRESP"], parts["NTRGRESP"], new)
    judged = (expected != "") & ((parts["TRGRESP"] != "") | (parts["NTRGRESP"] != ""))
    same = (parts["response"] == expected) | ((expected == "NON-CR/NON-PD") & (parts["response"] == "SD"))
    same |= (expected == "PR") & (parts["response"] == "NE") & (parts["NTRGRESP"] == "NE")
    wrong = judged & ~same
    few = wrong.sum() <= max(0.1 * judged.sum(), 1)
    shown = pd.Series("", index=rs.frame.index)
    message = ("the parts make it " + expected + ": target " + parts["TRGRESP"] + ", non-target " + parts["NTRGRESP"]
               + ", new " + new.map({True: "Y", False: "N"}))
    shown.iloc[parts["row"][wrong].to_numpy()] = message[wrong].to_numpy()
    yield Hit(rs, marked(rs, parts["row"][wrong]), ("RSSTRESC", "RSTESTCD"), shown, "" if few else "notice")
    visits = parts["visit"][wrong]
    other = visit_of_reader(rs).isin(visits.tolist()) & rs["RSTESTCD"].isin(["TRGRESP", "NTRGRESP", "NEWLIND"])
    yield Hit(rs, other, ("RSSTRESC", "RSTESTCD"), "the overall response of the visit does not follow from its parts",
              "notice")

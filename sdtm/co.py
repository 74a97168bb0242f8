"""CO - Comments (SDTMIG 3.4, 5.1). One record per comment per subject."""

import re

import pandas as pd

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms, report_records
from sdtm.text import split_long
from sdtm.timing import derive_study_day
from specs.model import DatasetSpec

__all__ = ["co", "derive_coval", "derive_related_record", "leave_out_inherited_dates"]

SITE = "data management: query the site for the form and the line that the comment is about"


@dataset
def co(raw, dm, ae, cm, pr, mh, dv, spec, study):
    co = map_forms(raw, spec)
    co = derive_studyid(co, study)
    co = derive_usubjid(co, study)
    co = derive_related_record(co, {"AE": ae, "CM": cm, "PR": pr, "MH": mh, "DV": dv})
    co = leave_out_inherited_dates(co)
    co = derive_coval(co, spec)
    co = derive_study_day(co, dm, spec)
    return derive_seq(co, spec)


def derive_related_record(co: pd.DataFrame, domains: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The record that the comment is about: the record of the subject that was mapped from the form and the line number
    that the comment names. RDOMAIN is its domain, IDVAR the sequence number of that domain and IDVARVAL its value; all
    three are empty for a comment on the subject as a whole.

    In: _COFORM, _COREF; of each domain --SPID, --SEQ, _record. A line that the form does not have, or has twice, is a
    finding, and the comment is then about the domain only; a form of no such domain is one too, and nothing is related.
    Source: SDTMIG 3.4, 5.1.
    """
    lines = pd.concat([_lines_of(name, frame) for name, frame in domains.items()], ignore_index=True)
    domain_of = {**{name: name for name in domains}, **dict(zip(lines["_COFORM"], lines["RDOMAIN"], strict=True))}
    lines = lines.drop_duplicates(["USUBJID", "_COFORM", "_COREF"], keep=False).drop(columns="RDOMAIN")
    co = co.drop(columns=["RDOMAIN", "IDVAR", "IDVARVAL"], errors="ignore")
    co = co.merge(lines, how="left", on=["USUBJID", "_COFORM", "_COREF"], validate="many_to_one")
    co = co.assign(RDOMAIN=co["_COFORM"].map(domain_of).astype("str").fillna(""),
                   **{name: co[name].astype("str").fillna("") for name in ("IDVAR", "IDVARVAL")})
    strange = (co["_COFORM"] != "") & (co["RDOMAIN"] == "")
    report_records(co[strange], "mapping.comment_on_unknown_form", "warning", "CO", "RDOMAIN",
                   "the comment names a form whose records are not numbered; it is related to no record", SITE,
                   "_COFORM")
    lost = (co["RDOMAIN"] != "") & (co["IDVAR"] == "")
    report_records(co[lost], "mapping.comment_without_record", "warning", "CO", "IDVARVAL",
                   "the form that the comment names has no such line, or more than one; it is related to the domain "
                   "only", SITE, "_COREF")
    return co


def leave_out_inherited_dates(co: pd.DataFrame) -> pd.DataFrame:
    """CODTC of the comments that stand alone: one that is about a record has the timing of that record, and none of its
    own. Source: SDTMIG 3.4, 5.1, assumption 2c.
    """
    return co.assign(CODTC=co["CODTC"].where(co["IDVAR"] == "", ""))


def _lines_of(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The numbered lines of a domain's forms, and what points to each from a comment."""
    form = frame["_record"].str.partition(":")[0].astype("str") if len(frame) else frame["_record"]
    line = frame[f"{name}SPID"] if f"{name}SPID" in frame else pd.Series("", index=frame.index, dtype="str")
    number = frame[f"{name}SEQ"].astype("int64").astype("str")
    constant = pd.DataFrame({"RDOMAIN": name, "IDVAR": f"{name}SEQ"}, index=frame.index, dtype="str")
    lines = pd.DataFrame({"USUBJID": frame["USUBJID"], "_COFORM": form, "_COREF": line,
                          "IDVAR": constant["IDVAR"], "IDVARVAL": number, "RDOMAIN": constant["RDOMAIN"]})
    return lines[lines["_COREF"] != ""]


def derive_coval(co: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The text of the comment; what is longer than 200 bytes goes on in COVAL1, COVAL2 ..., cut between words or, in a
    language without blanks, between characters. Put together they are the comment.

    The last of the variables that the specification has takes all of the rest. In: COVAL. Source: SDTMIG 3.4, 5.1.
    """
    names = ["COVAL", *sorted((name for name in spec.variables if re.fullmatch(r"COVAL\d+", name)),
                              key=lambda name: int(name[5:]))]
    last = len(names) - 1
    pieces = [split_long(text) for text in co["COVAL"]]
    cells = [[*parts[:last], "".join(parts[last:]), *[""] * (last - len(parts))] for parts in pieces]
    table = pd.DataFrame(cells, index=co.index, columns=names, dtype="str")
    return co.assign(**{name: table[name] for name in names})

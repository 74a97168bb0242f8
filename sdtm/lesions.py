"""Lesions: their identity through splitting and merging, diameters and their sum (SDTMIG 3.4, 6.3.12; RECIST 1.1)."""

import pandas as pd

from raw.account import drop_records
from raw.block import RawBlock
from raw.records import JOIN, collapse_records
from sdtm.findings import number_text
from sdtm.identifiers import make_usubjid
from sdtm.mapping import map_date, report_records, to_number
from sdtm.timing import derive_visitnum
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "derive_assessment_group", "derive_diameters", "derive_lesion_link", "derive_sum_of_diameters", "drop_no_lesions",
    "read_site_sums",
]

QUERY = "data management: query the site"
SUMS = {"SUMDIAM": ("LDIAM", "LPERP"), "SUMNLNLD": ("LDIAM",), "SUMLPERP": ("LPERP",)}
SAME_MM = 0.05                                    # sums are recorded with one decimal at most


def derive_lesion_link(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The identifier that all records of a lesion share in TU and TR: its number on the form. A lesion that grew
    together from others has their numbers, joined by "/", where the form says so; the parts of a lesion that split have
    numbers of their own (T01a, T01b).

    In: --SPID (the number on the form), _TLFROM (the lesions that it came from, "T02;T03"). Out: --LNKID. A line with
    a lesion that has no number is a finding. Source: SDTMIG 3.4, 6.3.12.1, assumptions on splitting and merging.
    """
    number, origin = data[f"{spec.domain}SPID"], data["_TLFROM"].str.replace(r"\s*;\s*", "/", regex=True)
    link = number.where(~origin.str.contains("/", regex=False), origin)
    return data.assign(**{f"{spec.domain}LNKID": link.astype("str")})


def drop_no_lesions(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Leave out the lines that only say that there was no new lesion (_NLYN is N). A line that says so and names a
    lesion stays, with a finding.
    """
    none, named = data["_NLYN"] == "N", data[f"{spec.domain}SPID"] != ""
    report_records(data[none & named], "mapping.event_and_no_event", "error", spec.name, f"{spec.domain}LNKID",
                   "the form says that there was no new lesion (NLYN) and names one; the lesion is submitted", QUERY)
    return drop_records(data, none & ~named, "NLYN is N: the form says that there was no new lesion")


def derive_assessment_group(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The identifier that lesions, their sum of diameters and the responses of one assessment share: A and the number
    of the visit (A290).

    In: VISITNUM. Out: --LNKGRP (text), empty where the visit has no number.
    """
    text = number_text(data["VISITNUM"])
    return data.assign(**{f"{spec.domain}LNKGRP": ("A" + text).where(text != "", "").astype("str")})


def derive_diameters(lesions: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The diameters of target lesions in mm: the longest diameter, of a lymph node the short axis. A lesion too small
    to measure without a diameter counts as 5 mm, one that is absent as 0 mm; one that could not be evaluated is not
    done.

    In: the lines of target lesions with _TLDIAM (mm), _TLNODE (Y: lymph node), TRORRES (the lesion's state). Out: a
    record each, TRTESTCD LDIAM or LPERP. A line without diameter whose state does not explain it is a finding; the part
    of a lesion that grew together with another has no diameter of its own. Source: RECIST 1.1, 4.1 and 4.3.1.
    """
    state, diameter = lesions["TRORRES"], lesions["_TLDIAM"]
    imputed = state.map(dict(spec.variables["TRSTRESC"].map)).astype("str").fillna("")
    number = to_number(diameter.where(diameter != "", imputed), spec.name, "TRSTRESN", "TLDIAM", lesions["_record"])
    missing = (diameter == "") & (imputed == "")
    explained = state.isin(["NOT EVALUABLE", "TUMOR MERGED"])
    report_records(lesions[missing & ~explained], "mapping.diameter_missing", "error", spec.name, "TRSTRESN",
                   "the target lesion has no diameter, and its state does not say why", QUERY, value="TRLNKID")
    text = number_text(number)
    blank = pd.Series("", index=lesions.index, dtype="str")
    made = lesions.assign(
        TRTESTCD=blank.mask(lesions["_TLNODE"] == "Y", "LPERP").replace("", "LDIAM"),
        TRORRES=diameter.where(diameter != "", state.where(imputed != "", "")),
        TRORRESU=blank.mask(diameter != "", "mm"),
        TRSTRESC=text.where(number.notna(), diameter), TRSTRESN=number, TRSTRESU=blank.mask(number.notna(), "mm"),
        TRSTAT=blank.mask(missing, "NOT DONE"), TRREASND=blank.mask(missing & explained, state))
    return made[~(missing & (state == "TUMOR MERGED"))]


def derive_sum_of_diameters(tr: pd.DataFrame, site: pd.DataFrame) -> pd.DataFrame:
    """The sum of the diameters of the target lesions of an assessment in mm, as recorded: of all (SUMDIAM), of those
    that are no lymph nodes (SUMNLNLD) and of the lymph nodes (SUMLPERP). Lesions that were not evaluated are left out
    of the sum and counted in a supplemental qualifier; the sum that the site recorded is kept beside it.

    In: TRSTRESN of LDIAM and LPERP, the sums of the site. Out: a record each with TRDRVFL Y, dated with the last
    measurement of the assessment. A sum of the site that differs is a finding. Source: RECIST 1.1, 4.3.1.
    """
    parts = [_sum_of(tr[tr["TRTESTCD"].isin(tests)]).assign(TRTESTCD=code) for code, tests in SUMS.items()]
    sums = pd.concat(parts, ignore_index=True)
    sums = sums.astype({"TRTESTCD": "str"})
    _check_site_sums(sums[sums["TRTESTCD"] == "SUMDIAM"], site)
    unique = site.drop_duplicates(["USUBJID", "TRLNKGRP"], keep=False)
    recorded = unique.rename(columns={"_record": "_response"})[["USUBJID", "TRLNKGRP", "TRSITSUM", "_response"]]
    sums = sums.merge(recorded.assign(TRTESTCD="SUMDIAM").astype({"TRTESTCD": "str"}), how="left",
                      on=["USUBJID", "TRLNKGRP", "TRTESTCD"], validate="many_to_one")
    response = sums["_response"].astype("str").fillna("")
    sums = sums.assign(_record=sums["_record"].where(response == "", sums["_record"] + JOIN + response))
    return pd.concat([tr, sums.drop(columns="_response")], ignore_index=True)


def _sum_of(diameters: pd.DataFrame) -> pd.DataFrame:
    """One record for each assessment with a diameter. A lesion that was entered twice alike counts once."""
    twice = diameters.duplicated(["USUBJID", "TRLNKGRP", "VISIT", "TRLNKID", "TRSTRESN"]) & (diameters["TRLNKID"] != "")
    diameters = diameters[~twice]
    same = ["USUBJID", "TRLNKGRP", "STUDYID", "DOMAIN", "VISIT", "VISITNUM", "TRGRPID", "TREVAL"]
    grouped = diameters.assign(missing=diameters["TRSTRESN"].isna()).groupby(same, dropna=False, sort=True)
    sums = pd.DataFrame({"TRSTRESN": grouped["TRSTRESN"].sum(min_count=1), "TRDTC": grouped["TRDTC"].max(),
                         "missing": grouped["missing"].sum(), "_record": grouped["_record"].agg(collapse_records)})
    sums = sums.reset_index().dropna(subset=["TRSTRESN"])
    text = number_text(sums["TRSTRESN"])
    millimetre = pd.Series("mm", index=sums.index, dtype="str")
    left_out = number_text(sums["missing"].astype("float64")).where(sums["missing"] > 0, "")
    return sums.drop(columns="missing").astype({"_record": "str"}).assign(
        TRORRES=text, TRORRESU=millimetre, TRSTRESC=text, TRSTRESU=millimetre, TRDRVFL="Y", TRNOTEVL=left_out)


def read_site_sums(raw: RawBlock, study: StudySpecs, spec: DatasetSpec, sv: pd.DataFrame) -> pd.DataFrame:
    """The sums of diameters that the site recorded with the responses: USUBJID, TRLNKGRP, TRSITSUM, `_record`."""
    facts, form = study.facts, raw.form("RSP")
    subject = make_usubjid(raw.field("RSP", facts.SITEID), raw.field("RSP", facts.SUBJID), study)
    site = pd.DataFrame({"_record": form["_record"], "USUBJID": subject, "VISIT": raw.field("RSP", facts.VISIT),
                         "TRDTC": map_date(raw, "RSP", spec.name, "TRDTC", "RSDAT"),
                         "TRSITSUM": raw.field("RSP", "TLSUM"), "done": raw.field("RSP", "RSPERF") != "N"})
    return derive_assessment_group(derive_visitnum(site, study, spec, "TRDTC", sv), spec)


def _check_site_sums(sums: pd.DataFrame, site: pd.DataFrame) -> None:
    """Report responses whose sum of diameters is not that of the lesions."""
    ours = sums.groupby(["USUBJID", "TRLNKGRP"], as_index=False)["TRSTRESN"].sum()
    both = site.merge(ours, how="left", on=["USUBJID", "TRLNKGRP"], validate="many_to_one")
    theirs = to_number(both["TRSITSUM"], "TR", "TRSITSUM", "TLSUM", both["_record"])
    readable = (both["TRSITSUM"] == "") | theirs.notna()
    close = (theirs - both["TRSTRESN"]).abs() <= SAME_MM
    differs = both["done"] & readable & ~close & ~(theirs.isna() & both["TRSTRESN"].isna())
    found = number_text(both["TRSTRESN"])
    report_records(both[differs], "mapping.sum_of_diameters_differs", "warning", "TR", "TRSTRESN",
                   "the diameters of the target lesions add up to " + found.replace("", "nothing") + " mm, and the "
                   "site recorded another sum; the sum of the diameters is submitted", QUERY, value="TRSITSUM")

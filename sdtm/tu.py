"""TU - Tumor/Lesion Identification (SDTMIG 3.4, 6.3.12.1). One record per lesion per subject per assessor."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.lesions import derive_lesion_link
from sdtm.mapping import map_forms, report_records
from sdtm.timing import compute_date_bounds, derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["check_origins", "check_places", "derive_tutestcd", "keep_first_records", "tu"]

NAMES = {"TUMIDENT": "Tumor Identification", "TUSPLIT": "Tumor Split", "TUMERGE": "Tumor Merged"}
QUERY = "data management: query the site"


@dataset
def tu(raw, dm, se, sv, spec, study):
    tu = map_forms(raw, spec)
    tu = tu[tu["TUSPID"] != ""]                       # TR says of these that nothing was assessed or found
    tu = derive_studyid(tu, study)
    tu = derive_usubjid(tu, study)
    tu = derive_lesion_link(tu, spec)
    tu = derive_tutestcd(tu)
    tu = derive_visitnum(tu, study, spec, "TUDTC", sv)
    tu = keep_first_records(tu, spec)
    check_origins(tu)
    tu = derive_study_day(tu, dm, spec)
    tu = derive_epoch(tu, se, spec, "TUDTC")
    tu = derive_lobxfl(tu, dm, spec, study)
    return derive_seq(tu, spec)


def derive_tutestcd(tu: pd.DataFrame) -> pd.DataFrame:
    """How the lesion came to be: identified as such (TUMIDENT), a part of one lesion that split (TUSPLIT), or grown
    together from several (TUMERGE).

    In: _TLFROM, the lesions that it came from ("T01", "T02;T03"). Out: TUTESTCD, TUTEST. Source: SDTMIG 3.4, 6.3.12.1.
    """
    origin = tu["_TLFROM"]
    code = pd.Series("TUMIDENT", index=tu.index, dtype="str").mask(origin != "", "TUSPLIT")
    code = code.mask(origin.str.contains(";", regex=False), "TUMERGE")
    return tu.assign(TUTESTCD=code, TUTEST=code.map(NAMES).astype("str"))


def keep_first_records(tu: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The first line of each lesion: by date, then visit. Lines that place the lesion elsewhere are findings."""
    moment = compute_date_bounds(tu["TUDTC"])["first"]
    tu = tu.assign(_moment=moment).sort_values(["_moment", "VISITNUM", "_record"], kind="stable")
    first = tu.drop_duplicates(["USUBJID", "TULNKID"])
    check_places(tu, first)
    return first.drop(columns="_moment")


def check_places(tu: pd.DataFrame, first: pd.DataFrame) -> None:
    """Report later lines of a lesion that give another location or side than its first."""
    known = first[["USUBJID", "TULNKID", "TULOC", "TULAT"]]
    both = tu.merge(known, on=["USUBJID", "TULNKID"], suffixes=("", "_first"), validate="many_to_one")
    moved = both[(both["TULOC"] != both["TULOC_first"]) | (both["TULAT"] != both["TULAT_first"])]
    place = (moved["TULOC_first"] + " " + moved["TULAT_first"]).str.strip()
    report_records(moved, "mapping.lesion_moved", "error", "TU", "TULOC",
                   "lesion " + moved["TULNKID"] + " was at another place when it was first recorded: " + place
                   + "; the first is submitted", QUERY)


def check_origins(tu: pd.DataFrame) -> None:
    """Report lesions that came from one that the subject does not have."""
    came = tu[tu["_TLFROM"] != ""]
    came = came.assign(parent=came["_TLFROM"].str.split(";")).explode("parent", ignore_index=True)
    came = came.assign(parent=came["parent"].astype("str").str.strip())
    known = tu[["USUBJID", "TUSPID"]].drop_duplicates().assign(known=True)
    found = came.merge(known, how="left", left_on=["USUBJID", "parent"], right_on=["USUBJID", "TUSPID"],
                       suffixes=("", "_parent"), validate="many_to_one")
    report_records(found[found["known"].isna()], "mapping.unknown_lesion", "error", "TU", "TULNKID",
                   "the lesion came from one (TLFROM) that the subject does not have", QUERY, value="parent")

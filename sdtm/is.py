"""IS - Immunogenicity Specimen Assessments (SDTMIG 3.4, 6.3.5.5). One record per test, drug and tier of each sample."""

import pandas as pd

from cdisckit.graph import dataset
from raw.records import JOIN
from sdtm.findings import derive_lobxfl, derive_standard_result
from sdtm.identifiers import derive_seq
from sdtm.mapping import report_records
from sdtm.samples import join_samples, map_samples
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.load import StudySpecs

__all__ = ["check_tiers", "derive_isstat", "derive_isstresc", "is_"]

WORDS = ("POSITIVE", "NEGATIVE")
NO_RESULT = ("NR", "")
BEFORE = {"CONFIRM": "SCREEN", "QUANTIFY": "CONFIRM", "NEUTRALISING": "CONFIRM"}     # the tier that calls for it


@dataset
def is_(raw, dm, se, sv, spec, study):
    data, draws = map_samples(raw, spec, study)
    data = derive_isstat(data)
    data = join_samples(data, draws, spec, expected_tests(study), compare=["VISIT"])
    data = derive_standard_result(data, spec, [*WORDS, "REACTIVE"])
    data = derive_isstresc(data)
    check_tiers(data)
    data = derive_visitnum(data, study, spec, "ISDTC", sv)
    data = derive_study_day(data, dm, spec)
    data = derive_epoch(data, se, spec, "ISDTC")
    data = derive_lobxfl(data, dm, spec, study)
    return derive_seq(data, spec)


def expected_tests(study: StudySpecs) -> pd.DataFrame:
    """What every sample is analysed for: the screening test of each drug (the study's own terms of ISBDAGT, the binding
    agents); the other tiers follow from its result.
    """
    drugs = [term.value for term in study.codelists["ISBDAGT"].terms.values() if not term.code]
    return pd.DataFrame({"ISTESTCD": "ADA_BAB", "ISTSTOPO": "SCREEN", "ISBDAGNT": drugs}, dtype="str")


def derive_isstat(data: pd.DataFrame) -> pd.DataFrame:
    """NOT DONE for a sample that the laboratory could not analyse (reported as NR), with its reason; for a sample that
    the site did not draw, with the site's reason; and for a drawn sample without any result.

    In: ISORRES, _REASON. Out: ISORRES, ISORRESU, ISSTAT, ISREASND. A sample without result and reason is a finding.
    """
    none, reason = data["ISORRES"].isin(NO_RESULT), data["_Reason"]
    report_records(data[none & (reason == "")], "mapping.result_missing", "error", "IS", "ISORRES",
                   "there is no result and no reason for that", "data management: query the laboratory")
    nothing = pd.Series("", index=data.index, dtype="str")
    return data.assign(ISORRES=data["ISORRES"].where(~none, ""), ISORRESU=data["ISORRESU"].where(~none, ""),
                       ISSTAT=nothing.mask(none, "NOT DONE"), ISREASND=reason.where(none, ""))


def derive_isstresc(data: pd.DataFrame) -> pd.DataFrame:
    """The result of the tier: POSITIVE or NEGATIVE, where a sample that is reactive in the screening is POSITIVE there;
    for the quantifying tier the titre.

    In: ISORRES, ISSTRESC. Out: ISSTRESC.
    """
    return data.assign(ISSTRESC=data["ISSTRESC"].replace("REACTIVE", "POSITIVE"))


def check_tiers(data: pd.DataFrame) -> None:
    """Report results of a tier that the tier before it did not call for: a confirmation of a sample that was not
    reactive, a titre or a neutralisation of one that was not confirmed. Both records are named.

    In: USUBJID, ISREFID, ISBDAGNT, ISTESTCD, ISTSTOPO, ISSTRESC. Source: tiered testing, FDA guidance on immunogenicity
    testing of therapeutic proteins (2019), section on assay design.
    """
    tier = data["ISTSTOPO"].mask(data["ISTESTCD"] != "ADA_BAB", "NEUTRALISING")
    before = tier.map(BEFORE).astype("str").fillna("")
    sample = ["USUBJID", "ISREFID", "ISBDAGNT"]
    known = data.assign(tier=tier)[[*sample, "tier", "ISSTRESC", "_record"]].drop_duplicates([*sample, "tier"])
    asked = data.assign(tier=before)[(before != "") & (data["ISORRES"] != "")]
    asked = asked.merge(known, how="left", on=[*sample, "tier"], suffixes=("", "_before"), validate="many_to_one")
    wrong = asked[asked["ISSTRESC_before"] != "POSITIVE"]
    records = (wrong["_record"] + JOIN + wrong["_record_before"].astype("str").fillna("")).str.removesuffix(JOIN)
    found = wrong["ISSTRESC_before"].astype("str").fillna("").replace("", "missing")
    report_records(wrong.assign(_record=records), "mapping.tier_not_indicated", "error", "IS", "ISORRES",
                   "the sample has this result, and that of the tier before it (" + wrong["tier"] + ") is " + found,
                   "data management: query the laboratory")

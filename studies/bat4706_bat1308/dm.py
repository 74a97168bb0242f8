"""DM of BAT4706-1308: the arm is the cohort that the randomisation and supply system assigned."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from raw.account import drop_records
from raw.block import RawBlock
from raw.records import JOIN
from sdtm.dm import (
    check_arm,
    derive_actarmcd,
    derive_arm,
    derive_armnrs,
    derive_dthdtc,
    derive_dthfl,
    derive_race,
    derive_rfendtc,
    derive_rficdtc,
    derive_rfpendtc,
    derive_rfstdtc,
    derive_rfxendtc,
    derive_rfxstdtc,
    drop_repeated_subjects,
)
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import derive_study_day
from specs.load import StudySpecs

LATER_ASSIGNMENTS = "the supply system assigned the subject before; the first assignment counts"
OTHER_TRANSACTIONS = "the transaction assigns no cohort (screening, supply or discontinuation)"


@dataset
def dm(raw, spec, study):
    dm = map_form(raw, spec)
    dm = derive_studyid(dm, study)
    dm = derive_usubjid(dm, study)
    dm = drop_repeated_subjects(dm)
    dm = join_races(dm)
    dm = derive_race(dm, spec)
    dm = derive_rfxstdtc(dm, raw, spec)
    dm = derive_rfxendtc(dm, raw, spec)
    dm = derive_rfstdtc(dm)
    dm = derive_rfendtc(dm)
    dm = derive_rficdtc(dm, raw, spec)
    dm = derive_rfpendtc(dm, raw, spec)
    dm = derive_dthdtc(dm, raw, spec)
    dm = derive_dthfl(dm, raw, study)
    dm = derive_armcd(dm, raw, study)
    dm = derive_arm(dm, study)
    dm = derive_actarmcd(dm, study)
    dm = derive_armnrs(dm, raw, study)
    dm = derive_study_day(dm, dm, spec)
    check_arm(dm)
    return dm.sort_values("USUBJID", kind="stable")


def join_races(dm: pd.DataFrame) -> pd.DataFrame:
    """The races of a subject in one field: those of the specify field (RACEOTH, "Asian;White") where more than one was
    ticked.
    """
    several = dm["_RACE"] == "MU"
    named = dm["_RACEOTH"].str.replace(";", ",", regex=False)
    return dm.assign(_RACE=dm["_RACE"].mask(several, named))


def derive_armcd(dm: pd.DataFrame, raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """The cohort that the interactive response system assigned to the subject. Empty for subjects never assigned.

    In: form IRT (EVENT, COHORT). Out: ARMCD; the record of the assignment joins the subject's. A subject with two
    cohorts keeps the first transaction's, with a finding.
    """
    transactions = raw.form("IRT")
    assigned = transactions[transactions["EVENT"] == "ASSIGNED"].sort_values("TRANSACTION", kind="stable")
    drop_records(transactions, transactions["EVENT"] != "ASSIGNED", OTHER_TRANSACTIONS)
    drop_records(assigned, assigned.duplicated("_subject"), LATER_ASSIGNMENTS)
    first = assigned.drop_duplicates("_subject").set_index("_subject")
    again = assigned[assigned["COHORT"] != assigned["_subject"].map(first["COHORT"])]
    report_findings(Finding("mapping", "mapping.second_assignment", "error", "DM", key=f"subject {subject}",
                            variable="ARMCD", value=cohort, record=record,
                            message="the subject was assigned to another cohort before; that one is submitted",
                            fix="data management: query the supply system")
                    for subject, cohort, record in zip(again["_subject"], again["COHORT"], again["_record"],
                                                       strict=True))
    cohort = dm["_subject"].map(first["COHORT"]).astype("str").fillna("")
    record = dm["_subject"].map(first["_record"]).astype("str").fillna("")
    return dm.assign(ARMCD=cohort, _record=dm["_record"].where(record == "", dm["_record"] + JOIN + record))

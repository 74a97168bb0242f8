"""When a subject was last known to be alive, from every record that proves it, and the date of death."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from adam.dates import compute_date
from cdisckit.findings import Finding, report_findings

__all__ = ["PROOFS", "Proof", "check_dates_after_death", "find_death", "find_last_alive", "read_proofs"]

COLUMNS = ["USUBJID", "ADT", "SRCDOM", "SRCVAR", "SRCSEQ", "_record"]


@dataclass(frozen=True)
class Proof:
    """A date that only a living subject can have: of the records with one of the stated values in each variable."""

    dataset: str
    variable: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


PROOFS = (                                                # of several on one date the first listed is named
    Proof("SS", "SSSTRESC", {"SSTESTCD": ("LSCFADTC",)}),
    Proof("SV", "SVSTDTC", {"SVOCCUR": ("", "Y")}),
    Proof("RS", "RSDTC"),
    Proof("TR", "TRDTC"),
    Proof("TU", "TUDTC"),
    Proof("EX", "EXSTDTC"),
    Proof("EX", "EXENDTC"),
    Proof("VS", "VSDTC"),
    Proof("EG", "EGDTC"),
    Proof("PE", "PEDTC"),
    Proof("CV", "CVDTC"),
    Proof("LB", "LBDTC"),
    Proof("PC", "PCDTC"),
    Proof("IS", "ISDTC"),
    Proof("AE", "AESTDTC"),
    Proof("PR", "PRSTDTC"),
    Proof("CM", "CMSTDTC"),
    Proof("DS", "DSSTDTC", {"DSDECOD": ("INFORMED CONSENT OBTAINED", "COMPLETED", "WITHDRAWAL BY SUBJECT")}),
)


@dataclass(frozen=True)
class Dated:
    """The records of one proof, coded: the subject of each, and its day as a place among the sorted days (0: none)."""

    proof: Proof
    data: pd.DataFrame
    subject: np.ndarray
    subjects: pd.Index
    day: np.ndarray
    days: pd.Index                                         # "", then the days of all proofs (ISO 8601) in order


def read_proofs(datasets: Mapping[str, pd.DataFrame], proofs: tuple[Proof, ...] = PROOFS) -> list[Dated]:
    """The records that prove life, proof by proof; datasets that the study does not have prove nothing. Of a date, only
    complete days of the calendar count.

    Distinct days are few and records many: a day is read once, and the records are compared as numbers.
    """
    known = [proof for proof in proofs if proof.dataset in datasets]
    parts = [_records_of(datasets[proof.dataset], proof) for proof in known]
    coded = [pd.factorize(data[proof.variable].str.slice(0, 10)) for proof, data in zip(known, parts, strict=True)]
    texts = pd.Series(sorted({text for _, distinct in coded for text in distinct}), dtype="str")
    real = (texts.str.len() == 10) & compute_date(texts)["date"].notna()
    days = pd.Index(["", *texts[real]])
    found = []
    for proof, data, (code, distinct) in zip(known, parts, coded, strict=True):
        subject, subjects = pd.factorize(data["USUBJID"])
        place = np.maximum(days.get_indexer(pd.Index(distinct)), 0)
        found.append(Dated(proof, data, subject, pd.Index(subjects), place[code] if len(place) else code, days))
    return found


def _records_of(data: pd.DataFrame, proof: Proof) -> pd.DataFrame:
    number = [name for name in (f"{proof.dataset}SEQ",) if name in data]
    data = data[list(dict.fromkeys(["USUBJID", proof.variable, *proof.where, *number, "_record"]))]
    for name, values in proof.where.items():
        data = data[data[name].isin(list(values))]
    return data


def _last(dated: Dated, cutoff: str = "") -> pd.DataFrame:
    """The last day of each subject, not after the cut-off, and the first record of that day."""
    day = dated.day
    if cutoff:
        day = np.where(day < dated.days.searchsorted(cutoff, side="right"), day, 0)
    last = np.zeros(len(dated.subjects), dtype=day.dtype)
    np.maximum.at(last, dated.subject, day)
    rows = np.flatnonzero((day == last[dated.subject]) & (day > 0))
    rows = rows[np.unique(dated.subject[rows], return_index=True)[1]]
    won, sequence = dated.data.iloc[rows], f"{dated.proof.dataset}SEQ"
    number = won[sequence].astype("float64") if sequence in won else float("nan")
    last_day = pd.Series(dated.days[day[rows]].to_numpy(), index=won.index, dtype="str")
    return pd.DataFrame({"USUBJID": won["USUBJID"], "DAY": last_day,
                         "SRCDOM": pd.Series(dated.proof.dataset, won.index, dtype="str"),
                         "SRCVAR": pd.Series(dated.proof.variable, won.index, dtype="str"),
                         "SRCSEQ": number, "_record": won["_record"]})


def find_last_alive(proofs: list[Dated], cutoff: str) -> pd.DataFrame:
    """The last date on which each subject is known to have been alive: the latest of the complete dates of contacts,
    visits, examinations, samples, doses, adverse events, treatments, and of the end of the study unless by death or
    loss, not later than the data cut-off.

    In: what read_proofs gives, of several on one date the first counts; the cut-off (ISO 8601, "" for none). Out: a
    record a subject with ADT, SRCDOM, SRCVAR, SRCSEQ and _record of the record that proves it.
    """
    found = pd.concat([_last(dated, cutoff).assign(place=place) for place, dated in enumerate(proofs)],
                      ignore_index=True)
    order = found.sort_values(["USUBJID", "DAY", "place"], ascending=[True, False, True], kind="stable")
    won = order.drop_duplicates("USUBJID", ignore_index=True)
    return won.assign(ADT=compute_date(won["DAY"])["date"])[COLUMNS]


def find_death(dm: pd.DataFrame, alive: pd.DataFrame) -> pd.DataFrame:
    """The date of death. Where its day is unknown it is the first of the month, where its month is unknown the first of
    January, but not before the day on which the subject was last known to be alive. Of an unknown year there is no
    date: the subject is censored, with a finding.

    In: DM.DTHDTC, DTHFL; the last date alive. Out: USUBJID, ADT, ADTF (D, M or ""), _record of those who died.
    """
    died = dm[(dm["DTHDTC"] != "") | (dm["DTHFL"] == "Y")]
    last = alive.set_index("USUBJID")["ADT"].reindex(died["USUBJID"]).set_axis(died.index)
    date = compute_date(died["DTHDTC"], impute="month", to="first", minimum=[last])
    unknown = died[date["date"].isna()]
    _report(unknown, "mapping.death_without_date", "DTHDTC", unknown["DTHDTC"],
            pd.Series("the subject died and the year of death is not known: survival is censored", unknown.index))
    made = pd.DataFrame({"USUBJID": died["USUBJID"], "ADT": date["date"], "ADTF": date["flag"],
                         "_record": died["_record"]})
    return made[made["ADT"].notna()]


def check_dates_after_death(proofs: list[Dated], dm: pd.DataFrame) -> None:
    """Report every record that proves life on a day after the recorded death; where the day or the month of death is
    not known, after the end of that month or year.

    In: what read_proofs gives; DM.DTHDTC.
    """
    known = dm[dm["DTHDTC"] != ""].set_index("USUBJID")["DTHDTC"]
    death = (known.str.slice(0, 10) + "-99-99").str.slice(0, 10)           # 2024-05 is over after 2024-05-99
    for dated in proofs:
        last = _last(dated).set_index("USUBJID")["DAY"]
        late = last.index[last > death.reindex(last.index)]
        if len(late):
            own = dated.data.assign(DAY=dated.days[dated.day].to_numpy()).astype({"DAY": "str"})
            own = own[own["USUBJID"].isin(late)]
            bad = own[own["DAY"] > death.reindex(own["USUBJID"]).set_axis(own.index)]
            said = "the record is of a living subject, who died on " + known.reindex(bad["USUBJID"])
            variable = dated.proof.variable
            _report(bad, "mapping.date_after_death", variable, bad[variable], said, dated.proof.dataset)


def _report(bad: pd.DataFrame, rule: str, variable: str, values: pd.Series, messages: pd.Series,
            dataset: str = "DM") -> None:
    report_findings(Finding("mapping", rule, "error", dataset, f"USUBJID={subject}", variable, value, message,
                            "data management: query the site", record)
                    for subject, value, message, record in zip(bad["USUBJID"], values, messages, bad["_record"],
                                                               strict=True))

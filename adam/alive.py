"""When a subject was last known to be alive, from every record that proves it, and the date of death."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from adam.columns import take_texts
from adam.dates import compute_date
from cdisckit.findings import Finding, report_findings
from sdtm.chronology import AFTER_DEATH

__all__ = ["PROOFS", "Proof", "check_dates_after_death", "find_death", "find_last_alive", "read_proofs"]


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
    """The records of one proof, coded: the subject of each as a place among the subjects, and its day as a place among
    the sorted days (0: none).
    """

    proof: Proof
    data: pd.DataFrame
    subject: np.ndarray
    subjects: pd.Index                                     # of all proofs
    day: np.ndarray
    days: pd.Index                                         # "", then the days of all proofs (ISO 8601) in order


def read_proofs(datasets: Mapping[str, pd.DataFrame], proofs: tuple[Proof, ...] = PROOFS) -> list[Dated]:
    """The records that prove life, proof by proof; datasets that the study does not have prove nothing. Of a date, only
    complete days of the calendar count.

    Distinct days are few and records many: a day is read once, and the records are compared as numbers.
    """
    known = [proof for proof in proofs if proof.dataset in datasets]
    parts = [_selected(datasets[proof.dataset], proof.where) for proof in known]
    coded = [_days_of(data[proof.variable]) for proof, data in zip(known, parts, strict=True)]
    texts = pd.Series(sorted({text for _, distinct in coded for text in distinct}), dtype="str")
    real = (texts.str.len() == 10) & compute_date(texts)["date"].notna()
    place_of = {text: place for place, text in enumerate(texts[real], 1)}
    people = [pd.factorize(data["USUBJID"]) for data in parts]
    subjects = pd.Index(sorted({subject for _, names in people for subject in names.tolist()}), dtype="str")
    number_of = {subject: number for number, subject in enumerate(subjects.tolist())}
    days, found = pd.Index(["", *place_of]), []
    for proof, data, (code, distinct), (who, names) in zip(known, parts, coded, people, strict=True):
        place = np.array([place_of.get(text, 0) for text in distinct], dtype="int64")
        number = np.array([number_of[name] for name in names.tolist()], dtype="int64")
        found.append(Dated(proof, data, number[who], subjects, place[code], days))
    return found


def _days_of(dtc: pd.Series) -> tuple[np.ndarray, list[str]]:
    """For each record the number of its text, and the day of each text."""
    codes, distinct = pd.factorize(dtc)
    return codes, [text[:10] for text in distinct.tolist()]


def _selected(data: pd.DataFrame, where: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    for name, values in where.items():
        data = data[data[name].isin(list(values))]
    return data


def _last(dated: Dated, until: int) -> tuple[np.ndarray, np.ndarray]:
    """The last day of each subject, not after the day `until`, and the first record of that day; 0 for no day."""
    day = np.where(dated.day <= until, dated.day, 0)
    last = np.zeros(len(dated.subjects), dtype=day.dtype)
    np.maximum.at(last, dated.subject, day)
    first = np.zeros(len(last), dtype="int64")
    rows = np.flatnonzero(day == last[dated.subject])[::-1]
    first[dated.subject[rows]] = rows                       # of several values the last one stays: the first record
    return last, first


def find_last_alive(proofs: list[Dated], cutoff: str) -> pd.DataFrame:
    """The last date on which each subject is known to have been alive: the latest of the complete dates of contacts,
    visits, examinations, samples, doses, adverse events, treatments, and of the end of the study unless by death or
    loss, not later than the data cut-off.

    In: what read_proofs gives, of several on one date the first counts; the cut-off (ISO 8601, "" for none). Out: a
    record a subject with ADT, SRCDOM, SRCVAR, SRCSEQ and _record of the record that proves it.
    """
    people, days = proofs[0].subjects, proofs[0].days
    until = days.searchsorted(cutoff, side="right") - 1 if cutoff else len(days)
    won, day, row = (np.zeros(len(people), dtype="int64") for _ in range(3))
    for place, dated in enumerate(proofs):
        last, first = _last(dated, until)
        later = last > day
        won[later], day[later], row[later] = place, last[later], first[later]
    number, record = np.full(len(people), np.nan), np.full(len(people), "", dtype="object")
    for place in np.unique(won[day > 0]):
        mine, data = np.flatnonzero((won == place) & (day > 0)), proofs[place].data
        if (sequence := f"{proofs[place].proof.dataset}SEQ") in data:
            number[mine] = data[sequence].to_numpy()[row[mine]]
        record[mine] = data["_record"].array.take(row[mine])
    source = {name: take_texts([getattr(dated.proof, of) for dated in proofs], won, pd.RangeIndex(len(people)))
              for name, of in (("SRCDOM", "dataset"), ("SRCVAR", "variable"))}
    date = compute_date(pd.Series(days.take(day), dtype="str"))["date"]
    found = pd.DataFrame({"USUBJID": people, "ADT": date, **source, "SRCSEQ": number,
                          "_record": pd.Series(record, dtype="str")})
    return found[date.notna()].reset_index(drop=True)


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
    """Report contacts and ends of the study that prove life on a day after the recorded death; where the day or the
    month of death is not known, after the end of that month or year. Records of other datasets have such a finding as
    soon as SDTM is made (sdtm.chronology): one a record is enough.

    In: what read_proofs gives; DM.DTHDTC.
    """
    known = dm[dm["DTHDTC"] != ""].set_index("USUBJID")["DTHDTC"]
    death = (known.str.slice(0, 10) + "-99-99").str.slice(0, 10)           # 2024-05 is over after 2024-05-99
    for dated in proofs:
        if dated.proof.dataset in AFTER_DEATH:
            day = pd.Series(dated.days.take(dated.day), index=dated.data.index, dtype="str")
            limit = death.reindex(dated.data["USUBJID"]).set_axis(day.index)
            bad = dated.data[day > limit]
            said = "the record is of a living subject, who died on " + known.reindex(bad["USUBJID"])
            variable = dated.proof.variable
            _report(bad, "mapping.date_after_death", variable, bad[variable], said, dated.proof.dataset)


def _report(bad: pd.DataFrame, rule: str, variable: str, values: pd.Series, messages: pd.Series,
            dataset: str = "DM") -> None:
    report_findings(Finding("mapping", rule, "error", dataset, f"USUBJID={subject}", variable, value, message,
                            "data management: query the site", record)
                    for subject, value, message, record in zip(bad["USUBJID"], values, messages, bad["_record"],
                                                               strict=True))

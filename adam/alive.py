"""When a subject was last known to be alive, from every record that proves it, and the date of death."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from adam.dates import compute_date
from cdisckit.findings import Finding, report_findings

__all__ = ["PROOFS", "Proof", "check_dates_after_death", "find_death", "find_last_alive"]

ISO_DAY = r"\d{4}-\d{2}-\d{2}"
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


def find_last_alive(datasets: Mapping[str, pd.DataFrame], cutoff: str,
                    proofs: tuple[Proof, ...] = PROOFS) -> pd.DataFrame:
    """The last date on which each subject is known to have been alive: the latest of the complete dates of contacts,
    visits, examinations, samples, doses, adverse events, treatments, and of the end of the study unless by death or
    loss, not later than the data cut-off.

    In: SDTM datasets by name; the cut-off (ISO 8601, "" for none). Out: a record a subject with ADT, SRCDOM, SRCVAR,
    SRCSEQ and _record of the record that proves it.
    """
    latest = [_latest(datasets[proof.dataset], proof, place, cutoff) for place, proof in enumerate(proofs)
              if proof.dataset in datasets]
    found = pd.concat(latest, ignore_index=True).sort_values(["USUBJID", "day", "place"],
                                                             ascending=[True, False, True], kind="stable")
    won = found.drop_duplicates("USUBJID")
    records = [_records_of(datasets[proofs[place].dataset], proofs[place], part)
               for place, part in won.groupby("place")]
    made = pd.concat(records, ignore_index=True) if records else pd.DataFrame(columns=COLUMNS).astype("str")
    return made.assign(ADT=compute_date(made["ADT"].astype("str"))["date"])[COLUMNS].sort_values(
        "USUBJID", kind="stable", ignore_index=True)


def _days(data: pd.DataFrame, proof: Proof) -> pd.Series:
    """The complete days of the records that prove life, as text; "" for all others."""
    day = data[proof.variable].str.slice(0, 10)
    keep = day.str.len() == 10
    for name, values in proof.where.items():
        keep &= data[name].isin(list(values))
    return day.where(keep, "")


def _latest(data: pd.DataFrame, proof: Proof, place: int, cutoff: str) -> pd.DataFrame:
    day = _days(data, proof)
    known = day[(day != "") & (day <= cutoff if cutoff else True)]
    latest = known.groupby(data.loc[known.index, "USUBJID"], sort=False).max()
    real = latest[latest.str.fullmatch(ISO_DAY) & compute_date(latest)["date"].notna()]
    return pd.DataFrame({"USUBJID": pd.Series(real.index, dtype="str"), "day": real.to_numpy(), "place": place})


def _records_of(data: pd.DataFrame, proof: Proof, won: pd.DataFrame) -> pd.DataFrame:
    """The first record of each subject with the day that won."""
    own = data[data["USUBJID"].isin(won["USUBJID"])]
    wanted = won.set_index("USUBJID")["day"].reindex(own["USUBJID"]).set_axis(own.index)
    first = own[_days(own, proof) == wanted].drop_duplicates("USUBJID")
    number = first.get(f"{proof.dataset}SEQ", pd.Series(float("nan"), index=first.index))
    return pd.DataFrame({"USUBJID": first["USUBJID"], "ADT": _days(first, proof), "SRCDOM": proof.dataset,
                         "SRCVAR": proof.variable, "SRCSEQ": number.astype("float64"), "_record": first["_record"]})


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


def check_dates_after_death(datasets: Mapping[str, pd.DataFrame], dm: pd.DataFrame,
                            proofs: tuple[Proof, ...] = PROOFS) -> None:
    """Report every record that proves life on a day after the recorded death; where the day or the month of death is
    not known, after the end of that month or year.
    """
    known = dm[dm["DTHDTC"] != ""].set_index("USUBJID")["DTHDTC"]
    death = (known.str.slice(0, 10) + "-99-99").str.slice(0, 10)           # 2024-05 is over after 2024-05-99
    for proof in proofs:
        if proof.dataset in datasets:
            data = datasets[proof.dataset]
            data = data[data["USUBJID"].isin(death.index)]
            died = death.reindex(data["USUBJID"]).set_axis(data.index)
            bad = data[_days(data, proof) > died]
            _report(bad, "mapping.date_after_death", proof.variable, bad[proof.variable],
                    "the record is of a living subject, who died on " + known.reindex(bad["USUBJID"]), proof.dataset)


def _report(bad: pd.DataFrame, rule: str, variable: str, values: pd.Series, messages: pd.Series,
            dataset: str = "DM") -> None:
    report_findings(Finding("mapping", rule, "error", dataset, f"USUBJID={subject}", variable, value, message,
                            "data management: query the site", record)
                    for subject, value, message, record in zip(bad["USUBJID"], values, messages, bad["_record"],
                                                               strict=True))

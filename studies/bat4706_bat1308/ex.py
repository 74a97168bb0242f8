"""EX of BAT4706-1308: one record for each interval of an infusion at a constant rate."""

import pandas as pd

from cdisckit.graph import dataset
from raw.block import RawBlock
from sdtm.ex import check_dose_ends
from sdtm.findings import compute_rounded
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_date, map_form, report_records
from sdtm.timing import check_start_end, derive_epoch, derive_study_day, derive_visitnum

MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?"
TOLERANCE_ML = 2.0                       # times are noted to the minute: what a minute at the usual rate gives


@dataset
def ex(raw, dm, se, spec, study):
    ex = map_form(raw, spec)
    ex = ex[ex["_ECYN"] != "N"]          # EC says of these that the dose was not given
    ex = derive_exlnkid(ex)
    ex = derive_intervals(ex, raw)
    ex = derive_studyid(ex, study)
    ex = derive_usubjid(ex, study)
    ex = derive_visitnum(ex, study, spec, "EXSTDTC")
    ex = derive_study_day(ex, dm, spec)
    ex = derive_epoch(ex, se, spec, "EXSTDTC")
    check_start_end(ex, spec)
    check_dose_ends(ex)
    return derive_seq(ex, spec)


def derive_exlnkid(ex: pd.DataFrame) -> pd.DataFrame:
    """Visit and treatment: they link the interval with the administration as collected (EC.ECLNKID)."""
    return ex.assign(EXLNKID=ex["VISIT"] + "-" + ex["EXTRT"])


def derive_intervals(ex: pd.DataFrame, raw: RawBlock) -> pd.DataFrame:
    """One record for each interval of the infusion at a constant rate: it is cut where it was interrupted, resumed or
    its rate was changed. The actual dose of the infusion, the prepared dose times the share of the prepared volume that
    was given, is shared among the intervals by rate and duration.

    In: ECSTDAT, ECSTTIM, ECENDAT, ECENTIM of the form, _ECINTST, _ECINTEN, _ECRATTIM (times), _ECRATE, _ECRATE2
    (mL/h), _ECPDOSE (mg), _ECVOLP, _ECVOLA (mL). Out: EXSTDTC, EXENDTC and EXDOSE (mg) of each interval. The volume
    that was given is in EC (ECDOSE). An infusion without complete times is one record. Volumes that rates and times do
    not explain are a finding.
    Source: SDTMIG 3.4, 6.1.3.
    """
    starts = map_date(raw, "EC", "EX", "EXSTDTC", "ECSTDAT", "ECSTTIM").reindex(ex.index)
    ends = map_date(raw, "EC", "EX", "EXENDTC", "ECENDAT", "ECENTIM").reindex(ex.index)
    ex = ex.assign(EXSTDTC=starts, EXENDTC=ends, _infusion=range(len(ex)), **_amounts(ex))
    pieces = _cut(ex)
    pieces = pieces.assign(volume=pieces["rate"] * (pieces["until"] - pieces["start"]).dt.total_seconds() / 3600)
    total = pieces.groupby("_infusion")["volume"].transform("sum")
    _check_volumes(ex, pieces.groupby("_infusion")["volume"].sum())
    check_prepared(ex)
    share = (pieces["volume"] / total).where(total > 0, 1.0)
    texts = {name: pieces[column].dt.strftime("%Y-%m-%dT%H:%M").astype("str")
             for name, column in (("EXSTDTC", "start"), ("EXENDTC", "until"))}
    pieces = pieces[["_infusion"]].assign(**texts, _share=share)
    timed = ex.drop(columns=["EXSTDTC", "EXENDTC"]).merge(pieces, on="_infusion", validate="one_to_many")
    whole = ex[~ex["_infusion"].isin(pieces["_infusion"])].assign(_share=1.0)
    made = pd.concat([timed, whole], ignore_index=True)
    return made.assign(EXDOSE=compute_rounded(made["_given"] * made["_share"], 2))


def _amounts(ex: pd.DataFrame) -> dict[str, pd.Series]:
    """The dose (mg) and the volume (mL) that were given."""
    prepared, volume, given = (_number(ex[name]) for name in ("_ECPDOSE", "_ECVOLP", "_ECVOLA"))
    return {"_given": prepared * given / volume, "_volume": given}


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text.where(text != "", None), errors="coerce").astype("float64")


def _cut(ex: pd.DataFrame) -> pd.DataFrame:
    """The intervals of every infusion with complete times: _infusion, start, until, rate (mL/h)."""
    timed = ex[ex["EXSTDTC"].str.fullmatch(MOMENT) & ex["EXENDTC"].str.fullmatch(MOMENT)].set_index("_infusion")
    start, end = (pd.to_datetime(timed[name], format="ISO8601") for name in ("EXSTDTC", "EXENDTC"))
    stop, resume, change = (_at(timed[name], start) for name in ("_ECINTST", "_ECINTEN", "_ECRATTIM"))
    edges = pd.concat([start, stop, resume, change, end]).rename("start").dropna().reset_index()
    edges = edges.drop_duplicates().sort_values(["_infusion", "start"], kind="stable")
    edges = edges.assign(until=edges.groupby("_infusion")["start"].shift(-1)).dropna(subset=["until"])
    rates = (_number(timed[name]) for name in ("_ECRATE", "_ECRATE2"))
    stop, resume, change, first, second = (facts.reindex(edges["_infusion"]).set_axis(edges.index)
                                           for facts in (stop, resume, change, *rates))
    paused = (edges["start"] >= stop) & (edges["until"] <= resume)
    slowed = edges["start"] >= change
    return edges.assign(rate=first.mask(slowed, second))[~paused]


def _at(clock: pd.Series, start: pd.Series) -> pd.Series:
    """The moment of a time during the infusion: on the day it started, or on the next if it is earlier than that."""
    day = start.dt.strftime("%Y-%m-%d").astype("str")
    moment = pd.to_datetime((day + "T" + clock).where(clock != "", None), format="ISO8601", errors="coerce")
    return moment + pd.to_timedelta((moment < start).astype("int64"), unit="D")


def _check_volumes(ex: pd.DataFrame, explained: pd.Series) -> None:
    """Report infusions whose rates and times give another volume than was noted."""
    given = ex.set_index("_infusion")["_volume"]
    differs = (given - explained).abs() > TOLERANCE_ML + 0.02 * given
    wrong = ex[ex["_infusion"].isin(differs[differs].index)]
    shown = wrong["_infusion"].map(explained).map("{:.1f}".format).astype("str")
    report_records(wrong, "mapping.infusion_volume", "warning", "EX", "EXDOSE",
                   "rates and times of the infusion give " + shown + " mL; the volume that was noted is submitted",
                   "data management: query the site for times, rates and volume", value="_ECVOLA")


def check_prepared(ex: pd.DataFrame) -> None:
    """Report infusions of which more is said to be given than was prepared (mL): the dose would be above the
    prescribed one.
    """
    prepared = _number(ex["_ECVOLP"])
    report_records(ex[ex["_volume"] > prepared], "mapping.more_than_prepared", "error", "EX", "EXVAMT",
                   "more was given than the " + ex["_ECVOLP"] + " mL that were prepared",
                   "data management: query the site for the volumes", value="_ECVOLA")

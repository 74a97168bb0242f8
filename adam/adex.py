"""ADEX - Exposure Analysis Dataset (ADaMIG 1.3, BDS). One record per infusion and measure, and per summary."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from adam.bds import derive_parameter_codes
from adam.dates import compute_datetime, compute_day
from adam.formulas import compute_dose_intensity
from adam.merge import merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adex", "derive_exposure_dates", "derive_exposure_values", "derive_infusion_records"]

OVERALL = "OVERALL"
KEYS = ["STUDYID", "USUBJID", "_DRUG"]


@dataset
def adex(ec, ex, adsl, spec, study):
    infusions = derive_infusions(ec, ex, study)
    adex = derive_infusion_records(infusions)
    adex = pd.concat([adex, derive_subject_records(infusions, study)], ignore_index=True)
    adex = derive_parameter_codes(adex, spec)
    adex = derive_exposure_values(adex, spec)
    adex = merge_adsl(adex, adsl, spec)
    adex = derive_exposure_dates(adex)
    adex = adex.sort_values(["USUBJID", "PARAMN", "ASTDTM", "SRCSEQ"], kind="stable")
    return derive_aseq(adex)


def derive_infusions(ec: pd.DataFrame, ex: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The infusions that were due, one record each: what was planned, prepared and noted (EC), and the dose that was
    given, the sum of its intervals at a constant rate (EX); 0 where the dose was omitted.

    The dose planned is the one prepared; where none was prepared, the scheduled dose (mg/kg: times the weight noted).
    In: EC, EX, `terms.exposure` of study.yaml. Out: _GIVEN, _PLANNED (mg), _EXSEQ (first interval), _MINUTES, _DONE,
    and what happened (_NINT, _NDEL, _NRATE, _NRED, _NMIS as 0 or 1).
    """
    rule: Mapping[str, Any] = study.facts.terms["exposure"]
    due, link = ec[ec["ECMOOD"] == "PERFORMED"], ["USUBJID", "ECLNKID"]
    scheduled = ec.loc[ec["ECMOOD"] == "SCHEDULED", [*link, "ECDOSE", "ECDOSU"]].drop_duplicates(link)
    given = ex.groupby(["USUBJID", "EXLNKID"], sort=False).agg(_GIVEN=("EXDOSE", "sum"), _EXSEQ=("EXSEQ", "min"))
    given = given.reset_index()
    due = due.merge(given.rename(columns={"EXLNKID": "ECLNKID"}), on=link, how="left", validate="one_to_one")
    due = due.merge(scheduled, on=link, how="left", validate="many_to_one", suffixes=("", "_S"))
    weight = due[rule["weight"]].where(due["ECDOSU_S"] == "mg/kg", 1.0)
    planned = due[rule["prepared"]].fillna(due["ECDOSE_S"] * weight)
    starts, ends = (compute_datetime(due[name], impute_time="second")["datetime"] for name in ("ECSTDTC", "ECENDTC"))
    happened = {f"_{code}": (due[name] == "Y").astype("float64") for code, name in rule["happened"].items()}
    done = due["ECOCCUR"] == "Y"
    reduced = done & (due["_GIVEN"] < float(rule["reduced_below"]) * planned)
    return due.assign(_PLANNED=planned, _GIVEN=due["_GIVEN"].where(done, 0.0), _START=starts, _END=ends, _DONE=done,
                      _MINUTES=(ends - starts).dt.total_seconds() / 60, _CYCLE=due["VISIT"].where(done),
                      _NRED=reduced.astype("float64"), _NMIS=(~done).astype("float64"), _DRUG=due["ECTRT"], **happened)


def derive_infusion_records(infusions: pd.DataFrame) -> pd.DataFrame:
    """Three records for each infusion that took place: the dose that was given, the dose that was prepared, and its
    duration from the first start to the last end, pauses included.

    In: EC and EX. Out: AVAL (mg; minutes), AVISIT, AVISITN; SRCDOM, SRCVAR, SRCSEQ: of the dose given the first
    interval of the infusion in EX, of the others the infusion in EC.
    """
    infusions, parts = infusions[infusions["_DONE"]], []
    for measure, value, domain, variable, number in (("DOSE", "_GIVEN", "EX", "EXDOSE", "_EXSEQ"),
                                                     ("PLAN", "_PLANNED", "EC", "ECPDOSE", "ECSEQ"),
                                                     ("DUR", "_MINUTES", "EC", "ECENDTC", "ECSEQ")):
        part = infusions[[*KEYS, "_START", "_END", "_record"]].assign(
            _MEASURE=measure, AVAL=infusions[value].astype("float64"), AVISIT=infusions["VISIT"],
            AVISITN=infusions["VISITNUM"], SRCDOM=domain, SRCVAR=variable, SRCSEQ=infusions[number].astype("float64"))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def derive_subject_records(infusions: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The exposure of each subject, per drug and over both: cycles with a dose, cumulative dose given and planned,
    relative dose intensity (given in percent of planned; over both drugs the mean of theirs), and infusions that were
    interrupted, delayed, given at a changed rate, given in a reduced dose, or omitted.

    In: EC and EX. Out: AVAL (number, mg, %); SRCSEQ is the first infusion that is counted.
    """
    counts = [name for name in infusions if name.startswith("_N")]
    sums = {"TDOSE": ("_GIVEN", "sum"), "TPLAN": ("_PLANNED", "sum"), "NCYC": ("_CYCLE", "nunique"),
            **{name[1:]: (name, "sum") for name in counts}, "_START": ("_START", "min"), "_END": ("_END", "max")}
    first = infusions.sort_values(["USUBJID", "_START", "ECSEQ"], kind="stable")
    each = _summed(infusions, first, KEYS, sums)
    each = each.assign(RDI=compute_dose_intensity(each["TDOSE"], each["TPLAN"]))
    both = _summed(infusions, first, KEYS[:2], sums).assign(_DRUG=OVERALL)
    intensity = each.groupby(KEYS[:2], sort=True)["RDI"].mean().reset_index()
    both = both.drop(columns=["TDOSE", "TPLAN"]).merge(intensity, on=KEYS[:2], how="left", validate="one_to_one")
    measures = ["NCYC", "TDOSE", "TPLAN", "RDI", *(name[1:] for name in counts)]
    wide = pd.concat([each, both], ignore_index=True)
    long = wide.melt([*KEYS, "_START", "_END", "SRCSEQ", "_record"], measures, "_MEASURE", "AVAL").dropna(subset="AVAL")
    number = pd.Series(np.nan, index=long.index)
    return long.assign(AVAL=long["AVAL"].astype("float64"), AVISIT="", AVISITN=number, SRCDOM="EC",
                       SRCVAR="ECPDOSE")


def _summed(infusions: pd.DataFrame, first: pd.DataFrame, by: list[str], sums: Mapping[str, Any]) -> pd.DataFrame:
    table = infusions.groupby(by, sort=True).agg(**sums).reset_index()
    begun = first.drop_duplicates(by)[[*by, "ECSEQ", "_record"]].rename(columns={"ECSEQ": "SRCSEQ"})
    return table.merge(begun, on=by, how="left", validate="one_to_one")


def derive_exposure_values(adex: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The value, rounded to the decimals that the specification states for the parameter.

    In: AVAL, `digits` of the parameters. Out: AVAL, text variables without missing values.
    """
    decimals = {code: 2 if one.digits is None else one.digits for code, one in spec.parameters.items()}
    scale = 10.0 ** adex["PARAMCD"].map(decimals).astype("float64")
    text = {name: adex[name].fillna("").astype("str") for name in ("AVISIT", "SRCDOM", "SRCVAR")}
    return adex.assign(AVAL=(adex["AVAL"] * scale).round() / scale, **text)


def derive_exposure_dates(adex: pd.DataFrame) -> pd.DataFrame:
    """Start and end of the infusion, or of the first and the last infusion that a summary counts, with the days from
    the first exposure.

    In: EC.ECSTDTC, ECENDTC (ISO 8601), TRTSDT. Out: ASTDT, ASTDTM, AENDT, AENDTM, ASTDY, AENDY.
    """
    first, last = adex["_START"].dt.floor("D"), adex["_END"].dt.floor("D")
    return adex.assign(ASTDT=first, ASTDTM=adex["_START"], ASTDY=compute_day(first, adex["TRTSDT"]),
                       AENDT=last, AENDTM=adex["_END"], AENDY=compute_day(last, adex["TRTSDT"]))


def derive_aseq(adex: pd.DataFrame) -> pd.DataFrame:
    """The number of the record within the subject, in the order of the dataset.

    Out: ASEQ.
    """
    return adex.assign(ASEQ=adex.groupby("USUBJID", sort=False).cumcount().astype("float64") + 1)

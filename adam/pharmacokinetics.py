"""Concentrations for analysis: doses as given, times relative to them, BLQ values, copies and exclusions (ADPC)."""

from typing import Any

import numpy as np
import pandas as pd

from adam.dates import compute_datetime
from adam.flags import compute_flag
from sdtm.findings import number_text
from sdtm.mapping import report_records
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "BLQ_VALUES", "collect_doses", "compute_hours", "compute_moment", "compute_planned_hours",
    "compute_reference_visit", "copy_predose", "derive_concentration", "derive_exclusion", "derive_reference_dose",
    "derive_relative_times", "derive_test_parameter",
]

BLQ_VALUES = ("zero", "half", "zero then half", "missing")
HOUR = pd.Timedelta(hours=1)
MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?"
ELAPSED = r"(?P<sign>-?)P(?:(?P<D>\d+(?:\.\d+)?)D)?(?:T(?:(?P<H>\d+(?:\.\d+)?)H)?(?:(?P<M>\d+(?:\.\d+)?)M)?)?"
DOSE = ["DOSEVIS", "PCRFTDTM", "_DOSEEND", "DOSEA", "DOSEU", "DOSENO", "_NDOSE"]


def compute_moment(dtc: pd.Series, impute_time: str = "second") -> pd.Series:
    """The date and time of an ISO 8601 text, without seconds to the minute; with impute_time="hour" a date alone is
    0:00. As compute_datetime, which reads what is not plain.
    """
    plain = dtc.str.fullmatch(MOMENT)
    moment = pd.to_datetime(dtc.where(plain, None), format="ISO8601", errors="coerce").astype("datetime64[s]")
    rest = dtc[moment.isna() & (dtc != "")]
    if len(rest):
        moment = moment.fillna(compute_datetime(rest, impute_time=impute_time)["datetime"])
    return moment


def compute_reference_visit(reference: pd.Series) -> pd.Series:
    """The visit that a time point reference names: C1D1 of "C1D1 START OF INFUSION"."""
    return reference.map({text: text.split(" ")[0] for text in reference.drop_duplicates()}).astype("str")


def compute_hours(elapsed: pd.Series) -> pd.Series:
    """An ISO 8601 duration of days, hours and minutes (-PT1H, P1DT2H, PT30M) in hours; NaN for a text that is none."""
    distinct = elapsed.drop_duplicates()
    parts = distinct.str.extract(f"^{ELAPSED}$")
    amounts = parts[["D", "H", "M"]].astype("float64")
    hours = (amounts.fillna(0.0) * [24.0, 1.0, 1 / 60]).sum(axis=1).where(amounts.notna().any(axis=1))
    hours = hours.where(parts["sign"] != "-", -hours)
    return elapsed.map(dict(zip(distinct, hours, strict=True))).astype("float64")


def compute_planned_hours(visit: pd.Series, study: StudySpecs) -> pd.Series:
    """Hours from the start of study day 1 to that of the visit, as trial_design.yaml plans it; else NaN."""
    days = {name: float(plan.day) for name, plan in study.design.visits.items() if plan.day}
    return (visit.map(days).astype("float64") - 1) * 24


def collect_doses(ex: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """One row for each administration of a drug: the intervals of a visit are one, from the first start to the last
    end, with their doses summed.

    In: EX. Out: USUBJID, PARAMCD (the drug), DOSEVIS, PCRFTDTM and _DOSEEND (unknown without a time), DOSEA (sum),
    DOSEU, DOSENO (1 for the first of the drug), _NDOSE (planned hours from day 1), _DAY (the start, at 0:00 where
    its time is unknown), _record.
    """
    given = ex[ex["EXDOSE"] > 0]
    given = given[["USUBJID", "EXTRT", "VISIT", "EXDOSE", "EXDOSU", "_record"]].assign(
        PCRFTDTM=compute_moment(given["EXSTDTC"]), _DOSEEND=compute_moment(given["EXENDTC"]),
        _DAY=compute_moment(given["EXSTDTC"], "hour"))
    given = given.rename(columns={"EXTRT": "PARAMCD", "VISIT": "DOSEVIS"}).sort_values(
        ["USUBJID", "PARAMCD", "DOSEVIS", "_DAY"], kind="stable")
    doses = given.groupby(["USUBJID", "PARAMCD", "DOSEVIS"], as_index=False, sort=False).agg(
        PCRFTDTM=("PCRFTDTM", "min"), _DOSEEND=("_DOSEEND", "max"), DOSEA=("EXDOSE", "sum"), DOSEU=("EXDOSU", "first"),
        _DAY=("_DAY", "min"), _record=("_record", "first"))
    doses = doses.sort_values(["USUBJID", "PARAMCD", "_DAY", "DOSEVIS"], kind="stable", ignore_index=True)
    number = doses.groupby(["USUBJID", "PARAMCD"]).cumcount() + 1
    return doses.assign(DOSENO=number.astype("float64"), _NDOSE=compute_planned_hours(doses["DOSEVIS"], study))


def derive_test_parameter(data: pd.DataFrame, test: pd.Series, spec: DatasetSpec) -> pd.DataFrame:
    """The parameter that the test belongs to, as the specification lists them: code, description with unit, number.

    In: the test of each record (--TESTCD), the `parameters` of the specification. Out: PARAMCD, PARAM, PARAMN.
    """
    names = {name: p.PARAM for name, p in spec.parameters.items()}
    numbers = {name: float(p.PARAMN) for name, p in spec.parameters.items()}
    return data.assign(PARAMCD=test, PARAM=test.map(names).astype("str"), PARAMN=test.map(numbers).astype("float64"))


def derive_concentration(adpc: pd.DataFrame, pc: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The concentration in the standard unit. A value below the lower limit of quantitation (BLQ) is flagged, and the
    analysis value is what the analysis plan says: zero, half of the limit, zero before and half of it after the first
    dose, or missing.

    In: PC.PCSTRESN, PCSTRESC, PCLLOQ; DOSENO, ARRLT (for "zero then half"). Out: AVAL, AVALC, ALLOQ, BLQFL, DTYPE
    (HALFLLOQ where half of the limit stands for it).
    """
    source = pc.loc[adpc.index]
    blq = source["PCSTRESN"].isna() & (source["PCSTRESC"].str.startswith("<") | (source["PCSTRESC"] == "BLQ"))
    half = blq & (rule == "half" or (rule == "zero then half" and (adpc["AFRLT"] > 0)))
    zero = blq & ~half & (rule != "missing")
    value = source["PCSTRESN"].mask(zero, 0.0).mask(half, source["PCLLOQ"] / 2)
    return adpc.assign(AVAL=value, AVALC=source["PCSTRESC"], ALLOQ=source["PCLLOQ"], BLQFL=compute_flag(blq),
                       DTYPE=pd.Series("", index=adpc.index, dtype="str").mask(half, "HALFLLOQ"))


def derive_reference_dose(adpc: pd.DataFrame, pc: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """The dose of the drug that the sample refers to, as it was given: that of the visit which the time point reference
    names; where none was given there, or the sample was not planned, the last one before the sample.

    In: PARAMCD (the drug), ADTM, PC.PCTPTREF, the administrations. Out: DOSEVIS, PCRFTDTM (datetime64), DOSEA, DOSEU,
    DOSENO; FANLDTM, the first dose of the drug. Empty where the subject had none before.
    """
    reference = compute_reference_visit(pc.loc[adpc.index, "PCTPTREF"])
    keys = ["USUBJID", "PARAMCD"]
    named = adpc[keys].assign(DOSEVIS=reference).merge(
        doses[[*keys, *DOSE]].assign(_at=doses["DOSEVIS"]), on=[*keys, "DOSEVIS"], how="left",
        validate="many_to_one").set_axis(adpc.index)
    timed = adpc.loc[named["_at"].isna() & adpc["ADTM"].notna(), [*keys, "ADTM"]]
    before = pd.merge_asof(
        timed.sort_values("ADTM", kind="stable").reset_index(names="_row"),
        doses.loc[doses["PCRFTDTM"].notna(), [*keys, *DOSE]].sort_values("PCRFTDTM", kind="stable"),
        left_on="ADTM", right_on="PCRFTDTM", by=keys).set_index("_row")
    first = doses[doses["DOSENO"] == 1].set_index(keys)["PCRFTDTM"].rename("FANLDTM")
    found = {}
    for name in DOSE:
        column = named[name].where(named["_at"].notna())
        column.update(before[name].dropna())
        found[name] = column.fillna("").astype("str") if name in ("DOSEVIS", "DOSEU") else column
    joined = adpc[keys].join(first, on=keys, validate="many_to_one")["FANLDTM"]
    return adpc.assign(**found, FANLDTM=joined.astype("datetime64[s]"))


def derive_relative_times(adpc: pd.DataFrame, pc: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Hours from the first dose of the drug and from the reference dose to the sample, actual and nominal. The nominal
    time of a sample counts from the start of the first infusion of its visit, and the planned start of the drug's own
    infusion after that is subtracted.

    In: ADTM, PCRFTDTM, _DOSEEND, FANLDTM, PC.PCELTM, PCTPTREF, `terms.pharmacokinetics.infusion_start` of study.yaml.
    Out: AFRLT, ARRLT, NFRLT, NRRLT, ADOSEDUR (hours), FRLTU, RRLTU. Source: ADaMIG for NCA 1.0, 3.2.
    """
    source = pc.loc[adpc.index]
    delay = adpc["PARAMCD"].map(_numbers(study.facts.terms["pharmacokinetics"]["infusion_start"])).astype("float64")
    planned = compute_planned_hours(compute_reference_visit(source["PCTPTREF"]), study)
    nominal = planned + compute_hours(source["PCELTM"]) - delay
    hours = pd.Series("h", index=adpc.index, dtype="str")
    return adpc.assign(
        AFRLT=(adpc["ADTM"] - adpc["FANLDTM"]) / HOUR, ARRLT=(adpc["ADTM"] - adpc["PCRFTDTM"]) / HOUR,
        NFRLT=nominal, NRRLT=nominal - adpc["_NDOSE"], ADOSEDUR=(adpc["_DOSEEND"] - adpc["PCRFTDTM"]) / HOUR,
        FRLTU=hours, RRLTU=hours)


def _numbers(texts: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in texts.items()}


def copy_predose(adpc: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """A second record of each measured sample planned before a later dose of the drug, as the end of the interval of
    the dose before that: its times count from that dose, and DTYPE is COPY.

    In: NRRLT, DOSENO, the administrations. Out: the records and their copies.
    """
    keys = ["USUBJID", "PARAMCD", "DOSENO"]
    before = adpc[(adpc["NRRLT"] < 0) & (adpc["DOSENO"] > 1) & adpc["AVALC"].ne("") & (adpc["_FIRSTPT"] == "Y")]
    previous = before[keys].assign(DOSENO=before["DOSENO"] - 1).merge(
        doses[[*keys, *(name for name in DOSE if name != "DOSENO")]], on=keys, how="left", validate="many_to_one")
    previous = previous.set_axis(before.index)
    copies = before.assign(**{name: previous[name] for name in DOSE})
    copies = copies.assign(ARRLT=(copies["ADTM"] - copies["PCRFTDTM"]) / HOUR, NRRLT=copies["NFRLT"] - copies["_NDOSE"],
                           ADOSEDUR=(copies["_DOSEEND"] - copies["PCRFTDTM"]) / HOUR,
                           DTYPE=pd.Series("COPY", index=copies.index, dtype="str"))
    return pd.concat([adpc, copies], ignore_index=True)


def derive_exclusion(adpc: pd.DataFrame, spec: DatasetSpec, interval: float) -> pd.DataFrame:
    """Y on a record that non-compartmental analysis leaves out, with the reason: no result, no date and time, no dose
    to refer to, a time that contradicts the dose, a time behind the dosing interval, or a second sample at one time.

    In: AVALC, ADTM, PCRFTDTM, ARRLT, NRRLT, ADOSEDUR, `terms.pharmacokinetics.interval` of study.yaml (hours). Out:
    NCAXFL, NCA1XRS. Times that contradict the dose are findings. Source: ADaMIG for NCA 1.0, 3.2.
    """
    timed = adpc["ARRLT"].notna()
    late = timed & (adpc["NRRLT"] < 0) & (adpc["ARRLT"] > 0)
    early = timed & (adpc["NRRLT"] > 0) & (adpc["ARRLT"] <= 0)
    again = timed & (adpc["AVALC"] != "") & adpc.duplicated(["USUBJID", "PARAMCD", "DOSENO", "ARRLT"])
    reasons = [
        (adpc["AVALC"] == "", "NO RESULT"), (adpc["ADTM"].isna(), "NO DATE AND TIME OF THE SAMPLE"),
        (adpc["PCRFTDTM"].isna(), "NO DOSE TO REFER TO"), (late, "PLANNED BEFORE THE DOSE, DRAWN AFTER ITS START"),
        (early, "PLANNED AFTER THE DOSE, DRAWN BEFORE IT"), (again, "ANOTHER SAMPLE AT THE SAME TIME"),
        (adpc["NRRLT"] > interval, "BEHIND THE DOSING INTERVAL"),
    ]
    reason = pd.Series(np.select([where for where, _ in reasons], [text for _, text in reasons], ""), index=adpc.index)
    _report_times(adpc, spec, late, early, again)
    return adpc.assign(NCAXFL=compute_flag(reason != ""), NCA1XRS=reason.astype("str"))


def _report_times(adpc: pd.DataFrame, spec: DatasetSpec, late: pd.Series, early: pd.Series, again: pd.Series) -> None:
    """Findings for times that contradict the dose. A copy has been reported with the sample it is of."""
    own = adpc["DTYPE"] != "COPY"
    short = own & adpc["_EOI"].eq("Y") & (adpc["ARRLT"] < adpc["ADOSEDUR"]) & ~early & ~late
    measured = (adpc["BLQFL"] != "Y") & (adpc["AVAL"] > 0)
    present = own & ~early & measured & (adpc["DOSENO"] == 1) & (adpc["ARRLT"] <= 0)
    act = "data management: query the site for the times of the sample and of the infusion"
    for where, rule, severity, variable, message in (
        (own & late, "pk.predose_after_dose", "error", "ADTM",
         "the sample is planned before the dose and was drawn {} h after its start; NCA leaves it out"),
        (own & early, "pk.postdose_before_dose", "warning", "ADTM",
         "the sample is planned after the dose and was drawn {} h before its start (a late dose?); NCA leaves it out"),
        (short, "pk.end_of_infusion_early", "warning", "ADTM",
         "the sample of the end of infusion was drawn {} h after its start, before that end"),
        (own & again, "pk.two_samples_at_once", "warning", "ADTM",
         "another sample has the same time, {} h from the dose; NCA takes the first"),
        (present, "pk.measurable_before_first_dose", "warning", "AVAL",
         "the drug is measurable {} h before its first dose"),
    ):
        found = adpc[where]
        shown = found["ADTM"].dt.strftime("%Y-%m-%dT%H:%M").astype("str") if variable == "ADTM" else found["AVALC"]
        said = number_text(found["ARRLT"].abs().round(2)).map(message.format).astype("str")
        report_records(found.assign(_SHOWN=shown), rule, severity, spec.name, variable, said, act, value="_SHOWN")

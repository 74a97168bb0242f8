"""What all analysis datasets of findings share: parameters, values, dates, visits, the record of a visit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adam.columns import map_numbers, map_texts, take_texts
from adam.dates import compute_date, compute_day
from adam.flags import compute_extreme, compute_flag
from adam.merge import copy_predecessors
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "copy_findings",
    "derive_abnfl",
    "derive_adt",
    "derive_anl01fl",
    "derive_aval",
    "derive_avalc",
    "derive_avisit",
    "derive_basetype",
    "derive_param",
    "derive_parameter_codes",
    "derive_source",
    "is_post_baseline",
]

TAKEN = ("STRESC", "STRESN", "STRESU", "STNRLO", "STNRHI", "NRIND", "SPEC", "DTC", "SEQ", "LOBXFL", "TPT", "STAT")


def copy_findings(source: pd.DataFrame, spec: DatasetSpec, domain: str) -> pd.DataFrame:
    """The results of the tests that are parameters of the analysis dataset, one record each, with what the
    specification copies.

    A parameter is a test (--TESTCD), or a test in one specimen (GLUC/URINE); without `from` its own code is the test.
    In: a findings domain. Out: the predecessors and working columns (_TEST, _DTC, _VISIT ...) for the derivations.
    Tests that are not parameters and records without a result are left out.
    """
    test = source[f"{domain}TESTCD"]
    specimen = f"{domain}SPEC"
    wanted = {parameter.from_ or code for code, parameter in spec.parameters.items()}
    if any("/" in name for name in wanted) and specimen in source:
        split = {name.partition("/")[0] for name in wanted if "/" in name}
        both = test[test.isin(split)] + "/" + source[specimen]
        test = both.reindex(test.index).fillna(test)
    there = test.isin(list(wanted)) & (source[f"{domain}STRESC"] != "")
    needed = {one.partition(".")[2] for one in (v.from_ for v in spec.columns) if one.startswith(f"{domain}.")}
    needed |= {f"{domain}{name}" for name in TAKEN} | {"USUBJID", "VISIT", "VISITNUM", "_record"}
    rows, test = source[[name for name in source if name in needed]][there], test[there]
    working = {f"_{name}": rows[f"{domain}{name}"] for name in TAKEN if f"{domain}{name}" in rows}
    working |= {"_TEST": test, "_VISIT": rows["VISIT"], "_VISITNUM": rows["VISITNUM"]}
    return copy_predecessors(rows, spec, domain).assign(**working)


def derive_param(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The parameter that the test belongs to, as the specification lists them: code, description with unit, number.

    In: --TESTCD, the `parameters` of the specification. Out: PARAMCD, PARAM, PARAMN, and PARCAT1 where the dataset has
    it.
    """
    of_test = {parameter.from_ or code: code for code, parameter in spec.parameters.items()}
    return derive_param_facts(data.assign(PARAMCD=map_texts(data["_TEST"], of_test)), spec)


def derive_param_facts(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Description, number and category of the parameter, as the specification lists them.

    In: PARAMCD. Out: PARAM, PARAMN, and PARCAT1 where the dataset has it.
    """
    code, facts = data["PARAMCD"], spec.parameters
    made = {"PARAM": map_texts(code, {name: one.PARAM for name, one in facts.items()}),
            "PARAMN": map_numbers(code, {name: one.PARAMN for name, one in facts.items()})}
    if "PARCAT1" in spec.variables:
        made["PARCAT1"] = map_texts(code, {name: one.PARCAT1 for name, one in facts.items()})
    return data.assign(**made)


def derive_parameter_codes(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The parameter of the measure and the drug, as the specification lists them: code, description with unit, number
    and the drug (or OVERALL) as category. Measures that it does not list are left out.

    In: the measure, the drug, the `parameters` of the specification. Out: PARAMCD, PARAM, PARAMN, PARCAT1.
    """
    code_of = {f"{one.from_}/{one.PARCAT1}": code for code, one in spec.parameters.items()}
    code = map_texts(data["_MEASURE"] + "/" + data["_DRUG"], code_of)
    listed = code != ""
    return derive_param_facts(data[listed].assign(PARAMCD=code[listed]), spec)


def derive_aval(data: pd.DataFrame) -> pd.DataFrame:
    """The result in the standard unit (--STRESN).

    In: --STRESN. Out: AVAL (unit in PARAM).
    """
    return data.assign(AVAL=data["_STRESN"])


def derive_avalc(data: pd.DataFrame) -> pd.DataFrame:
    """The result as text (--STRESC) where it is no number: a category, or a value beyond the limit of quantification
    (<5). Empty where the numeric value says all.

    In: --STRESC, AVAL. Out: AVALC.
    """
    return data.assign(AVALC=data["_STRESC"].where(data["AVAL"].isna(), "").astype("str"))


def derive_adt(data: pd.DataFrame) -> pd.DataFrame:
    """The date of the measurement (--DTC), not imputed, and the days from the first exposure to it, plus one on or
    after it; there is no day 0.

    In: --DTC (ISO 8601), TRTSDT. Out: ADT (date), ADY (days).
    """
    codes, unique = pd.factorize(data["_DTC"])
    days = compute_date(pd.Series(unique, dtype="str"))["date"]
    date = pd.Series(days.array.take(codes), index=data.index)
    return data.assign(ADT=date, ADY=compute_day(date, data["TRTSDT"]))


def derive_avisit(data: pd.DataFrame, study: StudySpecs, spec: DatasetSpec | None = None) -> pd.DataFrame:
    """The planned visit at which the measurement was made, with its number; a measurement at an unscheduled visit
    belongs to the visit whose window of study days holds it, where the study has such windows, else to none.

    In: --VISIT, VISITNUM, ADY, `terms.analysis_windows` of study.yaml ({visit: [target, first, last day]}). Out:
    AVISIT, AVISITN; where the dataset has them, the window that the record lies in (AWTARGET, AWTDIFF, AWLO, AWHI,
    AWU). Source: ADaMIG 1.3, 3.3.2 and 4.5.3.
    """
    visit, number = data["_VISIT"], data["_VISITNUM"]
    planned = visit.isin(list(study.facts.visits))
    made = data.assign(AVISIT=visit.where(planned, ""), AVISITN=number.where(planned))
    windows = study.facts.terms.get("analysis_windows")
    if spec is None or "AWTARGET" not in spec.variables or not windows:
        return made
    bounds = pd.DataFrame(windows, index=["target", "low", "high"]).T.astype("float64").sort_values("low")
    place = np.searchsorted(bounds["low"].to_numpy(), data["ADY"].fillna(-np.inf).to_numpy(), side="right") - 1
    inside = (place >= 0) & (data["ADY"].to_numpy() <= bounds["high"].to_numpy()[place])
    moved = inside & ~planned.to_numpy()
    visit = made["AVISIT"].where(~moved, take_texts(list(bounds.index), np.maximum(place, 0), data.index))
    numbers = map_numbers(visit, {name: float(number) for name, number in study.facts.visits.items()})
    target, low, high = (map_numbers(visit, bounds[name].to_dict()) for name in ("target", "low", "high"))
    unit = take_texts(["", "DAYS"], target.notna(), data.index)
    return made.assign(AVISIT=visit, AVISITN=numbers, AWTARGET=target, AWTDIFF=(data["ADY"] - target).abs(), AWLO=low,
                       AWHI=high, AWU=unit)


def derive_basetype(data: pd.DataFrame, study: StudySpecs, domain: str) -> pd.DataFrame:
    """What the baseline belongs to: the time point of the measurement where the study has one baseline a time point,
    else LAST.

    In: --TPT, `baseline_by` of study.yaml. Out: BASETYPE.
    """
    last = pd.Series("LAST", index=data.index, dtype="str")
    if not {f"{domain}TPT", f"{domain}TPTNUM"} & set(study.facts.baseline_by.get(domain, ())):
        return data.assign(BASETYPE=last)
    return data.assign(BASETYPE=data["_TPT"].where(data["_TPT"] != "", last))


def derive_anl01fl(data: pd.DataFrame,
                   by: Sequence[str] = ("USUBJID", "PARAMCD", "AVISIT", "BASETYPE")) -> pd.DataFrame:
    """Y on the record that stands for its visit: the last one of the subject, parameter, visit and time point; one of
    the planned visit itself before an unscheduled one that the window gives to the visit.

    In: AVISIT, ADT, --SEQ, BASETYPE. Out: ANL01FL (Y or "").
    """
    ordered = data.assign(_PLANNED=(data["AVISIT"] == data["_VISIT"]).astype("int64"))
    flag = compute_extreme(ordered, by, ["_PLANNED", "ADT", "_SEQ"], among=data["AVISIT"] != "", mode="last")
    return data.assign(ANL01FL=flag)


def is_post_baseline(data: pd.DataFrame) -> pd.Series:
    """True on records from the first exposure on that are not the baseline."""
    after = data["ADT"].to_numpy() >= data["TRTSDT"].to_numpy()
    return (data["ABLFL"] != "Y") & after


def derive_abnfl(data: pd.DataFrame, abnormal: pd.Series, study: StudySpecs) -> pd.DataFrame:
    """Y on an abnormal result after the first dose and within one year of it: what the registered outcome measures
    count (number of subjects with abnormal results, to one year). N on other results of that time.

    In: ADT, ABLFL, TRTSDT, what is abnormal (boolean), `terms.outcome_days` of study.yaml. Out: ABNFL (Y, N, or "" on
    results of another time). Source: registered outcome measures 2 to 6.
    """
    last = data["TRTSDT"] + pd.Timedelta(days=int(study.facts.terms["outcome_days"]) - 1)
    counted = is_post_baseline(data) & (data["ADT"] <= last)
    return data.assign(ABNFL=compute_flag(abnormal, "N").where(counted, "").astype("str"))


def derive_source(data: pd.DataFrame, domain: str) -> pd.DataFrame:
    """Where the value comes from: the domain, the variable and the sequence number of the record, or of the first of
    the records that a derived value was computed from.

    In: the working column _SEQ, AVAL, _STRESC. Out: SRCDOM, SRCVAR, SRCSEQ. Source: ADaMIG 1.3, 3.3.10.
    """
    domains = take_texts([domain], np.zeros(len(data)), data.index)
    variable = take_texts([f"{domain}STRESC", f"{domain}STRESN"], data["AVAL"].notna(), data.index)
    return data.assign(SRCDOM=domains, SRCVAR=variable, SRCSEQ=data["_SEQ"])

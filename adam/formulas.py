"""Formulas of clinical quantities: corrected QT, body size, mean arterial pressure, kidney function, dose intensity.

Each is vectors in, vector out; a missing input gives a missing result.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cdisckit.errors import SpecError, suggest

__all__ = ["BSA_METHODS", "EGFR_METHODS", "QTC_METHODS", "compute_bmi", "compute_bsa", "compute_dose_intensity",
           "compute_egfr", "compute_map", "compute_qtc", "compute_rr"]

QTC_METHODS = ("Bazett", "Fridericia", "Sagie")
EGFR_METHODS = ("CKD-EPI", "CRCL", "MDRD")
UMOL_IN_MG_DL = 88.42                                   # creatinine: umol/L in 1 mg/dL

# Body surface area in m2 = factor x height(cm)^a x weight(kg)^b. Du Bois 1916, Haycock 1978, Gehan and George 1970,
# Fujimoto 1968, Takahira 1925.
BSA_POWERS: Mapping[str, tuple[float, float, float]] = {
    "DuBois-DuBois": (0.007184, 0.725, 0.425),
    "Haycock": (0.024265, 0.3964, 0.5378),
    "Gehan-George": (0.0235, 0.42246, 0.51456),
    "Fujimoto": (0.008883, 0.663, 0.444),
    "Takahira": (0.007241, 0.725, 0.425),
}
BSA_METHODS = ("Mosteller", *BSA_POWERS, "Boyd")


def compute_qtc(qt: pd.Series, rr: pd.Series, method: str = "Fridericia") -> pd.Series:
    """The QT interval corrected for heart rate: Fridericia QT / cube root of RR, Bazett QT / square root of RR (RR in
    seconds), Sagie QT + 154 x (1 - RR).

    In: QT and RR (ms). Out: QTc (ms). Raises SpecError for another method. Source: Bazett 1920; Fridericia 1920; Sagie
    1992 (doi 10.1016/0002-9149(92)90562-D).
    """
    _check(method, QTC_METHODS)
    seconds = rr / 1000
    if method == "Bazett":
        return qt / np.sqrt(seconds)
    if method == "Fridericia":
        return qt / np.cbrt(seconds)
    return 1000 * (qt / 1000 + 0.154 * (1 - seconds))


def compute_rr(heart_rate: pd.Series) -> pd.Series:
    """The RR interval in ms from the heart rate in beats a minute: 60000 / HR. Empty where the rate is zero."""
    return (60000 / heart_rate).where(heart_rate != 0)


def compute_bmi(height: pd.Series, weight: pd.Series) -> pd.Series:
    """The body mass index: weight in kg divided by the square of the height in m; empty where the height is zero.

    In: height (cm), weight (kg). Out: kg/m2. Source: Quetelet index, WHO.
    """
    return (weight / (height / 100) ** 2).where(height != 0)


def compute_bsa(height: pd.Series, weight: pd.Series, method: str = "Mosteller") -> pd.Series:
    """The body surface area; by Mosteller the square root of height x weight / 3600.

    In: height (cm), weight (kg). Out: m2. Raises SpecError for a method that is none. Source: Mosteller 1987 (doi
    10.1056/NEJM198710223171717) and the authors the other methods are named after.
    """
    _check(method, BSA_METHODS)
    if method == "Mosteller":
        return np.sqrt(height * weight / 3600)
    if method == "Boyd":
        grams = 1000 * weight
        return 0.0003207 * height**0.3 * grams ** (0.7285 - 0.0188 * np.log10(grams.where(grams > 0)))
    factor, of_height, of_weight = BSA_POWERS[method]
    return factor * height**of_height * weight**of_weight


def compute_map(diastolic: pd.Series, systolic: pd.Series, heart_rate: pd.Series | None = None) -> pd.Series:
    """The mean arterial pressure: (2 x diastolic + systolic) / 3, or with the heart rate diastolic + 0.01 x
    exp(4.14 - 40.74 / rate) x (systolic - diastolic).

    In: mmHg, beats a minute. Out: mmHg. Source: Moran 1995 for the second formula.
    """
    if heart_rate is None:
        return (2 * diastolic + systolic) / 3
    return diastolic + 0.01 * np.exp(4.14 - 40.74 / heart_rate) * (systolic - diastolic)


def compute_egfr(creatinine: pd.Series, unit: pd.Series, age: pd.Series, sex: pd.Series, *, method: str = "CKD-EPI",
                 weight: pd.Series | None = None, race: pd.Series | None = None) -> pd.Series:
    """Kidney function from serum creatinine: eGFR by CKD-EPI 2021 or by MDRD, or creatinine clearance by Cockcroft and
    Gault (CRCL).

    In: creatinine, its unit (mg/dL or umol/L in any case), age (years), sex (M, F), for CRCL weight (kg), for MDRD
    race. Out: mL/min/1.73m2 (CRCL: mL/min); NaN for another sex or unit. Raises SpecError for a method that is none.
    Source: Inker 2021 (doi 10.1056/NEJMoa2102953); Levey 2006; Cockcroft and Gault 1976.
    """
    _check(method, EGFR_METHODS)
    female, known = sex == "F", sex.isin(["F", "M"])
    molar = unit.fillna("").astype("str").str.lower() == "umol/l"
    known &= molar | (unit.fillna("").astype("str").str.lower() == "mg/dl")
    serum = creatinine.astype("float64").where(~molar, creatinine / UMOL_IN_MG_DL)
    if method == "CRCL":
        if weight is None:
            raise SpecError("the clearance of Cockcroft and Gault needs the weight", fix="give weight=")
        by_mg = (140 - age) * weight * _either(female, 0.85, 1.0) / (72 * serum)
        by_umol = (140 - age) * weight * _either(female, 1.04, 1.23) / creatinine
        return by_mg.where(~molar, by_umol).where(known)
    if method == "MDRD":
        black = _either(race == "BLACK OR AFRICAN AMERICAN", 1.212, 1.0) if race is not None else 1.0
        return (175 * serum**-1.154 * age**-0.203 * _either(female, 0.742, 1.0) * black).where(known)
    relative = serum / _either(female, 0.7, 0.9)
    below = relative.clip(upper=1) ** _either(female, -0.241, -0.302)
    return (142 * below * relative.clip(lower=1) ** -1.2 * 0.9938**age * _either(female, 1.012, 1.0)).where(known)


def compute_dose_intensity(given: pd.Series, planned: pd.Series, *, unplanned: str = "missing") -> pd.Series:
    """The dose given in percent of the dose planned; empty where nothing was planned.

    unplanned: with "100", a dose that was given without a plan is 100, and nothing given without a plan is 0. In: two
    doses of one unit. Out: %. Raises SpecError for another option.
    """
    _check(unplanned, ("missing", "100"))
    percent = 100 * given / planned.where(planned != 0)
    if unplanned == "missing":
        return percent
    return percent.mask((planned == 0) & given.notna(), 100.0).mask((planned == 0) & (given == 0), 0.0)


def _either(condition: pd.Series, yes: float, no: float) -> pd.Series:
    return pd.Series(np.where(condition, yes, no), index=condition.index)


def _check(method: str, known: tuple[str, ...]) -> None:
    if method not in known:
        raise SpecError(f"there is no method {method!r}{suggest(method, known)}", cases=list(known))

"""Pharmacokinetic parameters of a study: profiles from ADPC, non-compartmental analysis, units, one row a parameter."""

from typing import Any

import numpy as np
import pandas as pd

from adam.nca import INFUSION, REASONS, UNMEASURED, Nca, NcaRule, compute_accumulation, compute_nca
from adam.nca_profiles import BLQ_RULES
from adam.record_ids import join_records
from cdisckit.errors import SpecError, suggest

__all__ = ["UNITS", "collect_profiles", "derive_parameters", "read_nca_rule"]

# The unit of each parameter: {c} is the unit of concentration, {d} of dose, {t} of time.
UNITS = {
    **dict.fromkeys(("CMAX", "CMIN", "CLST", "CTROUGH", "CAVG", "C0", "CONCEINF"), "{c}"),
    **dict.fromkeys(("TMAX", "TLST", "TLAG", "LAMZHL", "LAMZLL", "LAMZUL"), "{t}"),
    **dict.fromkeys((f"MRT{form}{to}" for form in ("IC", "IB", "EV") for to in ("IFO", "IFP", "LST")), "{t}"),
    **dict.fromkeys(("AUCLST", "AUCALL", "AUCIFO", "AUCIFP", "AUCTAU", "AUCINT"), "{t}*{c}"),
    **dict.fromkeys(("AUMCLST", "AUMCIFO", "AUMCIFP"), "{t}2*{c}"),
    **dict.fromkeys(("AUCPEO", "AUCPEP", "FLUCP", "SWING"), "%"),
    **dict.fromkeys(("CLO", "CLP", "CLFO", "CLFP"), "L/{t}"),
    **dict.fromkeys(("VZO", "VZP", "VZFO", "VZFP", "VSSO", "VSSP"), "L"),
    **dict.fromkeys(("R2", "R2ADJ", "CORRXY", "LAMZNPT", "LAMZSPN", "PTROUGHR", "ARCMAX", "ARAUC", "ARCTROUG"), ""),
    "LAMZ": "/{t}", "CMAXD": "{c}/{d}",
    **dict.fromkeys(("AUCLSTD", "AUCIFOD", "AUCTAUD"), "{t}*{c}/{d}"),
}
TROUGHS = ("CTROUGH", "PTROUGHR", "ARCTROUG")
ACCUMULATION = ("as measured", "dose normalised")
VOLUMES = ("CLO", "CLP", "CLFO", "CLFP", "VZO", "VZP", "VZFO", "VZFP", "VSSO", "VSSP")
# Litres in one dose unit / concentration unit: 1 mg / (ug/mL) is 1 L.
LITRES = {("mg", "ug/mL"): 1.0, ("mg", "mg/L"): 1.0, ("mg", "ng/mL"): 1e3, ("mg", "pg/mL"): 1e6, ("ug", "ng/mL"): 1.0,
          ("ug", "ug/mL"): 1e-3, ("g", "ug/mL"): 1e3, ("g", "mg/mL"): 1.0}


def read_nca_rule(plan: dict[str, Any]) -> NcaRule:
    """The analysis plan's rules of non-compartmental analysis: `terms.pharmacokinetics` of study.yaml."""
    if plan["blq_rule"] not in BLQ_RULES:
        raise SpecError(f"there is no BLQ rule {plan['blq_rule']!r}{suggest(plan['blq_rule'], BLQ_RULES)}",
                        cases=sorted(BLQ_RULES), where="study.yaml, terms.pharmacokinetics.blq_rule")
    partial = tuple((float(begin), float(end)) for begin, end in plan["partial"])
    return NcaRule(method=plan["method"], blq=BLQ_RULES[plan["blq_rule"]], partial=partial,
                   trough=float(plan["trough_window"]), end_of_infusion=float(plan["end_of_infusion_window"]))


def _is_dose_normalised(plan: dict[str, Any]) -> bool:
    """Whether accumulation ratios are of concentrations per dose; SpecError for a rule that is none."""
    rule = plan.get("accumulation", ACCUMULATION[0])
    if rule not in ACCUMULATION:
        raise SpecError(f"there is no rule of accumulation {rule!r}{suggest(rule, ACCUMULATION)}",
                        cases=list(ACCUMULATION), where="study.yaml, terms.pharmacokinetics.accumulation")
    return rule == ACCUMULATION[1]


def collect_profiles(adpc: pd.DataFrame, plan: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The samples and the dose of each profile: of a subject, a drug and a dose with at least one sample after it.

    In: ADPC; time `actual` (ARRLT) or `nominal` (NRRLT) and the dosing interval of the plan. Out: samples (profile,
    time, conc; BLQ is 0) and doses (index profile), as compute_nca takes them, the doses with what names the profile.
    """
    used = adpc[(adpc["DOSENO"] > 0) & (adpc["NCAXFL"] != "Y")]
    time = {"actual": "ARRLT", "nominal": "NRRLT"}[plan["time"]]
    name = _profile(adpc)
    samples = pd.DataFrame({"profile": name[used.index], "time": used[time],
                            "conc": used["AVAL"].mask(used["BLQFL"] == "Y", 0.0)})
    planned = adpc[(adpc["DOSENO"] > 0) & (adpc["ARRLT"] > 0) & (adpc["DTYPE"] != "COPY")]
    rows = planned.assign(profile=name[planned.index]).drop_duplicates("profile").set_index("profile")
    doses = rows[["USUBJID", "PARAMCD", "DOSEVIS", "DOSENO", "PCRFTDTM", "DOSEU"]].assign(
        route=INFUSION, dose=rows["DOSEA"], duration=rows["ADOSEDUR"], tau=float(plan["interval"]),
        first=rows["DOSENO"] == 1)
    return samples[samples["profile"].isin(doses.index)], doses


def derive_parameters(adpc: pd.DataFrame, plan: dict[str, Any], unit: str) -> pd.DataFrame:
    """The parameters of each profile by non-compartmental analysis, one row a parameter with its value in its unit or
    the reason why there is none. A dose with the whole series of samples has all parameters of the plan, any other the
    few that single samples give.

    In: ADPC, `terms.pharmacokinetics` of study.yaml, the unit of concentration. Out: USUBJID, PARAMCD (the drug),
    DOSEVIS, PCRFTDTM, PPTESTCD, VALUE, UNIT, REASON, BEGIN and END (hours, of a partial AUC), _record (of all samples).
    """
    samples, doses = collect_profiles(adpc, plan)
    nca = _without_unmeasured(compute_nca(samples, doses, read_nca_rule(plan)), _measured_profiles(adpc))
    first = doses[doses["DOSENO"] == 1].reset_index().set_index(["USUBJID", "PARAMCD"])["profile"]
    earlier = doses[["USUBJID", "PARAMCD"]].join(first, on=["USUBJID", "PARAMCD"], validate="many_to_one")["profile"]
    nca = compute_accumulation(nca, earlier.where(doses["DOSENO"] > 1).fillna("").astype("str"),
                               doses["dose"] if _is_dose_normalised(plan) else None)
    partial = [code for code in nca.values if code.startswith("AUCINT ")]
    rows = _long(nca, doses["DOSEVIS"].isin(plan["full_profiles"]), [*plan["parameters"], *partial], plan["sparse"])
    rows = rows.join(doses[["USUBJID", "PARAMCD", "DOSEVIS", "PCRFTDTM", "DOSEU"]], on="profile",
                     validate="many_to_one")
    rows = _with_units(rows, unit)
    keys = ["USUBJID", "PARAMCD", "DOSEVIS"]
    return rows.join(join_records(adpc[adpc["DOSENO"] > 0], keys), on=keys, validate="many_to_one")


def _measured_profiles(adpc: pd.DataFrame) -> pd.Series:
    """The profiles that have a concentration of their own after the dose, not only the one before the next dose."""
    own = (adpc["DOSENO"] > 0) & (adpc["NCAXFL"] != "Y") & (adpc["ARRLT"] > 0) & (adpc["DTYPE"] != "COPY")
    return _profile(adpc[own]).drop_duplicates()


def _profile(adpc: pd.DataFrame) -> pd.Series:
    return adpc["USUBJID"] + "|" + adpc["PARAMCD"] + "|" + adpc["DOSEVIS"]


def _without_unmeasured(nca: Nca, measured: pd.Series) -> Nca:
    """No parameter but the trough where every sample after the dose is missing: the largest of what is left would be
    the concentration before this dose or the next.
    """
    lacking = ~nca.values.index.isin(measured)
    codes = [code for code in nca.values if code not in TROUGHS]
    values, reasons = nca.values.copy(), nca.reasons.copy()
    reasons.loc[lacking, codes] = reasons.loc[lacking, codes].mask(values.loc[lacking, codes].notna(),
                                                                          REASONS[UNMEASURED])
    values.loc[lacking, codes] = np.nan
    return Nca(values, reasons)


def _long(nca: Nca, full: pd.Series, parameters: list[str], sparse: list[str]) -> pd.DataFrame:
    """One row for each parameter that the plan wants of the profile."""
    codes = list(dict.fromkeys([*parameters, *sparse]))
    unknown = [code for code in codes if code not in nca.values]
    if unknown:
        raise SpecError(f"there is no parameter {unknown[0]}{suggest(unknown[0], list(nca.values))}", cases=unknown,
                        where="study.yaml, terms.pharmacokinetics")
    values, reasons = (part[codes].to_numpy().ravel() for part in (nca.values, nca.reasons))
    wanted = np.where(full.to_numpy()[:, None], np.isin(codes, parameters), np.isin(codes, sparse)).ravel()
    code = np.tile(np.array(codes, dtype=object), len(nca.values))
    rows = pd.DataFrame({"profile": np.repeat(nca.values.index.to_numpy(), len(codes)), "_code": code, "VALUE": values,
                         "REASON": reasons})[wanted].astype({"profile": "str", "REASON": "str"})
    test, between = rows["_code"].str.split(" ").str[0], rows["_code"].str.extract(r" (.+)-(.+)$")
    return rows.assign(PPTESTCD=test.astype("str"), BEGIN=between[0].astype("float64"),
                       END=between[1].astype("float64"))


def _with_units(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Units of the parameters; clearance and volumes in litres."""
    pairs = rows["DOSEU"].map({dose: litres for (dose, conc), litres in LITRES.items() if conc == unit})
    pairs = pairs.astype("float64")
    volume = rows["PPTESTCD"].isin(VOLUMES)
    unknown = rows[volume & pairs.isna()]
    if len(unknown):
        raise SpecError(f"there is no factor from {unknown['DOSEU'].iloc[0]} / ({unit}) to litres",
                        where="adam/pk_parameters.py, LITRES", fix="add the pair of units")
    texts = pd.Series("", index=rows.index, dtype="str")
    for dose in rows["DOSEU"].drop_duplicates():
        names = {code: form.format(c=unit, d=dose, t="h") for code, form in UNITS.items()}
        texts = texts.mask(rows["DOSEU"] == dose, rows["PPTESTCD"].map(names).astype("str").fillna(""))
    return rows.assign(UNIT=texts, VALUE=rows["VALUE"] * pairs.where(volume, 1.0))

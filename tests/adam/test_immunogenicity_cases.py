"""The worked cases of antidrug antibodies: every parameter and every visit as the field's template gives them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.immunogenicity import (
    BOOSTED,
    INDUCED,
    NEGATIVE,
    UNAFFECTED,
    AdaRule,
    compute_neutralising,
    derive_ada_baseline,
    derive_ada_samples,
    summarise_ada,
)

BY = ["USUBJID", "TEST"]


def read_samples(case: dict[str, Any]) -> pd.DataFrame:
    given, drug = case["given"], case["parameters"]["drug"]
    data = pd.DataFrame(given["is"])
    data = data[(data["ISSTAT"].fillna("") != "NOT DONE") & (data["ISBDAGNT"] == drug)].reset_index(drop=True)
    first = min(row["EXSTDTC"] for row in given.get("ex_first", given.get("ex")))
    text = data["ISSTRESC"].fillna("").astype("str")
    titre = data["ISSTRESN"].astype("float64")
    negative = text.eq("NEGATIVE") | text.eq("NEGATIVE CONFIRMATION") | text.eq("NEGATIVE SCREEN")
    positive = text.str.startswith(("POSITIVE", "NEGATIVE TITER", "<")) | (titre > 0)
    return pd.DataFrame({
        "USUBJID": data["USUBJID"], "TEST": data["ISTESTCD"], "ISSEQ": data["ISSEQ"], "TEXT": text,
        "ADTM": pd.to_datetime(data["ISDTC"], format="ISO8601"), "FIRST": pd.Timestamp(first),
        "NFRLT": data["VISITDY"].astype("float64") - 1, "TITRE": titre.where(data["ISTESTCD"] == "ADA_BAB"),
        "RESULT": np.where(negative, 0.0, np.where(positive, 1.0, np.nan)), "VISIT": data["VISIT"]})


def analyse(case: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    asked = case["parameters"]
    rule = AdaRule(boost=float(asked["boost_threshold"]), scale="log10", clock=False, baseline_result=False,
                   persistent_days=7.0 * float(asked["persistent_weeks"]),
                   minimum_titre=float(asked["minimum_reportable_titer"]))
    samples = derive_ada_samples(derive_ada_baseline(read_samples(case), BY, rule), BY, rule)
    subjects = summarise_ada(samples, BY, rule).xs("ADA_BAB", level="TEST")
    tests = samples[samples["TEST"] == "ADA_NAB"]
    # a neutralising record without a result is one that is missing: it counts as collected
    tests = tests.assign(AFTER=(tests["ADTM"] > tests["FIRST"]) & (tests["ABLFL"] != "Y"))
    return samples, subjects.assign(NAB=compute_neutralising(tests, ["USUBJID"], subjects["STATUS"]),
                                    TESTED=subjects.index.isin(tests["USUBJID"]))


def yes_no(value: Any) -> dict[str, Any]:
    return {"AVAL": float(bool(value)), "AVALC": "Y" if value else "N"}


def moment(value: pd.Timestamp) -> dict[str, Any]:
    if pd.isna(value):
        return {"AVAL": None, "AVALC": None}
    return {"AVAL": value.timestamp(), "AVALC": value.strftime("%d%b%Y:%H:%M:%S").upper()}


def parameters(one: pd.Series) -> dict[str, dict[str, Any] | None]:
    status = {1.0: "POSITIVE", 0.0: "NEGATIVE"}
    named = {code: {"AVAL": value if value == value else None, "AVALC": status.get(value, "MISSING")}
             for code, value in (("ADASTAT1", one["STATUS"]), ("NABSTAT1", one["NAB"]))}
    base = {"AVAL": None, "AVALC": None} if one["BFLAG"] != one["BFLAG"] else yes_no(one["BFLAG"])
    weeks = {code: {"AVAL": None if value != value else round(value, 4), "AVALC": None}
             for code, value in (("TIMADA1", one["ONSET"]), ("ADADUR1", one["DURATION"]))}
    return {**named, **weeks, "NABSTAT1": named["NABSTAT1"] if one["TESTED"] else None, "BFLAG1": base,
            "INDUCD1": yes_no(one["TFLAG"] == INDUCED), "ENHANC1": yes_no(one["TFLAG"] == BOOSTED),
            "EMERPOS1": yes_no(one["STATUS"] == 1), "EMERNEG1": yes_no(one["STATUS"] == 0),
            "TRUNAFF1": yes_no(one["TFLAG"] == UNAFFECTED), "NOTRREL1": yes_no(not one["EVALUABLE"]),
            "PERSADA1": yes_no(one["PERSISTENT"]), "TRANADA1": yes_no(one["TRANSIENT"]),
            "FPPDTM1": moment(one["FIRSTDTM"]), "LPPDTM1": moment(one["LASTDTM"])}


def visits(samples: pd.DataFrame) -> list[dict[str, Any]]:
    """The records by visit, of binding antibodies: result, titre, flags."""
    rows = []
    for row in samples[samples["TEST"] == "ADA_BAB"].to_dict("records"):
        flag = row["TFLAG"]
        seen = {NEGATIVE: 0.0, INDUCED: 1.0, BOOSTED: 1.0, UNAFFECTED: 0.0}.get(flag)
        same = {"ISSEQ": row["ISSEQ"], "NFRLT": row["NFRLT"], "ADTM": row["ADTM"].isoformat(),
                "AFRLT": (row["ADTM"] - row["FIRST"]).total_seconds() / 86400, "ABLFL": row["ABLFL"] or None}
        result = {1.0: "POSITIVE", 0.0: "NEGATIVE"}.get(row["RESULT"])
        rows += [{"PARAMCD": "RESULT1", **same, "AVAL": row["RESULT"], "AVALC": result, "BASE": row["BASERES"]},
                 {"PARAMCD": "BABXANOM", **same, "AVAL": row["TITRE"], "BASE": row["BASETIT"]},
                 {"PARAMCD": "TFLAGV1", **same, "AVAL": flag},
                 {"PARAMCD": "PBFLAGV1", **same, "AVAL": seen,
                  "AVALC": {1.0: "POSITIVE", 0.0: "NEGATIVE", None: "MISSING"}[seen]},
                 {"PARAMCD": "ADASTTV1", **same, "AVAL": seen,
                  "AVALC": {1.0: "ADA+", 0.0: "ADA-", None: "MISSING"}[seen]}]
    return rows


def differs(found: Any, wanted: Any, tolerance: float) -> bool:
    if wanted is None or isinstance(wanted, str):
        return not (found == wanted or (wanted is None and pd.isna(found)))
    return not np.isclose(float(found if found is not None else np.nan), wanted, atol=tolerance, rtol=0)


@pytest.mark.cases("07_anti_drug_antibody.json", "ada-e2e", "ada-ho")
def test_a_worked_case_of_antidrug_antibodies_comes_out(case):
    samples, subjects = analyse(case)
    wanted = case["expect"]["parameters"]
    found = parameters(subjects.iloc[0])
    wrong = [f"{code}.{name}: {found[code][name]} is not {value}" for code, entry in wanted.items() if entry
             for name, value in entry.items() if name != "AVALU" and differs(found[code][name], value, case["tolerance"])]
    wrong += [f"{code} is not there" for code, entry in wanted.items() if (entry is None) != (found[code] is None)]
    by_visit = {(row["PARAMCD"], row["ISSEQ"]): row for row in visits(samples)}
    for row in case["expect"].get("by_visit", []):
        ours = by_visit.get((row["PARAMCD"], row["ISSEQ"]))
        if row["PARAMCD"] not in ("NABXANOM", "RESULT2"):          # of the neutralising test: as collected
            wrong += [f"{row['PARAMCD']} {row['VISIT']} {name}: {ours[name]} is not {row[name]}" for name in ours
                      if name in row and differs(ours[name], row[name], case["tolerance"])]
    assert wrong == []

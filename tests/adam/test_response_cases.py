"""The published and computed cases of responses, run through the engine as they stand."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from adam.dates import compute_date
from adam.response import (
    VALUES,
    ResponseRules,
    compute_confirmed,
    compute_counted,
    compute_until_progression,
    cut_after_progression,
    find_benefit,
    find_best_response,
    find_first,
    find_last,
)

FILE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "01_response_recist.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"] if FILE.is_file() else []
needs_cases = pytest.mark.skipif(not CASES, reason="../shared/cases is absent")
COLUMNS = ["USUBJID", "PARAMCD", "AVALC", "ADT", "ANL01FL", "DTHDT", "PDDT", "TRTSDT", "RANDDT"]


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a case as a data set: dates as dates, text missing as empty."""
    data = pd.DataFrame(rows, columns=list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])))
    dates = {name: pd.to_datetime(data[name]).astype("datetime64[s]") for name in data if str(name).endswith("DT")}
    text = {name: data[name].astype("str").fillna("") for name in ("USUBJID", "PARAMCD", "AVALC", "ANL01FL")}
    return data.assign(**dates, **text, ASEQ=range(len(data)))


def pick(data: pd.DataFrame, conditions: list[list[Any]] | None) -> pd.DataFrame:
    for name, operator, value in conditions or []:
        data = data[data[name].isin(value if operator == "in" else [value])]
    return data


def shown(record: pd.DataFrame, default: str | None = None) -> dict[str, Any]:
    """AVALC, AVAL and ADT of the first record, or of none."""
    if record.empty:
        return {"AVALC": default, "AVAL": VALUES.get(default or ""), "ADT": None}
    row = record.iloc[0]
    return {"AVALC": row["AVALC"], "AVAL": VALUES.get(row["AVALC"]), "ADT": iso(row["ADT"])}


def of_subject(adsl: pd.DataFrame, name: str, records: pd.DataFrame) -> pd.Series:
    return adsl.set_index("USUBJID")[name].reindex(records["USUBJID"]).set_axis(records.index)


def iso(date: Any) -> str | None:
    return None if pd.isna(date) else date.date().isoformat()


def yes(record: pd.DataFrame) -> dict[str, Any]:
    return shown(record.assign(AVALC="Y"), "N")


def rules_of(parameters: dict[str, Any]) -> ResponseRules:
    default = ResponseRules()
    return ResponseRules(
        min_days_stable=parameters.get("min_days_stable", default.min_days_stable),
        min_days_confirm=parameters.get("min_days_to_confirm", default.min_days_confirm),
        max_ne_between=parameters.get("max_ne_between", default.max_ne_between),
        max_sd_between=int(parameters.get("one_sd_may_lie_between", False)),
        benefit=tuple(parameters.get("benefit_values", default.benefit)),
        no_data="NE" if parameters.get("no_data_is_ne") else "MISSING")


def derive_one(case: dict[str, Any]) -> dict[str, Any]:
    """One parameter from overall responses and a source of progression."""
    parameters, given = case["parameters"], {name: table(rows) for name, rows in case["given"].items()}
    rules, what = rules_of(parameters), parameters["derivation"]
    records = pick(given["adrs"], parameters["records"])
    if source := parameters["pd_source"]:
        progressed = pick(given[source["dataset"]], source["filter"])
        records = cut_after_progression(records, progressed.set_index("USUBJID")[source["date"]])
    if what == "records up to first PD":
        return {"records_kept": [{**row, "ADT": iso(row["ADT"])}
                                 for row in records[["USUBJID", "PARAMCD", "AVALC", "ADT"]].to_dict("records")]}
    subjects = given["adsl"]["USUBJID"]
    name = parameters["reference_date"]
    reference = of_subject(given["adsl"], name, records) if name else records["ADT"]
    confirmed = compute_confirmed(records, rules)
    if what == "response":
        return yes(find_first(records, records["AVALC"].isin(["CR", "PR"])))
    if what == "confirmed response":
        return yes(find_first(records, confirmed != ""))
    if what == "clinical benefit":
        responses = pick(given["adrs"], parameters["response_source"]["filter"]).assign(AVALC="PR")
        both = pd.concat([records, responses], ignore_index=True)
        return yes(find_benefit(both, of_subject(given["adsl"], name, both), rules))
    return shown(find_best_response(records, reference, subjects, rules, confirmed if "confirmed" in what.split() else None))


def derive_all(case: dict[str, Any]) -> dict[str, Any]:
    """Every parameter of a subject from SDTM RS, and the flags of its records."""
    parameters, adsl, given = case["parameters"], table(case["given"]["adsl"]), case["given"]["rs"]
    rules, subject = rules_of(parameters), adsl["USUBJID"]
    reference_date = adsl[parameters["reference_date"]].iloc[0]
    rs = pd.DataFrame(given, columns=["USUBJID", "RSSEQ", "RSTESTCD", "RSEVAL", "RSSTRESC", "RSDTC"])
    rs = rs[(rs["RSEVAL"] == parameters["evaluator"]) & (rs["RSTESTCD"] == "OVRLRESP")].reset_index(drop=True)
    dates = compute_date(rs["RSDTC"].astype("str").fillna(""), impute="day", to="last")
    ovr = rs.assign(ADT=dates["date"], ADTF=dates["flag"], AVALC=rs["RSSTRESC"].astype("str").fillna(""), ASEQ=rs["RSSEQ"])
    reference = pd.Series(reference_date, index=ovr.index).astype("datetime64[s]")
    ovr = ovr.assign(ANL01FL=compute_counted(ovr, reference), ANL02FL=compute_until_progression(ovr))
    counted = ovr[ovr["ANL01FL"] == "Y"]
    used = counted[counted["ANL02FL"] == "Y"]
    when, confirmed = reference.loc[used.index], compute_confirmed(used, rules)
    best = find_best_response(used, when, subject, rules)
    sure = find_best_response(used, when, subject, rules, confirmed)
    made = {"PD": yes(find_first(counted, counted["AVALC"] == "PD")),
            "RSP": yes(find_first(used, used["AVALC"].isin(["CR", "PR"]))),
            "CB": yes(find_benefit(used, when, rules)),
            "BOR": shown(best), "BCP": yes(best[best["AVALC"].isin(["CR", "PR"])]),
            "CRSP": yes(find_first(used, confirmed != "")),
            "CCB": yes(find_benefit(used, when, rules, confirmed != "")),
            "CBOR": shown(sure), "CBCP": yes(sure[sure["AVALC"].isin(["CR", "PR"])]),
            "DEATH": yes(find_first(adsl.assign(ADT=adsl["DTHDT"]), adsl["DTHDT"].notna())),
            "LSTA": shown(find_last(counted, counted["AVALC"] != ""))}
    flags = [{"RSSEQ": row["RSSEQ"], "ADT": iso(row["ADT"]), "ADTF": row["ADTF"] or None, "AVALC": row["AVALC"] or None,
              "ANL01FL": row["ANL01FL"] or None, "ANL02FL": row["ANL02FL"] or None} for row in ovr.to_dict("records")]
    return {"parameters": made, "record_flags": flags}


@needs_cases
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_case_gives_what_its_source_gives(case):
    made = derive_one(case) if "derivation" in case["parameters"] else derive_all(case)
    expected = case["expect"]
    if "parameters" in expected:
        assert made["parameters"] == expected["parameters"]
        assert made["record_flags"] == expected.get("record_flags", made["record_flags"])
    elif "records_kept" in expected:
        names = ("USUBJID", "PARAMCD", "AVALC", "ADT")
        assert made["records_kept"] == [{name: row[name] for name in names} for row in expected["records_kept"]]
    else:
        assert {name: made[name] for name in expected if name != "PARAMCD"} == {
            name: value for name, value in expected.items() if name != "PARAMCD"}

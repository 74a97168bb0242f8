"""The published and computed cases of responses and of times to an event, run through the engines as they stand."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from adam.dates import compute_date
from adam.progression import CensoringRules, find_periods
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
from adam.tte import Censor, End, Event, Parameter, derive_time_to_event

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "cases"
COLUMNS = ["USUBJID", "PARAMCD", "AVALC", "ADT", "ANL01FL", "DTHDT", "PDDT", "TRTSDT", "RANDDT"]
OPERATORS = {"=": lambda data, value: data == value, "in": lambda data, value: data.isin(value),
             "<=": lambda data, value: data <= value, ">=": lambda data, value: data >= value,
             "not missing": lambda data, value: data.notna() & (data.astype("str") != "")}


def read(name: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"] if path.is_file() else []


RESPONSES, TIMES = read("01_response_recist"), read("02_time_to_event")
needs_cases = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/cases is absent")


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a case as a data set: dates as dates, text missing as empty."""
    data = pd.DataFrame(rows, columns=list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])))
    dates = {name: pd.to_datetime(data[name]).astype("datetime64[s]") for name in data if re.search("DTM?$", str(name))}
    text = {name: data[name].astype("str").fillna("") for name in ("USUBJID", "PARAMCD", "AVALC", "ANL01FL")}
    made = data.assign(**dates, **text)
    return made if "ASEQ" in made else made.assign(ASEQ=range(len(made)))


def pick(data: pd.DataFrame, conditions: list[list[Any]] | None) -> pd.DataFrame:
    for name, operator, *value in conditions or []:
        data = data[OPERATORS[operator](data[name], value[0] if value else None)] if len(data) else data
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
@pytest.mark.parametrize("case", RESPONSES, ids=lambda case: case["id"])
def test_the_responses_of_a_case_are_those_of_its_source(case):
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


def limited(adsl: pd.DataFrame, expression: str) -> pd.Series:
    """A date of the subject, or pmin(TRTEDT + 10 days, EOSDT): the earliest of several."""
    parts = [part.split(" + ") for part in expression.removeprefix("pmin(").removesuffix(")").split(", ")]
    dates = [adsl[part[0]] + pd.Timedelta(part[1] if len(part) > 1 else "0 days") for part in parts]
    return pd.concat(dates, axis=1).min(axis=1).astype("datetime64[s]")


def rule_of(kind: type[Event], given: dict[str, Any], name: str, sources: dict[str, pd.DataFrame]) -> Event:
    """A rule of the case and, under a name of its own, the records that it selects."""
    data = pick(sources.get(given["dataset"], table([])), given["filter"])
    date = given["date"]
    if date not in data:
        data = data.assign(LIMDT=limited(data, date) if date.startswith("pmin") else pd.NaT)
        data, date = data.assign(LIMDT=data["LIMDT"].astype("datetime64[s]")), "LIMDT"
    texts = {"EVENTDESC" if key == "EVNTDESC" else key: value for key, value in given["set"].items()}
    order = [one for one in given["order"] or [] if one in data]
    names = [*order, *([texts["SRCSEQ"]] if "SRCSEQ" in texts else [])]
    sources[name] = data.assign(**{one: pd.NA for one in names if one not in data})
    options = {} if kind is Event else {"CNSR": given["cnsr"], "CNSDTDSC": texts.get("CNSDTDSC", ""),
                                        "explained": given["within_end_dates"]}
    return kind(source=name, EVNTDESC=texts.get("EVENTDESC", ""), date=date, SRCDOM=texts.get("SRCDOM", ""),
                SRCVAR=texts.get("SRCVAR", ""), SRCSEQ=texts.get("SRCSEQ", ""), order=tuple(order),
                always=not given["within_end_dates"], **options)


def run_rules(case: dict[str, Any]) -> pd.DataFrame:
    """A parameter whose rules the case spells out."""
    parameters, sources = case["parameters"], {name: table(rows) for name, rows in case["given"].items()}
    rules = {kind: tuple(rule_of(kind, one, f"{kind.__name__} {place}", sources)
                         for place, one in enumerate(parameters.get(name) or ()))
             for kind, name in ((Event, "events"), (Censor, "censorings"), (End, "end_dates"))}
    parameter = Parameter("X", parameters["start_date"], rules[Event], rules[Censor], rules[End],
                          at_end=parameters.get("event_type") == "positive")
    return derive_time_to_event(parameter, sources["adsl"], sources, by=parameters.get("by_vars", ()))


def run_oncology(case: dict[str, Any]) -> pd.DataFrame:
    """OS, PFS and duration of response from SDTM RS and the dates of the subject, by the stock rules."""
    adsl = table(case["given"]["adsl"])
    shown_of = derive_all({**case, "parameters": {"reference_date": "RANDDT", "evaluator": "INVESTIGATOR"}})["parameters"]
    dates = {name: pd.DataFrame({"USUBJID": adsl["USUBJID"], "ADT": pd.Series([value["ADT"]], dtype="datetime64[s]")})
             for name, value in shown_of.items()}
    subjects = adsl.assign(RSPDT=dates["RSP"]["ADT"])
    sources = {"ADSL": subjects, **dates}
    death, progression = Event("DEATH", "Death"), Event("PD", "Disease Progression")
    assessed = Censor("LSTA", "Last Tumor Assessment", CNSDTDSC="Last Tumor Assessment")
    begun = Censor("ADSL", "Randomization", date="RANDDT", CNSDTDSC="Randomization")
    alive = Censor("ADSL", "Alive", date="LSTALVDT", CNSDTDSC="Alive During Study")
    responders = subjects[subjects["RSPDT"].notna()]
    return pd.concat([
        derive_time_to_event(Parameter("OS", "RANDDT", (death,), (alive, begun)), subjects, sources),
        derive_time_to_event(Parameter("PFS", "RANDDT", (progression, death), (assessed, begun)), subjects, sources),
        derive_time_to_event(Parameter("RSD", "RSPDT", (progression, death), (assessed,)), responders, sources)])


def run_progression(case: dict[str, Any]) -> pd.DataFrame:
    """Progression-free survival with a new therapy, or with missed visits, from the dates of the subject."""
    parameters, adsl = case["parameters"], table(case["given"]["adsl"])
    assessed = table([{"USUBJID": adsl["USUBJID"].iloc[0], "ADT": day} for day in case["given"].get("assessment_dates", ())])
    gap = parameters.get("max_days_since_last_adequate_assessment")
    rules = CensoringRules(new_therapy=gap is None, max_gap_days=gap)
    happened = pd.concat([adsl.assign(ADT=adsl[name], WHAT=name) for name in ("PDDT", "DTHDT")])
    happened = happened[happened["ADT"].notna()]
    therapy = adsl.assign(ADT=adsl["NACTDT"])[["USUBJID", "ADT"]] if "NACTDT" in adsl else assessed[:0]
    periods = find_periods(happened, assessed, therapy, adsl.set_index("USUBJID")[parameters["start"]], rules)
    where = "" if gap else "ADSL"
    words, described = ("Last adequate assessment", "") if gap else ("Last Tumor Assessment prior to NACT",) * 2
    sources = {"ADSL": adsl, "ASSESSED": assessed, "PERIODS": periods}
    parameter = Parameter(
        "X", parameters["start"],
        (Event("ADSL", "Disease Progression", date="PDDT", SRCDOM=where, SRCVAR="PDDT"),
         Event("ADSL", "Death", date="DTHDT", SRCDOM=where, SRCVAR="DTHDT")),
        (Censor("ASSESSED", words, SRCDOM=where, SRCVAR="LASTANDT", CNSDTDSC=described),
         Censor("ADSL", "Randomization", date=parameters["start"], SRCDOM=where, SRCVAR=parameters["start"],
                CNSDTDSC="" if gap else "Randomization", always=True, explained=False)),
        (End("PERIODS", words),))
    return derive_time_to_event(parameter, adsl, sources)


def run_adverse_event(case: dict[str, Any]) -> pd.DataFrame:
    """Time to the first severe adverse event, with or without an end of the observation."""
    parameters, sources = case["parameters"], {name: table(rows) for name, rows in case["given"].items()}
    adsl = sources["adsl"]
    sources["adsl"] = adsl.assign(ENDDT=limited(adsl, "pmin(TRTEDT + 30 days, EOSDT)"))
    grade = {"AETOXGR": ("3", "4", "5")}
    event = Event("adae", "Grade 3 or higher AE", date="ASTDT", where=grade, SRCDOM="ADAE", SRCVAR="ASTDT", SRCSEQ="AESEQ")
    censor = Censor("adsl", "End of observation", date="ENDDT", SRCDOM="ADSL")
    ends = (End("adsl", "End of observation", date="ENDDT"),) if parameters["events_only_up_to_censoring_date"] else ()
    return derive_time_to_event(Parameter("X", parameters["start"], (event,), (censor,), ends), adsl, sources)


def runner(case: dict[str, Any]) -> Any:
    parameters = case["parameters"]
    if "start_date" in parameters:
        return run_rules
    if "OS" in parameters:
        return run_oncology
    return run_adverse_event if "event" in parameters else run_progression


@needs_cases
@pytest.mark.parametrize("case", TIMES, ids=lambda case: case["id"])
def test_the_times_of_a_case_are_those_of_its_source(case):
    made = runner(case)(case)
    names = {"EVENTDESC": "EVNTDESC", "PARCAT2": next(iter(case["parameters"].get("by_vars", ())), "")}
    checked = ("PARAMCD", "ADT", "ADTM", "STARTDT", "STARTDTM", "CNSR", "AVAL", "EVNTDESC", "EVENTDESC", "CNSDTDSC", "SRCDOM",
               "SRCVAR", "SRCSEQ", "STARTDTF", "STARTTMF", "PARCAT2")
    expected = [{name: value for name, value in row.items()
                 if name in checked and (name != "PARAMCD" or "OS" in case["parameters"])}
                for row in case["expect"]["records"]]
    found = [{name: plain(row.get(names.get(name, name)), name.endswith("M")) for name in wanted}
             for row, wanted in zip(made.to_dict("records"), expected, strict=True)]
    assert found == expected


def plain(value: Any, moment: bool) -> Any:
    """A value as the cases write it: dates as ISO 8601 text, missing as None."""
    if value is None or value == "" or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if moment else value.date().isoformat()
    return value

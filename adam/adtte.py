"""ADTTE - Time-to-Event Analysis Dataset (ADaM BDS-TTE 1.0). One record per parameter per subject.

The events, censorings and ends of observation of each parameter are data (PARAMETERS and what they are made of).
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from adam.adrs import derive_aseq, find_new_therapy
from adam.alive import check_dates_after_death, find_death, find_last_alive, read_proofs
from adam.choices import read_choices
from adam.dates import compute_date, compute_day
from adam.merge import merge_adsl, select_records
from adam.progression import CENSORING, MISSED, NEW_THERAPY, CensoringRules, find_periods
from adam.tte import Censor, End, Event, Parameter, derive_times_to_event
from cdisckit.errors import SpecError, suggest
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["PARAMETERS", "adtte", "derive_tte_parameters", "make_sources"]

RECORD = {"SRCDOM": "ADRS", "SRCVAR": "ADT", "SRCSEQ": "ASEQ"}
START = {"SRCDOM": "ADSL", "SRCVAR": "TRTSDT"}
OWN = {"SRCSEQ": "SRCSEQ", "of": {"SRCDOM": "SRCDOM", "SRCVAR": "SRCVAR"}}

PROGRESSED = Event("PD", "DISEASE PROGRESSION", **RECORD)
DIED = Event("DEATH", "DEATH", SRCDOM="DM", SRCVAR="DTHDTC")
RESPONDED = Event("RESPONSE", "OBJECTIVE RESPONSE", **RECORD)
TREATED = Event("END OF TREATMENT", "END OF STUDY TREATMENT", SRCDOM="ADSL", SRCVAR="TRTEDT")
# A censored subject: CNSR and EVNTDESC say why, CNSDTDSC which date stands for the time
ASSESSED = Censor("ASSESSED", "NO EVENT AT DATA CUT-OFF", CNSDTDSC="LAST EVALUABLE TUMOUR ASSESSMENT", CNSR=1, **RECORD)
BEGUN = Censor("SUBJECTS", "NO EVENT AT DATA CUT-OFF", date="TRTSDT", CNSDTDSC="FIRST DOSE OF STUDY TREATMENT", CNSR=1,
               always=True, **START)
RESPONSE = Censor("RESPONSE", "NO EVENT AT DATA CUT-OFF", CNSDTDSC="OBJECTIVE RESPONSE", CNSR=1, always=True, **RECORD)
CONFIRMED = replace(RESPONSE, source="CONFIRMED", CNSDTDSC="CONFIRMED OBJECTIVE RESPONSE")
ALIVE = Censor("ALIVE", "ALIVE AT DATA CUT-OFF", CNSDTDSC="LAST KNOWN TO BE ALIVE", CNSR=1, **OWN)
# What closes the observation of a subject; the first of these dates is the reason of the censoring
LEFT = tuple(End("END OF STUDY", text, where={"DSDECOD": terms}, CNSR=number, cuts=False)
             for text, terms, number in (("STUDY COMPLETED WITHOUT EVENT", ("COMPLETED",), 2),
                                         ("WITHDRAWAL BY SUBJECT", ("WITHDRAWAL BY SUBJECT",), 3),
                                         ("LOST TO FOLLOW-UP", ("LOST TO FOLLOW-UP",), 4),
                                         ("OTHER END OF STUDY", ("STUDY TERMINATED BY SPONSOR", "OTHER"), 10)))
CUTOFF = End("CUTOFF", "NO EVENT AT DATA CUT-OFF", CNSR=1)
ALIVE_AT_CUTOFF = replace(CUTOFF, EVNTDESC="ALIVE AT DATA CUT-OFF")
THERAPY = End("PERIODS", "NEW ANTICANCER THERAPY", where={"KIND": (NEW_THERAPY,)}, CNSR=5)
GAP = End("PERIODS", "TWO OR MORE MISSED ASSESSMENTS", where={"KIND": (MISSED,)}, CNSR=6)
NOT_ASSESSED = End("NOT ASSESSED", "NO EVALUABLE POST-BASELINE ASSESSMENT", date="TRTSDT", CNSR=7, cuts=False)
NO_BASELINE = End("NO BASELINE", "NO BASELINE ASSESSMENT", date="TRTSDT", CNSR=8, cuts=False)
UNMEASURED = replace(NO_BASELINE, source="UNMEASURED", cuts=True)       # of rules by which death is no event, either
DEATH_FIRST = End("DEATH", "DEATH WITHOUT PROGRESSION", CNSR=9)
TUMOUR_ENDS = (NO_BASELINE, UNMEASURED, NOT_ASSESSED, THERAPY, GAP, *LEFT, CUTOFF)

PARAMETERS = {
    "OS": Parameter("OS", "TRTSDT", (DIED,), (BEGUN, ALIVE), (*LEFT, ALIVE_AT_CUTOFF)),
    "PFS": Parameter("PFS", "TRTSDT", (PROGRESSED, DIED), (BEGUN, ASSESSED), TUMOUR_ENDS),
    "DOR": Parameter("DOR", "RSPDT", (PROGRESSED, DIED), (RESPONSE, ASSESSED), TUMOUR_ENDS, started=True),
    "CDOR": Parameter("CDOR", "CRSPDT", (PROGRESSED, DIED), (CONFIRMED, ASSESSED), TUMOUR_ENDS, started=True),
    "TTR": Parameter("TTR", "TRTSDT", (RESPONDED,), ()),
    "TTP": Parameter("TTP", "TRTSDT", (PROGRESSED,), (BEGUN, ASSESSED),
                     (NO_BASELINE, UNMEASURED, NOT_ASSESSED, THERAPY, GAP, DEATH_FIRST, *LEFT, CUTOFF)),
    "TRTDUR": Parameter("TRTDUR", "TRTSDT", (TREATED,), (BEGUN, replace(ALIVE, EVNTDESC="ON STUDY TREATMENT")),
                        (replace(CUTOFF, EVNTDESC="ON STUDY TREATMENT AT DATA CUT-OFF"),)),
}
DATED = ("PD", "DEATH", "RESPONSE", "CONFIRMED", "ASSESSED", "NEW THERAPY", "END OF STUDY", "END OF TREATMENT")
RESPONSES = ["RSP", "CRSP"]                              # whose duration DOR is
BY_RULES = ("PERIODS", "NOT ASSESSED", "UNMEASURED")     # sources that each set of censoring rules has of its own


@dataset
def adtte(adrs, adsl, dm, ds, ex, sv, ss, ae, cm, pr, tu, tr, rs, vs, eg, pe, cv, lb, pc, is_, spec, study):
    datasets = {"DM": dm, "DS": ds, "EX": ex, "SV": sv, "SS": ss, "AE": ae, "CM": cm, "PR": pr, "TU": tu, "TR": tr,
                "RS": rs, "VS": vs, "EG": eg, "PE": pe, "CV": cv, "LB": lb, "PC": pc, "IS": is_}
    sources = make_sources(adrs, adsl, datasets, study)
    adtte = derive_tte_parameters(sources, study)
    adtte = derive_param(adtte, spec)
    adtte = merge_adsl(adtte, adsl, spec)
    adtte = adtte.assign(ADY=compute_day(adtte["ADT"], adtte["TRTSDT"]))
    return derive_aseq(adtte, ["PARAMN"])


def make_sources(adrs: pd.DataFrame, adsl: pd.DataFrame, datasets: Mapping[str, pd.DataFrame],
                 study: StudySpecs) -> dict[str, pd.DataFrame]:
    """The records that can be an event, a censoring or the end of observation of a treated subject, by name."""
    proofs = read_proofs(datasets)
    check_dates_after_death(proofs, datasets["DM"])
    subjects = adsl.loc[adsl["TRTSDT"].notna(), ["USUBJID", "TRTSDT", "TRTEDT", "_record"]]
    alive = find_last_alive(proofs, study.facts.cutoff)
    adrs = adrs[["USUBJID", "PARAMCD", "AVALC", "ADT", "ASEQ", "ANL01FL", "_record"]]
    analysed = "OVRC" if study.facts.terms.get("response", {}).get("source") == "RECOMPUTED" else "OVR"
    responses = adrs[(adrs["PARAMCD"] == analysed) & (adrs["ANL01FL"] == "Y")]
    yes, responders = adrs[adrs["AVALC"] == "Y"], study.facts.terms.get("responders", "RSP")
    if responders not in RESPONSES:
        raise SpecError(f"terms.responders is no response of ADRS{suggest(responders, RESPONSES)}", cases=RESPONSES,
                        where="study.yaml", fix="name one of these")
    measured = adrs.loc[(adrs["PARAMCD"] == "MDIS") & adrs["ADT"].notna(), "USUBJID"]
    return {
        "SUBJECTS": subjects, "ALIVE": alive, "DEATH": find_death(datasets["DM"], alive),
        "PD": yes[yes["PARAMCD"] == "PD"], "RESPONSE": yes[yes["PARAMCD"] == responders],
        "CONFIRMED": yes[yes["PARAMCD"] == "CRSP"],
        "ASSESSED": responses[responses["AVALC"] != "NE"],
        "NO BASELINE": subjects[~subjects["USUBJID"].isin(measured)],
        "NEW THERAPY": find_new_therapy(datasets, adsl, study),
        "END OF STUDY": _end_of_study(datasets["DS"], study),
        "END OF TREATMENT": _end_of_treatment(datasets, subjects),
        "CUTOFF": pd.DataFrame({"USUBJID": subjects["USUBJID"], "_record": "",
                                "ADT": pd.Series(pd.Timestamp(study.facts.cutoff or "2199-12-31"), subjects.index)
                               .astype("datetime64[s]")})}


def _end_of_study(ds: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The end of the study of each subject that has one, as terms.end_of_study of study.yaml selects it."""
    conditions = study.facts.terms["end_of_study"]
    ds = select_records(ds[list(dict.fromkeys(["USUBJID", "DSDECOD", "DSSTDTC", "_record", *conditions]))], conditions)
    return ds.assign(ADT=compute_date(ds["DSSTDTC"], impute="day", to="last")["date"])


def _end_of_treatment(datasets: Mapping[str, pd.DataFrame], subjects: pd.DataFrame) -> pd.DataFrame:
    """Subjects of whom DS says for every drug that they received that it ended, with the date of the last dose."""
    ds, ex = datasets["DS"], datasets["EX"]
    ended = ds[ds["DSCAT"] == "DISPOSITION EVENT"][["USUBJID", "DSSCAT"]].drop_duplicates()
    given = ex.loc[ex["EXDOSE"] > 0, ["USUBJID", "EXTRT"]].drop_duplicates()
    both = given.merge(ended, how="left", left_on=["USUBJID", "EXTRT"], right_on=["USUBJID", "DSSCAT"],
                       validate="one_to_one")
    running = both.loc[both["DSSCAT"].isna(), "USUBJID"]
    over = subjects[subjects["USUBJID"].isin(given["USUBJID"]) & ~subjects["USUBJID"].isin(running)]
    return pd.DataFrame({"USUBJID": over["USUBJID"], "ADT": over["TRTEDT"], "_record": over["_record"]})


def derive_tte_parameters(sources: Mapping[str, pd.DataFrame], study: StudySpecs) -> pd.DataFrame:
    """The first event of the parameter, or why and when the subject is censored without one. Origin: first dose; of the
    duration of response, the first response, or the first that was confirmed later. Overall survival: death of any
    cause; else the last date known to be alive. Progression-free survival: progression or death; else the last
    evaluable tumour assessment, of a subject without one the first dose. Whether a new anticancer therapy or missed
    assessments end the observation of progression is the set of rules of the parameter. Nothing after the data cut-off
    counts.

    In: the sources of make_sources; `terms.progression` of study.yaml ({PARAMCD: set of rules}), which other parameters
    of progression follow by the entry PFS. Out: USUBJID, PARAMCD, STARTDT, ADT, ADTF, AVAL (days), CNSR, EVNTDESC,
    CNSDTDSC, SRCDOM, SRCVAR, SRCSEQ, _record. Source: BDS-TTE 1.0; FDA and EMA guidance as in adam.progression.
    """
    stated = dict(study.facts.terms.get("progression", {"PFS": "FDA"}))
    followed = stated.get("PFS", next(iter(stated.values())))
    sources = {**sources, **_until_cutoff(sources)}
    subjects = sources["SUBJECTS"]
    for name, source in (("RSPDT", "RESPONSE"), ("CRSPDT", "CONFIRMED")):
        date = sources[source].set_index("USUBJID")["ADT"].reindex(subjects["USUBJID"]).set_axis(subjects.index)
        subjects = subjects.assign(**{name: date})
    sources |= _of_measured(sources)
    sources |= _ends_by_rules(sources, {name: _rules(name, study) for name in stated.values()}, study)
    parameters = [_follow(parameter, code, rules) for name, parameter in PARAMETERS.items()
                  for code, rules in (stated if name == "PFS" else {name: followed}).items()]
    return derive_times_to_event(parameters, subjects, sources)


def _ends_by_rules(sources: Mapping[str, pd.DataFrame], sets: Mapping[str, CensoringRules],
                   study: StudySpecs) -> dict[str, pd.DataFrame]:
    """The early ends of observation by each set of rules, and the subjects who were not assessed until then."""
    subjects, unmeasured, assessed = (sources[name] for name in ("SUBJECTS", "NO BASELINE", "ASSESSED"))
    start, (planned, window) = subjects.set_index("USUBJID")["TRTSDT"], plan_assessments(study)
    first = assessed.groupby("USUBJID")["ADT"].min().reindex(subjects["USUBJID"]).set_axis(subjects.index)
    events = pd.concat([sources["PD"][["USUBJID", "ADT"]], sources["DEATH"][["USUBJID", "ADT"]]], ignore_index=True)
    events, found = events[events["USUBJID"].isin(start.index)], {}
    for name, rules in sets.items():
        periods = find_periods(events, assessed, sources["NEW THERAPY"], start, rules, planned, window)
        therapy = periods[periods["KIND"] == NEW_THERAPY].set_index("USUBJID")["ADT"]
        limit = therapy.reindex(subjects["USUBJID"]).set_axis(subjects.index)
        found |= {f"PERIODS {name}": periods, f"NOT ASSESSED {name}": subjects[first.isna() | (first > limit)],
                  f"UNMEASURED {name}": unmeasured[:0] if rules.death_without_baseline else unmeasured}
    return found


def _follow(parameter: Parameter, code: str, rules: str) -> Parameter:
    """The parameter under its own name, with the ends of observation by that set of censoring rules."""
    ends = tuple(replace(end, source=f"{end.source} {rules}") if end.source in BY_RULES else end
                 for end in parameter.ends)
    return replace(parameter, PARAMCD=code, ends=ends)


def _until_cutoff(sources: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The records that may be an event or end the observation, without those after the data cut-off."""
    cutoff = sources["CUTOFF"].set_index("USUBJID")["ADT"]
    return {name: data[~(data["ADT"] > cutoff.reindex(data["USUBJID"]).set_axis(data.index))]
            for name, data in sources.items() if name in DATED}


def _rules(name: str, study: StudySpecs) -> CensoringRules:
    own = {code: read_choices(stated, CensoringRules, f"terms.censoring, {code}")
           for code, stated in study.facts.terms.get("censoring", {}).items()}
    if name not in (sets := {**CENSORING, **own}):
        raise SpecError(f"there is no set of censoring rules {name!r}{suggest(name, sets)}", cases=list(sets),
                        where="study.yaml", fix="name one of these under terms.progression, or state it in censoring")
    return sets[name]


def _of_measured(sources: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Progressions and assessments of the subjects with a baseline: of the others only death counts."""
    unmeasured = sources["NO BASELINE"]["USUBJID"]
    return {name: sources[name][~sources[name]["USUBJID"].isin(unmeasured)] for name in ("PD", "ASSESSED")}


def plan_assessments(study: StudySpecs) -> tuple[list[int], int]:
    """The planned days of tumour assessments after the first dose, and their window in days, as TD has them."""
    planned, windows = [], [0]
    for period in study.design.assessments:
        offset, interval, earliest = (_days(text) for text in (period.offset, period.interval, period.minimum))
        planned += [offset + interval * number for number in range(1, period.number + 1)]
        windows.append(interval - earliest)
    return planned, max(windows)


def _days(duration: str) -> int:
    """The days of an ISO 8601 duration in weeks and days."""
    found = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?", duration)
    if not found:
        raise SpecError(f"a schedule of assessments is stated in weeks and days, not as {duration!r}",
                        where="trial_design.yaml, assessments", fix="write P6W or P42D")
    return 7 * int(found[1] or 0) + int(found[2] or 0)


def derive_param(adtte: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The description and the number of the parameter, as the specification lists them.

    In: PARAMCD, the `parameters` of the specification. Out: PARAM, PARAMN.
    """
    adtte = adtte[adtte["PARAMCD"].isin(list(spec.parameters))]
    code = adtte["PARAMCD"]
    return adtte.assign(PARAM=code.map({name: one.PARAM for name, one in spec.parameters.items()}).astype("str"),
                        PARAMN=code.map({name: one.PARAMN for name, one in spec.parameters.items()}).astype("float64"))

"""ADDLT - Dose-Limiting Toxicity Analysis Dataset (ADaMIG 1.3, BDS). One record per subject and clause.

The rule is the protocol's (registered outcome measure 1): adverse events related to a study drug that start on day 1 to
21 of cycle 1. What it counts (grades, days, lists of terms) stands in study.yaml under `terms.dlt`; the functions here
are the rule. The investigator's own verdict (AEDLT) is never used, only compared.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from adam.adae import derive_aendt, derive_astdt, derive_astdy
from adam.bds import derive_param_facts
from adam.dates import compute_date, compute_datetime, compute_day
from adam.flags import compute_flag
from adam.grades import compute_grade
from adam.merge import copy_predecessors
from cdisckit.graph import dataset
from sdtm.mapping import report_records
from specs.load import StudySpecs

__all__ = ["addlt", "derive_dlta", "derive_dltb", "derive_dltc", "derive_support", "judge_dlts", "read_counts",
           "read_toxicities"]

CLAUSES = ("DLTA", "DLTB", "DLTC")
NEEDED = ["USUBJID", "AESEQ", "AEGRPID", "AEDECOD", "AEBODSYS", "AETOXGR", "AEREL", "AEINFR", "AESTDTC", "AEENDTC",
          "AESUPDTC", "_record"]
LATE = pd.Timestamp("2199-12-31")                         # stands for the end of an event that goes on
COUNTS = {"NEUT": "Neutrophil count decreased", "PLAT": "Platelet count decreased"}


@dataset
def addlt(ae, cm, lb, adsl, spec, study):
    verdicts = judge_dlts(derive_support(ae, cm), lb, adsl, study)
    addlt = derive_dlt_records(adsl, verdicts, spec)
    addlt = derive_investigator_verdict(addlt, ae, study)
    check_verdicts(addlt)
    return addlt.sort_values(["USUBJID", "PARAMN"], kind="stable")


# --- what the rule reads ----------------------------------------------------------------------------------------------


def derive_support(ae: pd.DataFrame, cm: pd.DataFrame) -> pd.DataFrame:
    """The start of supportive treatment: as the form of the event states it; where that is silent, the first start of a
    medication that the site linked to the event, on or after the day on which the event began. An event of which the
    form says that it was not treated has none.

    In: AE.AESUPDTC, AECONTRT, AESPID, AESTDTC; CM.CMAENO (line numbers of events), CMSTDTC. Out: AESUPDTC (ISO 8601).
    Source: protocol, outcome measure 1 a (registered); the forms, part B (illustrative).
    """
    silent = ae[(ae["AESUPDTC"] == "") & (ae["AECONTRT"] != "N")]
    linked = cm[(cm["CMAENO"] != "") & (cm["CMSTDTC"].str.len() >= 10) & cm["USUBJID"].isin(silent["USUBJID"])]
    lines = linked[["USUBJID", "CMSTDTC"]].assign(AESPID=linked["CMAENO"].str.findall(r"[^;,\s]+"))
    lines = lines.explode("AESPID").astype({"AESPID": "str"})
    pairs = lines.merge(silent[["USUBJID", "AESPID", "AESTDTC"]].assign(row=silent.index), on=["USUBJID", "AESPID"],
                        how="inner", validate="many_to_many")
    after = pairs[pairs["CMSTDTC"].str.slice(0, 10) >= pairs["AESTDTC"].str.slice(0, 10)]
    first = after.groupby("row")["CMSTDTC"].min().reindex(ae.index)
    return ae.assign(AESUPDTC=ae["AESUPDTC"].mask(first.notna(), first))


def read_toxicities(ae: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """The lines of the adverse events with numbers: grade, first and last day, moments of start, end and of the start
    of supportive treatment.

    In: AE with AESUPDTC, AEINFR; the subjects' TRTSDT, DTHDT. Out: _GRADE, ASTDT, AENDT, ASTDY, _START, _END, _SUPPORT
    (datetime64; NaT where the time is not known), _EVENT (the lines of one event have one).
    """
    lines = ae.merge(subjects[["USUBJID", "TRTSDT", "DTHDT"]], on="USUBJID", how="left", validate="many_to_one")
    lines = derive_astdy(derive_aendt(derive_astdt(lines)))
    moments = {name: compute_datetime(lines[dtc], impute_time="second")["datetime"]
               for name, dtc in (("_START", "AESTDTC"), ("_END", "AEENDTC"), ("_SUPPORT", "AESUPDTC"))}
    own = "#" + lines["AESEQ"].astype("int64").astype("str")
    return lines.assign(**moments, _GRADE=pd.to_numeric(lines["AETOXGR"], errors="coerce").astype("float64"),
                        _SUPPORTDT=compute_date(lines["AESUPDTC"])["date"],
                        _EVENT=lines["AEGRPID"].where(lines["AEGRPID"] != "", own).astype("str"))


def of_interest(ae: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """The lines that a clause can be about: of the lowest grade that any asks for, fever and bleeding."""
    lowest = min(float(rule[part][name]) for part, name in (
        ("nonhaematological", "grade"), ("haematological", "grade"), ("neutropenia", "fever_grade"),
        ("platelets", "bleeding_grade")))
    beside = [*rule["neutropenia"]["fever_terms"], *rule["platelets"]["bleeding_terms"]]
    return ae[NEEDED][(pd.to_numeric(ae["AETOXGR"], errors="coerce") >= lowest) | ae["AEDECOD"].isin(beside)]


def read_counts(lb: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """The neutrophil and platelet counts with their date and CTCAE grade, in order of time.

    In: LB; the subjects' TRTSDT. Out: USUBJID, LBTESTCD, LBSEQ, ADT, _GRADE.
    """
    cells = lb["LBTESTCD"].isin(list(COUNTS)) & lb["LBSTRESN"].notna()
    columns = ["USUBJID", "LBTESTCD", "LBSEQ", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBDTC"]
    rows = lb[columns][cells].merge(subjects[["USUBJID", "TRTSDT"]], on="USUBJID", how="inner", validate="many_to_one")
    none, text = pd.Series(np.nan, index=rows.index), pd.Series("", index=rows.index, dtype="str")
    grade = compute_grade(rows["LBTESTCD"].map(COUNTS).astype("str"), "L", rows["LBSTRESN"], unit=rows["LBSTRESU"],
                          low=rows["LBSTNRLO"], high=rows["LBSTNRHI"], base=none, baseline_range=text,
                          percent_change=none)
    made = rows[["USUBJID", "LBTESTCD", "LBSEQ", "TRTSDT"]].assign(
        ADT=compute_date(rows["LBDTC"])["date"], _GRADE=pd.to_numeric(grade, errors="coerce"))
    return made.sort_values(["USUBJID", "LBTESTCD", "ADT", "LBSEQ"], kind="stable")


def is_candidate(lines: pd.DataFrame, rule: Mapping[str, Any], grade: str) -> pd.Series:
    """True on lines of at least the grade, related to a study drug, that start in the window of the rule."""
    first, last = (int(day) for day in rule["window"])
    return ((lines["_GRADE"] >= float(grade)) & (lines["AEREL"] == "RELATED")
            & lines["ASTDY"].between(first, last))


def run_end(lines: pd.DataFrame, grade: str) -> pd.DataFrame:
    """Until when an event was at least of the grade: over its lines, the grade changes being lines of their own.

    Out: AENDT, _END (NaT while it goes on), for each line.
    """
    high = lines["_GRADE"] >= float(grade)
    by = [lines["USUBJID"], lines["_EVENT"]]
    day = lines["AENDT"].fillna(LATE).where(high).groupby(by).transform("max")
    known = lines["_END"].where(high).groupby(by).transform("max")
    day = day.where(day != LATE)
    return pd.DataFrame({"AENDT": day, "_END": known.where(known.dt.floor("D") == day)})


def overlaps(lines: pd.DataFrame, others: pd.DataFrame, end: pd.Series) -> pd.DataFrame:
    """For each line that shares a day with another event: the AESEQ of the first such event."""
    mine = lines[["USUBJID", "AESEQ", "ASTDT"]].assign(until=end.fillna(LATE))
    other = others[["USUBJID", "AESEQ", "ASTDT"]].assign(to=others["AENDT"].fillna(LATE)).rename(
        columns={"AESEQ": "other", "ASTDT": "since"})
    pairs = mine.merge(other, on="USUBJID", how="inner", validate="many_to_many")
    both = pairs[(pairs["since"] <= pairs["until"]) & (pairs["to"] >= pairs["ASTDT"])]
    return both.sort_values(["since", "other"]).drop_duplicates(["USUBJID", "AESEQ"])[["USUBJID", "AESEQ", "other"]]


# --- the clauses ------------------------------------------------------------------------------------------------------


def derive_dlta(lines: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Clause a: a non-haematological toxicity of grade 3 or higher, except nausea, vomiting or diarrhoea that was
    relieved within 3 days of the start of supportive treatment, and except an infusion reaction that recovered within 2
    hours of the start of its treatment (as the form of the event states it, else the first medication linked to the
    event). Without a start of treatment or an end there is no exception.

    In: the lines of the events, `terms.dlt`. Out: the lines that the clause is about, MET and why. Source: protocol,
    outcome measure 1 a (registered).
    """
    part = rule["nonhaematological"]
    mine = lines[is_candidate(lines, rule, part["grade"]) & ~is_haematological(lines, rule)]
    end = run_end(lines, part["grade"]).loc[mine.index]
    days = (end["AENDT"] - mine["_SUPPORTDT"]).dt.days
    hours = (end["_END"] - mine["_SUPPORT"]).dt.total_seconds() / 3600
    relieved = mine["AEDECOD"].isin(part["relieved_terms"]) & days.between(0, float(part["relieved_days"]))
    recovered = (mine["AEINFR"] == "Y") & hours.between(0, float(part["recovered_hours"]))
    reason = pd.Series("non-haematological toxicity", index=mine.index, dtype="str")
    reason = reason.mask(relieved, f"relieved within {part['relieved_days']} days of supportive treatment")
    reason = reason.mask(recovered, f"infusion reaction recovered within {part['recovered_hours']} hours of treatment")
    return _judged(mine, "DLTA", ~(relieved | recovered), reason)


def derive_dltb(lines: pd.DataFrame, counts: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Clause b: a haematological toxicity of grade 4 or higher (platelets have clause c), a neutropenia of grade 3 or
    higher with fever on the same days, or febrile neutropenia of grade 3 or higher; a neutropenia of grade 4 without
    fever counts only if it lasted 7 days or longer. Where the form does not say when it ended, the neutrophil counts
    do: it lasted until the first count that was no longer of grade 4, or until the last count.

    In: the lines of the events, the graded counts, `terms.dlt`. Out: the lines that the clause is about, MET and why.
    Source: protocol, outcome measure 1 b (registered).
    """
    part, neutropenia = rule["haematological"], rule["neutropenia"]
    candidates = is_candidate(lines, rule, neutropenia["fever_grade"]) & is_haematological(lines, rule)
    mine = lines[candidates & ~lines["AEDECOD"].isin(rule["platelets"]["terms"])]
    is_neutropenia, febrile = (mine["AEDECOD"].isin(neutropenia[name]) for name in ("terms", "febrile_terms"))
    end = run_end(lines, neutropenia["fever_grade"]).loc[mine.index, "AENDT"]
    fever = _with(mine[is_neutropenia], lines[lines["AEDECOD"].isin(neutropenia["fever_terms"])], end)
    feverish = _among(mine, fever)
    worst = mine["_GRADE"] >= float(part["grade"])
    days = _days_of_grade(mine, run_end(lines, part["grade"]).loc[mine.index, "AENDT"], counts, part["grade"])
    long = days >= float(neutropenia["days"])
    met = febrile | (is_neutropenia & (feverish | (worst & long))) | (worst & ~is_neutropenia)
    reason = pd.Series("haematological toxicity below grade 4", index=mine.index, dtype="str").mask(
        worst, "haematological toxicity of grade 4 or higher")
    short = f"neutropenia of grade 4 for less than {neutropenia['days']} days, without fever"
    reason = reason.mask(is_neutropenia & worst & ~long, short)
    lasting = f"neutropenia of grade 4 for {neutropenia['days']} days or longer"
    reason = reason.mask(is_neutropenia & worst & long, lasting)
    reason = reason.mask(is_neutropenia & ~worst & ~feverish, "neutropenia of grade 3 without fever")
    reason = reason.mask(is_neutropenia & feverish, "neutropenia with fever").mask(febrile, "febrile neutropenia")
    return _judged(mine, "DLTB", met, reason)


def derive_dltc(lines: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Clause c: thrombocytopenia of grade 4 or higher, or of grade 3 with bleeding on the same days.

    In: the lines of the events, `terms.dlt` (the terms of bleeding). Out: the lines that the clause is about, MET and
    why. Source: protocol, outcome measure 1 c (registered).
    """
    part = rule["platelets"]
    mine = lines[is_candidate(lines, rule, part["bleeding_grade"]) & lines["AEDECOD"].isin(part["terms"])]
    end = run_end(lines, part["bleeding_grade"]).loc[mine.index, "AENDT"]
    bleeding = _among(mine, _with(mine, lines[lines["AEDECOD"].isin(part["bleeding_terms"])], end))
    worst = mine["_GRADE"] >= float(part["grade"])
    reason = pd.Series("thrombocytopenia of grade 3 without bleeding", index=mine.index, dtype="str")
    reason = reason.mask(bleeding, "thrombocytopenia with bleeding")
    reason = reason.mask(worst, "thrombocytopenia of grade 4 or higher")
    return _judged(mine, "DLTC", worst | bleeding, reason)


def is_haematological(lines: pd.DataFrame, rule: Mapping[str, Any]) -> pd.Series:
    part = rule["haematological"]
    return lines["AEDECOD"].isin(part["terms"]) | lines["AEBODSYS"].isin(part["classes"])


def _with(mine: pd.DataFrame, others: pd.DataFrame, end: pd.Series) -> pd.DataFrame:
    return overlaps(mine, others, end.reindex(mine.index))


def _among(mine: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    keys = pd.MultiIndex.from_frame(found[["USUBJID", "AESEQ"]])
    return pd.Series(pd.MultiIndex.from_frame(mine[["USUBJID", "AESEQ"]]).isin(keys), index=mine.index)


def _days_of_grade(mine: pd.DataFrame, end: pd.Series, counts: pd.DataFrame, grade: str) -> pd.Series:
    """Days from the start of the line to the end of its grade, both included; by the counts where that is unknown."""
    cells = counts[counts["LBTESTCD"] == "NEUT"]
    open_ = mine[["USUBJID", "AESEQ", "ASTDT"]][end.isna()]
    open_ = open_.merge(cells[["USUBJID", "ADT", "_GRADE"]], on="USUBJID", validate="many_to_many")
    after = open_[open_["ADT"] >= open_["ASTDT"]]
    better = after[after["_GRADE"] < float(grade)].groupby(["USUBJID", "AESEQ"])["ADT"].min()
    last = after.groupby(["USUBJID", "AESEQ"])["ADT"].max()
    until = better.reindex(last.index).fillna(last)
    keys = pd.MultiIndex.from_frame(mine[["USUBJID", "AESEQ"]])
    by_counts = pd.Series(until.reindex(keys).to_numpy(), index=mine.index).astype("datetime64[s]")
    return (end.fillna(by_counts) - mine["ASTDT"]).dt.days + 1


def _judged(mine: pd.DataFrame, clause: str, met: pd.Series, reason: pd.Series) -> pd.DataFrame:
    """The lines with the verdict of the clause and a sentence: what, which grade, on which day, why (not)."""
    day, grade = (mine[name].astype("int64").astype("str") for name in ("ASTDY", "_GRADE"))
    words = mine["AEDECOD"] + ", grade " + grade + ", day " + day + ": " + reason
    return mine.assign(PARAMCD=clause, MET=met.astype("bool"), DLTREAS=words.astype("str"))


# --- the verdict ------------------------------------------------------------------------------------------------------


def judge_dlts(ae: pd.DataFrame, lb: pd.DataFrame, subjects: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The adverse events that the clauses are about, with the verdict of each clause on them.

    In: AE, LB, the subjects' TRTSDT and DTHDT, `terms.dlt` of study.yaml. Out: one row a line and clause: MET, DLTREAS,
    AESEQ, ASTDT, LBSEQ (the worst neutrophil or platelet count of those days, where the clause is about one).
    """
    rule = study.facts.terms["dlt"]
    lines = read_toxicities(of_interest(ae, rule), subjects)
    counts = read_counts(lb, subjects[subjects["USUBJID"].isin(lines["USUBJID"])])
    judged = pd.concat([derive_dlta(lines, rule), derive_dltb(lines, counts, rule), derive_dltc(lines, rule)],
                       ignore_index=True)
    test = pd.Series("", index=judged.index, dtype="str").mask(
        judged["AEDECOD"].isin([*rule["neutropenia"]["terms"], *rule["neutropenia"]["febrile_terms"]]), "NEUT")
    return judged.assign(LBSEQ=_worst_count(judged, counts, test.mask(judged["PARAMCD"] == "DLTC", "PLAT")))


def _worst_count(judged: pd.DataFrame, counts: pd.DataFrame, test: pd.Series) -> pd.Series:
    mine = judged[["USUBJID", "ASTDT"]].assign(LBTESTCD=test, until=judged["AENDT"].fillna(LATE)).rename_axis("_row")
    pairs = mine.reset_index().merge(counts, on=["USUBJID", "LBTESTCD"], how="inner", validate="many_to_many")
    near = pairs[pairs["ADT"].between(pairs["ASTDT"], pairs["until"])]
    worst = near.sort_values(["_GRADE", "ADT"], ascending=[False, True]).drop_duplicates("_row").set_index("_row")
    return worst["LBSEQ"].reindex(judged.index).astype("float64")


def derive_dlt_records(adsl: pd.DataFrame, verdicts: pd.DataFrame, spec) -> pd.DataFrame:
    """One record for each treated subject and clause of the DLT definition, and one for any of them: Y if an event
    meets the clause, else N. The record names the event that decided it, the first one that meets the clause; where
    none does, the first one that the clause is about, with the reason why it does not count.

    In: ADSL, the verdicts of the clauses. Out: PARAMCD, AVAL (1, 0), AVALC (Y, N), DLTREAS, ADT, ADY, AESEQ, LBSEQ,
    SRCDOM, SRCVAR, SRCSEQ. Source: protocol, outcome measure 1 (registered).
    """
    treated = adsl[adsl["TRTSDT"].notna()]
    base = copy_predecessors(treated, spec, "ADSL")
    frame = pd.concat([base.assign(PARAMCD=code) for code in (*CLAUSES, "DLTANY")], ignore_index=True)
    ranked = verdicts.sort_values(["MET", "ASTDT", "AESEQ"], ascending=[False, True, True], kind="stable")
    each = ranked.drop_duplicates(["USUBJID", "PARAMCD"])
    either = ranked.drop_duplicates("USUBJID").assign(PARAMCD="DLTANY")
    taken = pd.concat([each, either])[["USUBJID", "PARAMCD", "MET", "DLTREAS", "ASTDT", "AESEQ", "LBSEQ", "_record"]]
    frame = frame.drop(columns="_record").assign(_own=frame["_record"]).merge(
        taken, on=["USUBJID", "PARAMCD"], how="left", validate="one_to_one")
    met = frame["MET"].fillna(False).astype("bool")
    text = {name: frame[name].fillna("").astype("str") for name in ("DLTREAS",)}
    source = frame["AESEQ"].notna()
    made = frame.assign(AVAL=met.astype("float64"), AVALC=compute_flag(met, "N"), ADT=frame["ASTDT"], **text,
                        ADY=compute_day(frame["ASTDT"], frame["TRTSDT"]), SRCDOM=_where(source, "AE", "ADSL"),
                        SRCVAR=_where(source, "AETOXGR", "TRTSDT"), SRCSEQ=frame["AESEQ"],
                        _record=frame["_record"].fillna(frame["_own"]).astype("str"))
    return derive_param_facts(made.drop(columns=["MET", "ASTDT"]), spec)


def _where(condition: pd.Series, yes: str, no: str) -> pd.Series:
    return pd.Series(no, index=condition.index, dtype="str").mask(condition, yes)


def derive_investigator_verdict(addlt: pd.DataFrame, ae: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Whether the investigator called an adverse event of the subject a dose-limiting toxicity (AEDLT): Y or N on the
    record of any clause, with the sequence number of the first event that was called so.

    In: AE.AEDLT. Out: INVDLT (Y or N), INVSEQ.
    """
    called = ae[ae["AEDLT"] == "Y"].sort_values(["USUBJID", "AESEQ"]).drop_duplicates("USUBJID")
    number = addlt["USUBJID"].map(called.set_index("USUBJID")["AESEQ"]).astype("float64")
    overall = addlt["PARAMCD"] == "DLTANY"
    return addlt.assign(INVDLT=compute_flag(number.notna(), "N").where(overall, "").astype("str"),
                        INVSEQ=number.where(overall))


def check_verdicts(addlt: pd.DataFrame) -> None:
    """Report subjects for whom the rule and the investigator disagree."""
    differs = addlt[(addlt["PARAMCD"] == "DLTANY") & (addlt["AVALC"] != addlt["INVDLT"])]
    by_rule = differs["AVALC"] == "Y"
    said = pd.Series("the investigator reports a dose-limiting toxicity, the protocol's rule finds none",
                     index=differs.index, dtype="str")
    said = said.mask(by_rule, "the protocol's rule finds a dose-limiting toxicity, the investigator none")
    report_records(differs, "mapping.dlt_disagreement", "warning", "ADDLT", "AVALC", said,
                   "medical monitor: review the event with the investigator before the dose decision", value="DLTREAS")

"""ADRS - Disease Response Analysis Dataset (ADaMIG 1.3, BDS).

One record per parameter per assessment per subject; parameters of the subject (best response and the like) once.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from adam.choices import read_choices
from adam.columns import take_texts
from adam.dates import compute_date, compute_day
from adam.evaluators import check_readers, select_evaluator
from adam.flags import compute_flag
from adam.merge import merge_adsl, select_records
from adam.recist import RecistRules, check_lesions, check_responses, derive_time_points
from adam.response import (
    VALUES,
    IrecistRules,
    ResponseRules,
    compute_confirmed,
    compute_counted,
    compute_irecist,
    compute_until_progression,
    find_benefit,
    find_best_response,
    find_first,
    find_immune_best,
    find_immune_progression,
    find_last,
    rename_after_cr,
)
from cdisckit.errors import SpecError, suggest
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adrs", "derive_aseq", "find_new_therapy", "read_response_rules"]

RECORDED, RECOMPUTED = "RECORDED", "RECOMPUTED"
SOURCES = {RECORDED: "OVR", RECOMPUTED: "OVRC"}                # terms.response.source: the parameter that is analysed
OTHER = {"evaluator": "INVESTIGATOR", "source": RECORDED}      # what else stands under terms.response
CARRIED = ["ADT", "ADTF", "AVISIT", "AVISITN", "RSEVAL", "SRCDOM", "SRCVAR", "SRCSEQ", "_record"]


@dataset
def adrs(rs, tr, tu, cm, pr, adsl, spec, study):
    treated = adsl[adsl["TRTSDT"].notna()]
    evaluator = read_response_rules(study)[1]["evaluator"]
    for name, data in (("RS", rs), ("TR", tr), ("TU", tu)):
        check_readers(data, name, evaluator)
    rs, tr, tu = (select_evaluator(data, name, evaluator) for data, name in ((rs, "RS"), (tr, "TR"), (tu, "TU")))
    recorded = derive_recorded(rs, treated)
    lesion_rules = read_choices(study.facts.terms.get("recist", {}), RecistRules, "terms.recist")
    recomputed = derive_recomputed(tr, tu, rs, treated, lesion_rules)
    therapy = find_new_therapy({"CM": cm, "PR": pr}, adsl, study)
    adrs = derive_flags(pd.concat([recorded, recomputed], ignore_index=True), treated, therapy, study)
    adrs = derive_subject_parameters(adrs, treated, tr, tu, study)
    adrs = derive_param(adrs, spec)
    adrs = merge_adsl(adrs, adsl, spec)
    adrs = derive_aval(adrs)
    adrs = derive_ady(adrs)
    return derive_aseq(adrs, ["PARAMN", "ADT", "SRCSEQ"])


def read_response_rules(study: StudySpecs) -> tuple[ResponseRules, dict[str, str]]:
    """The rules of responses that study.yaml states under terms.response (ResponseRules), and its other entries:
    `evaluator`, `source`. SpecError for an entry that is neither.
    """
    stated: Mapping[str, Any] = study.facts.terms.get("response", {})
    other = {name: str(stated.get(name, usual)) for name, usual in OTHER.items()}
    rules = read_choices(stated, ResponseRules, "terms.response", OTHER)
    if other["source"] not in SOURCES:
        raise SpecError(f"terms.response.source is no source of responses{suggest(other['source'], SOURCES)}",
                        cases=list(SOURCES), where="study.yaml", fix="name one of these")
    return rules, other


def _subject(adsl: pd.DataFrame, name: str, records: pd.DataFrame) -> pd.Series:
    values = pd.Series(adsl[name].array, index=pd.Index(adsl["USUBJID"]))
    return values.reindex(records["USUBJID"]).set_axis(records.index)


def derive_recorded(rs: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """The overall response as the assessor recorded it. An unknown day of the assessment is taken as the last of the
    month; without a month it has no date and does not count.

    In: RS of the evaluator (OVRLRESP). Out: parameter OVR.
    """
    needed = ["USUBJID", "RSSEQ", "RSSTRESC", "RSEVAL", "RSDTC", "RSLNKGRP", "VISIT", "VISITNUM", "_record"]
    own = rs[needed][(rs["RSTESTCD"] == "OVRLRESP") & (rs["RSSTRESC"] != "")]
    own = own[own["USUBJID"].isin(adsl["USUBJID"])]
    date = compute_date(own["RSDTC"], impute="day", to="last")
    return pd.DataFrame({"USUBJID": own["USUBJID"], "PARAMCD": "OVR", "ADT": date["date"], "ADTF": date["flag"],
                         "AVALC": own["RSSTRESC"], "AVISIT": own["VISIT"], "AVISITN": own["VISITNUM"],
                         "RSEVAL": own["RSEVAL"], "SRCDOM": "RS", "SRCVAR": "RSSTRESC", "SRCSEQ": own["RSSEQ"],
                         "GROUP": own["RSLNKGRP"], "_record": own["_record"]})


def derive_recomputed(tr: pd.DataFrame, tu: pd.DataFrame, rs: pd.DataFrame, adsl: pd.DataFrame,
                      rules: RecistRules) -> pd.DataFrame:
    """The overall response recomputed from the lesions by RECIST 1.1. Where the assessor recorded another one, a
    finding shows the numbers and the rule.

    In: TR, TU, RS. Out: parameter OVRC, RSEVAL SPONSOR; whether the disease grew further since the assessment before.
    """
    points = derive_time_points(tr, tu, adsl.set_index("USUBJID")["TRTSDT"], rules)
    check_lesions(tr)
    check_responses(points, rs)
    return pd.DataFrame({"USUBJID": points["USUBJID"], "PARAMCD": "OVRC", "ADT": points["ADT"],
                         "ADTF": points["ADTF"], "AVALC": points["OVERALL"], "AVISIT": points["VISIT"],
                         "AVISITN": points["VISITNUM"],
                         "RSEVAL": "SPONSOR", "SRCDOM": "TR", "SRCVAR": "TRSTRESN", "SRCSEQ": points["TRSEQ"],
                         "GROUP": points["ASSESS"], "GROWN": points["GROWN"], "_record": points["_record"]})


def find_new_therapy(datasets: Mapping[str, pd.DataFrame], adsl: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The start of the first new anticancer therapy of each subject: the records that `terms.new_therapy` of study.yaml
    selects. An unknown day is the first of the month, an unknown month January, but not before the last dose.

    In: SDTM datasets by name with --STDTC; TRTEDT. Out: USUBJID, ADT, SRCDOM, SRCVAR, SRCSEQ, _record.
    """
    found = []
    for name, conditions in study.facts.terms.get("new_therapy", {}).items():
        data = datasets[name]
        columns = ["USUBJID", f"{name}STDTC", f"{name}SEQ", "_record", *conditions]
        data = select_records(data[list(dict.fromkeys(columns))], conditions)
        last = _subject(adsl, "TRTEDT", data)
        date = compute_date(data[f"{name}STDTC"], impute="month", to="first", minimum=[last])["date"]
        found.append(pd.DataFrame({"USUBJID": data["USUBJID"], "ADT": date, "SRCDOM": name, "SRCVAR": f"{name}STDTC",
                                   "SRCSEQ": data[f"{name}SEQ"], "_record": data["_record"]}))
    columns = ["USUBJID", "ADT", "SRCDOM", "SRCVAR", "SRCSEQ", "_record"]
    filled = [one for one in found if len(one)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns}).astype({"ADT": "datetime64[s]"})
    both = pd.concat(filled, ignore_index=True).sort_values(["USUBJID", "ADT", "SRCDOM", "SRCSEQ"], kind="stable")
    return both[both["ADT"].notna()].drop_duplicates("USUBJID", ignore_index=True)


def derive_flags(records: pd.DataFrame, adsl: pd.DataFrame, therapy: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """ANL01FL is Y on the assessments that count: evaluated or not evaluable, on or after the first dose and not after
    the data cut-off, the worst of one date. ANL02FL is Y on those up to and including the first progression, ANL03FL on
    those before a new anticancer therapy.

    In: USUBJID, PARAMCD, ADT, AVALC, SRCSEQ; TRTSDT; the start of a new therapy. Out: ANL01FL, ANL02FL, ANL03FL (Y or
    "").
    """
    records = records.assign(ASEQ=records["SRCSEQ"])
    begun = therapy.set_index("USUBJID")["ADT"].reindex(records["USUBJID"]).set_axis(records.index)
    people = pd.Index(adsl["USUBJID"])
    own = _numbered(records, people)
    start = pd.Series(adsl["TRTSDT"].to_numpy()[own["USUBJID"]], index=own.index)
    each = own["USUBJID"] + len(people) * pd.factorize(records["PARAMCD"])[0]      # a course of its own each parameter
    own = own.assign(USUBJID=each)
    counted = compute_counted(own, start).mask(own["ADT"] > pd.Timestamp(study.facts.cutoff or "2199-12-31"), "")
    renamed = rename_after_cr(own[counted == "Y"], read_response_rules(study)[0])["AVALC"]
    own = own.assign(AVALC=renamed.reindex(own.index).fillna(own["AVALC"]))
    return records.assign(AVALC=own["AVALC"], ANL01FL=counted,
                          ANL02FL=compute_until_progression(own), ANL03FL=compute_flag(~(records["ADT"] >= begun)))


def derive_subject_parameters(adrs: pd.DataFrame, adsl: pd.DataFrame, tr: pd.DataFrame, tu: pd.DataFrame,
                              study: StudySpecs) -> pd.DataFrame:
    """The parameters of a subject, from the overall responses that count (of the source that study.yaml names), all but
    the progression and the last assessment from those until progression and before a new anticancer therapy: first
    progression, first response, first confirmed response, clinical benefit and confirmed clinical benefit, best overall
    response, unconfirmed and confirmed, and whether these are CR or PR, measurable disease at baseline, the last
    evaluable assessment, and death; by iRECIST, the response at each time point, progression, and best response,
    unconfirmed and confirmed, of the responses before a new anticancer therapy.

    In: OVR and OVRC with ANL01FL, ANL02FL and ANL03FL; DTHFL, DTHDT. Out: a record a subject for each parameter.
    Source: RECIST 1.1, 4.3.2 to 4.6; iRECIST.
    """
    rules, other = read_response_rules(study)
    immune_rules = read_choices(study.facts.terms.get("irecist", {}), IrecistRules, "terms.irecist")
    people = pd.Index(adsl["USUBJID"])
    among = adrs[(adrs["PARAMCD"] == SOURCES[other["source"]]) & (adrs["ANL01FL"] == "Y")]
    counted, grown = _numbered(among, people), _grown_further(among, adrs)
    immune = counted.assign(AVALC=compute_irecist(counted, grown, immune_rules))
    start = pd.Series(adsl["TRTSDT"].to_numpy()[counted["USUBJID"]], index=counted.index)
    before = (among["ANL03FL"] == "Y") | (not rules.cut_at_new_therapy)
    used, immune_used = counted[(among["ANL02FL"] == "Y") & before], immune[before]
    confirmed, subjects = compute_confirmed(used, rules), range(len(people))
    best = find_best_response(used, start[used.index], subjects, rules)
    sure = find_best_response(used, start[used.index], subjects, rules, confirmed)
    decided = {
        "PD": find_first(counted, counted["AVALC"] == "PD"),
        "RSP": find_first(used, used["AVALC"].isin(["CR", "PR"])),
        "CRSP": find_first(used, confirmed != ""),
        "CB": find_benefit(used, start[used.index], rules),
        "CCB": find_benefit(used, start[used.index], rules, confirmed != ""),
        "BCP": best[best["AVALC"].isin(["CR", "PR"])],
        "CBCP": sure[sure["AVALC"].isin(["CR", "PR"])],
        "IPD": find_immune_progression(immune, immune_rules),
    }
    valued = {
        "BOR": best, "CBOR": sure, "LSTA": find_last(counted, counted["AVALC"] != "NE"), "IOVR": immune,
        "IBOR": find_immune_best(immune_used, start[before], subjects, rules),
        "ICBOR": find_immune_best(immune_used, start[before], subjects, rules, confirm=True),
    }
    yes = pd.concat([_together(decided, adrs, people).assign(AVALC="Y"), find_baseline(tr, adsl).assign(PARAMCD="MDIS"),
                     find_deaths(adsl).assign(PARAMCD="DEATH")], ignore_index=True)
    made = pd.concat([yes, _answered_no(yes, [*decided, "MDIS", "DEATH"], people), _together(valued, adrs, people)],
                     ignore_index=True).assign(ANL01FL="Y", ANL02FL="", ANL03FL="")
    return _filled(pd.concat([adrs[list(made)], made], ignore_index=True))


def _numbered(records: pd.DataFrame, people: pd.Index) -> pd.DataFrame:
    """What decides of each record, with the subject's place among the people for USUBJID and the record's own: numbers
    are faster to sort and to join by than texts.
    """
    return records[["ADT", "AVALC", "ASEQ"]].assign(USUBJID=people.get_indexer(pd.Index(records["USUBJID"])),
                                                    ROW=records.index)


def _grown_further(counted: pd.DataFrame, adrs: pd.DataFrame) -> pd.Series:
    """Whether the disease grew further at each assessment since the one before, for iRECIST: what its lesions show;
    without lesions, that the assessor recorded a progression again.
    """
    grown = adrs[adrs["PARAMCD"] == "OVRC"].set_index(["USUBJID", "GROUP"])["GROWN"]
    at = pd.MultiIndex.from_frame(counted[["USUBJID", "GROUP"]])
    further = pd.Series(grown.reindex(at).to_numpy(), index=counted.index)
    return further.where(further.notna(), True).astype("bool")


def _together(records: Mapping[str, pd.DataFrame], adrs: pd.DataFrame, people: pd.Index) -> pd.DataFrame:
    """The records of all parameters, each with what the assessment that it comes from says; the parameter is the name.

    In: records as _numbered has them, by PARAMCD.
    """
    data = pd.concat([one[["USUBJID", "AVALC", "ROW"]] for one in records.values()], ignore_index=True)
    code = take_texts(list(records), np.repeat(np.arange(len(records)), [len(one) for one in records.values()]),
                      data.index)
    carried = adrs[CARRIED].reindex(data["ROW"].fillna(-1).astype("int64")).set_axis(data.index)
    subject = pd.Series(people.take(data["USUBJID"].astype("int64")), index=data.index)
    return carried.assign(USUBJID=subject, PARAMCD=code, AVALC=data["AVALC"])


def _answered_no(yes: pd.DataFrame, names: list[str], people: pd.Index) -> pd.DataFrame:
    """For each parameter N without a date for every subject who has no other answer."""
    answered = np.zeros((len(names), len(people)), dtype=bool)
    answered[pd.Index(names).get_indexer(pd.Index(yes["PARAMCD"])), people.get_indexer(pd.Index(yes["USUBJID"]))] = True
    name, subject = np.nonzero(~answered)
    code = take_texts(names, name, pd.RangeIndex(len(name)))
    return pd.DataFrame({"USUBJID": people.take(subject), "PARAMCD": code, "AVALC": "N"})


def find_baseline(tr: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """The last tumour assessment of each subject until the first dose: Y if it has a measured target lesion, else N.

    In: TR (TRGRPID, TRSTRESN, TRDTC), TRTSDT. Out: a record a subject with a baseline assessment.
    """
    needed = ["USUBJID", "TRSEQ", "TRGRPID", "TRSTRESN", "TRDTC", "TREVAL", "VISIT", "VISITNUM", "_record"]
    assessed = tr[needed][(tr["TRSTAT"] == "") & (tr["TRDRVFL"] == "")]
    dated = assessed.assign(ADT=compute_date(assessed["TRDTC"])["date"],
                            measured=assessed["TRSTRESN"].notna() & (assessed["TRGRPID"] == "TARGET"))
    before = dated[dated["ADT"] <= _subject(adsl, "TRTSDT", dated)]
    record = before.sort_values(["USUBJID", "measured", "ADT", "TRSEQ"], kind="stable").drop_duplicates(
        "USUBJID", keep="last")
    value = pd.Series("N", index=record.index, dtype="str").mask(record["measured"], "Y")
    return pd.DataFrame({"USUBJID": record["USUBJID"], "ADT": record["ADT"], "ADTF": "", "AVALC": value,
                         "AVISIT": record["VISIT"], "AVISITN": record["VISITNUM"], "RSEVAL": record["TREVAL"],
                         "SRCDOM": "TR", "SRCVAR": "TRSTRESN", "SRCSEQ": record["TRSEQ"], "_record": record["_record"]})


def find_deaths(adsl: pd.DataFrame) -> pd.DataFrame:
    """The death of each subject who died, with its date where that is known to the day.

    In: DTHFL, DTHDT. Out: a record a subject who died.
    """
    died = adsl[(adsl["DTHFL"] == "Y") | adsl["DTHDT"].notna()]
    none = pd.Series(np.nan, index=died.index)
    return pd.DataFrame({"USUBJID": died["USUBJID"], "ADT": died["DTHDT"], "ADTF": "", "AVALC": "Y", "AVISIT": "",
                         "AVISITN": none, "RSEVAL": "", "SRCDOM": "ADSL", "SRCVAR": "DTHDT", "SRCSEQ": none,
                         "_record": died["_record"]})


def _filled(adrs: pd.DataFrame) -> pd.DataFrame:
    """The records with text missing as "" and numbers as NaN."""
    texts = ["PARAMCD", "AVALC", "ADTF", "AVISIT", "RSEVAL", "SRCDOM", "SRCVAR", "ANL01FL", "ANL02FL", "ANL03FL",
             "_record"]
    return adrs.assign(ADT=adrs["ADT"].astype("datetime64[s]"),
                       **{name: adrs[name].astype("str").fillna("") for name in texts},
                       **{name: adrs[name].astype("float64") for name in ("AVISITN", "SRCSEQ")})


def derive_param(adrs: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The description and the number of the parameter, as the specification lists them; records of parameters that it
    does not list are not part of the dataset.

    In: PARAMCD, the `parameters` of the specification. Out: PARAM, PARAMN, PARCAT1.
    """
    adrs = adrs[adrs["PARAMCD"].isin(list(spec.parameters))]
    code = adrs["PARAMCD"]
    return adrs.assign(PARAM=code.map({name: one.PARAM for name, one in spec.parameters.items()}).astype("str"),
                       PARAMN=code.map({name: one.PARAMN for name, one in spec.parameters.items()}).astype("float64"),
                       PARCAT1=code.map({name: one.PARCAT1 for name, one in spec.parameters.items()}).astype("str"))


def derive_aval(adrs: pd.DataFrame) -> pd.DataFrame:
    """The response as a number: CR 1, PR 2, SD 3, NON-CR/NON-PD 4, PD 5, NE 6, MISSING 7; Y 1, N 0. Responses by
    iRECIST have none.

    In: AVALC. Out: AVAL.
    """
    return adrs.assign(AVAL=adrs["AVALC"].map(VALUES).astype("float64"))


def derive_ady(adrs: pd.DataFrame) -> pd.DataFrame:
    """Days from the first exposure to the date, plus one on or after it; there is no day 0.

    In: ADT, TRTSDT. Out: ADY (days).
    """
    return adrs.assign(ADY=compute_day(adrs["ADT"], adrs["TRTSDT"]))


def derive_aseq(data: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """The number of the record within the subject, in the order of parameter and date.

    In: USUBJID and the stated variables. Out: ASEQ, the records in this order.
    """
    ordered = data.sort_values(["USUBJID", *order], kind="stable", ignore_index=True)
    return ordered.assign(ASEQ=ordered.groupby("USUBJID").cumcount().astype("float64") + 1)

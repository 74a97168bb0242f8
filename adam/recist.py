"""Response at each time point, recomputed from the lesions by RECIST 1.1, and compared with what was recorded.

RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009; 45: 228-247), 4.3 and tables 1 and 2. An assessment is the visit that
lesions share (TR.TRLNKGRP), or their date where the visit has no number.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adam.dates import compute_date
from sdtm.findings import number_text
from sdtm.mapping import report_records

__all__ = [
    "OVERALL",
    "RECIST",
    "RecistRules",
    "check_lesions",
    "check_responses",
    "compute_overall",
    "compute_target_response",
    "derive_sums",
    "derive_time_points",
]

KEYS = ["USUBJID", "ASSESS"]
NEEDED = ["USUBJID", "TRSEQ", "TRGRPID", "TRLNKID", "TRLNKGRP", "TRTESTCD", "TRSTRESC", "TRSTRESN", "TRDTC", "VISIT",
          "VISITNUM", "_record"]
NOT_APPLICABLE = "NOT APPLICABLE"
STATES = ("NE", "ABSENT", "EQUIVOCAL", "PRESENT", "UNEQUIVOCAL", "UNEQUIVOCAL PROGRESSION")    # the last is the worst
IS_NEW = ("PRESENT", "UNEQUIVOCAL", "UNEQUIVOCAL PROGRESSION")
ANY = ""
# target, non-target, new lesions: overall. The first row that fits counts: rows of both tables that lead to PD, then
# the others of table 1, then of table 2 (subjects without target lesions).
OVERALL = (
    ("PD", ANY, ANY, "PD"),
    (ANY, "PD", ANY, "PD"),
    (ANY, ANY, "Y", "PD"),
    ("CR", "CR", "N", "CR"),
    ("CR", NOT_APPLICABLE, "N", "CR"),
    ("CR", "NON-CR/NON-PD", "N", "PR"),
    ("CR", "NE", "N", "PR"),
    ("PR", ANY, "N", "PR"),
    ("SD", ANY, "N", "SD"),
    ("NE", ANY, "N", "NE"),
    (NOT_APPLICABLE, "CR", "N", "CR"),
    (NOT_APPLICABLE, "NON-CR/NON-PD", "N", "NON-CR/NON-PD"),
    (NOT_APPLICABLE, "NE", "N", "NE"),
    (NOT_APPLICABLE, NOT_APPLICABLE, "N", "NE"),
)
COMPARED = {"TRGRESP": "TARGET", "NTRGRESP": "NONTARG", "NEWLIND": "NEWLES", "OVRLRESP": "OVERALL"}
RULES = {
    "TRGRESP": "PD is +20 % and +5 mm over the nadir, PR -30 % under the baseline, CR all gone and nodes below 10 mm "
               "(RECIST 1.1, 4.3.1); a lesion that is back after CR is PD",
    "NTRGRESP": "from the states of the non-target lesions (RECIST 1.1, 4.3.3)",
    "NEWLIND": "from the new lesions recorded as unequivocal (RECIST 1.1, 4.3.5)",
    "OVRLRESP": "by tables 1 and 2 of RECIST 1.1",
}
QUERY = "data management: query the site; medical review: which of the two is right?"


@dataclass(frozen=True)
class RecistRules:
    """The thresholds of RECIST 1.1."""

    progression_percent: float = 20.0      # over the smallest sum so far
    progression_mm: float = 5.0            # and at least so much
    response_percent: float = 30.0         # under the baseline sum
    normal_node_mm: float = 10.0           # the short axis of a lymph node that is no longer disease
    reappearance: bool = True              # after a CR a target lesion that is back is a progression of any size


RECIST = RecistRules()


def derive_sums(tr: pd.DataFrame, tu: pd.DataFrame, first_dose: pd.Series,
                rules: RecistRules = RECIST) -> pd.DataFrame:
    """The sum of the diameters of the target lesions at each assessment, from the lesions themselves: longest diameter,
    of lymph nodes the short axis; of a lesion with both the location tells which, of one that was measured again at the
    assessment the last size counts. The baseline is the last assessment with a measured lesion until the first dose. A
    lesion that split counts as evaluated by its parts, one that merged by the whole. An assessment at which a lesion of
    the baseline was not evaluated is incomplete; the smallest sum so far (nadir) is that of the baseline and of the
    complete assessments before. An assessment of which only the month is known is dated with the last day of the month,
    if that is not the month of the first dose.

    In: TR (LDIAM, LPERP), TU (TULOC, TUFROM: the lesions that one came from), the date of the first dose by USUBJID.
    Out: a record an assessment: USUBJID, ASSESS, ADT, FIRSTDT (last and first date), ADTF (D or ""), SUM, BASE, NADIR
    (mm), LESBASN, LESEVLN (lesions at baseline, of these evaluated), COMPLETE, PRESENT (lesions that are still
    disease), EXTRANOD (lesions that are still there, nodes aside), ABLFL (True or False), TRSEQ and _record (of the sum
    in TR).
    """
    return _sum_lesions(_with_assessment(tr, first_dose), tu, first_dose, rules).drop(columns=["WHO", "POINT"])


def _with_assessment(tr: pd.DataFrame, first_dose: pd.Series) -> pd.DataFrame:
    """The records with ASSESS, the assessment that they belong to, and their date: of an assessment without any
    complete date the last day of its month, with ADTF; none in the month of the first dose, which it may precede.
    WHO and POINT number the subjects and their assessments, in the order of USUBJID and ASSESS: numbers are faster to
    group and to join by than texts.
    """
    key = _name_assessment(tr)
    who, (within, names) = pd.factorize(tr["USUBJID"], sort=True)[0], pd.factorize(key, sort=True)
    point = pd.factorize(who * len(names) + within, sort=True)[0]
    complete = compute_date(tr["TRDTC"])["date"]
    month = first_dose.dt.strftime("%Y-%m").reindex(tr["USUBJID"]).set_axis(tr.index)
    undated = ~complete.notna().groupby(point).transform("any") & (tr["TRDTC"] != month)
    made = compute_date(tr["TRDTC"][undated], impute="day", to="last").reindex(tr.index)
    return tr[NEEDED].assign(ASSESS=key, WHO=who, POINT=point, DATE=complete.fillna(made["date"]),
                             ADTF=made["flag"].fillna(""))


def _name_assessment(tr: pd.DataFrame) -> pd.Series:
    """The group that lesions of one assessment share, or their date."""
    return tr["TRLNKGRP"].where(tr["TRLNKGRP"] != "", "D" + tr["TRDTC"]).astype("str")


def _sum_lesions(dated: pd.DataFrame, tu: pd.DataFrame, first_dose: pd.Series, rules: RecistRules) -> pd.DataFrame:
    """What derive_sums gives, with WHO and POINT."""
    lesions = dated[dated["TRTESTCD"].isin(["LDIAM", "LPERP"]) & ~dated["TRGRPID"].isin(["NON-TARGET", "NEW"])]
    lesions = lesions[_is_counted_axis(lesions, tu)]
    lesions = lesions[_is_last_size(lesions)]
    size, node = lesions["TRSTRESN"], lesions["TRTESTCD"] == "LPERP"
    disease = (size > 0) & (~node | (size >= rules.normal_node_mm))
    extranodal = (size > 0) & ~node
    grouped = lesions.assign(present=disease, missing=size.isna(), extranodal=extranodal).groupby("POINT", sort=True)
    first = lesions.drop_duplicates("POINT").set_index("POINT").sort_index()
    sums = pd.DataFrame({
        **{name: first[name] for name in ("USUBJID", "ASSESS", "WHO")},
        "ADT": grouped["DATE"].max(), "FIRSTDT": grouped["DATE"].min(), "ADTF": grouped["ADTF"].max(),
        "VISITNUM": grouped["VISITNUM"].first(), "VISIT": first["VISIT"],
        "SUM": grouped["TRSTRESN"].sum(min_count=1), "PRESENT": grouped["present"].sum(),
        "EXTRANOD": grouped["extranodal"].sum(), "missing": grouped["missing"].sum(),
        "TRSEQ": grouped["TRSEQ"].first(), "_record": first["_record"]})
    sums = _with_recorded_sum(sums, dated[dated["TRTESTCD"] == "SUMDIAM"]).reset_index()
    sums = sums.assign(ABLFL=_flag_baseline(sums, first_dose))
    sums = _with_lesion_counts(sums, lesions, tu)
    complete = (sums["missing"] == 0) & (sums["LESEVLN"] >= sums["LESBASN"]) & sums["SUM"].notna()
    return _derive_nadir(sums.assign(COMPLETE=complete).drop(columns="missing"))


def _is_counted_axis(lesions: pd.DataFrame, tu: pd.DataFrame) -> pd.Series:
    """False on the other axis of a lesion that was measured along both: the long one of a lymph node, the
    perpendicular of any other lesion.
    """
    axes = lesions.drop_duplicates(["POINT", "TRLNKID", "TRTESTCD"])
    both = axes[axes.duplicated(["POINT", "TRLNKID"], keep=False) & (axes["TRLNKID"] != "")]
    twice = lesions[lesions["POINT"].isin(both["POINT"])]
    if twice.empty:
        return pd.Series(True, index=lesions.index)
    measured = pd.MultiIndex.from_frame(twice[["POINT", "TRLNKID"]])
    twice = twice[measured.isin(pd.MultiIndex.from_frame(both[["POINT", "TRLNKID"]]))]
    nodes = tu[tu["TULOC"].str.contains("LYMPH NODE")]
    node = pd.MultiIndex.from_frame(twice[["USUBJID", "TRLNKID"]]).isin(
        pd.MultiIndex.from_frame(nodes[["USUBJID", "TULNKID"]]))
    other = twice.index[twice["TRTESTCD"] != np.where(node, "LPERP", "LDIAM")]
    return pd.Series(~lesions.index.isin(other), index=lesions.index)


def _is_last_size(lesions: pd.DataFrame) -> pd.Series:
    """True on one line of each lesion at an assessment, however often it was measured: the last that has a size."""
    line = ["POINT", "TRLNKID", "TRTESTCD"]
    again = lesions[lesions.duplicated(line, keep=False) & (lesions["TRLNKID"] != "")]
    ordered = again.assign(sized=again["TRSTRESN"].notna()).sort_values(["sized", "DATE", "TRSEQ"], kind="stable")
    earlier = ordered.index[ordered.duplicated(line, keep="last")]
    return pd.Series(~lesions.index.isin(earlier), index=lesions.index)


def _with_recorded_sum(sums: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """TRSEQ and _record of TR's own sum, which names all lines of the assessment, where there is one.

    In: sums by POINT.
    """
    own = recorded.drop_duplicates("POINT").set_index("POINT")[["TRSEQ", "_record"]].reindex(sums.index)
    return sums.assign(TRSEQ=own["TRSEQ"].fillna(sums["TRSEQ"]),
                       _record=own["_record"].where(own["_record"].notna(), sums["_record"]))


def _flag_baseline(sums: pd.DataFrame, first_dose: pd.Series) -> pd.Series:
    start = first_dose.reindex(sums["USUBJID"]).set_axis(sums.index)
    before = sums[sums["SUM"].notna() & (sums["ADT"] <= start)].sort_values(["WHO", "ADT", "POINT"], kind="stable")
    return pd.Series(sums.index.isin(before.drop_duplicates("WHO", keep="last").index), index=sums.index)


def _with_lesion_counts(sums: pd.DataFrame, lesions: pd.DataFrame, tu: pd.DataFrame) -> pd.DataFrame:
    """How many lesions the baseline has (LESBASN), and how many of them each assessment evaluated (LESEVLN)."""
    seen = lesions[lesions["TRSTRESN"].notna()]
    name = seen["TRLNKID"]
    origin = tu[tu["TUFROM"] != ""].drop_duplicates(["USUBJID", "TULNKID"])
    if len(origin):
        from_ = origin.set_index(["USUBJID", "TULNKID"])["TUFROM"].reindex(
            pd.MultiIndex.from_frame(seen[["USUBJID", "TRLNKID"]])).set_axis(seen.index)
        name = from_.where(from_.notna(), name)
    parts = seen[["POINT", "WHO"]].assign(lesion=name.str.split(r"\s*[;/]\s*", regex=True)
                                          if name.str.contains("[;/]", regex=True).any() else name).explode("lesion")
    part = parts["WHO"] * len(parts) + pd.factorize(parts["lesion"])[0]
    parts = parts.assign(part=part).drop_duplicates(["POINT", "part"])
    first = parts[parts["POINT"].isin(sums.loc[sums["ABLFL"], "POINT"])]
    evaluated = parts["part"].isin(first["part"]).groupby(parts["POINT"]).sum()
    at_baseline = first.groupby("WHO").size().reindex(sums["WHO"]).set_axis(sums.index).astype("float64")
    count = evaluated.reindex(sums["POINT"]).set_axis(sums.index).astype("float64").fillna(0.0)
    return sums.assign(LESBASN=at_baseline, LESEVLN=count.where(at_baseline.notna()))


def _derive_nadir(sums: pd.DataFrame) -> pd.DataFrame:
    """BASE and NADIR of the assessments after the baseline."""
    of = sums[sums["ABLFL"]].set_index("WHO")[["SUM", "ADT"]].reindex(sums["WHO"]).set_axis(sums.index)
    ordered = sums.assign(BASE=of["SUM"], after=sums["ADT"] > of["ADT"]).sort_values(
        ["WHO", "ADT", "POINT"], kind="stable", ignore_index=True)
    counted = ordered["SUM"].where((ordered["after"] & ordered["COMPLETE"]) | ordered["ABLFL"])
    smallest = counted.groupby(ordered["WHO"]).cummin().groupby(ordered["WHO"]).ffill()
    nadir = smallest.groupby(ordered["WHO"]).shift()
    return ordered.assign(NADIR=nadir.where(ordered["after"])).drop(columns="after")


def compute_target_response(sums: pd.DataFrame, rules: RecistRules = RECIST) -> pd.Series:
    """The response of the target lesions. PD: the sum is at least 20 % and at least 5 mm larger than the smallest sum
    so far (also where a lesion was not evaluated: the others suffice). NE: a lesion was not evaluated. CR: every lesion
    is gone, every lymph node below 10 mm. PR: the sum is at least 30 % smaller than at baseline. SD: none of these.

    In: SUM, BASE, NADIR (mm), COMPLETE, PRESENT. Out: CR, PR, SD, PD or NE. Source: RECIST 1.1, 4.3.1.
    """
    larger = (sums["SUM"] - sums["NADIR"]).round(6)
    grown = larger.ge(rules.progression_mm) & larger.ge((sums["NADIR"] * rules.progression_percent / 100).round(6))
    limit = (sums["BASE"] * (100 - rules.response_percent) / 100).round(6)
    conditions = [grown, ~sums["COMPLETE"] | sums["BASE"].isna(), sums["PRESENT"] == 0, sums["SUM"].round(6) <= limit]
    chosen = np.select([one.to_numpy(dtype=bool) for one in conditions], ["PD", "NE", "CR", "PR"], "SD")
    return pd.Series(chosen, index=sums.index, dtype="str")


def compute_overall(target: pd.Series, nontarget: pd.Series, new: pd.Series) -> pd.Series:
    """The overall response at the time point, from the responses of target and non-target lesions and whether there are
    new lesions, by the tables of RECIST 1.1.

    In: CR PR SD PD NE or NOT APPLICABLE; CR NON-CR/NON-PD PD NE or NOT APPLICABLE; Y or N. Out: CR, PR, SD,
    NON-CR/NON-PD, PD, NE. Source: RECIST 1.1, tables 1 and 2.
    """
    found, everywhere = (target, nontarget, new), pd.Series(True, index=target.index)
    fits = [np.logical_and.reduce([everywhere, *(series == wanted for series, wanted in zip(found, row, strict=False)
                                                 if wanted != ANY)]) for row in OVERALL]
    chosen = np.select(fits, [row[3] for row in OVERALL], "")
    return pd.Series(chosen, index=target.index, dtype="str")


def derive_time_points(tr: pd.DataFrame, tu: pd.DataFrame, first_dose: pd.Series,
                       rules: RecistRules = RECIST) -> pd.DataFrame:
    """The response at each assessment after the baseline, recomputed from the lesions: of the target lesions from their
    sum, of the others from their states, new lesions, and overall. After a complete response a target lesion that is
    back (nodes aside) is a progression, of any size. A progression is dated with the first examination of the
    assessment, every other response with the last.

    In: TR, TU; the date of the first dose by USUBJID. Out: what derive_sums gives, TARGET, NONTARG, NEWLES, OVERALL,
    GROWN (further growth since the assessment before, for iRECIST), one record an assessment.
    Source: RECIST 1.1, 4.3, tables 1 and 2, appendix II (a lesion that disappeared and is back).
    """
    dated = _with_assessment(tr, first_dose)
    sums = _sum_lesions(dated, tu, first_dose, rules)
    others = (dated["TRTESTCD"] == "TUMSTATE") & dated["TRGRPID"].isin(["NON-TARGET", "NEW"])
    others |= (dated["TRGRPID"] == "NEW") & (dated["TRSTRESN"] > 0)                # a new lesion may be measured
    states = dated[others]
    points = _join_states(sums, states)
    start = first_dose.reindex(points["USUBJID"]).set_axis(points.index)
    has_target = points["WHO"].isin(sums.loc[sums["ABLFL"], "WHO"])
    points = points.assign(expected=_expected_states(points, states, start))
    points, has_target = points[points["ADT"] > start], has_target[points["ADT"] > start]
    target = compute_target_response(points.assign(COMPLETE=points["COMPLETE"].eq(True)), rules)
    target = target.where(has_target, NOT_APPLICABLE)
    state = [points["expected"] == 0, points["worse"] > 0, points["judged"] < points["expected"],
             points["absent"] >= points["expected"]]
    other = pd.Series(np.select(state, [NOT_APPLICABLE, "PD", "NE", "CR"], "NON-CR/NON-PD"), points.index, dtype="str")
    new = pd.Series(np.where(points["new"] > 0, "Y", "N"), index=points.index, dtype="str")
    overall = compute_overall(target, other, new)
    if rules.reappearance:
        back = _is_back(points, overall)
        target, overall = target.mask(back, "PD"), overall.mask(back, "PD")
    made = points.assign(TARGET=target, NONTARG=other, NEWLES=new, OVERALL=overall,
                         ADT=points["ADT"].where(overall != "PD", points["FIRSTDT"]))
    made = made.sort_values(["WHO", "ADT", "POINT"], kind="stable", ignore_index=True)
    return made.assign(GROWN=_grown(made, rules)).drop(columns=["expected", "judged", "absent", "WHO", "POINT"])


def _is_back(points: pd.DataFrame, overall: pd.Series) -> pd.Series:
    """Whether a target lesion other than a node is there after the subject had a CR."""
    ordered = points.assign(cr=overall == "CR").sort_values(["WHO", "ADT", "ASSESS"], kind="stable")
    seen = ordered.groupby("WHO")["cr"].cumsum() - ordered["cr"]
    return ((seen > 0) & (ordered["EXTRANOD"] > 0)).reindex(points.index)


def _join_states(sums: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Assessments by their sums and by the states of the other lesions, with counts of these."""
    worst = _is_worst_state(states)
    old, new = (states["TRGRPID"] == "NON-TARGET") & worst, (states["TRGRPID"] == "NEW") & worst
    state, names = states["TRSTRESC"], ["judged", "absent", "worse", "new"]
    counted = states.assign(judged=old & (state != "NE"), absent=old & (state == "ABSENT"),
                            worse=old & (state == "UNEQUIVOCAL PROGRESSION"),
                            new=new & (state.isin(IS_NEW) | (states["TRSTRESN"] > 0))).groupby("POINT")
    begin = states.drop_duplicates("POINT").set_index("POINT")
    other = counted[names].sum().assign(last=counted["DATE"].max(), first=counted["DATE"].min(),
                                        flag=counted["ADTF"].max(), number=counted["VISITNUM"].first(),
                                        sequence=counted["TRSEQ"].first())
    points = sums.set_index("POINT").join(other, how="outer", validate="one_to_one")
    begin = begin.reindex(points.index)
    return points.assign(
        ADT=np.fmax(points["ADT"].to_numpy(), points["last"].to_numpy()),
        FIRSTDT=np.fmin(points["FIRSTDT"].to_numpy(), points["first"].to_numpy()),
        ADTF=points["ADTF"].where(points["ADTF"].notna(), points["flag"]),
        VISITNUM=points["VISITNUM"].fillna(points["number"]), TRSEQ=points["TRSEQ"].fillna(points["sequence"]),
        **{name: points[name].where(points[name].notna(), begin[name])
           for name in ("USUBJID", "ASSESS", "WHO", "VISIT", "_record")},
        **{name: points[name].fillna(0).astype("int64") for name in names},
    ).drop(columns=["last", "first", "flag", "number", "sequence"]).reset_index()


def _is_worst_state(states: pd.DataFrame) -> pd.Series:
    """True on one line of each lesion at an assessment, however often it was entered: the one with the worst state."""
    again = states.duplicated(["POINT", "TRGRPID", "TRLNKID"], keep=False) & (states["TRLNKID"] != "")
    rank = states["TRSTRESC"][again].map({state: place for place, state in enumerate(STATES)})
    ordered = states[again].assign(rank=rank).sort_values(["rank", "TRSEQ"], kind="stable", na_position="first")
    worse = ordered.duplicated(["POINT", "TRGRPID", "TRLNKID"], keep="last")
    return ~worse.reindex(states.index, fill_value=False)


def _expected_states(points: pd.DataFrame, states: pd.DataFrame, start: pd.Series) -> pd.Series:
    """How many non-target lesions the subject had until the first dose."""
    first = points.loc[points["ADT"] <= start, "POINT"]
    old = states[(states["TRGRPID"] == "NON-TARGET") & states["POINT"].isin(first)]
    count = old.drop_duplicates(["WHO", "TRLNKID"]).groupby("WHO").size()
    return count.reindex(points["WHO"]).fillna(0).set_axis(points.index)


def _grown(points: pd.DataFrame, rules: RecistRules) -> pd.Series:
    """Whether, since the last assessment that was evaluable, the sum is 5 mm larger (than it was, and than the last
    complete one), more lesions are new or progressed, or the target lesions progressed that had not.
    """
    subject, names = points["WHO"], ["new", "worse", "target"]
    counts = points[["SUM", "new", "worse"]].assign(target=points["TARGET"].eq("PD").astype("int64"))
    before = counts.where(points["OVERALL"] != "NE").groupby(subject).ffill().groupby(subject).shift()
    whole = points["SUM"].where(points["COMPLETE"].eq(True)).groupby(subject).ffill().groupby(subject).shift()
    size = np.fmax(before["SUM"].to_numpy(), whole.fillna(points["BASE"]).to_numpy())
    larger = (points["SUM"] - size).round(6) >= rules.progression_mm
    return larger | (counts[names] > before[names].fillna(0)).any(axis=1)


def check_lesions(tr: pd.DataFrame) -> None:
    """Report lesions that have several sizes at one assessment: the sum of diameters counts the last of them.

    In: TR (LDIAM, LPERP) with TRLNKID, TRLNKGRP, TRDTC, TRSTRESN.
    """
    sized = tr[tr["TRTESTCD"].isin(["LDIAM", "LPERP"]) & tr["TRSTRESN"].notna() & (tr["TRLNKID"] != "")]
    line = [*KEYS, "TRLNKID", "TRTESTCD"]
    sized = sized.assign(ASSESS=_name_assessment(sized)).drop_duplicates([*line, "TRSTRESN"])
    again = sized[sized.duplicated(line, keep=False)]
    said = again["TRTESTCD"] + " of " + again["TRLNKID"] + " has several sizes at assessment " + again["ASSESS"]
    report_records(again, "mapping.lesion_sizes", "warning", "TR", "TRSTRESC", said + "; the last one counts",
                   "data management: query the site; which size is right?")


def check_responses(points: pd.DataFrame, rs: pd.DataFrame) -> pd.DataFrame:
    """Report responses that the assessor recorded otherwise than the lesions say, with the numbers and the rule; give
    back the records that differ.

    In: what derive_time_points gives; RS of the assessor with RSTESTCD, RSSTRESC, RSLNKGRP, RSDTC.
    """
    needed = ["USUBJID", "RSTESTCD", "RSSTRESC", "RSLNKGRP", "RSDTC", "_record"]
    recorded = rs[needed][rs["RSTESTCD"].isin(list(COMPARED)) & (rs["RSSTRESC"] != "")]
    recorded = recorded.assign(ASSESS=recorded["RSLNKGRP"].where(recorded["RSLNKGRP"] != "", "D" + recorded["RSDTC"]))
    numbers = points[[*KEYS, "SUM", "BASE", "NADIR", "LESBASN", "LESEVLN", "TARGET", "NONTARG", "NEWLES", "OVERALL"]]
    both = recorded.merge(numbers, on=KEYS, validate="many_to_one")
    our = both["RSSTRESC"]
    for test, name in COMPARED.items():
        our = our.mask(both["RSTESTCD"] == test, both[name])
    differs = both.assign(OUR=our)[both["RSSTRESC"] != our]
    report_records(differs, "mapping.response_differs", "warning", "RS", "RSSTRESC", _explain(differs), QUERY,
                   value="RSSTRESC")
    return differs


def _explain(differs: pd.DataFrame) -> pd.Series:
    """The numbers and the rule behind our response."""
    def number(value: pd.Series) -> pd.Series:
        return number_text(value.round(1)).replace("", "unknown")

    percent = (100 * (differs["SUM"] / differs["BASE"] - 1)).round(1)
    over = (100 * (differs["SUM"] / differs["NADIR"] - 1)).round(1)
    sums = ("sum " + number(differs["SUM"]) + " mm, baseline " + number(differs["BASE"]) + " mm (" + number(percent)
            + " %), nadir " + number(differs["NADIR"]) + " mm (" + number(over) + " %, "
            + number(differs["SUM"] - differs["NADIR"]) + " mm), " + number(differs["LESEVLN"]) + " of "
            + number(differs["LESBASN"]) + " target lesions evaluated")
    parts = "target " + differs["TARGET"] + ", non-target " + differs["NONTARG"] + ", new lesions " + differs["NEWLES"]
    rule = differs["RSTESTCD"].map(RULES).astype("str")
    ours = "the lesions give " + differs["OUR"] + " for " + differs["RSTESTCD"]
    return ours + ": " + sums + "; " + parts + "; " + rule

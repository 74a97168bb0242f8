"""ADAB - Antidrug Antibody Analysis Dataset (ADaMIG 1.3, BDS).

One record per parameter and sample, and one per parameter of the subject over the whole study, for each drug.
"""

from typing import Any

import numpy as np
import pandas as pd

from adam.bds import derive_parameter_codes
from adam.columns import map_texts, take_texts
from adam.dates import compute_day
from adam.flags import compute_flag
from adam.immunogenicity import (
    CATEGORIES,
    AdaRule,
    compute_neutralising,
    derive_ada_baseline,
    derive_ada_samples,
    summarise_ada,
)
from adam.merge import merge_adsl
from adam.pharmacokinetics import collect_doses, compute_moment, compute_planned_hours
from adam.record_ids import join_records
from cdisckit.graph import dataset
from sdtm.findings import number_text
from sdtm.mapping import report_records
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adab", "collect_ada_samples", "derive_overall", "derive_visits", "make_incidence",
           "summarise_incidence"]

BY = ["USUBJID", "DRUG"]
SAMPLE = [*BY, "VISIT", "ISREFID"]
TIERS = {"SCREEN": "SCREEN", "CONFIRM": "CONFIRM", "QUANTIFY": "TITER", "NAB": "NAB"}
WORDS = {"POSITIVE": 1.0, "NEGATIVE": 0.0}
TEXTS = {1.0: "POSITIVE", 0.0: "NEGATIVE"}
YES_NO = {1.0: "Y", 0.0: "N"}
OVERALL, OVERALL_NUMBER = "OVERALL", 11111.0


@dataset
def adab(is_, ex, adsl, spec, study):
    plan = study.facts.terms["immunogenicity"]
    rule = AdaRule(boost=float(plan["boost_fold"]), persistent_days=float(plan["persistent_days"]))
    doses = collect_doses(ex, study)
    samples = collect_ada_samples(is_, doses, study)
    samples = derive_ada_baseline(samples, BY, rule)
    samples = derive_ada_samples(samples, BY, rule)
    subjects = summarise_subjects(samples, doses, rule)
    adab = pd.concat([derive_visits(samples), derive_overall(subjects)], ignore_index=True)
    adab = derive_parameter_codes(adab.rename(columns={"DRUG": "_DRUG"}), spec)
    adab = complete_records(adab, spec)
    adab = merge_adsl(adab, adsl, spec)
    adab = derive_ady(adab)
    return adab.sort_values(["USUBJID", "PARAMN", "AVISITN", "ADTM", "ISSEQ"], kind="stable")


def collect_ada_samples(is_: pd.DataFrame, doses: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The result of each sample for each drug from its tiers: negative if the screening is negative or the confirmation
    is, positive if the confirmation is; with the titre and the neutralising result of a positive sample.

    In: IS (ISTSTOPO the tier of binding antibodies; ADA_NAB), the administrations. Out: USUBJID, DRUG, VISIT, ISREFID,
    ADTM, NFRLT (days), FIRST (start of the first dose), RESULT, TITRE, NAB (1, 0, NaN), the ISSEQ of each (RESULTSEQ,
    TITRESEQ, NABSEQ), ISSTAT, ISREASND, _record. Tiers that contradict each other are findings.
    """
    tier = is_["ISTSTOPO"].where(is_["ISTESTCD"] == "ADA_BAB", "NAB").map(TIERS).fillna("").astype("str")
    rows = is_.rename(columns={"ISBDAGNT": "DRUG"}).assign(_tier=tier)
    rows = rows.sort_values([*SAMPLE, "ISSEQ"], kind="stable").drop_duplicates([*SAMPLE, "_tier"])
    rows = rows.set_index(rows.groupby(SAMPLE, sort=False, dropna=False).ngroup())        # the number of the sample
    samples = rows[[*SAMPLE, "ISDTC", "VISITNUM", "ISSTAT", "ISREASND", "_record"]][~rows.index.duplicated()]
    for name in TIERS.values():
        part = rows.loc[rows["_tier"] == name, ["ISSTRESC", "ISSTRESN", "ISSEQ"]].reindex(samples.index)
        samples = samples.assign(**{f"{name}_C": part["ISSTRESC"], f"{name}_N": part["ISSTRESN"],
                                    f"{name}_SEQ": part["ISSEQ"]})
    screen, confirm, nab = (samples[f"{name}_C"].map(WORDS).astype("float64") for name in ("SCREEN", "CONFIRM", "NAB"))
    _check_tiers(samples, screen, confirm)
    first = doses[doses["DOSENO"] == 1].rename(columns={"PARAMCD": "DRUG", "_DAY": "FIRST"})
    samples = samples.merge(first[[*BY, "FIRST"]], on=BY, how="left", validate="many_to_one")
    return samples.assign(
        ADTM=compute_moment(samples["ISDTC"], "hour"),
        NFRLT=compute_planned_hours(samples["VISIT"], study) / 24,
        RESULT=confirm.fillna(screen.where(screen == 0)), TITRE=samples["TITER_N"].where(confirm == 1), NAB=nab,
        RESULTSEQ=samples["CONFIRM_SEQ"].fillna(samples["SCREEN_SEQ"]), TITRESEQ=samples["TITER_SEQ"],
        NABSEQ=samples["NAB_SEQ"])


def _check_tiers(samples: pd.DataFrame, screen: pd.Series, confirm: pd.Series) -> None:
    """Findings for tiers that are missing or should not be there."""
    titre = samples["TITER_N"].notna()
    act = "data management: query the laboratory"
    for where, rule, severity, message in (
        ((screen == 1) & confirm.isna(), "ada.not_confirmed", "error",
         "the screening is reactive and there is no confirmation: the sample has no result"),
        ((screen == 0) & confirm.notna(), "ada.confirmed_without_screening", "warning",
         "the screening is negative and there is a confirmation, which counts"),
        (titre & ~(confirm == 1), "ada.titre_without_positive", "warning",
         "there is a titre and the sample is not confirmed positive; it is not used"),
        ((confirm == 1) & ~titre, "ada.positive_without_titre", "warning",
         "the sample is confirmed positive and there is no titre: a boost cannot be seen"),
    ):
        report_records(samples[where], rule, severity, "ADAB", "AVAL", message, act)


def summarise_subjects(samples: pd.DataFrame, doses: pd.DataFrame, rule: AdaRule) -> pd.DataFrame:
    """The antibodies of each subject against each drug that was given or tested, over the whole study."""
    given = doses[doses["DOSENO"] == 1].rename(columns={"PARAMCD": "DRUG"}).set_index(BY)["_record"]
    records = join_records(samples, BY)
    index = given.index.union(records.index)
    subjects = summarise_ada(samples, BY, rule).reindex(index)
    evaluable = subjects["EVALUABLE"].eq(True)
    nab = samples.assign(RESULT=samples["NAB"])[samples["NABSEQ"].notna()]
    positive = samples[samples["RESULT"] == 1].groupby(BY).size().index
    reason = pd.Series("NO RESULT AFTER THE FIRST DOSE", index=index, dtype="str").mask(
        ~index.isin(given.index), "DRUG NOT GIVEN").mask(evaluable, "")
    return subjects.assign(
        EVALUABLE=evaluable.astype("float64"), REASON=reason,
        NAB=compute_neutralising(nab, BY, subjects["STATUS"]),
        PREVALENT=pd.Series(index.isin(positive), index=index).astype("float64").where(evaluable),
        _record=records.reindex(index).fillna(given.reindex(index)).astype("str")).reset_index()


def derive_visits(samples: pd.DataFrame) -> pd.DataFrame:
    """The records of the samples: result, titre and its ratio to the titre at baseline, category against the baseline,
    and neutralising result, each with the sequence number of its record in IS.

    In: what derive_ada_samples gives. Out: AVAL, AVALC, BASE, BASEC, R2BASE, ABLFL, ISSEQ, AVISIT, AVISITN.
    """
    same = samples[["USUBJID", "DRUG", "ISREFID", "ADTM", "NFRLT", "FIRST", "ABLFL", "ISSTAT", "ISREASND",
                    "_record"]].assign(AVISIT=samples["VISIT"], AVISITN=samples["VISITNUM"])
    flag, titre = samples["TFLAG"], samples["TITRE"]
    parts = [
        _rows(same, "ADARES", samples["RESULT"], _text(samples["RESULT"], TEXTS), samples["RESULTSEQ"],
              BASE=samples["BASERES"], BASEC=_text(samples["BASERES"], TEXTS)),
        _rows(same[titre.notna()], "ADATIT", titre, number_text(titre), samples["TITRESEQ"],
              BASE=samples["BASETIT"], BASEC=number_text(samples["BASETIT"]), R2BASE=titre / samples["BASETIT"]),
        _rows(same[flag.notna()], "ADAEMR", flag, _text(flag, CATEGORIES), samples["RESULTSEQ"]),
        _rows(same[samples["NABSEQ"].notna()], "NABRES", samples["NAB"], _text(samples["NAB"], TEXTS),
              samples["NABSEQ"]),
    ]
    return pd.concat(parts, ignore_index=True)


def derive_overall(subjects: pd.DataFrame) -> pd.DataFrame:
    """The records of the subject over the whole study (AVISIT is OVERALL), for each drug: evaluable or why not, status
    at baseline, status (POSITIVE if treatment-induced or boosted), category, ever positive, persistence, onset and
    duration in weeks, highest titre after the first dose, neutralising status.

    In: what summarise_subjects gives. Out: AVAL, AVALC, AVALCAT1 (why not evaluable).
    """
    same = subjects[["USUBJID", "DRUG", "FIRST", "_record"]].assign(
        AVISIT=pd.Series(OVERALL, index=subjects.index, dtype="str"), AVISITN=OVERALL_NUMBER)
    induced = subjects["TFLAG"] == 1
    lasting = subjects["PERSISTENT"].eq(True).astype("float64").where(induced)
    missing = pd.Series("MISSING", index=subjects.index, dtype="str")
    none = pd.Series("NOT EVALUABLE", index=subjects.index, dtype="str")
    seq = pd.Series(float("nan"), index=subjects.index)

    def rows(code: str, value: pd.Series, text: pd.Series, where: pd.Series | None = None, **more: Any) -> pd.DataFrame:
        return _rows(same if where is None else same[where], code, value, text, seq, **more)

    status = _text(subjects["STATUS"], TEXTS)
    category = _text(subjects["TFLAG"], CATEGORIES)
    return pd.concat([
        rows("ADAEVAL", subjects["EVALUABLE"], _text(subjects["EVALUABLE"], YES_NO), AVALCAT1=subjects["REASON"]),
        rows("ADABAS", subjects["BFLAG"], _text(subjects["BFLAG"], TEXTS).replace("", "MISSING")),
        rows("ADASTAT", subjects["STATUS"], status.mask(status == "", missing)),
        rows("ADACAT", subjects["TFLAG"], category.mask(category == "", none)),
        rows("ADAPREV", subjects["PREVALENT"], _text(subjects["PREVALENT"], YES_NO), subjects["PREVALENT"].notna()),
        rows("ADAPERS", lasting, _text(lasting, {1.0: "PERSISTENT", 0.0: "TRANSIENT"}), induced),
        *(rows(code, subjects[name], number_text(subjects[name].round(4)), subjects[name].notna())
          for code, name in (("ADAONS", "ONSET"), ("ADADUR", "DURATION"), ("ADAMAX", "MAXTITRE"))),
        rows("NABSTAT", subjects["NAB"], _text(subjects["NAB"], TEXTS).replace("", "MISSING"),
             subjects["STATUS"] == 1),
    ], ignore_index=True)


def _text(values: pd.Series, words: dict[float, str]) -> pd.Series:
    return map_texts(values, words)


def _rows(same: pd.DataFrame, measure: str, value: pd.Series, text: pd.Series, seq: pd.Series,
          **more: pd.Series) -> pd.DataFrame:
    """One record a row of one measure."""
    return same.assign(AVAL=value.loc[same.index].astype("float64"), AVALC=text.loc[same.index],
                       ISSEQ=seq.loc[same.index], **{name: part.loc[same.index] for name, part in more.items()},
                       _MEASURE=take_texts([measure], np.zeros(len(same)), same.index))


def complete_records(adab: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Every variable of the dataset on every record: what a record does not have is missing."""
    adab = adab.rename(columns={"FIRST": "FANLDTM"})
    adab = adab.assign(AFRLT=(adab["ADTM"] - adab["FANLDTM"]) / pd.Timedelta(days=1),
                       ANL01FL=compute_flag(adab["AVAL"].notna()))
    texts = [v.name for v in spec.columns if v.type == "Char" and not v.from_.startswith("ADSL.")]
    missing = pd.Series("", index=adab.index, dtype="str")
    return adab.assign(**{name: adab[name].fillna("").astype("str") if name in adab else missing for name in texts})


def derive_ady(adab: pd.DataFrame) -> pd.DataFrame:
    """The date of the sample, and the days from the first exposure to it, plus one on or after it; there is no day 0.

    In: ADTM, TRTSDT. Out: ADT, ADY.
    """
    date = adab["ADTM"].dt.floor("D")
    return adab.assign(ADT=date, ADY=compute_day(date, adab["TRTSDT"]))


def summarise_incidence(adab: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Prevalence (antibodies at any time, baseline included) and incidence (treatment-induced or boosted) among the
    evaluable subjects of each group and drug: numbers and percent.

    In: ADAB, the grouping variables (TRTA). Out: PARCAT1 and the groups, N, PREVALENT, INCIDENT, and both in percent.
    """
    overall = adab[(adab["AVISIT"] == OVERALL)].assign(_code=adab["PARAMCD"].str.slice(stop=-1))
    keys = [*by, "PARCAT1"]
    needed = ["ADAEVAL", "ADAPREV", "ADASTAT"]
    wide = overall[overall["_code"].isin(needed)].pivot(index=[*keys, "USUBJID"], columns="_code", values="AVAL")
    wide = wide.reindex(columns=needed)
    wide = wide[wide["ADAEVAL"] == 1]
    found = wide.groupby(level=keys).agg(N=("ADAEVAL", "size"), PREVALENT=("ADAPREV", "sum"),
                                         INCIDENT=("ADASTAT", "sum"))
    return found.assign(PREVPCT=100 * found["PREVALENT"] / found["N"],
                        INCIPCT=100 * found["INCIDENT"] / found["N"]).reset_index()


def make_incidence(adab: pd.DataFrame) -> pd.DataFrame:
    """The results table of immunogenicity: prevalence and incidence of antibodies against each drug, of all evaluable
    subjects (ALL) and by actual treatment.

    In: ADAB (whole). Out: a record a group and drug: GROUP, PARCAT1, N, PREVALENT, INCIDENT, PREVPCT, INCIPCT.
    """
    groups = [pd.Series("ALL", index=adab.index, dtype="str"), adab["TRTA"]]
    return pd.concat([summarise_incidence(adab.assign(GROUP=group), ["GROUP"]) for group in groups], ignore_index=True)

"""Samples: a vendor's results joined with the site's collection of the sample by its number (barcode, accession).

The number counts within a subject: a result of a wrong subject finds no collection, whoever else has that number.
"""

from collections.abc import Sequence

import pandas as pd

from raw.block import RawBlock
from raw.records import JOIN, collapse_records
from sdtm.findings import map_results
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import map_form, report_records
from sdtm.timing import compute_dm_value
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["check_demographics", "derive_reference_time", "join_samples", "map_samples"]

NOT_COLLECTED = "the site recorded no collection of this sample for the subject"
NO_RESULT = "the site collected the sample and the laboratory reported no result for it"
ACT_NUMBER = "data management: are the subject and the number of the sample right, at the site and at the laboratory?"
ACT_DIFFERS = "data management: reconcile the collection form with the laboratory's file"


def map_samples(raw: RawBlock, spec: DatasetSpec, study: StudySpecs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The laboratory's results (the first form of the specification) and the site's collections (the second)."""
    results, draws = map_results(raw, spec, spec.form[0]), map_form(raw, spec, spec.form[1])
    return tuple(derive_usubjid(derive_studyid(mapped, study), study) for mapped in (results, draws))


def join_samples(results: pd.DataFrame, draws: pd.DataFrame, spec: DatasetSpec, expected: pd.DataFrame,
                 compare: Sequence[str] = ()) -> pd.DataFrame:
    """Results and collections of samples as one: by subject and sample number (--REFID), each variable from the result
    and, where that is empty, from the collection. `_record` names the records of both.

    A collection without results and a collection that was not done become one record NOT DONE for each row of
    `expected` (the tests that the sample was for). Findings: a result without a collection, a collection without a
    result, a number that stands on two collections, and variables of `compare` that both state and state differently.
    """
    key = ["USUBJID", f"{spec.domain}REFID"]
    done = draws[draws[f"{spec.domain}STAT"] == ""].sort_values("_record", kind="stable")
    again = done.duplicated(key) & (done[key[1]] != "")
    twice = done[done.duplicated(key, keep=False) & (done[key[1]] != "")]
    _report_samples(twice, key, "mapping.sample_number_twice", spec,
                    "several collections have this number; the results are taken as those of the first")
    joined = _fill_from(results, done[~again & (done[key[1]] != "")], key)
    matched = joined["_record_draw"] != ""
    joined = joined.assign(_record=joined["_record"].str.cat(joined["_record_draw"], sep=JOIN).str.removesuffix(JOIN))
    _report_samples(joined[~matched], key, "mapping.sample_not_collected", spec, NOT_COLLECTED)
    for name in compare:
        _compare(joined, name, key, spec)
    used = set(joined["_record_draw"])
    lost = done[~done["_record"].isin(used)]
    _report_samples(lost, key, "mapping.collection_without_result", spec, NO_RESULT, each=True)
    undone = draws[~draws["_record"].isin(used)]
    return _append(joined[results.columns], _not_done(undone, spec, expected), results)


def _fill_from(results: pd.DataFrame, draws: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The results with the variables that only the collection states; what it says itself stands in NAME_draw."""
    joined = results.reset_index(drop=True).merge(draws, on=key, how="left", validate="m:1", suffixes=("", "_draw"))
    filled = {}
    for name in results.columns.difference([*key, "_record"]):
        if f"{name}_draw" not in joined:
            continue
        if results[name].dtype == "float64":
            filled[name] = joined[name].fillna(joined[f"{name}_draw"])
        else:
            joined[f"{name}_draw"] = joined[f"{name}_draw"].fillna("")
            filled[name] = joined[name].where(joined[name] != "", joined[f"{name}_draw"])
    return joined.assign(**filled, _record_draw=joined["_record_draw"].fillna(""),
                         **{f"{name}_own": joined[name] for name in filled})


def _not_done(draws: pd.DataFrame, spec: DatasetSpec, expected: pd.DataFrame) -> pd.DataFrame:
    """One record NOT DONE for each collection and expected test."""
    reason, code, name = (f"{spec.domain}{suffix}" for suffix in ("REASND", "TESTCD", "TEST"))
    names = expected[code].map({code: test.name for code, test in spec.tests.items()}).astype("str")
    expected = expected.assign(**{name: names})
    made = draws.drop(columns=[name for name in expected if name in draws]).merge(expected, how="cross")
    without = (made[f"{spec.domain}STAT"] == "") & (made[reason] == "")
    status = pd.Series("NOT DONE", index=made.index, dtype="str")
    return made.assign(**{f"{spec.domain}STAT": status,
                          reason: made[reason].mask(without, "NO RESULT REPORTED").astype("str")})


def _append(joined: pd.DataFrame, undone: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Both, with the columns and types of the results."""
    data = pd.concat([joined, undone.reindex(columns=joined.columns)], ignore_index=True)
    texts = [name for name in data if like[name].dtype != "float64"]
    numbers = [name for name in data if like[name].dtype == "float64"]
    return data.assign(**{name: data[name].astype("str").fillna("") for name in texts},
                       **{name: data[name].astype("float64") for name in numbers})


def _compare(joined: pd.DataFrame, name: str, key: list[str], spec: DatasetSpec) -> None:
    """A finding for every sample whose collection says something else than the laboratory."""
    own, draw = joined[f"{name}_own"], joined[f"{name}_draw"]
    differs = joined[(own != "") & (draw != "") & (own != draw)]
    rule = "lab.collection_time_differs" if name.endswith("DTC") else "mapping.collection_differs"
    said = "the collection form says " + draw + " and the laboratory " + own
    _report_samples(differs, key, rule, spec, said, variable=name)


def _report_samples(data: pd.DataFrame, key: list[str], rule: str, spec: DatasetSpec, message: str | pd.Series,
                    variable: str = "", each: bool = False) -> None:
    """One finding for every sample, with the record of each of its results; `each`: one for every record."""
    if data.empty:
        return
    first = data if each else data.drop_duplicates(key)
    if not each:
        records = data.groupby(key)["_record"].agg(collapse_records).rename("_records")
        first = first.drop(columns="_record").join(records, on=key).rename(columns={"_records": "_record"})
    fix = ACT_DIFFERS if variable else ACT_NUMBER
    report_records(first, rule, "error", spec.name, variable or key[1], message, fix)


def check_demographics(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec, sex: str, born: str = "") -> None:
    """Report the samples or tracings whose sex or year of birth, as the vendor has it, is not that of the subject in
    DM: a row of the wrong subject. `sex` and `born` name the columns.
    """
    stated = {"SEX": data[sex]} | ({"BRTHDTC": data[born]} if born else {})
    for name, value in stated.items():
        known = compute_dm_value(data["USUBJID"], dm, name).str.slice(0, 4)
        wrong = (value != "") & (known != "") & (value != known)
        message = f"the vendor has {'sex' if name == 'SEX' else 'year of birth'} " + value + " and DM has " + known
        groups = ["USUBJID", f"{spec.domain}REFID" if f"{spec.domain}REFID" in data else "_record"]
        _report_mismatch(data[wrong], groups, spec, message)


def _report_mismatch(data: pd.DataFrame, groups: list[str], spec: DatasetSpec, message: pd.Series) -> None:
    first = data.drop_duplicates(groups)
    report_records(first, "mapping.subject_mismatch", "error", spec.name, "USUBJID", message,
                   "data management: does the row belong to another subject? Query the vendor")


def derive_reference_time(data: pd.DataFrame, ex: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The start of the first infusion of the visit that the time point reference names (C1D1 START OF INFUSION); empty
    where no dose was given at that visit.

    In: USUBJID, --TPTREF, EX.VISIT, EX.EXSTDTC. Out: --RFTDTC (ISO 8601 text). Source: SDTMIG 3.4, 4.4.10.
    """
    reference = f"{spec.domain}TPTREF"
    starts = ex[ex["EXSTDTC"] != ""].groupby(["USUBJID", "VISIT"])["EXSTDTC"].min().rename("_start").reset_index()
    named = data[["USUBJID"]].assign(VISIT=data[reference].str.split(" ").str[0].fillna("").astype("str"))
    found = named.merge(starts, on=["USUBJID", "VISIT"], how="left", validate="m:1")["_start"]
    return data.assign(**{f"{spec.domain}RFTDTC": found.set_axis(data.index).astype("str").fillna("")})

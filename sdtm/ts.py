"""TS - Trial Summary (SDTMIG 3.4, 7.4.2). One record per trial summary parameter value."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.design import find_summary_term
from specs.load import StudySpecs

__all__ = ["derive_tsvalcd", "list_summary", "ts"]

TERMINOLOGY = "CDISC CT"


@dataset(scope="study")
def ts(spec, study):
    ts = list_summary(study)
    ts = derive_studyid(ts, study)
    ts = derive_tsvalcd(ts, study)
    return ts.assign(DOMAIN=spec.domain)


def list_summary(study: StudySpecs) -> pd.DataFrame:
    """The characteristics of the trial as the protocol states them, one value a record, numbered within the parameter;
    where a value is not known or does not apply, the null flavor says why.
    """
    codes, names = study.codelists["TSPARMCD"].terms, study.codelists["TSPARM"].terms.values()
    name_of = {term.code: term.value for term in names if term.code}
    rows = [{"TSSEQ": number, "TSGRPID": entry.group, "TSPARMCD": parameter,
             "TSPARM": name_of.get(codes[parameter].code, codes[parameter].decode), "TSVAL": entry.value,
             "TSVALNF": entry.null, "TSVALCD": entry.code, "TSVCDREF": entry.ref, "TSVCDVER": entry.version}
            for parameter in sorted(study.design.summary)
            for number, entry in enumerate(study.design.summary[parameter], start=1)]
    return design_table(rows, study["TS"])


def derive_tsvalcd(ts: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The code of the value, with the terminology that it is of and its version: the NCI code of a CDISC term, or the
    code that the protocol's facts state from another terminology (SNOMED, ISO 3166).
    """
    found = [find_summary_term(parameter, value, study.codelists)
             for parameter, value in zip(ts["TSPARMCD"], ts["TSVAL"], strict=True)]
    term = pd.DataFrame(found, index=ts.index, columns=["code", "version"], dtype="str")
    coded = term["code"] != ""
    return ts.assign(TSVALCD=ts["TSVALCD"].mask(coded, term["code"]), TSVCDREF=ts["TSVCDREF"].mask(coded, TERMINOLOGY),
                     TSVCDVER=ts["TSVCDVER"].mask(coded, term["version"]))

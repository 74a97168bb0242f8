"""PC - Pharmacokinetics Concentrations (SDTMIG 3.4, 6.3.5.8.1). One record per sample and analyte per subject."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_standard_result, number_text
from sdtm.identifiers import derive_seq
from sdtm.mapping import report_records
from sdtm.samples import derive_reference_time, join_samples, map_samples
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["derive_below_limit", "derive_pcgrpid", "derive_pcstat", "pc"]

BELOW, NO_RESULT = "BLQ", ("NR", "")


@dataset
def pc(raw, dm, se, sv, ex, spec, study):
    pc, draws = map_samples(raw, spec, study)
    pc = derive_pcstat(pc)
    analytes = pd.DataFrame({"PCTESTCD": list(spec.tests)}, dtype="str")
    pc = join_samples(pc, draws, spec, analytes, compare=["VISIT", "PCTPT"])
    pc = derive_standard_result(pc, spec, [BELOW])
    pc = derive_below_limit(pc)
    pc = derive_reference_time(pc, ex, spec)
    pc = derive_pcgrpid(pc, spec)
    pc = derive_visitnum(pc, study, spec, "PCDTC", sv)
    pc = derive_study_day(pc, dm, spec)
    pc = derive_epoch(pc, se, spec, "PCDTC")
    return derive_seq(pc, spec)


def derive_pcstat(pc: pd.DataFrame) -> pd.DataFrame:
    """NOT DONE for a sample that the laboratory could not analyse (reported as NR), with its reason; for a sample that
    the site did not draw, with the site's reason; and for a drawn sample without any result.

    In: PCORRES, _REASON. Out: PCORRES, PCORRESU, PCSTAT, PCREASND. A sample without result and reason, and a result
    with a reason against it, are findings.
    """
    none, reason = pc["PCORRES"].isin(NO_RESULT), pc["_REASON"]
    report_records(pc[none & (reason == "")], "mapping.result_missing", "error", "PC", "PCORRES",
                   "there is no concentration and no reason for that", "data management: query the laboratory")
    report_records(pc[~none & (reason != "")], "mapping.done_and_not_done", "error", "PC", "PCORRES",
                   "there is a concentration and a reason why there is none: " + reason,
                   "data management: query the laboratory")
    nothing = pd.Series("", index=pc.index, dtype="str")
    return pc.assign(PCORRES=pc["PCORRES"].where(~none, ""), PCORRESU=pc["PCORRESU"].where(~none, ""),
                     PCSTAT=nothing.mask(none, "NOT DONE"), PCREASND=reason.where(none, ""))


def derive_below_limit(pc: pd.DataFrame) -> pd.DataFrame:
    """The concentration in the standard unit; < and the lower limit of quantitation where it was reported as BLQ
    (below that limit), which has no numeric result.

    In: PCORRES, PCLLOQ, PCSTRESC. Out: PCSTRESC. A BLQ without a limit stays BLQ. Source: SDTMIG 3.4, 6.3.5.8.1.
    """
    below = (pc["PCORRES"] == BELOW) & pc["PCLLOQ"].notna()
    return pc.assign(PCSTRESC=pc["PCSTRESC"].mask(below, "<" + number_text(pc["PCLLOQ"])).astype("str"))


def derive_pcgrpid(pc: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The analyte and the visit of the reference dose: it relates the concentrations of a dose with its parameters
    (PP.PPGRPID); empty for a sample without a time point reference.

    In: PCTESTCD, PCTPTREF. Out: PCGRPID, where the specification has it. Source: SDTMIG 3.4, 6.3.5.8.3.
    """
    if "PCGRPID" not in spec.variables:
        return pc
    visit = pc["PCTPTREF"].str.split(" ").str[0].fillna("").astype("str")
    return pc.assign(PCGRPID=(pc["PCTESTCD"] + "-" + visit).where(visit != "", "").astype("str"))

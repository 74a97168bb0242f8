"""TV - Trial Visits (SDTMIG 3.4, 7.3.1). One record per planned visit; ARMCD is empty where all arms have the visit."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.load import StudySpecs

__all__ = ["list_visits", "tv"]


@dataset(scope="study")
def tv(spec, study):
    tv = list_visits(study)
    tv = derive_studyid(tv, study)
    return tv.assign(DOMAIN=spec.domain)


def list_visits(study: StudySpecs) -> pd.DataFrame:
    """The visits that the protocol plans for the subjects of all arms: number, planned study day (empty where the visit
    hangs on an event), and what starts and ends it.
    """
    facts, planned = study.facts, study.design.visits
    rows = [{"VISITNUM": facts.visits[visit], "VISIT": visit, "VISITDY": rule.day, "TVSTRL": rule.start,
             "TVENRL": rule.end} for visit in facts.visits if (rule := planned.get(visit))]
    return design_table(rows, study["TV"])

"""TE - Trial Elements (SDTMIG 3.4, 7.2.2). One record per planned element."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.load import StudySpecs

__all__ = ["list_elements", "te"]


@dataset(scope="study")
def te(spec, study):
    te = list_elements(study)
    te = derive_studyid(te, study)
    return te.assign(DOMAIN=spec.domain)


def list_elements(study: StudySpecs) -> pd.DataFrame:
    """The elements of the protocol: what starts each, what ends it, and how long it is planned to last."""
    rows = [{"ETCD": code, "ELEMENT": element.ELEMENT, "TESTRL": element.rule_start, "TEENRL": element.rule_end,
             "TEDUR": study.design.durations.get(code, "")} for code, element in study.facts.elements.items()]
    return design_table(rows, study["TE"])

"""TA - Trial Arms (SDTMIG 3.4, 7.2.1). One record per planned element per arm."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.load import StudySpecs

__all__ = ["list_arm_elements", "ta"]


@dataset(scope="study")
def ta(spec, study):
    ta = list_arm_elements(study)
    ta = derive_studyid(ta, study)
    return ta.assign(DOMAIN=spec.domain)


def list_arm_elements(study: StudySpecs) -> pd.DataFrame:
    """The arms of the protocol with their elements in the planned order; the branch stands where the subjects part into
    arms, the transition rule where a subject may go on to another element than the next.
    """
    facts, design = study.facts, study.design
    rows = [{"ARMCD": arm, "ARM": facts.arms[arm], "TAETORD": order, "ETCD": code,
             "ELEMENT": facts.elements[code].ELEMENT, "EPOCH": facts.elements[code].EPOCH,
             "TABRANCH": f"Assigned to {facts.arms[arm]}" if code == design.branch else "",
             "TATRANS": design.transitions.get(code, "")}
            for arm, elements in facts.arm_elements.items() for order, code in enumerate(elements, start=1)]
    return design_table(rows, study["TA"])

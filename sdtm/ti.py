"""TI - Trial Inclusion/Exclusion Criteria (SDTMIG 3.4, 7.4.1). One record per criterion."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.load import StudySpecs

__all__ = ["list_criteria", "ti"]


@dataset(scope="study")
def ti(spec, study):
    ti = list_criteria(study)
    ti = derive_studyid(ti, study)
    return ti.assign(DOMAIN=spec.domain)


def list_criteria(study: StudySpecs) -> pd.DataFrame:
    """The inclusion and exclusion criteria of the protocol, with the version of the protocol that states them."""
    version = study.design.criteria_version
    rows = [{"IETESTCD": code, **criterion.model_dump(), "TIVERS": version}
            for code, criterion in study.design.criteria.items()]
    return design_table(rows, study["TI"])

"""TD - Trial Disease Assessments (SDTMIG 3.4, 7.3.2). One record per planned constant assessment period."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.design import design_table
from sdtm.identifiers import derive_studyid
from specs.load import StudySpecs

__all__ = ["list_assessments", "td"]


@dataset(scope="study")
def td(spec, study):
    td = list_assessments(study)
    td = derive_studyid(td, study)
    return td.assign(DOMAIN=spec.domain)


def list_assessments(study: StudySpecs) -> pd.DataFrame:
    """The periods of the protocol's schedule of tumour assessments: counted from which date, how often, and with which
    window.
    """
    rows = [{"TDORDER": order, "TDANCVAR": period.anchor, "TDSTOFF": period.offset, "TDTGTPAI": period.interval,
             "TDMINPAI": period.minimum, "TDMAXPAI": period.maximum, "TDNUMRPT": period.number}
            for order, period in enumerate(study.design.assessments, start=1)]
    return design_table(rows, study["TD"])

"""Laws of taking records over."""

import pandas as pd
import pytest

from adam.merge import select_records

DS = pd.DataFrame({"DSCAT": ["EVENT", "EVENT", "MILESTONE", "EVENT"], "DSSCAT": ["A", "B", "A", "STUDY"]}, dtype="str")


@pytest.mark.parametrize("conditions, rows", [
    ({}, [0, 1, 2, 3]),
    ({"DSCAT": "EVENT"}, [0, 1, 3]),
    ({"DSCAT": "EVENT", "DSSCAT": ["A", "B"]}, [0, 1]),
    ({"DSCAT": ["MILESTONE"], "DSSCAT": "B"}, [])])
def test_a_record_is_selected_by_one_of_the_values_of_every_variable(conditions, rows):
    assert list(select_records(DS, conditions).index) == rows


def test_a_condition_on_a_variable_that_is_not_there_stops():
    with pytest.raises(KeyError, match="DSDECOD"):
        select_records(DS, {"DSDECOD": "DEATH"})

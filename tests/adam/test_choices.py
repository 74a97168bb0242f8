"""Laws of the choices of an analysis plan: read as what they are, and what is none of them stops."""

import pytest

from adam.choices import read_choices
from adam.progression import CensoringRules
from adam.recist import RecistRules
from adam.response import IrecistRules, ResponseRules
from cdisckit.errors import SpecError


@pytest.mark.parametrize(("stated", "kind", "expected"), [
    ({}, ResponseRules, ResponseRules()),
    ({"min_days_stable": "35", "cut_at_new_therapy": "false"}, ResponseRules, ResponseRules(min_days_stable=35, cut_at_new_therapy=False)),
    ({"benefit": ["CR", "PR"], "after_cr": "downgrade"}, ResponseRules, ResponseRules(benefit=("CR", "PR"), after_cr="downgrade")),
    ({"max_days_confirm": "90", "unconfirmed_at_end": "no"}, IrecistRules, IrecistRules(max_days_confirm=90, unconfirmed_at_end=False)),
    ({"progression_percent": "25.5"}, RecistRules, RecistRules(progression_percent=25.5)),
    ({"missed": "1", "same_day": "true"}, CensoringRules, CensoringRules(missed=1, same_day=True)),
])
def test_what_is_stated_is_read_as_what_it_is_and_the_rest_is_usual(stated, kind, expected):
    assert read_choices(stated, kind, "terms.x") == expected


def test_entries_of_another_set_may_stand_beside():
    assert read_choices({"source": "RECORDED"}, ResponseRules, "terms.response", ["source"]) == ResponseRules()


@pytest.mark.parametrize(("stated", "said"), [
    ({"min_day_stable": "42"}, "did you mean min_days_stable?"),
    ({"after_cr": "progresion"}, "after_cr: 'progresion'"),
    ({"min_days_stable": "six weeks"}, "min_days_stable: 'six weeks'"),
    ({"cut_at_new_therapy": "perhaps"}, "cut_at_new_therapy: 'perhaps'"),
    ({"max_ne_between": "1.5"}, "max_ne_between: '1.5'"),
])
def test_what_is_no_choice_stops(stated, said):
    with pytest.raises(SpecError, match="terms.response") as error:
        read_choices(stated, ResponseRules, "terms.response")
    assert said in str(error.value)

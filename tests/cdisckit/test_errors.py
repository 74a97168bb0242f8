"""An error says what, which cases, where and the fix, keeps all of it across processes, and has an exit code."""

import copy
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from cdisckit.errors import CdisckitError, ContractError, DefineError, RawDataError, SpecError, suggest
from cdisckit.study import find_study


@pytest.mark.parametrize(("arguments", "text"), [
    ({}, "it is wrong"),
    ({"fix": "mend it"}, "it is wrong\n  fix: mend it"),
    ({"where": "ae.py:5"}, "it is wrong\n  at ae.py:5"),
    ({"cases": ["a", 2], "where": "ae.py:5", "fix": "mend it"},
     "it is wrong\n  - a\n  - 2\n  at ae.py:5\n  fix: mend it"),
    ({"cases": list("abcde")}, "it is wrong\n  - a\n  - b\n  - c\n  - d\n  - e"),
    ({"cases": list("abcdef"), "fix": "x"},
     "it is wrong\n  - a\n  - b\n  - c\n  - d\n  - e\n  ... and 1 more\n  fix: x"),
    ({"cases": range(1000)}, "it is wrong\n  - 0\n  - 1\n  - 2\n  - 3\n  - 4\n  ... and 995 more"),
])
def test_the_text_is_what_then_five_cases_and_a_count_then_where_then_the_fix(arguments, text):
    assert str(ContractError("it is wrong", **arguments)) == text


def test_the_errors_of_a_specification_are_shown_together():
    lines = str(SpecError("it is wrong", cases=range(201))).split("\n")
    assert (len(lines), lines[-2:]) == (202, ["  - 199", "  ... and 1 more"])


@pytest.mark.parametrize(("kind", "code"), [
    (CdisckitError, 1), (SpecError, 2), (RawDataError, 3), (ContractError, 4), (DefineError, 5)])
def test_each_kind_of_error_has_its_exit_code(kind, code):
    assert kind("x").exit_code == code
    assert issubclass(kind, CdisckitError)


@pytest.mark.parametrize("kind", [CdisckitError, SpecError, RawDataError, ContractError, DefineError])
def test_a_copy_keeps_everything(kind):
    error = kind("what", cases=["a", ("b", 1)], where="here:1", fix="so")
    error.add_note("block 3")
    twin = copy.deepcopy(error)
    assert (type(twin), twin.what, twin.cases, twin.where, twin.fix) == (kind, "what", ("a", ("b", 1)), "here:1", "so")
    assert (str(twin), twin.args, twin.__notes__) == (str(error), ("what",), ["block 3"])


def test_an_error_of_another_process_arrives_whole():
    with (ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(SpecError) as error):
        pool.submit(find_study, "cdiscpilot").result()
    with pytest.raises(SpecError) as here:
        find_study("cdiscpilot")
    assert (str(error.value), error.value.exit_code) == (str(here.value), 2)
    assert error.value.cases == here.value.cases != ()


@pytest.mark.parametrize(("name", "known", "text"), [
    ("AESVE", ["AESEV", "AESER", "AETERM"], "; did you mean AESEV?"),
    ("aesev", ["AESEV"], "; did you mean AESEV?"),
    ("Verb", ["from", "derive", "verbs"], "; did you mean verbs?"),
    ("XYZ", ["AESEV"], ""),
    ("AESEV", [], ""),
    ("", ["AESEV"], ""),
])
def test_a_near_name_is_suggested_and_a_far_one_is_not(name, known, text):
    assert suggest(name, known) == text
    assert suggest(name, iter(known)) == text

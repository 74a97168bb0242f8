"""Laws of what is refused before anything is written: all cases at once, with the fix."""

from dataclasses import replace

import pytest

from cdisckit.errors import DefineError
from define import write_define


def refusal(source, path):
    with pytest.raises(DefineError) as caught:
        write_define(source, path / "define.xml")
    assert not (path / "define.xml").exists()
    assert caught.value.fix
    return caught.value.cases


@pytest.mark.parametrize(("place", "facts", "case"), [
    ("AE", {"standard": "SDTMIGG 3.4"}, "AE: Define-XML knows no standard 'SDTMIGG 3.4'; did you mean SDTMIG?"),
    ("AE", {"standard": "ADaMIG 1.3"}, "AE is of ADaMIG 1.3, and the define.xml is for SDTM"),
    ("TA", {"name": "9TA"}, "'9TA': the name of a dataset is 1 to 8 of A-Z, 0-9 and _, and no digit first"),
    ("AE", {"subclass": "ADVERSE EVENT"}, "AE: EVENTS has no subclass 'ADVERSE EVENT'"),
    ("AE", {"subclass": "ADVERSE EVENTS"}, "AE: EVENTS has no subclass 'ADVERSE EVENTS'; did you mean ADVERSE EVENT?"),
    ("AE.AESEV", {"codelist": "AESEVV"}, "AE.AESEV: there is no codelist AESEVV; did you mean AESEV?"),
    ("AE.AEREL1", {"codelist": "NYY"}, "SUPPAE.AEREL1: there is no codelist NYY; did you mean NY?")])
def test_a_specification_that_no_define_can_say_is_refused(sdtm, changed, tmp_path, place, facts, case):
    assert case in refusal(changed(sdtm, place, **facts), tmp_path)


def test_a_supplement_without_its_domain_is_refused(sdtm, tmp_path):
    assert refusal(replace(sdtm, parents={}), tmp_path) == (
        "SUPPAE: the specification of its parent domain is not in `parents`",)


def test_a_dataset_without_summary_is_refused(sdtm, tmp_path):
    summaries = {name: summary for name, summary in sdtm.summaries.items() if name != "AE"}
    assert refusal(replace(sdtm, summaries=summaries), tmp_path) == ("AE: there is no summary of its data",)


def test_a_summary_without_a_variable_is_refused(sdtm, tmp_path):
    summary = replace(sdtm.summaries["TA"], variables={})
    assert "TA.ARMCD: the summary of the data lacks it" in refusal(
        replace(sdtm, summaries={**sdtm.summaries, "TA": summary}), tmp_path)


def test_a_time_of_creation_that_is_none_is_refused(sdtm, tmp_path):
    facts = sdtm.facts.model_copy(update={"created": "yesterday"})
    assert "'yesterday' in study.yaml is no ISO 8601" in refusal(replace(sdtm, facts=facts), tmp_path)[0]


def test_nothing_and_twice_the_same_are_refused(sdtm, tmp_path):
    assert refusal(replace(sdtm, datasets=()), tmp_path) == ("there is no dataset",)
    assert refusal(replace(sdtm, datasets=(*sdtm.datasets, sdtm.datasets[0])), tmp_path) == ("SUPPAE is there twice",)


def test_all_that_is_wrong_is_told_at_once(sdtm, changed, tmp_path):
    source = changed(changed(sdtm, "AE", standard="X 1"), "TA", subclass="X")
    assert len(refusal(replace(source, parents={}), tmp_path)) == 4

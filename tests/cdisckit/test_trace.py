"""Every value can be followed to the line of the raw file."""

import csv

import pytest

from cdisckit.errors import CdisckitError
from cdisckit.trace import read_dataset, trace_value


def raw_line(demo_raw, hop):
    """The raw record that a hop names by file and line."""
    file, _, line = hop.rule.partition(" line ")
    encoding = "gb18030" if file == "AE.csv" else "utf-8"
    with (demo_raw / file).open(encoding=encoding, newline="") as text:
        rows = list(csv.reader(text))
    return dict(zip(rows[0], rows[int(line) - 1], strict=True))


def test_an_sdtm_value_ends_at_the_raw_field_and_its_line(demo, demo_raw):
    row = read_dataset(demo.out, "AE").query("AEOUT == 'RECOVERED/RESOLVED'").iloc[0]
    hops = trace_value(demo.out, "AE.AEOUT", row["USUBJID"], int(row["AESEQ"]), {})
    assert (hops[0].value, hops[-1].what) == ("RECOVERED/RESOLVED", row["_record"])
    assert 'AEOUT="1"' in hops[-1].value
    assert raw_line(demo_raw, hops[-1])["AESPID"] == row["AESPID"]


def test_an_adam_date_is_followed_through_sdtm_to_the_collected_text(demo, demo_raw):
    partial = read_dataset(demo.out, "ADAE").query("ASTDTF != ''").iloc[0]
    hops = trace_value(demo.out, "ADAE.ASTDT", partial["USUBJID"], int(partial["AESEQ"]), {})
    names = [hop.what.split(" ")[0] for hop in hops]
    assert names[:2] == ["ADAE.ASTDT", "AE.AESTDTC"]
    collected = next(hop for hop in hops if hop.what.startswith("AE:"))
    assert raw_line(demo_raw, collected)["AESTDAT"] in collected.value
    assert "UN" in collected.value


def test_a_converted_result_is_followed_to_result_and_unit(demo):
    row = read_dataset(demo.out, "VS").query("VSORRESU == 'LB'").iloc[0]
    hops = trace_value(demo.out, "ADVS.AVAL", row["USUBJID"], int(row["VSSEQ"]), {})
    assert f'WEIGHT_VSORRES="{row["VSORRES"]}" WEIGHT_VSORRESU="LB"' in hops[-1].value


def test_a_record_can_be_chosen_by_the_end_of_the_subject_and_a_value(demo):
    row = read_dataset(demo.out, "DS").query("DSDECOD == 'DEATH'").iloc[0]
    hops = trace_value(demo.out, "DM.DTHDTC", row["USUBJID"][-4:], None, {"DTHFL": "Y"})
    assert any("DTHDAT=" in hop.value for hop in hops)


@pytest.mark.parametrize(("target", "subject", "text"), [
    ("AE.AESEVV", "0002", "AE has no variable AESEVV"),
    ("AX.AESEV", "0002", "has no dataset AX"),
    ("AE.AEOUT", "7777", "no record of the subject 7777"),
])
def test_a_wrong_target_says_what_is_wrong(demo, target, subject, text):
    with pytest.raises(CdisckitError, match=text):
        trace_value(demo.out, target, subject, None, {})

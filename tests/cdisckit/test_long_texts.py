"""A text over 200 bytes from the raw file to XPT and define.xml: complete, described, and named to its reader."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.build import build
from define import check_define

INFUSION = Path(__file__).parents[1] / "data" / "infusion"
TERM = "Rash of the trunk that came back " * 10 + "twice"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The small study with one event whose term and comment are long."""
    folder = tmp_path_factory.mktemp("long")
    shutil.copytree(INFUSION / "raw", folder / "raw")
    raw = pd.read_csv(folder / "raw" / "AE.csv", dtype="str", keep_default_na=False, encoding="gb18030")
    row = raw.index[raw["AETERM"] != ""][0]
    raw.loc[row, ["AETERM", "AECOM"]] = [TERM, "很" * 150]
    raw.to_csv(folder / "raw" / "AE.csv", index=False, encoding="gb18030")
    return build(str(INFUSION), folder / "raw", folder / "out")


def read(built, name):
    return pd.read_parquet(built.out / "trace" / "data" / name)


def test_nothing_of_the_text_is_lost(built):
    supplement, events = read(built, "SUPPAE"), read(built, "AE")
    parts = supplement[supplement["QNAM"].str.match(r"AETERM\d|AECOM\d?$")].set_index("QNAM")["QVAL"]
    row = supplement[supplement["QNAM"] == "AETERM1"].iloc[0]
    event = events[(events["USUBJID"] == row["USUBJID"]) & (events["AESEQ"] == float(row["IDVARVAL"]))].iloc[0]
    assert event["AETERM"] + parts["AETERM1"] == TERM
    same = supplement[(supplement["USUBJID"] == row["USUBJID"]) & (supplement["IDVARVAL"] == row["IDVARVAL"])]
    assert "".join(same[same["QNAM"].str.startswith("AECOM")]["QVAL"]) == "很" * 150


def test_one_notice_names_the_record_and_nothing_is_cut(built):
    rules = [(finding.rule, finding.severity, finding.dataset) for finding in built.findings
             if finding.rule.startswith(("text.", "transport."))]
    assert rules == [("text.over_200_bytes", "notice", "AE")]
    notice = next(finding for finding in built.findings if finding.rule == "text.over_200_bytes")
    assert notice.record.startswith("AE:") and notice.line > 0


def test_the_define_describes_the_further_qualifiers(built):
    text = (built.out / "sdtm" / "define.xml").read_text(encoding="utf-8")
    assert all(f'IT.SUPPAE.QVAL.{name}"' in text for name in ("AETERM1", "AECOM1", "AECOM2"))
    assert not [finding for finding in check_define(built.out / "sdtm" / "define.xml", built.out / "sdtm")
                if finding.severity == "error"]

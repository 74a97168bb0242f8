"""An output for an agency: its language, its encoding and its paths, in the files and in what is told of them."""

import shutil
from pathlib import Path

import pyreadstat
import pytest
from typer.testing import CliRunner

from cdisckit.build import build
from cdisckit.cli import app
from cdisckit.define_check import judge_define
from cdisckit.errors import SpecError
from cdisckit.study import load_study
from define import read_define
from transport import read_xpt

run = CliRunner().invoke
INFUSION = Path(__file__).parents[1] / "data" / "infusion"
LONG = "研究者认为有必要补充说明的不良事件备注"                       # 19 characters: 57 bytes in UTF-8, 38 in GB18030
TEXTS = {
    "Causality to BAT4706": "与BAT4706的因果关系", "Causality to BAT1308": "与BAT1308的因果关系",
    "Action Taken with BAT4706": "对BAT4706采取的措施", "Action Taken with BAT1308": "对BAT1308采取的措施",
    "Dose-Limiting Toxicity by Investigator": "研究者判断的剂量毒性", "Comment on the Event": LONG,
    '"Race 1, Collected"': "收集的种族1", '"Race 2, Collected"': "收集的种族2", "Planned Dose (mg)": "计划剂量(mg)",
    "A Phase 1 Study of BAT4706 Injection Combined with BAT1308 Injection in Patients with Advanced Solid Tumours": "I期研究",
    "Adverse Events Analysis Dataset": "不良事件分析数据集", "Vital Signs Analysis Dataset": "生命体征分析数据集",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = Path(shutil.copytree(INFUSION, tmp_path_factory.mktemp("agency") / "infusion"))
    rows = "".join(f"{english},{text}\n" for english, text in TEXTS.items())
    (folder / "specs" / "texts_zh.csv").write_text(f"english,text\n{rows}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def output(study, demo_raw) -> Path:
    """SDTM of AE for NMPA, in GB18030."""
    return build(str(study), demo_raw, study.parent / "out", only=("AE",), agency="nmpa-gb18030").out


def test_transport_files_in_gb18030_come_back_with_their_labels_and_texts(output):
    frame, told = pyreadstat.read_xport(output / "sdtm" / "suppae.xpt", encoding="gb18030")
    ours = read_xpt(output / "sdtm" / "suppae.xpt", encoding="gb18030")
    assert told.file_label == ours.label == "AE补充限定变量"
    assert "QLABEL" in frame and LONG in set(frame["QLABEL"]) and set(frame["QLABEL"]) == set(ours.frame["QLABEL"])
    remarks = set(frame.loc[frame["QNAM"] == "AECOM", "QVAL"])
    assert "予对症治疗后好转" in remarks and remarks <= set(ours.frame["QVAL"])


def test_a_length_counts_the_bytes_of_the_encoding_in_the_file_and_in_define_xml(output):
    ours = read_xpt(output / "sdtm" / "suppae.xpt", encoding="gb18030")
    longest = {name: max(len(text.encode("gb18030")) for text in ours.frame[name]) for name in ("QLABEL", "QVAL")}
    assert {column.name: column.length for column in ours.columns if column.name in longest} == longest
    items = {item.oid: item for item in read_define(output / "sdtm" / "define.xml").items}
    assert items["IT.SUPPAE.QLABEL"].shape.length == longest["QLABEL"] < max(len(text.encode()) for text in ours.frame["QLABEL"])


def test_define_xml_states_the_encoding_and_its_checks_count_by_it(output):
    path = output / "sdtm" / "define.xml"
    assert "传输文件的编码为GB18030。" in read_define(path).version_description
    found = judge_define(path, path.parent, "nmpa-gb18030")
    ours = {"define.agency_language", "define.AnnotatedCRF_Missing"}           # methods of its own, and no forms
    assert {f.rule for f in found if f.severity != "notice"} <= ours
    path.with_name("utf8.xml").write_text(path.read_text(encoding="utf-8").replace("GB18030", "UTF-8"), encoding="utf-8")
    wrong = {f.rule for f in judge_define(path.with_name("utf8.xml"), path.parent) if f.severity != "notice"}
    path.with_name("utf8.xml").unlink()
    assert "package.encoding" in wrong


def test_a_label_that_fits_in_gb18030_only_is_refused_in_utf_8(study):
    assert load_study(str(study), "nmpa-gb18030").encoding == "gb18030"
    with pytest.raises(SpecError, match="57 bytes long in utf-8; 40 fit"):
        load_study(str(study), "nmpa")


def test_a_define_is_judged_for_an_agency_by_its_language_its_labels_and_the_files_beside_it(demo, output, tmp_path):
    english = Path(shutil.copytree(demo.out / "sdtm", tmp_path / "sdtm"))
    (english / "Notes Draft.txt").write_text("")
    assert messages(english, "fda") == [
        "m5/datasets/bat4706-1308/tabulations/sdtm/Notes Draft.txt: Notes Draft.txt has other characters than a-z, 0-9, "
        "hyphen, dot and underscore"]
    assert messages(english, "nmpa")[0] == "the texts are in the language en, not in zh"
    chinese = messages(output / "sdtm", "fda")
    assert chinese[0] == "the texts are in the language zh, not in en"
    assert "the label '不良事件' has characters that are not ASCII" in chinese
    assert any("57 bytes long in utf-8" in text for text in messages(output / "sdtm", "nmpa"))
    assert {text.partition(":")[0] for text in messages(output / "sdtm", "nmpa-gb18030")} == {"the text is not in zh"}
    said = run(app, ["define", "check", str(english / "define.xml"), "--agency", "nmpa"])
    assert (said.exit_code, "define.agency_language" in said.output) == (1, True)


def messages(folder, agency):
    return [one.message for one in judge_define(folder / "define.xml", None, agency) if one.rule.startswith("define.agency_")]


def test_a_study_whose_folder_is_too_long_for_pmda_is_refused_before_it_is_built(study, tmp_path):
    folder = Path(shutil.copytree(study, tmp_path / "long"))
    facts = (folder / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(facts.replace("STUDYID: BAT4706-1308", f"STUDYID: {'X' * 33}"), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load_study(str(folder), "pmda")
    assert f"{'x' * 33} has 33 characters; 32 fit" in str(error.value) and "shorten STUDYID" in str(error.value)
    assert load_study(str(folder), "fda").agency == "fda"

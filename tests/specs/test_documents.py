"""Laws of the displays of the report and of the form catalogue: what they name exists."""

import shutil
from pathlib import Path

import pytest

from cdisckit.errors import SpecError
from specs import load_specs

STUDY = Path(__file__).resolve().parents[2] / "studies" / "bat4706_bat1308"


@pytest.fixture
def study(tmp_path):
    """A copy of the demo study in which a line of one file is replaced."""
    shutil.copytree(STUDY, tmp_path / "study", ignore=shutil.ignore_patterns("*.py", "synthetic"))

    def change(file: str, old: str, new: str) -> Path:
        path = tmp_path / "study" / "specs" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path / "study"
    return change


def test_the_demo_study_has_displays_and_forms():
    specs = load_specs(STUDY)
    assert list(specs.displays) == ["DLT", "TEAE", "CMAX", "ADA", "RESPONSE", "TIMES"]
    assert specs.displays["CMAX"].results["CYCLE"].datasets["ADPP"].where["PARAMCD"] == ("CMAX1", "CMAX2")
    assert specs.crf["AE"].fields["AETERM"].text == "Adverse event"
    assert specs.crf["AE"].fields["AESER"].codes == {"Y": "Yes", "N": "No"}


@pytest.mark.parametrize(("file", "old", "new", "said"), [
    ("analysis_results.yaml", "PARAMCD: DLTANY,", "PARAMCD: DLTALL,",
     "'DLTALL' is no value of ADDLT.PARAMCD; did you mean DLTA?"),
    ("analysis_results.yaml", "variables: [AVALC, TRTA]", "variables: [AVALX, TRTA]", "ADDLT has no variable AVALX"),
    ("analysis_results.yaml", "ADESC: {", "ADESX: {", "there is no analysis dataset ADESX"),
    ("analysis_results.yaml", "      join: ADAE counts the subjects with an event, ADSL all treated subjects; they are joined by STUDYID and USUBJID.\n", "",
     "has several datasets; write how they are put together"),
    ("analysis_results.yaml", "  name: Maximum concentration", "  name: Tumour response", "there are two displays Tumour response"),
    ("analysis_results.yaml", "      program: adam.figures.draw_cmax", "      colour: red", "CMAX.results.CYCLE.colour: there is no such entry"),
    ("crf.yaml", "    AETERM: Adverse event", "    AETERN: Adverse event",
     "AE.AETERM is mapped and AE has no such field; did you mean AETERN?"),
    ("crf.yaml", "\nIC:\n", "\nICX:\n", "study.yaml has no form ICX"),
    ("crf.yaml", "visits: [SCREENING]", "visits: [SCREEN]", "no visit is called 'SCREEN'; did you mean SCREENING?"),
    ("crf.yaml", "{text: Start date, kind: date}", "{text: Start date, kind: day}", "'day' is not"),
])
def test_what_a_file_names_and_there_is_not_stops_with_its_line(study, file, old, new, said):
    with pytest.raises(SpecError) as error:
        load_specs(study(file, old, new))
    text = str(error.value)
    assert said in text
    assert f"{file}:" in text


def test_a_study_without_these_files_has_neither(study, tmp_path):
    folder = study("crf.yaml", "AE:", "AE:")
    for name in ("crf.yaml", "analysis_results.yaml"):
        (folder / "specs" / name).unlink()
    specs = load_specs(folder)
    assert (dict(specs.displays), dict(specs.crf)) == ({}, {})

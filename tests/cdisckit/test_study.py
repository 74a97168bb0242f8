"""A study is its specification and its functions, and they fit together: every `derive` names a function called."""

import shutil
from pathlib import Path

import pytest

from cdisckit.errors import CdisckitError, SpecError
from cdisckit.study import (
    STUDIES,
    find_study,
    function_source,
    import_generator,
    load_study,
    method_text,
    used_fields,
)
from cdisckit.validate import rewrite_define

STUDY = {
    "study.yaml": """\
STUDYID: S1
title: A study outside of the repository
protocol: P1
created: 2025-01-31T00:00:00
subject_form: DM
SITEID: SITE
SUBJID: SUBJ
USUBJID: [S1, SITE, SUBJ]
forms:
  DM: {file: dm.csv}
  MH: {file: mh.csv, keys: [MHNO]}
visit_dates: {MH: MHDAT}
elements:
  SCRN: {ELEMENT: Screening, EPOCH: SCREENING, starts: [DM.ICDAT]}
""",
    "specs/sdtm/mh.yaml": """\
extends: MH
form: MH
uses: [MHYN]
keys: [USUBJID, MHTERM, MHSEQ]
variables:
  MHTERM:  {from: MHTERM}
  MHCAT:   {derive: derive_mhcat, source: [MH.CODE/PART, MHTERM]}
  MHDTC:   {dtc: [MHDAT, MHTIM]}
""",
    "mh.py": '''\
"""MH of the study."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form


@dataset
def mh(raw, spec, study):
    mh = map_form(raw, spec)
    mh = derive_usubjid(derive_studyid(mh, study), study)
    mh = derive_all(mh)
    return derive_seq(mh, spec)


def derive_all(mh):
    return next(derive_mhcat(part) for part in [mh])


def derive_mhcat(mh):
    """CARDIAC for the codes
    of the heart, else GENERAL.
    \t
    What follows is for programmers.
    """
    return mh.assign(MHCAT="GENERAL")
''',
}
SPEC, CODE, ALL = "specs/sdtm/mh.yaml", "mh.py", "*"


def write(folder: Path, *changes) -> Path:
    """The study with changes: a file, a text in it (ALL of it, or a new file), and what stands there instead."""
    texts = dict(STUDY)
    for file, old, new in changes:
        assert old == ALL or old in texts[file]
        texts[file] = new if old == ALL else texts[file].replace(old, new, 1)
    for file, text in texts.items():
        if text:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, *changes) -> list[str]:
    with pytest.raises(SpecError) as error:
        load_study(str(write(folder, *changes)))
    assert error.value.what == f"the functions of {folder.name} do not fit its specification"
    return [case.replace(f"{folder}/", "") for case in error.value.cases]


def test_a_study_outside_of_the_repository_loads_by_its_path(tmp_path, monkeypatch):
    folder = write(tmp_path / "mini")
    study = load_study(str(folder))
    assert (study.folder, list(study.datasets), [made.name for made in study.order()]) == (folder, ["MH"], ["MH"])
    monkeypatch.chdir(tmp_path)
    assert load_study("mini").folder == load_study("mini/").folder == folder


@pytest.mark.parametrize("name", ["cdiscpilot01", "bat4706_bat1308"])
def test_a_shipped_study_loads_by_its_name_and_every_derivation_has_a_text(name):
    study = load_study(name)
    derived = {(spec.name, variable.name) for spec in study.specs.datasets.values()
               for variable in spec.variables.values() if variable.derive}
    derived |= {(spec.name, f"{variable.name}.{value}") for spec in study.specs.datasets.values()
                for variable in spec.variables.values() for values in variable.where.values()
                for value, told in values.items() if told.derive}
    assert study.folder == STUDIES / name
    assert study.methods.keys() == derived
    assert all(text and "\n" not in text for text in study.methods.values())
    assert [place for place, text in study.methods.items() if " In: " in text or " Out: " in text] == []


def test_the_study_s_own_function_takes_the_place_of_the_library_s(tmp_path):
    own, library = load_study(str(write(tmp_path / "own"))), load_study("cdiscpilot01")
    made = (own.datasets["MH"], library.datasets["MH"], library.datasets["DM"])
    assert [dataset.function.__module__ for dataset in made] == ["studies.own.mh", "sdtm.mh", "studies.cdiscpilot01.dm"]


def test_the_method_is_the_first_paragraph_of_the_docstring_on_one_line(tmp_path):
    methods = load_study(str(write(tmp_path / "mini"))).methods
    assert methods["MH", "MHCAT"] == "CARDIAC for the codes of the heart, else GENERAL."


def test_a_method_in_the_specification_stands_for_the_docstring(tmp_path):
    change = (SPEC, "derive: derive_mhcat", "derive: derive_mhcat, method: By the CRF")
    assert load_study(str(write(tmp_path / "mini", change))).methods["MH", "MHCAT"] == "By the CRF"


@pytest.mark.parametrize(("docstring", "text"), [
    ("One line.", "One line."), ("\n    Two\n    lines.\n\n    More.", "Two lines."), ("A.\n \t \nB.", "A."),
    ("  ", ""), (None, "")])
def test_the_text_of_a_method(docstring, text):
    def derive_x():
        ...

    derive_x.__doc__ = docstring
    assert method_text(derive_x) == text


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (SPEC, "derive: derive_mhcat", "derive: derive_mhcta",
     ["specs/sdtm/mh.yaml:7: MHCAT: derive_mhcta is not called by mh.py:8; did you mean derive_mhcat?; call it, or "
      "mend the name"]),
    (SPEC, "derive: derive_mhcat", "derive: xyz",
     ["specs/sdtm/mh.yaml:7: MHCAT: xyz is not called by mh.py:8; call it, or mend the name"]),
    (CODE, "mh = derive_all(mh)", "pass",
     ["specs/sdtm/mh.yaml:7: MHCAT: derive_mhcat is not called by mh.py:8; call it, or mend the name"]),
    (CODE, "return derive_seq(mh, spec)", "return mh",
     ["specs/sdtm/mh.yaml:5: MHSEQ: derive_seq is not called by mh.py:8; call it, or mend the name"]),
    (CODE, "def derive_mhcat(mh):\n", "def derive_mhcat(mh):\n    mh = mh.copy()\n",
     ["specs/sdtm/mh.yaml:7: MHCAT: derive_mhcat has no docstring, which is the method in define.xml; write it, or "
      "state `method:`"]),
    (CODE, "def mh(raw", "def history(raw",
     ["mh.py:1: there is no @dataset function mh here; write it, or rename the file"]),
    (CODE, "@dataset\n", "", ["mh.py:1: there is no @dataset function mh here; write it, or rename the file"]),
    ("addlt.py", ALL, "from cdisckit.graph import dataset\n@dataset\ndef addlt(adsl): ...\n",
     ["addlt.py:1: ADDLT has no specification; write specs/adam/addlt.yaml, or remove it"]),
    ("specs/adam/addlt.yaml", ALL, "extends: BDS\nvariables:\n  STUDYID: {from: MH.STUDYID}\n"
     "  USUBJID: {from: MH.USUBJID}\n  PARAM:   {value: DLT}\n  PARAMCD: {value: DLT}\n",
     ["specs/adam/addlt.yaml:1: no function makes ADDLT; write adam/addlt.py or mini/addlt.py"]),
])
def test_functions_that_do_not_fit_the_specification_are_told(tmp_path, file, old, new, expected):
    assert problems(tmp_path / "mini", (file, old, new)) == expected


def test_a_helper_file_of_the_study_makes_no_dataset(tmp_path):
    helper = ("rules.py", ALL, "def window(): ...\n")
    assert list(load_study(str(write(tmp_path / "mini", helper))).datasets) == ["MH"]


def test_a_dataset_that_another_one_needs_is_part_of_the_study(tmp_path):
    with pytest.raises(SpecError, match="MH needs DMM, which the study does not make") as error:
        load_study(str(write(tmp_path / "mini", (CODE, "def mh(raw, spec", "def mh(raw, dmm, spec"))))
    assert error.value.where == f"{tmp_path}/mini/mh.py:8"


def test_studies_of_the_same_name_in_two_places_keep_their_own_functions(tmp_path):
    change = (CODE, "CARDIAC for", "HEART for")
    one, two = write(tmp_path / "a" / "mini"), write(tmp_path / "b" / "mini", change)
    texts = [load_study(str(folder)).methods["MH", "MHCAT"].split()[0] for folder in (one, two, one)]
    assert texts == ["CARDIAC", "HEART", "CARDIAC"]


def test_a_file_that_fails_at_import_fails_at_every_import(tmp_path):
    folder = write(tmp_path / "mini", (CODE, "@dataset\ndef", "1 / 0\n@dataset\ndef"))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load_study(str(folder))


@pytest.mark.parametrize(("name", "near"), [("cdiscpilot", "; did you mean cdiscpilot01?"), ("xyz", ""),
                                            ("bat4706_bat1380", "; did you mean bat4706_bat1308?")])
def test_an_unknown_study_is_told_with_the_near_one_and_all_there_are(name, near):
    with pytest.raises(SpecError) as error:
        find_study(name)
    assert error.value.what == f"there is no study {name}{near}"
    assert {"bat4706_bat1308", "cdiscpilot01"} <= set(error.value.cases)
    assert error.value.fix == "give a folder that holds study.yaml, or one of these names"


def test_a_study_without_generator_is_told(tmp_path):
    with pytest.raises(SpecError, match="mini has no generator of synthetic data\n  at .*\n  fix: give real raw files"):
        import_generator(write(tmp_path / "mini"))


def test_the_raw_fields_in_use_are_those_that_the_specification_speaks_of(tmp_path):
    assert used_fields(load_study(str(write(tmp_path / "mini"))).specs) == {
        "DM": {"SITE", "SUBJ", "ICDAT"},
        "MH": {"SITE", "SUBJ", "MHNO", "MHYN", "MHTERM", "CODE", "PART", "MHDAT", "MHTIM", "VISIT"},
    }


def test_a_define_is_not_written_in_another_language_than_the_datasets_are_in(tmp_path):
    (tmp_path / "trace").mkdir()
    (tmp_path / "trace" / "study.json").write_text('{"study": "bat4706_bat1308"}')
    with pytest.raises(CdisckitError, match="not in the language of NMPA"):
        rewrite_define("bat4706_bat1308", tmp_path, "nmpa")


def test_a_program_of_a_result_that_is_not_there_is_named_with_its_line(tmp_path):
    study = tmp_path / "bat4706_bat1308"
    shutil.copytree(STUDIES / "bat4706_bat1308", study, ignore=shutil.ignore_patterns("synthetic"))
    path = study / "specs" / "analysis_results.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("adam.figures.draw_cmax", "adam.figures.draw_cmaxx"), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load_study(str(study))
    assert "there is no function adam.figures.draw_cmaxx" in str(error.value) and "analysis_results.yaml:" in str(error.value)


def test_the_source_of_a_function_comes_without_its_docstring():
    assert function_source(_documented) == "def _documented(value):\n    return value + 1"
    assert function_source(_plain) == "def _plain(value):\n    return value"


def _documented(value):
    """One more.

    Over several lines.
    """
    return value + 1


def _plain(value):
    return value

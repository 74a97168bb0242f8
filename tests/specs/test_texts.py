"""Texts in another language: how they are found, and that those which are shipped fit what they translate."""

import ast
import csv
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cdisckit.errors import SpecError
from cdisckit.study import STUDIES, method_text
from specs.agency import AGENCIES, label_problems
from specs.texts import LIBRARY, SLOT, UNIT, Texts, make_texts, read_texts

ROOT = LIBRARY.parent
FILES = sorted((LIBRARY / "texts_zh").glob("*.csv"))
INDEX = re.compile(r"\b(xx|zz|[yw])\b")                 # ADaMIG: Analysis Flag zz; SDTMIG: Comment, Comment 1
OWN = sorted(STUDIES.glob("*/specs/texts_zh.csv"))
TEXTS = make_texts({
    "Albumin": "白蛋白", "Days": "天", "Overall Survival": "总生存期", "No value.": "没有值。", "A Phase 1 Study": "I期研究",
    "Terms of {dictionary}, version {version}.": "术语采用{dictionary} {version}版。", "{drug} Max Conc": "{drug} 最大浓度",
    "{drug} Max Conc Norm": "{drug} 归一化最大浓度", "Data of {title}": "数据：{title}", "BAT1 Max Conc": "特例", "Flag {n}": "标志{n}", "Empty": ""})


@pytest.mark.parametrize(("english", "text"), [
    ("Albumin", "白蛋白"),
    ("Albumin (g/L)", "白蛋白(g/L)"),
    ("Overall Survival (Days)", "总生存期(天)"),
    ("Globulin (g/L)", ""),
    ("Albumin (corrected for something)", ""),
    ("Terms of CTCAE, version 5.0.", "术语采用CTCAE 5.0版。"),
    ("Terms of WHODrug Global, version 2025-03-01.", "术语采用WHODrug Global 2025-03-01版。"),
    ("Terms of some other dictionary, version 5.0.", ""),
    ("Data of A Phase 1 Study", "数据：I期研究"),
    ("BAT2 Max Conc (ug/mL)", "BAT2 最大浓度(ug/mL)"),
    ("BAT2 Max Conc Norm", "BAT2 归一化最大浓度"),
    ("BAT1 Max Conc", "特例"),
    ("Flag 01", "标志01"),
    ("Flag Reference", ""),
    ("No value. Terms of CTCAE, version 5.0.", "没有值。术语采用CTCAE 5.0版。"),
    ("No value. An English remark.", ""),
    ("Empty", ""),
    ("", ""),
])
def test_a_text_is_found_by_its_english_by_its_template_with_its_unit_or_by_its_sentences(english, text):
    assert TEXTS.find(english) == text
    assert TEXTS.say(english) == (text or english)


def test_what_is_in_the_language_already_is_known():
    assert TEXTS.is_text("白蛋白") and TEXTS.is_text("BAT2 最大浓度") and not TEXTS.is_text("Albumin")
    assert make_texts({"Acid Value": "pH"}).is_text("pH") and not Texts().is_text("pH")


def test_the_order_of_the_rows_does_not_matter():
    rows = dict(TEXTS.plain) | {"{a} x": "1{a}", "{a} {b} x": "2{a}{b}"}
    assert make_texts(rows) == make_texts(dict(reversed(rows.items())))


def test_the_text_of_the_study_wins_over_that_of_the_library(tmp_path):
    assert read_texts(tmp_path, "zh").find("Sex") == "性别"
    write(tmp_path / "texts_zh.csv", "Sex,男女\nOnly Ours,自己的\n")
    texts = read_texts(tmp_path, "zh")
    assert (texts.find("Sex"), texts.find("Age"), texts.find("Only Ours")) == ("男女", "年龄", "自己的")


def test_texts_are_said_once_in_a_file_and_a_language_without_any_is_refused(tmp_path):
    write(tmp_path / "texts_zh.csv", "Sex,性别\nSex,男女\n")
    with pytest.raises(SpecError, match="translated twice"):
        read_texts(tmp_path, "zh")
    with pytest.raises(SpecError, match="no texts in the language ja"):
        read_texts(tmp_path, "ja")


def write(path, rows):
    path.write_text(f"english,text\n{rows}", encoding="utf-8")


# The shipped files

def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["english"], row["text"]) for row in csv.DictReader(file)]


def scalars(node):
    """Every text of a YAML file, keys too."""
    if isinstance(node, dict):
        node = [*node, *node.values()]
    if isinstance(node, list):
        return {text for part in node for text in scalars(part)}
    return {" ".join(node.split())} if isinstance(node, str) else set()


def said_in(folder, pattern):
    """The texts that the files of a folder can put into define.xml: of YAML and CSV all, of Python the first
    paragraphs of docstrings, and the constants.
    """
    found = set()
    for path in sorted(folder.glob(pattern)):
        if path.suffix == ".yaml":
            found |= scalars(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
        elif path.suffix == ".csv" and not path.name.startswith("texts_"):
            found |= {cell for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row}
        elif path.suffix == ".py":
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            found |= {paragraph(node) for node in nodes if isinstance(node, ast.FunctionDef)}
    return found


def paragraph(node):
    """The method text of a function that is not imported."""
    return method_text(type("function", (), {"__doc__": ast.get_docstring(node)}))  # type: ignore[arg-type]


def of_the_library():
    places = [("specs", "**/*.yaml"), ("specs/ct", "*.csv"), ("sdtm", "*.py"), ("adam", "*.py"), ("define", "*.py"),
              ("specs", "load.py"), ("cdisckit", "defines.py")]
    return {text for folder, pattern in places for text in said_in(ROOT / folder, pattern)}


def unused(path, said):
    """The rows of a file that translate nothing which is said, be it as a whole, a template, a name or a sentence."""
    units = [found for text in said if (found := UNIT.fullmatch(text))]
    parts = {part for text in said for part in re.split(r"(?<=[.?!]) ", text)}
    wholes = said | parts | {found[1] for found in units} | {found[2] for found in units}
    return [english for english, _ in rows(path) if english not in wholes and not _fits(english, wholes)]


def _fits(english, wholes):
    texts = make_texts({english: "中" + "".join(f"{{{slot}}}" for slot in SLOT.findall(english))})
    return bool(texts.templates) and any(texts.find(INDEX.sub("1", text)) or texts.find(f"{text} 1") for text in wholes)


def test_every_text_of_the_library_translates_something_that_the_library_says():
    said = of_the_library()
    assert {path.name: left for path in FILES if (left := unused(path, said))} == {}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.parents[1].name)
def test_every_text_of_a_study_translates_something_that_the_study_says(path):
    said = {text for pattern in ("**/*.yaml", "*.py", "**/*.csv") for text in said_in(path.parents[1], pattern)}
    assert unused(path, said | of_the_library()) == []


def test_a_docstring_that_changed_leaves_its_translation_behind(tmp_path):
    write(tmp_path / "methods.csv", "The day of the dose.,给药日。\n")
    (tmp_path / "ex.py").write_text('def derive_day():\n    """The day of the dose.\n\n    More.\n    """\n')
    assert unused(tmp_path / "methods.csv", said_in(tmp_path, "*.py")) == []
    (tmp_path / "ex.py").write_text('def derive_day():\n    """The day of the first dose.\n\n    More.\n    """\n')
    assert unused(tmp_path / "methods.csv", said_in(tmp_path, "*.py")) == ["The day of the dose."]


@pytest.mark.parametrize("path", [*FILES, *OWN], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_of_texts_is_sorted_has_no_text_twice_and_none_that_is_empty(path):
    english = [row[0] for row in rows(path)]
    assert english == sorted(set(english))
    assert [row for row in rows(path) if not all(row)] == []
    assert [row for row in rows(path) if set(SLOT.findall(row[0])) != set(SLOT.findall(row[1]))] == []


def test_no_text_is_in_two_files_of_the_library_and_a_study_repeats_none_of_it():
    known = dict.fromkeys(english for path in FILES for english, _ in rows(path))
    assert len(known) == sum(len(rows(path)) for path in FILES)
    library = read_texts(Path("nowhere"), "zh")
    assert [english for path in OWN for english, text in rows(path) if library.find(english) == text] == []


def test_every_label_of_the_library_keeps_to_the_rules_of_the_nmpa():
    labels = [(english, text.replace("{n}", "01").replace("{w}", "1").replace("{domain}", "AE")) for english, text in rows(LIBRARY / "texts_zh" / "labels.csv")
              if not english.startswith("One record")]
    assert {english: list(label_problems(text, AGENCIES["nmpa"])) for english, text in labels if [*label_problems(text, AGENCIES["nmpa"])]} == {}
    assert len(labels) > 900


def test_every_variable_of_the_standards_has_a_chinese_label():
    texts = read_texts(Path("nowhere"), "zh")
    entries = [entry for path in sorted((LIBRARY / "sdtm").glob("*.yaml")) + sorted((LIBRARY / "adam").glob("*.yaml"))
               for entry in labels_in(YAML(typ="safe").load(path.read_text(encoding="utf-8")))]
    open_ones = re.compile(r"[{[]|\bXX\b|\.\.\.")          # the study says what: {Start Date}, Duration of XX, 1st Occurrence of ...
    assert {label for label in entries if not texts.find(INDEX.sub("1", label)) and not open_ones.search(label)} == set()


def labels_in(node):
    """The labels of a YAML file of the standard: of the dataset and of its variables."""
    if isinstance(node, dict):
        yield from ([node["label"]] if isinstance(node.get("label"), str) else [])
        for part in node.values():
            yield from labels_in(part)


def test_there_are_texts_to_judge():
    assert {path.name for path in FILES} == {"labels.csv", "methods.csv", "sentences.csv", "terms.csv"}
    assert {path.parents[1].name for path in OWN} == {"bat4706_bat1308", "cdiscpilot01"}

"""A YAML file is text: what it shows is what it means, every entry has its line, and no file can do harm."""

import tracemalloc
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.errors import SpecError
from specs.text_yaml import read_text_yaml, try_text_yaml


def invalid(line, what):
    return f"ae.yaml:{line}: this is not valid YAML: {what}"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "ae.yaml"
    path.write_bytes(text.encode(encoding))
    return read_text_yaml(path)


def problems(tmp_path, text, encoding="utf-8"):
    with pytest.raises(SpecError) as error:
        read(tmp_path, text, encoding)
    assert error.value.what == "ae.yaml cannot be read"
    return [case.removeprefix(f"{tmp_path}/") for case in error.value.cases]


@pytest.mark.parametrize("text", ["NO", "yes", "on", "01", "1.10", "1e3", "0x10", "1_000", "~", "null", "2025-01-31",
                                  "12:30:00", ".inf", "=", "<", "N/A", "é", "中文"])
def test_a_plain_word_means_what_it_shows(tmp_path, text):
    assert read(tmp_path, f"a: {text}\nb: [{text}]\n{text}: key\n").content == {"a": text, "b": [text], text: "key"}


@pytest.mark.parametrize(("text", "content"), [
    ("a:", {"a": ""}),
    ("a: ''", {"a": ""}),
    ('a: "x\\ty"', {"a": "x\ty"}),
    ("a: x # a comment", {"a": "x"}),
    ("a: {b: c, d: [e, f]}", {"a": {"b": "c", "d": ["e", "f"]}}),
    ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
    ("a: one\n  two\n", {"a": "one two"}),
    ("{}", {}),
    ("--- # a comment\na: b\n...\n", {"a": "b"}),
    ("'<<': a", {"<<": "a"}),
    ("1: one\n01: two\n", {"1": "one", "01": "two"}),
])
def test_yaml_is_read_as_dicts_lists_and_text(tmp_path, text, content):
    assert read(tmp_path, text).content == content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_byte_mark_and_any_line_end_change_nothing(tmp_path, encoding, line_end):
    found = read(tmp_path, line_end.join(["a: 1", "b: |", "  x", "  y", "c: 2", ""]), encoding)
    assert found.content == {"a": "1", "b": "x\ny\n", "c": "2"}
    assert [found.lines[key,] for key in "abc"] == [1, 2, 5]


def test_every_entry_has_its_line_and_an_unknown_one_that_of_the_entry_above(tmp_path):
    found = read(tmp_path, "\n# a comment\nvariables:\n  AETERM: {from: AETERM,\n    map: {1: A}}\n  AESEV:\n\n"
                           "    from: X\nkeys:\n  - USUBJID\n  - AETERM\n")
    at = {location: found.where(*location).rpartition(":")[2] for location in [
        (), ("variables",), ("variables", "AETERM"), ("variables", "AETERM", "map"),
        ("variables", "AETERM", "map", "1"), ("variables", "AETERM", "codelist"),
        ("variables", "AESEV"), ("variables", "AESEV", "from"), ("keys", 1),
        ("omit", 0)]}
    assert list(at.values()) == ["3", "3", "4", "5", "5", "4", "6", "8", "11", "3"]
    assert found.where("keys") == f"{tmp_path}/ae.yaml:9"


@pytest.mark.parametrize(("text", "expected"), [
    ("a: 1\nb: {c: 1,\n  c: 2}\na: 3", ["ae.yaml:3: c stands twice, first on line 2",
                                        "ae.yaml:4: a stands twice, first on line 1"]),
    ("a: 1\n'a': 2", ["ae.yaml:2: a stands twice, first on line 1"]),
    ("a: &x 1", ["ae.yaml:1: the anchor &x is not allowed; remove it, or quote a text that begins with &"]),
    ("b: 1\na: *x", ["ae.yaml:2: the alias *x is not allowed; write the entry out, or quote a text that begins with "
                     "*"]),
    ("a: !!int 1", ["ae.yaml:1: the tag !!int is not allowed; remove it, or quote a text that begins with !"]),
    ("a: !!python/name:os x", ["ae.yaml:1: the tag !!python/name:os is not allowed; remove it, or quote a text that "
                               "begins with !"]),
    ("a: !x {}", ["ae.yaml:1: the tag !x is not allowed; remove it, or quote a text that begins with !"]),
    ("<<: {a: 1}", ["ae.yaml:1: a key is one word, not a list, a mapping, an alias or a merge (<<)"]),
    ("? [a]\n: 1", ["ae.yaml:1: a key is one word, not a list, a mapping, an alias or a merge (<<)"]),
    ("a: 1\n---\nb: 2", ["ae.yaml:3: a second document begins (---); a file holds one"]),
    ("", ["ae.yaml:1: the file is empty; write `name: value`"]),
    ("# nothing\n", ["ae.yaml:1: the file is empty; write `name: value`"]),
    ("\n- a\n- b", ["ae.yaml:2: the file is not one YAML mapping; write `name: value`"]),
    ("text", ["ae.yaml:1: the file is not one YAML mapping; write `name: value`"]),
    ("a:\n\tb: 1", [invalid(2, "found character '\\t' that cannot start any token; indent with spaces, not with "
                               "tabs")]),
    ("x: 1\na: b: c", [invalid(2, "mapping values are not allowed here; indent evenly, and put a text with a colon in "
                                         "quotes")]),
    ("a: @x", [invalid(1, "found character '@' that cannot start any token; put the text in quotes")]),
    ('a: "\\d"', [invalid(1, "found unknown escape character 'd'; put a text with a backslash in single quotes")]),
    ("x: 1\na: 'b\nc: d\n", [invalid(2, "found unexpected end of stream; close the quote")]),
    ("x: 1\na: {b: c\nd: e\n", [invalid(2, "expected ',' or '}', but got ':'; close the bracket, and put a text with "
                                                  "brackets, commas or colons in quotes")]),
    ("a: b\x00", ["ae.yaml:1: the invisible character U+0000 stands here; remove it"]),
    ("a: b\nc: d\u2028e", ["ae.yaml:2: the invisible character U+2028 stands here; remove it"]),
    ("a: b\r\nc: d\rx: d\u2028e", ["ae.yaml:3: the invisible character U+2028 stands here; remove it"]),
    ('a: "\\ud800"', ["ae.yaml:1: the escape for the invisible character U+D800 stands here; remove it"]),
    ('a: "\\UFFFFFFFF"', ["ae.yaml: an escape (\\U...) stands for no character; write the character itself"]),
])
def test_what_a_specification_cannot_hold_is_refused_with_its_line_and_the_fix(tmp_path, text, expected):
    assert problems(tmp_path, text) == expected


def test_all_problems_of_a_file_are_told_together(tmp_path):
    found = problems(tmp_path, "a: &x 1\nb: *x\nc: !!str 1\na: 2\nd: [")
    assert [problem.split(": ")[0] for problem in found] == [f"ae.yaml:{line}" for line in range(1, 6)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_that_is_not_utf_8_is_named_with_the_line(tmp_path, encoding):
    line = 2 if encoding == "gb18030" else 1
    found = problems(tmp_path, "a: b\nc: 发热\n", encoding)
    assert found == [f"ae.yaml:{line}: the file is not UTF-8; save it as UTF-8"]


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    (tmp_path / "dm.yaml").mkdir()
    found: list[str] = []
    assert try_text_yaml(tmp_path / "ae.yaml", found) is None
    assert try_text_yaml(tmp_path / "dm.yaml", found) is None
    assert found == [f"{tmp_path}/ae.yaml: there is no such file",
                     f"{tmp_path}/dm.yaml: the file cannot be read: Is a directory"]


@pytest.mark.parametrize("text", [
    "a: " + "[" * 100_000,
    "a: " + "{a: " * 100_000,
    "".join(f"{' ' * depth}a:\n" for depth in range(3000)),
    "".join(f"{'- ' * depth}a\n" for depth in range(1, 400)),
], ids=["lists", "mappings", "indented", "dashes"])
def test_deep_nesting_is_an_error_and_no_crash(tmp_path, text):
    text = text if text.startswith("a") else f"a:\n{text}"
    assert "entries stand more than 40 deep within each other" in problems(tmp_path, text)[-1]


def test_a_billion_laughs_cost_nothing(tmp_path):
    laughs = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    tracemalloc.start()
    started = perf_counter()
    found = problems(tmp_path, "\n".join(laughs))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 30 + 29 * 9
    assert perf_counter() - started < 10 and peak < 20_000_000


PIECES = st.sampled_from([*"ab:-?{}[],&*!|>'\"%@`#~ \n\t\\", "\n  ", "a: ", "- ", "? ", ": ", "---\n", "...\n",
                          "\\ud800", "\\UFFFFFFFF", "!!", "<<: ", "%YAML 9.9\n", "|2", "|+\n", ">-\n  x",
                          "\ufeff", "中", "\x85"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8"))
    found: list[str] = []
    content = try_text_yaml(path, found)
    assert (content is None) == bool(found)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"])), min_size=1))
def test_quoted_text_comes_back_as_it_was(tmp_path_factory, content):
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    path = tmp_path_factory.getbasetemp() / "quoted.yaml"
    path.write_text("".join(f"{quoted(key)}: {quoted(value)}\n" for key, value in content.items()), encoding="utf-8")
    found = read_text_yaml(path)
    assert found.content == content
    assert [found.lines[key,] for key in content] == list(range(1, len(content) + 1))

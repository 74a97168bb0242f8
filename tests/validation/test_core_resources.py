"""Pickles are read without running them; resources are JSON with sums, and say what they have not."""

import datetime
import hashlib
import json
import os
import pickle
import pickletools

import pytest

from cdisckit.errors import CdisckitError
from validation.core.pickles import decode_pickle
from validation.core.resources import import_resources, newest_package, read_resources

PLAIN = {"a": [1, -7, 2**40, 2**70, 1.5, True, False, None], "b": {"c": ("x",), "d": (), "e": (1, 2), "f": (1, 2, 3),
         "g": (1, 2, 3, 4)}, "long": "é" * 70000, "set": {"AE", "DM"}, "frozen": frozenset({"X"}), "": []}
RULE = {"core_id": "CORE-1", "standards": [{"Name": "SDTMIG", "Version": "3.4"}], "description": "one"}
YAML_RULE = """
Core: {Id: CORE-2, Status: Published}
Authorities: [{Organization: CDISC, Standards: [{Name: ADaMIG, Version: "1.3"}, {Name: SDTMIG, Version: "3.4"}]}]
Description: two
"""
LIBRARY = {"classes": [], "dataset_names": {"AE", "DM"}, "_links": {"model": {"href": "/mdr/sdtm/2-0"}}}


class Calls:
    """What a harmful pickle does: it calls a function when it is loaded."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_are_read_as_python_reads_them(protocol):
    plain = PLAIN if protocol >= 4 else {name: value for name, value in PLAIN.items() if name not in ("set", "frozen")}
    assert decode_pickle(pickle.dumps(plain, protocol), "x.pkl") == plain


def test_a_value_that_is_used_twice_is_read_twice():
    shared = ["x"]
    assert decode_pickle(pickle.dumps([shared, shared]), "x.pkl") == [["x"], ["x"]]


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_that_would_call_something_is_refused_with_its_name_and_nothing_is_run(protocol, tmp_path):
    made = tmp_path / "made"
    content = pickle.dumps({"rules": Calls(os.mkdir, str(made))}, protocol)
    with pytest.raises(CdisckitError, match=r"evil.pkl holds more than plain data: it wants (posix|nt|os).mkdir"):
        decode_pickle(content, "evil.pkl")
    assert not made.exists()


@pytest.mark.parametrize(("value", "wanted"), [(datetime.date(2020, 1, 1), "datetime.date"), (b"bytes", "BYTES"),
                                               (len, "builtins.len"), (Calls(__import__, "os"), "builtins.__import__")])
def test_what_is_not_plain_is_refused(value, wanted):
    with pytest.raises(CdisckitError, match=f"holds more than plain data: it wants .*{wanted}"):
        decode_pickle(pickle.dumps(value), "x.pkl")


@pytest.mark.parametrize("content", [b"", b"junk", pickle.dumps(PLAIN)[:-1], pickle.dumps(PLAIN)[:40], b"\x80\x04.",
                                     b"(.", b"]a.", b"\x80\x04K\x01a.", b"\x80\x04h\x07.", b"}(X\x01\x00\x00\x00au.",
                                     b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f."])
def test_a_damaged_pickle_is_refused(content):
    with pytest.raises(CdisckitError, match=r"x.pkl is no whole pickle"):
        decode_pickle(content, "x.pkl")


def test_a_pickle_that_explodes_when_written_out_is_refused(monkeypatch):
    monkeypatch.setattr("validation.core.pickles.LIMIT", 10_000)
    layer = ["lol"] * 10
    for _ in range(30):
        layer = [layer] * 10
    endless: list[object] = []
    endless.append(endless)
    for bomb in (layer, endless):
        with pytest.raises(CdisckitError, match="it is refused"):
            decode_pickle(pickle.dumps(bomb), "x.pkl")


def test_no_instruction_of_pickles_is_followed_that_is_not_listed():
    """Each instruction that could import or call is refused, also those that Python adds one day."""
    for instruction in pickletools.opcodes:
        if instruction.name in ("REDUCE", "BUILD", "OBJ", "NEWOBJ", "NEWOBJ_EX", "STACK_GLOBAL"):
            content = b"\x80\x04X\x02\x00\x00\x00os(X\x06\x00\x00\x00system" + instruction.code.encode("latin-1") + b"."
            with pytest.raises(CdisckitError, match="more than plain data"):
                decode_pickle(content, "x.pkl")


@pytest.fixture
def source(tmp_path):
    """A cache of the engine in small, with a rule as YAML beside it."""
    cache = tmp_path / "source" / "cache"
    cache.mkdir(parents=True)
    for name, content in {"rules": {"CORE-1": RULE}, "rules_dictionary": {"sdtmig/3-4": ["CORE-1"], "adamig/1-3": []},
                          "standards_details": {"standards/sdtmig/3-4": LIBRARY, "standards/adam/adamig-1-3": {}},
                          "standards_models": {"models/sdtm/2-0": {"classes": ["model"]}},
                          "sdtmct-2025-03-28": {"package": "sdtmct-2025-03-28", "codelists": []}}.items():
        (cache / f"{name}.pkl").write_bytes(pickle.dumps(content))
    rules = tmp_path / "source" / "rules"
    rules.mkdir()
    (rules / "CORE-2.yml").write_text(YAML_RULE, encoding="utf-8")
    return tmp_path / "source"


@pytest.fixture
def resources(source, tmp_path):
    import_resources(source, tmp_path / "out")
    return tmp_path / "out"


def test_every_source_is_named_with_its_sum_and_every_file_has_one(source, tmp_path):
    sources = import_resources(source, tmp_path / "out")
    assert {entry.name: entry.sha256 for entry in sources} == {
        path.relative_to(source).as_posix().removeprefix("cache/"): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in source.rglob("*.*") if path.is_file()}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == {path.relative_to(tmp_path / "out").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                                 for path in (tmp_path / "out").rglob("*.json") if path.name != "manifest.json"}


def test_the_cache_itself_can_be_named_and_its_rules_as_yaml_are_found(source, tmp_path):
    import_resources(source / "cache", tmp_path / "out")
    assert set(read_resources(tmp_path / "out", "sdtmig", "3.4", ()).rules) == {"CORE-1", "CORE-2"}


def test_a_folder_without_anything_to_import_is_an_error(tmp_path):
    with pytest.raises(CdisckitError, match="neither a pickle .* nor a rule"):
        import_resources(tmp_path, tmp_path / "out")


def test_one_harmful_pickle_stops_the_import_and_nothing_is_written(source, tmp_path):
    (source / "cache" / "extra.pkl").write_bytes(pickle.dumps(Calls(os.system, "true")))
    with pytest.raises(CdisckitError, match="extra.pkl holds more"):
        import_resources(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_standard_has_the_rules_of_the_catalog_and_those_that_name_it(resources):
    assert set(read_resources(resources, "SDTMIG", "3-4", ()).rules) == {"CORE-1", "CORE-2"}
    assert set(read_resources(resources, "adamig", "1.3", ()).rules) == {"CORE-2"}


def test_the_library_is_that_of_the_standard_with_its_sets_and_its_model(resources):
    library = read_resources(resources, "sdtmig", "3.4", ()).library()
    assert library == {"standard": LIBRARY, "model": {"classes": ["model"]}, "variables": {}, "codelists": {}}


def test_a_rule_of_ones_own_replaces_the_rule_of_the_same_id(resources):
    (resources / "rules").mkdir()
    (resources / "rules" / "mine.yaml").write_text(YAML_RULE.replace("two", "mine"), encoding="utf-8")
    assert read_resources(resources, "sdtmig", "3.4", ()).rules["CORE-2"]["Description"] == "mine"


@pytest.mark.parametrize("text", ["Core: {}", "- a list", "Core: {Id: [", "", "\t: x"])
def test_yaml_that_is_no_rule_is_an_error_with_its_name(resources, text):
    (resources / "rules").mkdir()
    (resources / "rules" / "odd.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CdisckitError, match="odd.yml is no rule as CDISC publishes them"):
        read_resources(resources, "sdtmig", "3.4", ())


def test_a_version_that_is_not_there_is_told_with_those_that_are(resources):
    with pytest.raises(CdisckitError, match="no rule for sdtmig 3.9") as raised:
        read_resources(resources, "sdtmig", "3.9", ())
    assert "they have rules for adamig 1.3, sdtmig 3.4" in str(raised.value)


def test_rules_without_the_library_of_their_standard_are_an_error(resources):
    (resources / "rules").mkdir()
    (resources / "rules" / "tig.yml").write_text(YAML_RULE.replace("ADaMIG", "TIG").replace("1.3", "1.0"), encoding="utf-8")
    with pytest.raises(CdisckitError, match="rules for tig 1.0, but not its library"):
        read_resources(resources, "tig", "1.0", ())


def test_a_terminology_package_that_is_not_there_is_told_with_those_that_are(resources):
    with pytest.raises(CdisckitError, match="no such terminology package") as raised:
        read_resources(resources, "sdtmig", "3.4", ["sdtmct-2025-03-29"])
    assert "did you mean sdtmct-2025-03-28" in str(raised.value)


def test_a_changed_file_is_refused(resources):
    path = resources / "rules.json"
    path.write_text(path.read_text(encoding="utf-8").replace("one", "two"), encoding="utf-8")
    with pytest.raises(CdisckitError, match="rules.json is not the file that was imported"):
        read_resources(resources, "sdtmig", "3.4", ())


def test_a_folder_of_pickles_is_never_loaded_it_must_be_imported_first(source):
    for folder in (source, source / "cache"):
        with pytest.raises(CdisckitError, match="no folder of CORE resources") as raised:
            read_resources(folder, "sdtmig", "3.4", ())
        assert "pickles, which are never loaded" in str(raised.value)
        assert "cdisckit core import" in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 9, "files": {}}', '{"format": 1}'])
def test_a_manifest_that_is_none_is_an_error(resources, text):
    (resources / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(CdisckitError, match="manifest.json is not what cdisckit core import writes"):
        read_resources(resources, "sdtmig", "3.4", ())


def test_the_same_sources_give_the_same_bytes(source, tmp_path):
    for name in ("one", "two"):
        import_resources(source, tmp_path / name)
    one, two = ({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.json")}
                for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(("until", "found"), [("", "sdtmct-2025-03-28"), ("2025-09-26", "sdtmct-2025-03-28"),
                                              ("2025-03-28", "sdtmct-2025-03-28"), ("2020-01-01", "sdtmct-2014-12-19"),
                                              ("2010-01-01", "sdtmct-2014-12-19")])
def test_the_newest_package_no_later_than_a_date_is_found(source, tmp_path, until, found):
    (source / "cache" / "sdtmct-2014-12-19.pkl").write_bytes(pickle.dumps({"codelists": []}))
    import_resources(source, tmp_path / "out")
    assert newest_package(tmp_path / "out", "sdtmct", until) == found
    assert newest_package(tmp_path / "out", "adamct", until) == ""

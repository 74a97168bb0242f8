"""What a define.xml states is held against the data: each untrue statement is found with its records, true ones pass."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from define.against_data import check_define_against_data
from define.build import build_define
from define.columns import LISTED
from define.model import (
    CodeListDef,
    Define,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    ListTerm,
    RangeCheck,
    Shape,
    ValueListDef,
    WhereClauseDef,
)

KEYS = {"USUBJID": 1, "VSTESTCD": 2, "VISITNUM": 3}
FORM = {"USUBJID": "Char", "VSSEQ": "Num", "VSTESTCD": "Char", "VSTEST": "Char", "VSORRES": "Char", "VSSTRESN": "Num",
        "VISITNUM": "Num", "VSDTC": "Char", "ADT": "Num"}
SHAPES = {"USUBJID": Shape("text", 3), "VSSEQ": Shape("integer", 8), "VSTESTCD": Shape("text", 6),
          "VSTEST": Shape("text", 11), "VSORRES": Shape("text", 6), "VSSTRESN": Shape("float", 5, 1),
          "VISITNUM": Shape("integer", 1), "VSDTC": Shape("date"), "ADT": Shape("integer", 8)}
ROWS = [("U01", 1, "TEMP", "Temperature", "36.5", 36.5, 1, "2025-03-01", "2025-03-01"),
        ("U01", 2, "WEIGHT", "Weight", "70", 70, 1, "2025-03-01", "2025-03-01"),
        ("U02", 1, "TEMP", "Temperature", "37", 37, 1, "2025-03-02", None),
        ("U02", 2, "WEIGHT", "Weight", "", None, 2, "", "2025-03-02")]


@dataclass(frozen=True)
class Table:
    name: str
    label: str
    model: str
    variables: tuple
    frame: pd.DataFrame
    file: str = ""


def frame_of(rows=ROWS) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(FORM))
    return frame.astype({name: "str" if kind == "Char" else "float64" for name, kind in FORM.items() if name != "ADT"}
                        | {"ADT": "datetime64[s]"})


def table(rows=ROWS, frame=None, **facts) -> Table:
    frame = frame_of(rows) if frame is None else frame
    variables = tuple(SimpleNamespace(name=name, label=f"Label of {name}", type=FORM[name],
                                      length=SHAPES[name].length or 10, format="DATE9." if name == "ADT" else "")
                      for name in frame.columns if name != "_record")
    return Table(**{"name": "VS", "label": "Vital Signs", "model": "SDTM", "variables": variables, "frame": frame,
                    "file": "vs.xpt", **facts})


TERMS = CodeListDef("CL.TESTCD", "Tests", "text", (ListTerm("TEMP", "Temperature"), ListTerm("WEIGHT", "Weight")),
                    decoded=True)
CLAUSES = tuple(WhereClauseDef(f"WC.{code}", (RangeCheck("IT.VSTESTCD", "EQ", (code,)),)) for code in ("TEMP", "WEIGHT"))
VALUES = (ItemDef("IT.VSORRES.TEMP", "TEMP", "Temperature", Shape("float", 4, 1)),
          ItemDef("IT.VSORRES.WEIGHT", "WEIGHT", "Weight", Shape("integer", 3)))


def define(items=None, refs=None, **facts) -> Define:
    """A define of VS: items and refs are changes by variable name."""
    made = [ItemDef(f"IT.{name}", name, f"Label of {name}", shape, format="DATE9." if name == "ADT" else "",
                    codelist="CL.TESTCD" if name == "VSTESTCD" else "", values="VL" if name == "VSORRES" else "")
            for name, shape in SHAPES.items()]
    made = [replace(item, **(items or {}).get(item.name, {})) for item in made]
    links = [ItemRef(item.oid, order, mandatory=item.name in KEYS, key=KEYS.get(item.name))
             for order, item in enumerate(made, 1)]
    links = [replace(ref, **(refs or {}).get(ref.item.removeprefix("IT."), {})) for ref in links]
    values = tuple(replace(value, **(items or {}).get(value.oid, {})) for value in VALUES)
    group = ItemGroupDef("IG.VS", "VS", "Vital Signs", "Tabulation", "One record per test", "FINDINGS", True,
                         tuple(links), domain="VS", leaf=LeafDef("LF.VS", "vs.xpt", "vs.xpt"))
    value_refs = tuple(replace(ItemRef(value.oid, order, False, where=(f"WC.{value.name}",)),
                               **(refs or {}).get(value.oid, {})) for order, value in enumerate(values, 1))
    return Define(**{"study": "S", "description": "", "protocol": "", "model": "SDTM", "created": "", "file_oid": "",
                     "study_oid": "", "version_oid": "", "name": "", "standards": (), "groups": (group,),
                     "items": (*made, *values), "value_lists": (ValueListDef("VL", value_refs),),
                     "where_clauses": CLAUSES, "codelists": (TERMS,), **facts})


def judged(stated: Define, *tables: Table) -> list[tuple]:
    found = check_define_against_data(stated, {one.name: one for one in tables})
    assert all(finding.source == "define" and finding.rule.startswith("define.data_") and finding.fix for finding in found)
    return [(finding.rule.removeprefix("define.data_"), finding.severity, finding.variable, finding.value, finding.key)
            for finding in found]


def changed(place: tuple[int, str], value) -> Table:
    frame = frame_of()
    frame.loc[place[0], place[1]] = value
    return table(frame=frame)


def test_what_is_true_is_no_finding():
    assert judged(define(), table()) == []


def test_the_order_of_the_records_does_not_matter():
    rows = [ROWS[place] for place in (2, 0, 3, 1)]
    assert judged(define(), table(rows)) == []


@pytest.mark.parametrize(("place", "value", "found"), [
    ((0, "USUBJID"), "U0001", ("length", "error", "USUBJID", "U0001", "USUBJID=U0001 VSSEQ=1")),
    ((0, "VSTESTCD"), "HEIGHT", ("codelist", "error", "VSTESTCD", "HEIGHT", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSTEST"), "Temp", ("decode", "warning", "VSTEST", "Temp", "")),
    ((0, "VSORRES"), "36.55", ("length", "error", "VSORRES", "36.55", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSORRES"), "warm", ("number", "error", "VSORRES", "warm", "USUBJID=U01 VSSEQ=1")),
    ((1, "VSORRES"), "7.5", ("integer", "error", "VSORRES", "7.5", "USUBJID=U01 VSSEQ=2")),
    ((0, "VSSTRESN"), 36.55, ("significant_digits", "warning", "VSSTRESN", "36.55", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSSEQ"), 1.5, ("integer", "error", "VSSEQ", "1.5", "USUBJID=U01 VSSEQ=1.5")),
    ((0, "VISITNUM"), 11, ("length", "error", "VISITNUM", "11", "USUBJID=U01 VSSEQ=1")),
    ((0, "VISITNUM"), np.nan, ("mandatory", "error", "VISITNUM", "", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSTESTCD"), "", ("mandatory", "error", "VSTESTCD", "", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSDTC"), "2025-03", ("iso8601_type", "warning", "VSDTC", "2025-03", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSDTC"), "2025-13", ("iso8601", "error", "VSDTC", "2025-13", "USUBJID=U01 VSSEQ=1")),
    ((0, "VSDTC"), "03MAR2025", ("iso8601", "error", "VSDTC", "03MAR2025", "USUBJID=U01 VSSEQ=1")),
])
def test_a_value_that_contradicts_its_definition_is_found_with_its_record(place, value, found):
    assert found in judged(define(), changed(place, value))


CHINESE = replace(TERMS, terms=(ListTerm("TEMP", "体温"), ListTerm("WEIGHT", "体重")))


@pytest.mark.parametrize(("language", "name", "found"), [
    ("zh", "Temperature", []),                                           # two languages are not compared
    ("zh", "体重", [("decode", "warning", "VSTEST", "体重", "")]),
    ("en", "Temperature", [("decode", "warning", "VSTEST", "Temperature", "")]),
])
def test_a_translated_decode_says_nothing_against_an_english_name(language, name, found):
    shapes = {"VSTEST": {"shape": Shape("text", 40)}}
    told = judged(define(shapes, language=language, codelists=(CHINESE,)), changed((0, "VSTEST"), name))
    assert [one for one in told if one[0] == "decode" and one[3] == name] == found


@pytest.mark.parametrize(("description", "found"), [("", ["体温正常"]), ("The transport files are encoded in GB18030.", [])])
def test_a_length_counts_bytes_of_the_encoding_that_the_document_states(description, found):
    stated = define({"VSORRES": {"shape": Shape("text", 8), "values": ""}}, value_lists=(), version_description=description)
    assert [one[3] for one in judged(stated, changed((0, "VSORRES"), "体温正常")) if one[0] == "length"] == found


def test_records_with_the_same_keys_are_found_all_of_them():
    assert judged(define(), changed((1, "VSTESTCD"), "TEMP"))[:2] == [
        ("key_duplicate", "warning", "", "", "USUBJID=U01 VSSEQ=1"),
        ("key_duplicate", "warning", "", "", "USUBJID=U01 VSSEQ=2")]


@pytest.mark.parametrize(("kind", "good", "bad"), [
    ("date", ["2025-03-01"], ["2025-03", "2025-13-01", "2025-03-01T10:00"]),
    ("datetime", ["2025-03-01T10:00:30", "2025-03-01T10:00", "2025-03-01T10:00:30+02:00"], ["2025-03-01", "2025-03-01 10:00"]),
    ("time", ["10:00", "23:59:59"], ["24:00", "10"[:1]]),
    ("partialDate", ["2025", "2025-03", "2025-03-01"], ["2025---01", "2025-03-01T10:00", "25"]),
    ("partialDatetime", ["2025", "2025-03-01", "2025-03-01T10", "2025-03-01T10:00"], ["2025---01", "March 2025"]),
    ("incompleteDatetime", ["2025---01", "--12-15", "2025-03-01T-:30", "2025", "2025-03-01/2025-03-05"], ["UNK", "03/2025"]),
    ("durationDatetime", ["P1D", "PT2H30M", "P2W", "-P1D", "P1.5Y"], ["1D", "P", "PT", "2 weeks"]),
    ("intervalDatetime", ["2025-01-01/2025-02-01", "2025-01-01/P1D"], ["2025-01-01"]),
])
def test_a_text_is_judged_by_the_iso_8601_form_of_its_type(kind, good, bad):
    stated = define({"VSDTC": {"shape": Shape(kind)}})
    frame = pd.concat([frame_of().iloc[[0]]] * (len(good) + len(bad)), ignore_index=True)
    frame["VSSEQ"] = frame["VISITNUM"] = np.arange(1.0, len(frame) + 1)
    frame["VSDTC"] = [*good, *bad]
    found = [entry for entry in judged(stated, table(frame=frame)) if entry[0].startswith("iso8601")]
    assert sorted(value for _, _, _, value, _ in found) == sorted(bad)


def change_variable(name, **facts) -> Table:
    one = table()
    return replace(one, variables=tuple(SimpleNamespace(**{**vars(variable), **facts}) if variable.name == name
                                        else variable for variable in one.variables))


@pytest.mark.parametrize(("one", "found"), [
    (change_variable("VSORRES", label="Result"), ("variable_label", "error", "VSORRES", "Result", "")),
    (change_variable("VSORRES", length=200), ("variable_length", "warning", "VSORRES", "200", "")),
    (change_variable("ADT", format="DATETIME20."), ("format", "error", "ADT", "DATETIME20.", "")),
    (change_variable("ADT", format=""), ("format", "warning", "ADT", "", "")),
    (change_variable("VSSEQ", format="COMMA8.1"), ("format", "warning", "VSSEQ", "COMMA8.1", "")),
    (change_variable("VSORRES", type="Num"), ("variable_type", "error", "VSORRES", "", "")),
    (change_variable("VSSEQ", type="Char"), ("variable_type", "warning", "VSSEQ", "", "")),
    (table(label="Vitals"), ("dataset_label", "error", "", "Vitals", "")),
    (table(file="data/VS.XPT"), ("file", "error", "", "VS.XPT", "")),
    (table(frame=frame_of().drop(columns="VSDTC")), ("variable_missing", "error", "VSDTC", "", "")),
    (table(frame=frame_of()[["VSSEQ", "USUBJID", *list(FORM)[2:]]]), ("variable_order", "error", "USUBJID", "", "")),
    (table(frame=frame_of().iloc[:0]), ("has_no_data", "warning", "", "", "")),
    (table(frame=frame_of().assign(VSDTC="")), ("all_null", "warning", "VSDTC", "", "")),
])
def test_what_the_file_says_otherwise_is_found(one, found):
    assert judged(define(), one) == [found]


def test_a_variable_that_the_define_lacks_is_found():
    stated = define()
    (group,) = stated.groups
    stated = replace(stated, groups=(replace(group, refs=group.refs[:-1]),))
    assert judged(stated, table()) == [("variable_unknown", "error", "ADT", "", "")]


def test_datasets_that_only_one_of_the_two_has_are_found():
    assert judged(define(), table(name="LB")) == [("dataset_missing", "error", "", "vs.xpt", ""),
                                                  ("dataset_unknown", "error", "", "vs.xpt", "")]
    assert judged(define(), table(), table(name="ADVS", model="ADaM")) == []


def test_a_dataset_without_data_needs_no_file_and_has_no_record():
    (group,) = define().groups
    stated = define(groups=(replace(group, no_data=True),))
    assert judged(stated) == []
    assert judged(stated, table())[0] == ("has_data", "error", "", "", "")


def test_a_variable_stated_to_be_empty_is_empty():
    stated = define(refs={"VSDTC": {"no_data": True}})
    assert judged(stated, table(frame=frame_of().assign(VSDTC=""))) == []
    assert [entry[:3] for entry in judged(stated, table())] == [("no_data", "error", "VSDTC")] * 3


def test_a_numeric_codelist_is_compared_as_numbers():
    visits = CodeListDef("CL.VISITNUM", "Visits", "integer", (ListTerm("1"), ListTerm("2.0")))
    stated = define({"VISITNUM": {"codelist": "CL.VISITNUM"}}, codelists=(TERMS, visits))
    assert judged(stated, table()) == []
    assert ("codelist", "error", "VISITNUM", "3", "USUBJID=U01 VSSEQ=1") in judged(stated, changed((0, "VISITNUM"), 3))


@pytest.mark.parametrize(("comparator", "values", "chosen"), [
    ("EQ", ("TEMP",), 2), ("NE", ("TEMP",), 2), ("IN", ("TEMP", "WEIGHT"), 4), ("NOTIN", ("TEMP", "WEIGHT"), 0),
    ("EQ", ("",), 0), ("NE", ("",), 4)])
def test_a_condition_on_texts_selects_its_records(comparator, values, chosen):
    assert _chosen("VSTESTCD", comparator, values) == chosen


@pytest.mark.parametrize(("variable", "comparator", "values", "chosen"), [
    ("VISITNUM", "LT", ("2",), 3), ("VISITNUM", "LE", ("2",), 4), ("VISITNUM", "GT", ("1",), 1),
    ("VISITNUM", "GE", ("1.0",), 4), ("VSSTRESN", "NE", ("37",), 3), ("VSSTRESN", "LT", ("37",), 1),
    ("VSSTRESN", "EQ", ("",), 1), ("ADT", "GE", ("2025-03-02",), 1), ("ADT", "EQ", ("23801",), 2)])
def test_a_condition_on_numbers_and_dates_compares_them_as_such(variable, comparator, values, chosen):
    assert _chosen(variable, comparator, values) == chosen


def _chosen(variable, comparator, values) -> int:
    """How many records the condition selects: each is longer than the Length stated under it."""
    clause = WhereClauseDef("WC.X", (RangeCheck(f"IT.{variable}", comparator, values),))
    item = ItemDef("IT.X", "X", "X", Shape("text", 1))
    refs = (ItemRef("IT.X", 1, False, where=("WC.X",)),)
    stated = define({"VSTEST": {"values": "VL.X"}, "VSORRES": {"values": ""}})
    stated = replace(stated, items=(*stated.items, item), where_clauses=(clause,),
                     value_lists=(ValueListDef("VL.X", refs),))
    return sum(entry[0] == "length" for entry in judged(stated, table()))


def test_all_comparisons_of_a_clause_and_any_of_the_clauses_must_hold():
    both = WhereClauseDef("WC.TEMP", (RangeCheck("IT.VSTESTCD", "EQ", ("TEMP",)), RangeCheck("IT.USUBJID", "EQ", ("U01",))))
    stated = define({"IT.VSORRES.TEMP": {"shape": Shape("float", 1, 1)}}, where_clauses=(both, CLAUSES[1]))
    assert [entry[3] for entry in judged(stated, table()) if entry[0] == "length"] == ["36.5"]
    other = WhereClauseDef("WC.OTHER", (RangeCheck("IT.USUBJID", "EQ", ("U02",)), RangeCheck("IT.VSTESTCD", "EQ", ("TEMP",))))
    stated = define({"IT.VSORRES.TEMP": {"shape": Shape("float", 1, 1)}},
                    {"IT.VSORRES.TEMP": {"where": ("WC.TEMP", "WC.OTHER")}}, where_clauses=(both, other, CLAUSES[1]))
    assert [entry[3] for entry in judged(stated, table()) if entry[0] == "length"] == ["36.5", "37"]


def test_a_condition_on_another_dataset_is_looked_up_by_subject():
    dm_item = ItemDef("IT.DM.SEX", "SEX", "Label of SEX", Shape("text", 1))
    dm_subject = ItemDef("IT.DM.USUBJID", "USUBJID", "Label of USUBJID", Shape("text", 3))
    dm = ItemGroupDef("IG.DM", "DM", "Demographics", "Tabulation", "-", "SPECIAL PURPOSE", False,
                      (ItemRef("IT.DM.USUBJID", 1, True, 1), ItemRef("IT.DM.SEX", 2, False)), domain="DM")
    clause = WhereClauseDef("WC.TEMP", (RangeCheck("IT.DM.SEX", "EQ", ("F",)),))
    stated = define({"IT.VSORRES.TEMP": {"shape": Shape("text", 2)}}, where_clauses=(clause, CLAUSES[1]))
    stated = replace(stated, groups=(*stated.groups, dm), items=(*stated.items, dm_item, dm_subject))
    subjects = pd.DataFrame({"USUBJID": ["U01", "U03"], "SEX": ["F", "M"]}, dtype="str")
    variables = tuple(SimpleNamespace(name=name, label=f"Label of {name}", type="Char", length=1, format="")
                      for name in subjects)
    people = Table("DM", "Demographics", "SDTM", variables, subjects, "")
    assert [entry[3] for entry in judged(stated, table(), people) if entry[0] == "length"] == ["36.5"]
    twice = replace(people, frame=pd.concat([subjects, subjects], ignore_index=True))
    assert ("condition", "notice", "VSORRES", "IT.VSORRES.TEMP", "") in judged(stated, table(), twice)


@pytest.mark.parametrize("check", [
    RangeCheck("IT.NONE", "EQ", ("1",)), RangeCheck("IT.VSTESTCD", "LIKE", ("T",)), RangeCheck("IT.VISITNUM", "LT", ("x",)),
    RangeCheck("", "EQ", ())])
def test_a_condition_that_cannot_be_decided_is_named_and_judges_nothing(check):
    clause = WhereClauseDef("WC.TEMP", (check,))
    found = judged(define(where_clauses=(clause, CLAUSES[1])), table())
    assert [entry for entry in found if entry[1] != "notice"] == []
    assert check.comparator == "EQ" and not check.values or ("condition", "notice", "VSORRES", "IT.VSORRES.TEMP", "") in found


def test_values_that_two_definitions_speak_of_are_found():
    stated = define(where_clauses=(CLAUSES[0], replace(CLAUSES[1], checks=(RangeCheck("IT.VSTESTCD", "NE", ("",)),))))
    assert ("value_ambiguous", "warning", "VSORRES", "36.5", "USUBJID=U01 VSSEQ=1") in judged(stated, table())


def supplement(**labels) -> tuple[Define, Table]:
    names = ("USUBJID", "QNAM", "QLABEL", "QVAL")
    items = tuple(ItemDef(f"IT.{name}", name, f"Label of {name}", Shape("text", 20), values="VL" if name == "QVAL" else "")
                  for name in names)
    value = ItemDef("IT.QVAL.AEREL1", "AEREL1", "Related to Drug A", Shape("text", 1))
    clause = WhereClauseDef("WC.AEREL1", (RangeCheck("IT.QNAM", "EQ", ("AEREL1",)),))
    group = ItemGroupDef("IG.SUPPAE", "SUPPAE", "Supplemental Qualifiers for AE", "Tabulation", "-", "RELATIONSHIP", True,
                         tuple(ItemRef(item.oid, None, True, key) for key, item in enumerate(items, 1)), domain="AE")
    stated = replace(define(), groups=(group,), items=(*items, value), where_clauses=(clause,), codelists=(),
                     value_lists=(ValueListDef("VL", (ItemRef(value.oid, 1, True, where=(clause.oid,)),)),))
    frame = pd.DataFrame([("U01", "AEREL1", labels.get("label", "Related to Drug A"), "Y"),
                          ("U02", labels.get("name", "AEREL1"), "Related to Drug A", "N")], columns=names, dtype="str")
    variables = tuple(SimpleNamespace(name=name, label=f"Label of {name}", type="Char", length=20, format="") for name in names)
    return stated, Table("SUPPAE", "Supplemental Qualifiers for AE", "SDTM", variables, frame)


def test_a_qualifier_is_described_and_has_the_label_of_its_description():
    assert judged(*supplement()) == []
    assert judged(*supplement(label="Related")) == [
        ("qlabel", "error", "QLABEL", "Related", "USUBJID=U01 QNAM=AEREL1 QLABEL=Related QVAL=Y")]
    assert judged(*supplement(name="AEREL2")) == [
        ("value_undescribed", "error", "QNAM", "AEREL2", "USUBJID=U02 QNAM=AEREL2 QLABEL=Related to Drug A QVAL=N")]


def test_many_records_are_listed_up_to_a_number_and_then_counted():
    frame = pd.concat([frame_of().iloc[[0]]] * (LISTED + 5), ignore_index=True)
    frame["VSSEQ"] = frame["VISITNUM"] = np.arange(1.0, len(frame) + 1) % 9
    frame["VSDTC"] = "3/2025"
    found = [finding for finding in check_define_against_data(define(), {"VS": table(frame=frame)})
             if finding.rule == "define.data_iso8601"]
    assert len(found) == LISTED + 1
    assert found[-1].message == "the value is no date of ISO 8601 (and 5 more records)"


def test_a_finding_has_the_raw_record():
    frame = frame_of().assign(_record=["VS:1", "VS:2", "VS:3", "VS:4"])
    frame.loc[2, "VSDTC"] = "x"
    found = check_define_against_data(define(), {"VS": table(frame=frame)})
    assert [(finding.record, finding.value) for finding in found] == [("VS:3", "x")]


def test_an_item_that_nothing_defines_and_a_missing_key_break_nothing():
    (group,) = define().groups
    stated = define(groups=(replace(group, refs=(*group.refs, ItemRef("IT.none", 99, True, 4))),))
    assert judged(stated, table()) == []
    assert judged(define(), table(frame=frame_of().drop(columns="VSTESTCD")))[0] == (
        "variable_missing", "error", "VSTESTCD", "", "")


def test_a_required_variable_of_adam_with_nulls_is_not_called_mandatory(kit):
    adsl = kit.spec("ADSL", {"STUDYID": {"from": "DM.STUDYID"}, "USUBJID": {"from": "DM.USUBJID"}, "ARM": {"from": "DM.ARM"}})
    frame = kit.frame(adsl, [("S", "U1", "Drug A"), ("S", "U2", "")], "STUDYID USUBJID ARM")
    built = build_define(kit.source("ADaM", [(adsl, frame)]))
    assert {ref.item: ref.mandatory for ref in built.groups[0].refs} == {
        "IT.ADSL.STUDYID": True, "IT.ADSL.USUBJID": True, "IT.ADSL.ARM": False}


def test_a_variable_that_is_described_twice_breaks_nothing():
    (group,) = define().groups
    stated = define(groups=(replace(group, refs=(*group.refs, group.refs[0])),))
    assert judged(stated, table()) == []


@pytest.mark.parametrize("shown", ["8.", "12.2", "BEST12.", "$20.", "$CHAR8."])
def test_a_format_that_is_only_a_width_need_not_be_stated(shown):
    assert judged(define(), change_variable("VSSEQ", format=shown)) == []

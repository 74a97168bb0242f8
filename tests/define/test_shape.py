"""Laws of data types, lengths and decimals."""

import pytest

from define.shape import infer_shape
from specs import VariableSpec, VariableSummary


def shape_of(name="AETERM", type_="Char", summary=None, **facts):
    shape = infer_shape(VariableSpec(name=name, label="Label", type=type_, **facts), VariableSummary(**(summary or {})))
    return shape.data_type, shape.length, shape.digits


@pytest.mark.parametrize(("shapes", "data_type"), [
    ((10,), "date"), ((19,), "datetime"), ((7, 10), "partialDate"), ((4,), "partialDate"), ((16,), "partialDatetime"),
    ((10, 16), "partialDatetime"), ((10, 19), "partialDatetime"), ((9, 10), "incompleteDatetime"),
    ((5,), "incompleteDatetime"), ((), "incompleteDatetime")])
def test_a_dtc_has_the_narrowest_type_that_is_true_of_every_value(shapes, data_type):
    assert shape_of("AESTDTC", summary={"shapes": shapes, "max_bytes": 19}) == (data_type, None, None)


@pytest.mark.parametrize("name", ["AEDUR", "VSELTM", "QSEVLINT"])
def test_durations_are_iso_8601_durations(name):
    assert shape_of(name) == ("durationDatetime", None, None)


def test_a_text_is_as_long_as_the_specification_says_as_in_the_file():
    assert shape_of(length=20, summary={"max_bytes": 7}) == ("text", 20, None)


def test_a_text_is_else_as_long_as_its_longest_value_and_never_beyond_200():
    assert [shape_of(summary={"max_bytes": size})[1] for size in (0, 7, 200, 300)] == [1, 7, 200, 200]


def test_whole_numbers_are_integers_of_their_longest_value():
    assert shape_of("AESEQ", "Num", {"filled": 9, "max_bytes": 3}) == ("integer", 3, None)


def test_decimals_make_a_float_with_significant_digits():
    assert shape_of("AVAL", "Num", {"filled": 9, "max_bytes": 5, "decimals": 2}) == ("float", 5, 2)


def test_stated_decimals_widen_a_float():
    assert shape_of("AVAL", "Num", {"filled": 9, "max_bytes": 3, "decimals": 0}, digits=1) == ("float", 5, 1)
    assert shape_of("AVAL", "Num", {"filled": 9, "max_bytes": 4, "decimals": 1}, digits=3) == ("float", 6, 3)


def test_a_number_without_any_value_has_a_length():
    assert shape_of("AESOCCD", "Num") == ("integer", 8, None)


@pytest.mark.parametrize(("format_", "length"), [("DATE9.", 5), ("date9.", 5), ("E8601DA.", 5), ("DATETIME20.", 10),
                                                 ("E8601DT.", 10), ("TIME5.", 5)])
def test_a_sas_date_is_an_integer_with_a_display_format(format_, length):
    assert shape_of("ASTDT", "Num", {"filled": 1, "max_bytes": 8}, format=format_) == ("integer", length, None)


def test_a_format_that_is_no_date_leaves_the_number_as_it_is():
    assert shape_of("AVAL", "Num", {"filled": 1, "max_bytes": 4, "decimals": 1}, format="8.2") == ("float", 4, 1)


def test_length_is_stated_for_text_and_numbers_only_and_digits_for_floats(xml, adam_xml):
    for document in (xml, adam_xml):
        for item in document.all("//odm:ItemDef"):
            kind = item.get("DataType")
            assert ("Length" in item.attrib) == (kind in ("text", "integer", "float")), item.get("OID")
            assert ("SignificantDigits" in item.attrib) == (kind == "float"), item.get("OID")


def test_the_display_format_is_the_specifications(adam_xml):
    assert adam_xml.item("IT.ADSL.TRTSDT")["DisplayFormat"] == "DATE9."


def test_a_text_value_is_no_longer_than_its_variable_in_the_file(sdtm, changed, written):
    xml = written(changed(sdtm, "AE.AEREL1", length=20))
    assert xml.item("IT.SUPPAE.QVAL.AEREL1")["Length"] == xml.item("IT.SUPPAE.QVAL")["Length"] == "1"


def test_a_qualifier_has_its_own_length_and_type(kit, written):
    rules = {"AELONG": {"length": 4}, "AEOTH": {}, "AEFDTC": {}}
    ae = kit.spec("AE", {"STUDYID": {}, **{name: {"label": name, "type": "Char", "from": "X", "supp": True, **rule}
                                           for name, rule in rules.items()}})
    suppae = kit.supplement(ae)
    rows = [("AELONG", "Y"), ("AEOTH", "ten bytes."), ("AEFDTC", "2025-01")]
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S",)], "STUDYID")),
                                      (suppae, kit.frame(suppae, rows, "QNAM QVAL"))], {"SUPPAE": ae}))
    shapes = [(item["DataType"], item.get("Length")) for name in rules
              for item in [xml.item(f"IT.SUPPAE.QVAL.{name}")]]
    assert shapes == [("text", "4"), ("text", "10"), ("partialDate", None)]


@pytest.mark.parametrize(("digits", "value", "shape"), [
    (None, "1.25", ("text", "4", None)), (2, "1.25", ("float", "4", "2")), (0, "125", ("integer", "3", None)),
    (2, "", ("text", "1", None)), (2, "5", ("text", "1", None))])
def test_a_number_in_qval_is_called_one_where_its_decimals_are_stated(kit, written, digits, value, shape):
    ae = kit.spec("AE", {"STUDYID": {}, "AENUM": {"label": "Number", "type": "Num", "digits": digits, "supp": True}})
    suppae = kit.supplement(ae)
    rows = [("AENUM", value)] if value else []
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S",)], "STUDYID")),
                                      (suppae, kit.frame(suppae, rows, "QNAM QVAL"))], {"SUPPAE": ae}))
    item = xml.item("IT.SUPPAE.QVAL.AENUM")
    assert (item["DataType"], item["Length"], item.get("SignificantDigits")) == shape


def test_a_number_is_as_wide_as_its_widest_value(kit, written):
    advs = kit.spec("ADVS", {"STUDYID": {}, "PARAMCD": {}, "AVAL": {"derive": "d", "digits": 6}}, extends="BDS")
    frame = kit.frame(advs, [("S", "A", 1234.5), ("S", "B", 0.12345)], "STUDYID PARAMCD AVAL")
    xml = written(kit.source("ADaM", [(advs, frame)]))
    lengths = {oid: int(xml.item(f"IT.ADVS.AVAL{oid}")["Length"]) for oid in ("", ".A", ".B")}
    assert lengths[""] == max(lengths.values())


def test_a_result_in_text_that_is_always_a_number_is_described_as_one_by_its_test(xml):
    shapes = {test: {key: value for key, value in xml.item(f"IT.VS.VSORRES.{test}").items() if key in ("DataType", "Length", "SignificantDigits")}
              for test in ("SYSBP", "TEMP", "FRMSIZE")}
    assert shapes == {"SYSBP": {"DataType": "integer", "Length": "3"},
                      "TEMP": {"DataType": "float", "Length": "4", "SignificantDigits": "1"},
                      "FRMSIZE": {"DataType": "text", "Length": "6"}}
    assert xml.item("IT.VS.VSORRES")["DataType"] == "text"

"""Laws of codelists: which terms, in what order, with which codes, and what is marked as the study's own."""

from dataclasses import replace

import pytest

from define import check_define
from specs import Codelist, Term, standard_codelists


def terms(xml, oid):
    return xml.all(f"//odm:CodeList[@OID='{oid}']/*/@CodedValue")


@pytest.fixture
def coded(kit, written):
    """coded(codelist, values): the define of an AE whose AECAT uses the codelist and has the values."""
    def make(codelist, values, **rule):
        lists = {codelist.name: codelist} if isinstance(codelist, Codelist) else {}
        name = codelist.name if lists else codelist
        ae = kit.spec("AE", {"STUDYID": {}, "AECAT": {"derive": "d", "codelist": name, **rule}})
        frame = kit.frame(ae, [("S", value) for value in values], "STUDYID AECAT")
        return written(kit.source("SDTM", [(ae, frame)], codelists=lists))
    return make


def test_a_short_list_is_written_whole_in_its_own_order(coded):
    assert terms(coded("AESEV", ["SEVERE"]), "CL.AESEV") == ["MILD", "MODERATE", "SEVERE"]


def test_a_long_list_is_written_with_the_terms_in_use(coded):
    assert terms(coded("LOC", ["HEAD", "ARM", "HEAD"]), "CL.LOC") == ["ARM", "HEAD"]


def test_a_long_list_has_the_planned_terms_as_well(coded):
    xml = coded("LOC", ["HEAD"], map={"1": "HEAD", "2": "ARM"}, **{"from": "X"}, derive="")
    assert terms(xml, "CL.LOC") == ["ARM", "HEAD"]


def test_a_long_list_that_nothing_uses_is_not_written_and_nothing_refers_to_it(coded):
    xml = coded("LOC", [""])
    assert xml.all("//odm:CodeList | //odm:CodeListRef") == []


def test_the_terms_of_all_variables_come_together(kit, written):
    ae = kit.spec("AE", {"STUDYID": {}, "AELOC": {"derive": "d"}, "AECAT": {"derive": "d", "codelist": "LOC"}})
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S", "HEAD", "ARM")], "STUDYID AELOC AECAT"))]))
    assert terms(xml, "CL.LOC") == ["ARM", "HEAD"]


def test_a_cdisc_list_has_its_codes_and_its_standard(xml):
    at = "//odm:CodeList[@OID='CL.AESEV']"
    assert xml.get(at, "def:StandardOID") == "STD.CT.SDTM.2025-03-28"
    assert xml.get(f"{at}/odm:Alias", "Name") == "C66769"
    assert xml.all(f"{at}/*/odm:Alias/@Name") == ["C41338", "C41339", "C41340"]
    assert set(xml.all(f"{at}//odm:Alias/@Context")) == {"nci:ExtCodeID"}


def test_an_adam_list_belongs_to_the_adam_package(adam_xml):
    assert adam_xml.get("//odm:CodeList[@OID='CL.DATEFL']", "def:StandardOID") == "STD.CT.ADaM.2025-03-28"


def test_the_studys_own_list_is_marked_as_such(xml):
    at = "//odm:CodeList[@OID='CL.RELATED']"
    assert (xml.get(at, "def:IsNonStandard"), xml.get(at, "def:StandardOID")) == ("Yes", None)
    assert xml.all(f"{at}//odm:Alias") == []


def test_a_term_that_an_extensible_list_lacks_is_written_as_an_extension(xml):
    assert xml.get("//odm:CodeListItem[@CodedValue='LEFT ELBOW'] | //odm:EnumeratedItem[@CodedValue='LEFT ELBOW']",
                   "def:ExtendedValue") == "Yes"
    assert xml.all("//*[@CodedValue='LEFT ELBOW']/odm:Alias") == []


def test_a_term_that_a_closed_list_lacks_is_written_unmarked_and_reported(coded):
    xml = coded("AESEV", ["DREADFUL"])
    assert terms(xml, "CL.AESEV") == ["MILD", "MODERATE", "SEVERE", "DREADFUL"]
    assert xml.all("//*[@CodedValue='DREADFUL']/@*[local-name()='ExtendedValue']") == []
    assert [finding.value for finding in check_define(xml.path) if finding.rule == "define.CodeList_Term_Unmarked"] == [
        "CL.AESEV"]


def test_a_term_that_the_specification_puts_into_a_closed_list_is_an_extension_where_it_is_used(coded):
    race = standard_codelists()["RACE"]
    race = race.model_copy(update={"terms": {**race.terms, "MULTIPLE": Term(value="MULTIPLE")}})
    assert coded(race, ["MULTIPLE"]).get("//*[@CodedValue='MULTIPLE']", "def:ExtendedValue") == "Yes"
    assert "MULTIPLE" not in terms(coded(race, ["ASIAN"]), "CL.RACE")


def test_a_list_has_one_kind_of_item_and_every_decoded_item_a_decode(xml, adam_xml):
    for document in (xml, adam_xml):
        for codelist in document.all("//odm:CodeList"):
            kinds = {child.tag for child in codelist if "CodedValue" in child.attrib}
            assert len(kinds) == 1, codelist.get("OID")
        assert document.all("//odm:CodeListItem[not(odm:Decode/odm:TranslatedText/text())]") == []


def test_a_list_without_decodes_has_enumerated_items(coded):
    own = Codelist(name="OWN", label="Own", terms={value: Term(value=value) for value in ("B", "A")})
    xml = coded(own, ["A"])
    assert xml.all("//odm:EnumeratedItem/@CodedValue") == ["B", "A"]
    assert xml.all("//odm:CodeListItem") == []


def test_a_term_without_decode_among_decoded_ones_is_its_own_decode(coded):
    own = Codelist(name="OWN", label="Own", terms={"A": Term(value="A", decode="Alpha"), "B": Term(value="B")})
    texts = coded(own, ["A"]).all("//odm:CodeListItem/odm:Decode/odm:TranslatedText")
    assert [text.text for text in texts] == ["Alpha", "B"]


def test_a_decode_that_repeats_the_term_is_none(coded):
    own = Codelist(name="OWN", label="Own", terms={"A": Term(value="A", decode="a")})
    assert coded(own, ["A"]).all("//odm:CodeListItem") == []


def test_test_codes_are_decoded_with_the_names_of_the_specification(sdtm, changed, written):
    vs = next(spec for spec in sdtm.datasets if spec.name == "VS")
    tests = {**vs.tests, "SYSBP": vs.tests["SYSBP"].model_copy(update={"name": "Systolic Pressure"})}
    xml = written(changed(sdtm, "VS", tests=tests))
    assert xml.one("//odm:CodeList[@OID='CL.VSTESTCD']/*[@CodedValue='SYSBP']/odm:Decode/odm:TranslatedText").text == (
        "Systolic Pressure")


def test_planned_tests_without_data_are_listed(sdtm, kit, written):
    vs = next(spec for spec in sdtm.datasets if spec.name == "VS")
    empty = kit.source("SDTM", [(vs, kit.frame(vs, [], ""))]).summaries["VS"]
    xml = written(replace(sdtm, summaries={**sdtm.summaries, "VS": empty}))
    assert terms(xml, "CL.VSTESTCD") == ["FRMSIZE", "SYSBP", "TEMP"]


def test_parameters_and_qualifiers_have_lists_of_their_codes(xml, adam_xml):
    assert terms(adam_xml, "CL.ADVS.PARAMCD") == ["SYSBP", "TEMP"]
    assert terms(adam_xml, "CL.ADVS.PARAM") == ["Systolic Blood Pressure (mmHg)", "Temperature (C)"]
    assert (terms(adam_xml, "CL.ADVS.PARAMN"), adam_xml.get("//odm:CodeList[@OID='CL.ADVS.PARAMN']", "DataType")) == (
        ["1", "2"], "integer")
    assert terms(xml, "CL.SUPPAE.QNAM") == ["AEREL1", "AETRTEM", "AEDLT"]


def test_a_test_with_many_terms_has_the_list_of_its_variable(kit, written):
    units = ["mg", "g", "kg", "ug", "ng", "pg"]
    vs = kit.spec("VS", {"STUDYID": {}, "VSTESTCD": {}, "VSSTRESU": {"derive": "d", "codelist": "UNIT"}})
    rows = [("S", "A", unit) for unit in units] + [("S", "B", "mg")]
    xml = written(kit.source("SDTM", [(vs, kit.frame(vs, rows, "STUDYID VSTESTCD VSSTRESU"))]))
    lists = [xml.get(f"//odm:ItemDef[@OID='IT.VS.VSSTRESU.{test}']/odm:CodeListRef", "CodeListOID") for test in "AB"]
    assert lists == ["CL.UNIT", "CL.UNIT.mg"]


def test_a_list_serves_text_and_numbers_under_two_oids(kit, written):
    own = Codelist(name="GRADE", label="Grade", terms={value: Term(value=value) for value in ("1", "2")})
    adsl = kit.spec("ADSL", {"STUDYID": {}, "GRADEC": {"label": "Grade (C)", "type": "Char", "codelist": "GRADE"},
                             "GRADEN": {"label": "Grade (N)", "type": "Num", "codelist": "GRADE"}})
    source = kit.source("ADaM", [(adsl, kit.frame(adsl, [("S", "1", 1)], "STUDYID GRADEC GRADEN"))],
                        codelists={"GRADE": own})
    xml = written(source)
    types = {codelist.get("OID"): codelist.get("DataType") for codelist in xml.all("//odm:CodeList")}
    assert types == {"CL.GRADE": "text", "CL.GRADE.numeric": "integer"}


def test_a_list_of_numbers_alone_keeps_its_name(kit, written):
    own = Codelist(name="GRADE", label="Grade", terms={value: Term(value=value) for value in ("1", "2.5")})
    adsl = kit.spec("ADSL", {"STUDYID": {}, "GRADEN": {"label": "Grade (N)", "type": "Num", "codelist": "GRADE"}})
    xml = written(kit.source("ADaM", [(adsl, kit.frame(adsl, [("S", 1)], "STUDYID GRADEN"))], codelists={"GRADE": own}))
    assert xml.get("//odm:CodeList[@OID='CL.GRADE']", "DataType") == "float"


def test_names_of_codelists_are_unique(kit, written):
    lists = {name: Codelist(name=name, label="Same label", terms={"A": Term(value="A")}) for name in ("ONE", "TWO")}
    ae = kit.spec("AE", {"STUDYID": {}, "AECAT": {"derive": "d", "codelist": "ONE"},
                         "AESCAT": {"derive": "d", "codelist": "TWO"}})
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S", "A", "A")], "STUDYID AECAT AESCAT"))], codelists=lists))
    assert xml.all("//odm:CodeList/@Name") == ["Same label (ONE)", "Same label (TWO)"]


def test_terms_are_numbered_in_order(xml):
    for codelist in xml.all("//odm:CodeList"):
        numbers = [child.get("OrderNumber") for child in codelist if "CodedValue" in child.attrib]
        assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_the_list_of_a_qualifier_is_whole_where_its_values_are_not_known(sdtm, changed, written):
    xml = written(changed(sdtm, "AE.AEREL1", codelist="LOC"))
    assert len(terms(xml, "CL.LOC")) > 1000


def test_names_of_tests_need_no_decode_and_their_codes_have_the_names(xml):
    assert {term.tag.rpartition("}")[2] for term in xml.all("//odm:CodeList[@OID='CL.VSTEST']/*[@CodedValue]")} == {
        "EnumeratedItem"}
    decode = "//odm:CodeList[@OID='CL.VSTESTCD']/odm:CodeListItem[@CodedValue='TEMP']/odm:Decode/odm:TranslatedText"
    assert xml.one(decode).text == "Temperature"


def test_values_that_use_a_whole_list_refer_to_it_and_not_to_a_copy(sdtm, written, kit):
    rules = {"STUDYID": {}, "USUBJID": {}, "VSTESTCD": {}, "VSORRES": {"from": "X"}, "VSORRESU": {"codelist": "OURS"}}
    vs = kit.spec("VS", rules)
    ours = Codelist(name="OURS", label="Units", terms={"kg": Term(value="kg"), "g": Term(value="g")})
    frame = kit.frame(vs, [("S", "1", "WEIGHT", "80", "kg"), ("S", "2", "WEIGHT", "90", "g"), ("S", "1", "HEIGHT", "9", "g")],
                      "STUDYID USUBJID VSTESTCD VSORRES VSORRESU")
    xml = written(kit.source("SDTM", [(vs, frame)], codelists={"OURS": ours}))
    refs = {oid: xml.get(f"//odm:ItemDef[@OID='IT.VS.VSORRESU.{oid}']/odm:CodeListRef", "CodeListOID") for oid in ("WEIGHT", "HEIGHT")}
    assert refs == {"WEIGHT": "CL.OURS", "HEIGHT": "CL.OURS.g"}


def test_a_short_list_of_which_a_map_or_a_constant_states_every_term_has_no_other(coded):
    assert terms(coded("AESEV", ["MILD"], map={"1": "MILD", "2": "SEVERE"}), "CL.AESEV") == ["MILD", "SEVERE"]
    assert terms(coded("AESEV", ["MILD"], value="MILD", derive=""), "CL.AESEV") == ["MILD"]


def test_a_short_list_of_the_study_s_own_is_written_whole_whatever_a_map_states(coded):
    own = Codelist(name="OWN", label="Own", terms={value: Term(value=value) for value in ("A", "B")})
    assert terms(coded(own, ["A"], map={"1": "A"}), "CL.OWN") == ["A", "B"]


def test_a_text_of_blanks_is_no_term(coded):
    assert terms(coded("LOC", ["HEAD", "  "]), "CL.LOC") == ["HEAD"]

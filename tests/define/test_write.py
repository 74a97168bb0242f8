"""Laws of the define.xml that is written: order, keys, references, and what the standard wants where."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from define import check_define, copy_stylesheet, write_define
from define.build import VERSION
from define.check import _schema


def test_a_complete_define_has_no_finding(sdtm, adam, tmp_path):
    for source in (sdtm, adam):
        write_define(source, tmp_path / "define.xml")
        assert check_define(tmp_path / "define.xml") == []


def test_the_same_source_gives_the_same_bytes_whatever_the_order_of_its_datasets(sdtm, tmp_path):
    write_define(sdtm, tmp_path / "one.xml")
    write_define(replace(sdtm, datasets=sdtm.datasets[::-1], codelists=dict(reversed(sdtm.codelists.items()))),
                 tmp_path / "two.xml")
    assert (tmp_path / "one.xml").read_bytes() == (tmp_path / "two.xml").read_bytes()


def test_the_declaration_and_the_stylesheet_come_first(xml):
    lines = xml.path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "<?xml version='1.0' encoding='UTF-8'?>"
    assert lines[1] == '<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>'


def test_the_stylesheet_is_the_official_one_and_turns_the_define_into_html(xml):
    stylesheet = copy_stylesheet(xml.path.parent)
    assert stylesheet == xml.path.parent / "define2-1.xsl"
    html = etree.XSLT(etree.parse(stylesheet))(xml.root)
    assert "Adverse Events" in str(html)


def test_the_time_of_creation_is_the_studys_and_never_the_clock(xml):
    assert xml.root.get("CreationDateTime") == "2025-06-30T12:00:00"


@pytest.mark.parametrize(("created", "written_as"), [
    ("2025-06-30", "2025-06-30T00:00:00"), ("2025-06-30 09:15", "2025-06-30T09:15:00"),
    ("2025-06-30T09:15:00+02:00", "2025-06-30T09:15:00+02:00")])
def test_a_date_of_creation_without_time_is_midnight(adam, written, created, written_as):
    facts = adam.facts.model_copy(update={"created": created})
    assert written(replace(adam, facts=facts)).root.get("CreationDateTime") == written_as


def test_the_context_is_a_submission_and_the_header_fixed(xml):
    assert xml.get("/odm:ODM", "def:Context") == "Submission"
    assert (xml.root.get("ODMVersion"), xml.root.get("FileType")) == ("1.3.2", "Snapshot")
    assert xml.get("//odm:MetaDataVersion", "def:DefineVersion").startswith("2.1.")


def test_the_study_is_named(xml):
    texts = [xml.one(f"//odm:{name}").text for name in ("StudyName", "StudyDescription", "ProtocolName")]
    assert texts == ["DEMO-01", "Demo", "Protocol DEMO-01"]


def test_synthetic_data_say_so(adam, written):
    facts = adam.facts.model_copy(update={"synthetic": True})
    assert "synthetic" in written(replace(adam, facts=facts)).get("//odm:MetaDataVersion", "Description")


def test_the_children_of_the_version_stand_in_the_order_of_the_standard(xml):
    names = [etree.QName(child).localname for child in xml.one("//odm:MetaDataVersion")]
    assert list(dict.fromkeys(names)) == ["Standards", "AnnotatedCRF", "ValueListDef", "WhereClauseDef", "ItemGroupDef",
                                          "ItemDef", "CodeList", "MethodDef", "CommentDef", "leaf"]


def test_standards_are_those_that_something_refers_to(xml, adam_xml):
    assert xml.all("//def:Standard/@OID") == ["STD.SDTMIG.3.4", "STD.CT.SDTM.2025-03-28"]
    assert adam_xml.all("//def:Standard/@OID") == ["STD.ADaM-OCCDSIG.1.1", "STD.ADaMIG.1.3", "STD.CT.ADaM.2025-03-28",
                                                   "STD.CT.SDTM.2025-03-28"]


def test_only_terminology_has_a_publishing_set(adam_xml):
    sets = [(standard.get("Type"), standard.get("PublishingSet")) for standard in adam_xml.all("//def:Standard")]
    assert sets == [("IG", None), ("IG", None), ("CT", "ADaM"), ("CT", "SDTM")]


def test_sdtm_datasets_are_ordered_by_class_and_adam_has_adsl_first(xml, adam_xml):
    assert xml.all("//odm:ItemGroupDef/@Name") == ["TA", "AE", "VS", "SUPPAE"]
    assert adam_xml.all("//odm:ItemGroupDef/@Name") == ["ADSL", "ADAE", "ADVS"]


def test_a_dataset_says_what_it_is(xml, adam_xml):
    wanted = {"OID": "IG.AE", "Name": "AE", "Repeating": "Yes", "IsReferenceData": "No", "SASDatasetName": "AE",
              "Domain": "AE", "Purpose": "Tabulation"}
    assert wanted.items() <= dict(xml.one("//odm:ItemGroupDef[@Name='AE']").items()).items()
    assert adam_xml.get("//odm:ItemGroupDef[@Name='ADSL']", "Purpose") == "Analysis"
    assert adam_xml.get("//odm:ItemGroupDef[@Name='ADSL']", "Domain") is None


@pytest.mark.parametrize(("dataset", "repeating", "reference"), [("TA", "No", "Yes"), ("AE", "Yes", "No")])
def test_reference_data_do_not_repeat(xml, dataset, repeating, reference):
    group = xml.one(f"//odm:ItemGroupDef[@Name='{dataset}']")
    assert (group.get("Repeating"), group.get("IsReferenceData")) == (repeating, reference)


def test_one_record_per_subject_does_not_repeat(adam_xml):
    assert adam_xml.get("//odm:ItemGroupDef[@Name='ADSL']", "Repeating") == "No"


def test_class_and_subclass_are_stated(adam_xml):
    assert adam_xml.get("//odm:ItemGroupDef[@Name='ADAE']/def:Class", "Name") == "OCCURRENCE DATA STRUCTURE"
    assert adam_xml.get("//odm:ItemGroupDef[@Name='ADAE']/def:Class/def:SubClass", "Name") == "ADVERSE EVENT"


def test_the_file_of_a_dataset_is_its_name_in_lower_case(xml):
    leaf = xml.one("//odm:ItemGroupDef[@Name='SUPPAE']/def:leaf")
    assert leaf.get("{http://www.w3.org/1999/xlink}href") == "suppae.xpt"
    assert xml.get("//odm:ItemGroupDef[@Name='SUPPAE']", "def:ArchiveLocationID") == leaf.get("ID") == "LF.SUPPAE"


def test_a_supplement_belongs_to_its_domain_and_carries_its_label(xml):
    group = xml.one("//odm:ItemGroupDef[@Name='SUPPAE']")
    alias = xml.one("//odm:ItemGroupDef[@Name='SUPPAE']/odm:Alias")
    assert (group.get("Domain"), alias.get("Context"), alias.get("Name")) == ("AE", "DomainDescription",
                                                                              "Adverse Events")


def test_keys_are_numbered_in_the_order_of_the_specification(xml):
    keys = {ref.get("ItemOID"): ref.get("KeySequence") for ref in xml.all("//odm:ItemGroupDef[@Name='AE']/odm:ItemRef")
            if ref.get("KeySequence")}
    assert keys == {"IT.AE.STUDYID": "1", "IT.AE.USUBJID": "2", "IT.AE.AETERM": "3", "IT.AE.AESTDTC": "4"}


def test_a_key_that_is_no_variable_of_the_dataset_leaves_no_gap(sdtm, changed, written):
    xml = written(changed(sdtm, "AE", keys=("STUDYID", "AEREL1", "NOTHING", "USUBJID", "STUDYID")))
    assert xml.all("//odm:ItemGroupDef[@Name='AE']/odm:ItemRef/@KeySequence") == ["1", "2"]


def test_variables_are_numbered_in_the_order_of_the_dataset(xml, sdtm):
    refs = xml.all("//odm:ItemGroupDef[@Name='AE']/odm:ItemRef")
    ae = next(spec for spec in sdtm.datasets if spec.name == "AE")
    assert [ref.get("ItemOID") for ref in refs] == [f"IT.AE.{variable.name}" for variable in ae.columns]
    assert [ref.get("OrderNumber") for ref in refs] == [str(number) for number in range(1, len(refs) + 1)]


def test_required_variables_are_mandatory_and_no_others(xml, adam_xml):
    mandatory = xml.all("//odm:ItemGroupDef[@Name='AE']/odm:ItemRef[@Mandatory='Yes']/@ItemOID")
    assert mandatory == [f"IT.AE.{name}" for name in ("STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AETERM", "AEDECOD")]
    assert adam_xml.get("//odm:ItemRef[@ItemOID='IT.ADSL.AGE']", "Mandatory") == "Yes"
    assert adam_xml.get("//odm:ItemRef[@ItemOID='IT.ADSL.SAFFL']", "Mandatory") == "No"


def test_sdtm_variables_have_their_role_and_adam_variables_none(xml, adam_xml):
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AETERM']", "Role") == "Topic"
    assert adam_xml.all("//odm:ItemRef/@Role") == []


def test_an_analysis_variable_has_no_role_even_where_its_specification_states_one(adam, changed, written):
    assert written(changed(adam, "ADSL.AGE", role="Topic")).all("//odm:ItemRef/@Role") == []


def test_a_variable_without_any_value_has_no_data_and_a_comment(xml):
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AESOCCD']", "def:HasNoData") == "Yes"
    oid = xml.get("//odm:ItemDef[@OID='IT.AE.AESOCCD']", "def:CommentOID")
    assert "neither collects nor derives" in "".join(xml.one(f"//def:CommentDef[@OID='{oid}']").itertext())


def test_a_dataset_without_records_has_no_file_and_a_comment(sdtm, written, kit):
    spec = next(spec for spec in sdtm.datasets if spec.name == "VS")
    empty = kit.source("SDTM", [(spec, kit.frame(spec, [], ""))]).summaries["VS"]
    xml = written(replace(sdtm, summaries={**sdtm.summaries, "VS": empty}))
    group = xml.one("//odm:ItemGroupDef[@Name='VS']")
    assert xml.get("//odm:ItemGroupDef[@Name='VS']", "def:HasNoData") == "Yes"
    assert xml.get("//odm:ItemGroupDef[@Name='VS']", "def:ArchiveLocationID") is None
    assert xml.get("//odm:ItemGroupDef[@Name='VS']", "def:CommentOID") == "COM.VS"
    assert group.find("{*}leaf") is None
    assert check_define(xml.path) == []


def test_a_label_is_the_description_of_dataset_and_variable(xml):
    texts = [xml.one(f"//odm:{kind}[@OID='{oid}']/odm:Description/odm:TranslatedText").text
             for kind, oid in (("ItemGroupDef", "IG.AE"), ("ItemDef", "IT.AE.AESEV"))]
    assert texts == ["Adverse Events", "Severity/Intensity"]


def test_a_derived_variable_has_the_words_of_its_method(sdtm, changed, written):
    source = replace(sdtm, methods={**sdtm.methods, ("AE", "AESTDY"): "Days from\n    the first dose."})
    xml = written(source)
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AESTDY']", "MethodOID") == "MT.derive_study_day"
    method = xml.one("//odm:MethodDef[@OID='MT.derive_study_day']")
    assert (method.get("Type"), "".join(method.itertext()).strip()) == ("Computation", "Days from the first dose.")


def test_the_specifications_own_wording_of_a_method_wins(sdtm, changed, written):
    xml = written(changed(sdtm, "AE.AESTDY", method="As agreed in the plan."))
    assert "".join(xml.one("//odm:MethodDef[@OID='MT.AE.AESTDY']").itertext()).strip() == "As agreed in the plan."


def test_a_method_that_fills_in_is_an_imputation_and_its_flag_a_computation(adam_xml):
    types = {oid: adam_xml.get(f"//odm:MethodDef[@OID='{oid}']", "Type") for oid in ("MT.ADAE.ASTDT", "MT.ADAE.ASTDTF")}
    assert types == {"MT.ADAE.ASTDT": "Imputation", "MT.ADAE.ASTDTF": "Computation"}


def test_a_collected_variable_has_no_method_even_where_a_text_is_handed_over(sdtm, written):
    xml = written(replace(sdtm, methods={**sdtm.methods, ("AE", "AETERM"): "unused"}))
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AETERM']", "MethodOID") is None
    assert xml.all("//odm:MethodDef[@OID='MT.AE.AETERM']") == []


def test_supplements_have_the_methods_of_their_domain(xml):
    assert xml.get("//odm:ItemRef[@ItemOID='IT.SUPPAE.QVAL.AETRTEM']", "MethodOID") == "MT.derive_trtem"


def test_a_supplement_has_its_identifiers_from_its_domain(sdtm, written):
    methods = {place: text for place, text in sdtm.methods.items() if place[0] != "SUPPAE"}
    xml = written(replace(sdtm, methods={**methods, ("AE", "USUBJID"): "Site and subject."}))
    method = xml.get("//odm:ItemRef[@ItemOID='IT.SUPPAE.USUBJID']", "MethodOID")
    assert "".join(xml.one(f"//odm:MethodDef[@OID='{method}']").itertext()).strip() == "Site and subject."


def test_a_comment_of_the_specification_is_written(xml):
    assert xml.get("//odm:ItemDef[@OID='IT.AE.AEBODSYS']", "def:CommentOID") == "COM.AE.AEBODSYS"
    assert "primary path" in "".join(xml.one("//def:CommentDef[@OID='COM.AE.AEBODSYS']").itertext())


def test_a_comment_on_a_dataset_is_written(sdtm, changed, written):
    xml = written(changed(sdtm, "AE", comment="Only after consent."))
    assert xml.get("//odm:ItemGroupDef[@Name='AE']", "def:CommentOID") == "COM.AE"


def test_a_comment_of_blanks_is_none(sdtm, changed, written):
    assert check_define(written(changed(changed(sdtm, "AE", comment="  "), "AE.AETERM", comment=" \n")).path) == []


def test_a_dictionary_of_unknown_version_is_a_comment_and_no_external_codelist(xml):
    oid = xml.get("//odm:ItemDef[@OID='IT.AE.AEDECOD']", "def:CommentOID")
    assert "MedDRA" in "".join(xml.one(f"//def:CommentDef[@OID='{oid}']").itertext())
    assert xml.all("//odm:ExternalCodeList") == []


def test_several_remarks_on_a_variable_are_one_comment_of_its_own(xml):
    assert xml.get("//odm:ItemDef[@OID='IT.AE.AESOCCD']", "def:CommentOID") == "COM.AE.AESOCCD"
    text = "".join(xml.one("//def:CommentDef[@OID='COM.AE.AESOCCD']").itertext())
    assert "MedDRA" in text
    assert "neither collects" in text


def test_remarks_that_many_variables_share_are_one_comment(xml):
    texts = ["".join(comment.itertext()) for comment in xml.all("//def:CommentDef")]
    assert len(texts) == len(set(texts))


def test_qualifiers_are_listed_by_qnam_even_without_a_value(xml):
    refs = xml.all("//def:ValueListDef[@OID='VL.SUPPAE.QVAL']/odm:ItemRef")
    assert [ref.get("ItemOID") for ref in refs] == [f"IT.SUPPAE.QVAL.{name}" for name in ("AEREL1", "AETRTEM", "AEDLT")]
    assert refs[2].get("{http://www.cdisc.org/ns/def/v2.1}HasNoData") == "Yes"
    assert xml.get("//odm:ItemDef[@OID='IT.SUPPAE.QVAL']/def:ValueListRef", "ValueListOID") == "VL.SUPPAE.QVAL"


def test_a_qualifier_has_its_label_origin_and_length_and_qval_itself_no_origin(xml):
    item = "//odm:ItemDef[@OID='IT.SUPPAE.QVAL.AETRTEM']"
    assert xml.one(f"{item}/odm:Description/odm:TranslatedText").text == "Treatment Emergent Flag"
    assert (xml.get(f"{item}/def:Origin", "Type"), xml.get(item, "Length")) == ("Derived", "1")
    assert xml.all("//odm:ItemDef[@OID='IT.SUPPAE.QVAL']/def:Origin") == []


def test_a_qualifier_in_the_data_that_the_specification_lacks_is_listed_too(sdtm, written, changed):
    parents = {"SUPPAE": sdtm.parents["SUPPAE"].model_copy(update={"variables": {
        name: variable for name, variable in sdtm.parents["SUPPAE"].variables.items() if name != "AETRTEM"}})}
    xml = written(replace(sdtm, parents=parents))
    assert xml.get("//odm:ItemDef[@OID='IT.SUPPAE.QVAL.AETRTEM']", "Name") == "AETRTEM"
    assert "define.ItemDef_Origin_Missing" in {finding.rule for finding in check_define(xml.path)}


def test_a_where_clause_is_complete(xml):
    clause = xml.one("//def:WhereClauseDef[@OID='WC.VS.VSTESTCD.SYSBP']/odm:RangeCheck")
    assert dict(clause.items()) == {"Comparator": "EQ", "SoftHard": "Soft",
                                    "{http://www.cdisc.org/ns/def/v2.1}ItemOID": "IT.VS.VSTESTCD"}
    assert [value.text for value in clause] == ["SYSBP"]


def test_a_where_clause_is_shared_by_the_results_of_a_test(xml):
    assert len(xml.all("//def:WhereClauseRef[@WhereClauseOID='WC.VS.VSTESTCD.SYSBP']")) > 1
    assert len(xml.all("//def:WhereClauseDef[@OID='WC.VS.VSTESTCD.SYSBP']")) == 1


def test_results_have_values_where_type_length_decimals_or_units_differ(xml, adam_xml):
    assert xml.item("IT.VS.VSSTRESN.SYSBP")["DataType"] == "integer"
    assert xml.item("IT.VS.VSSTRESN.TEMP")["DataType"] == "float"
    assert adam_xml.all("//def:ValueListDef[@OID='VL.ADVS.AVAL']/odm:ItemRef/@ItemOID") == [
        "IT.ADVS.AVAL.SYSBP", "IT.ADVS.AVAL.TEMP"]


def test_results_that_do_not_differ_have_no_values(kit, written):
    vs = kit.spec("VS", {"STUDYID": {}, "USUBJID": {}, "VSTESTCD": {}, "VSORRES": {"from": "X", "pages": "1"}})
    frame = kit.frame(vs, [("S", "1", "SYSBP", "120"), ("S", "1", "DIABP", "080")], "STUDYID USUBJID VSTESTCD VSORRES")
    assert written(kit.source("SDTM", [(vs, frame)])).all("//def:ValueListDef") == []


def test_a_test_without_a_value_is_no_value_of_the_result(xml):
    assert xml.all("//def:ValueListDef[@OID='VL.VS.VSSTRESN']/odm:ItemRef/@ItemOID") == [
        "IT.VS.VSSTRESN.SYSBP", "IT.VS.VSSTRESN.TEMP"]


def test_units_alone_make_results_differ(kit, written):
    rules = {"STUDYID": {}, "USUBJID": {}, "VSTESTCD": {}, "VSSTRESN": {"derive": "d"}, "VSSTRESU": {"derive": "d"}}
    vs = kit.spec("VS", rules)
    frame = kit.frame(vs, [("S", "1", "WEIGHT", 80, "kg"), ("S", "1", "HEIGHT", 90, "cm")],
                      "STUDYID USUBJID VSTESTCD VSSTRESN VSSTRESU")
    xml = written(kit.source("SDTM", [(vs, frame)]))
    texts = xml.all("//odm:ItemDef[contains(@OID, 'VSSTRESN.')]/odm:Description/odm:TranslatedText")
    assert [text.text for text in texts] == ["Height (cm)", "Weight (kg)"]


def test_a_value_of_a_result_says_what_differs_and_inherits_its_origin(xml):
    assert xml.all("//odm:ItemDef[@OID='IT.VS.VSSTRESN.TEMP']/def:Origin") == []
    assert xml.all("//odm:ItemDef[@OID='IT.VS.VSSTRESN']/def:Origin/@Type") == ["Derived"]


def test_a_test_has_the_units_it_uses(xml):
    codelist = xml.get("//odm:ItemDef[@OID='IT.VS.VSORRESU.TEMP']/odm:CodeListRef", "CodeListOID")
    assert xml.all(f"//odm:CodeList[@OID='{codelist}']/*/@CodedValue") == ["F"]


def test_no_variable_is_shorter_than_its_values(xml, adam_xml):
    for document in (xml, adam_xml):
        rules = {finding.rule for finding in check_define(document.path)}
        assert "define.ItemDef_Length_Value" not in rules


def test_oids_are_unique_and_made_by_rule(xml):
    oids = xml.all("//odm:MetaDataVersion//@OID")
    assert len(oids) == len(set(oids))
    assert {"IG.AE", "IT.AE.AESEV", "CL.AESEV", "MT.derive_study_day", "VL.VS.VSORRES", "WC.VS.VSTESTCD.TEMP"} <= set(oids)


def test_nothing_is_defined_that_is_not_referenced(xml, adam_xml):
    for document in (xml, adam_xml):
        assert not [finding for finding in check_define(document.path) if "Not_Referenced" in finding.rule]


def test_markup_and_odd_characters_are_text(sdtm, changed, written):
    label = "<b>&\"'\u00e9\u4e2d</b>"
    xml = written(changed(sdtm, "AE.AETERM", label=label))
    assert xml.one("//odm:ItemDef[@OID='IT.AE.AETERM']/odm:Description/odm:TranslatedText").text == label


@pytest.mark.parametrize(("character", "shown"), [("\x00", "[U+0000]"), ("\x1b", "[U+001B]"), ("\ufffe", "[U+FFFE]"),
                                                  ("\udc80", "[U+DC80]")])
def test_a_character_that_xml_forbids_is_shown_as_its_code_and_reported(sdtm, changed, written, character, shown):
    xml = written(changed(sdtm, "AE.AETERM", comment=f"before{character}after"))
    assert f"before{shown}after" in xml.path.read_text(encoding="utf-8")
    assert {finding.rule for finding in check_define(xml.path)} == {"define.Forbidden_Character"}


def test_a_forbidden_character_in_an_attribute_is_shown_too(sdtm, changed, written):
    xml = written(changed(sdtm, "AE.AETERM", role="Topic\x07"))
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AETERM']", "Role") == "Topic[U+0007]"


def test_a_test_code_that_sas_cannot_have_as_a_name_is_written_without_one(kit, written):
    rules = {"STUDYID": {}, "USUBJID": {}, "VSTESTCD": {}, "VSORRES": {"from": "X"}}
    vs = kit.spec("VS", rules)
    frame = kit.frame(vs, [("S", "1", "1 odd/<code>", "12"), ("S", "1", "WEIGHT", "1")],
                      "STUDYID USUBJID VSTESTCD VSORRES")
    xml = written(kit.source("SDTM", [(vs, frame)]))
    assert _schema().validate(xml.root)
    assert "SASFieldName" not in xml.item("IT.VS.VSORRES.1-odd/<code>")


def test_writing_leaves_nothing_but_the_file(sdtm, tmp_path: Path):
    write_define(sdtm, tmp_path / "define.xml")
    assert [path.name for path in tmp_path.iterdir()] == ["define.xml"]


def test_a_required_analysis_variable_with_a_null_is_not_mandatory_but_a_tabulation_variable_is(kit, written):
    adsl = kit.spec("ADSL", {"STUDYID": {"from": "DM.STUDYID"}, "USUBJID": {"from": "DM.USUBJID"}, "AGE": {"from": "DM.AGE"}})
    frame = kit.frame(adsl, [("S", "1", 64), ("S", "2", None)], "STUDYID USUBJID AGE")
    xml = written(kit.source("ADaM", [(adsl, frame)]))
    assert xml.all("//odm:ItemGroupDef/odm:ItemRef[@Mandatory='Yes']/@ItemOID") == ["IT.ADSL.STUDYID", "IT.ADSL.USUBJID"]
    ae = kit.spec("AE", {"STUDYID": {}, "AETERM": {"from": "X"}})
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S", "RASH"), ("S", "")], "STUDYID AETERM"))]))
    assert xml.get("//odm:ItemRef[@ItemOID='IT.AE.AETERM']", "Mandatory") == "Yes"


def test_the_header_names_the_version_of_the_program():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION

"""The 55 points of the Define-XML 2.1 checklist (its numbers and names), on a define.xml of SDTM and one of ADaM."""

import re
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pyreadstat
import pytest

from cdisckit.build import xpt_columns
from define import check_define, copy_stylesheet, write_define
from define.check import _schema
from define.model import LeafDef, Program
from specs.model import DictionarySpec, DisplaySpec
from transport import XptWriter

DEF, XLINK = "{http://www.cdisc.org/ns/def/v2.1}", "{http://www.w3.org/1999/xlink}"
DICTIONARIES = {"MedDRA": DictionarySpec(version="28.0", href="https://www.meddra.org")}
DISPLAYS = {"PRESSURE": DisplaySpec.model_validate({"name": "Table 1", "title": "Blood pressure", "results": {
    "MEAN": {"title": "Mean of blood pressure", "reason": "SPECIFIED IN SAP", "purpose": "SECONDARY OUTCOME MEASURE",
             "datasets": {"ADVS": {"where": {"PARAMCD": "SYSBP"}, "variables": ["AVAL"]},
                          "ADSL": {"where": {"SAFFL": "Y"}, "variables": ["TRT01P"]}},
             "join": "By subject.", "documentation": "The mean of all values.", "program": "adam.x.compute_mean"}}})}
PROGRAM = Program("adam.x.compute_mean", "def compute_mean(values):\n    return values.mean()")


def write_data(data, source, folder):
    for spec, frame in data:
        columns = xpt_columns(spec, source.summaries[spec.name])
        with XptWriter(folder / f"{spec.name.lower()}.xpt", spec.name, spec.label, columns,
                       datetime(2025, 6, 30)) as writer:
            writer.append(frame[[column.name for column in columns]])


@pytest.fixture
def study(kit, sdtm, adam, written, tmp_path):
    """Both documents, in folders with their stylesheet and their datasets."""
    facts = sdtm.facts.model_copy(update={"dictionaries": DICTIONARIES, "sponsor": "Sponsor", "cutoff": "2025-06-30"})
    guide = LeafDef("LF.csdrg", "csdrg.pdf", "Reviewer's Guide")
    sources = {"sdtm": replace(sdtm, facts=facts, guides=(guide,)),
               "adam": replace(adam, facts=facts, displays=DISPLAYS, result_programs={PROGRAM.name: PROGRAM})}
    made = {}
    for model, data in (("sdtm", kit.sdtm_data()), ("adam", kit.adam_data())):
        folder = tmp_path / model
        folder.mkdir()
        copy_stylesheet(folder)
        write_data(data, sources[model], folder)
        write_define(sources[model], folder / "define.xml")
        for document in ("acrf.pdf", "csdrg.pdf"):
            (folder / document).touch()
        made[model] = type(written(sources[model]))(folder / "define.xml")
    return SimpleNamespace(**made, both=list(made.values()), data={"sdtm": kit.sdtm_data(), "adam": kit.adam_data()},
                           sources=sources)


def values(document, path):
    return [str(found) for found in document.all(path)]


def rules(document):
    return {finding.rule for finding in check_define(document.path, document.path.parent)}


def test_all_points_together_leave_no_finding_but_the_schema_and_every_published_check(study):
    assert [rules(document) for document in study.both] == [set(), set()]


def test_01_header_utf8_and_stylesheet_beside_the_file(study):
    lines = study.sdtm.path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "<?xml version='1.0' encoding='UTF-8'?>"
    href = re.search(r'href="([^"]+)"', lines[1])[1]
    assert "/" not in href and (study.sdtm.path.parent / href).is_file()


def test_02_odm_version_and_file_type_are_fixed(study):
    assert [(d.root.get("ODMVersion"), d.root.get("FileType")) for d in study.both] == [("1.3.2", "Snapshot")] * 2


def test_03_file_oid_creation_time_and_context(study):
    for document in study.both:
        assert document.root.get("FileOID") and document.root.get(f"{DEF}Context") == "Submission"
        assert datetime.fromisoformat(document.root.get("CreationDateTime"))


def test_04_the_header_says_who_made_it_and_the_time_the_data_stand_for(study):
    header = study.sdtm.root
    assert (header.get("Originator"), header.get("SourceSystem")) == ("Sponsor", "cdisckit")
    assert re.fullmatch(r"\d+\.\d+\.\d+", header.get("SourceSystemVersion"))
    assert header.get("AsOfDateTime") == "2025-06-30T00:00:00"


def test_05_one_study_with_one_version_and_no_other_part(study):
    for document in study.both:
        assert (len(document.all("/odm:ODM/*")), len(document.all("//odm:Study/odm:MetaDataVersion"))) == (1, 1)


def test_06_define_version_is_2_1_n(study):
    assert all(re.fullmatch(r"2\.1\.\d+", d.get("//odm:MetaDataVersion", "def:DefineVersion")) for d in study.both)


def test_07_standards_by_name_type_and_status(study):
    assert values(study.adam, "//def:Standard/@Name") == ["ADaM-OCCDSIG", "ADaMIG", "CDISC/NCI", "CDISC/NCI"]
    assert set(values(study.adam, "//def:Standard/@Status")) == {"Final"}
    assert set(values(study.sdtm, "//def:Standard/@Type")) == {"IG", "CT"}


def test_08_publishing_set_for_terminology_only(study):
    for document in study.both:
        assert all((one.get("Type") == "CT") == ("PublishingSet" in one.attrib) for one in document.all("//def:Standard"))


def test_09_every_standard_is_referenced(study):
    for document in study.both:
        assert set(values(document, "//def:Standard/@OID")) == set(values(document, "//@def:StandardOID"))


def test_10_the_annotated_crf_resolves_to_a_leaf(study):
    assert study.sdtm.get("//def:AnnotatedCRF/def:DocumentRef", "leafID") in values(
        study.sdtm, "//odm:MetaDataVersion/def:leaf/@ID")


def test_11_the_guide_is_a_supplemental_document_only_where_there_is_one(study):
    assert values(study.sdtm, "//def:SupplementalDoc/def:DocumentRef/@leafID") == ["LF.csdrg"]
    assert study.adam.all("//def:SupplementalDoc") == []


def test_12_the_parts_stand_in_the_order_of_the_schema(study):
    for document in study.both:
        assert _schema().validate(document.root)


def test_13_dataset_names_and_domains(study):
    groups = {g.get("Name"): g.get("Domain") for g in study.sdtm.all("//odm:ItemGroupDef")}
    assert groups == {"TA": "TA", "AE": "AE", "VS": "VS", "SUPPAE": "AE"}
    assert values(study.adam, "//odm:ItemGroupDef/@Domain") == []
    assert values(study.sdtm, "//odm:ItemGroupDef/@SASDatasetName") == list(groups)


def test_14_purpose_repeating_and_reference_data(study):
    assert set(values(study.sdtm, "//@Purpose")) == {"Tabulation"} and set(values(study.adam, "//@Purpose")) == {"Analysis"}
    facts = {g.get("Name"): (g.get("Repeating"), g.get("IsReferenceData")) for d in study.both
             for g in d.all("//odm:ItemGroupDef")}
    assert (facts["TA"], facts["AE"], facts["ADSL"]) == (("No", "Yes"), ("Yes", "No"), ("No", "No"))


def test_15_every_dataset_has_its_structure(study):
    assert all(all(values(d, "//odm:ItemGroupDef/@def:Structure")) for d in study.both)


def test_16_class_and_subclass(study):
    assert values(study.sdtm, "//def:Class/@Name") == ["TRIAL DESIGN", "EVENTS", "FINDINGS", "RELATIONSHIP"]
    assert values(study.adam, "//odm:ItemGroupDef[@Name='ADAE']//def:SubClass/@Name") == ["ADVERSE EVENT"]


def test_17_a_dataset_has_a_standard_or_is_non_standard(study):
    for document in study.both:
        assert document.all("//odm:ItemGroupDef[boolean(@def:StandardOID) = boolean(@def:IsNonStandard)]") == []


def test_18_a_dataset_without_data_has_a_comment_and_no_file(study, kit, written):
    source = study.sources["sdtm"]
    vs = next(spec for spec in source.datasets if spec.name == "VS")
    empty = kit.source("SDTM", [(vs, kit.frame(vs, [], ""))]).summaries["VS"]
    made = written(replace(source, summaries={**source.summaries, "VS": empty}))
    group = made.one("//odm:ItemGroupDef[@Name='VS']")
    assert group.get(f"{DEF}HasNoData") == "Yes" and group.get(f"{DEF}CommentOID")
    assert group.get(f"{DEF}ArchiveLocationID") is None and group.find(f"{DEF}leaf") is None


def test_19_the_file_is_the_name_in_lower_case_and_is_there(study):
    for document in study.both:
        for group in document.all("//odm:ItemGroupDef"):
            leaf = group.find(f"{DEF}leaf")
            assert group.get(f"{DEF}ArchiveLocationID") == leaf.get("ID")
            assert leaf.get(f"{XLINK}href") == f"{group.get('Name').lower()}.xpt"
            assert (document.path.parent / leaf.get(f"{XLINK}href")).is_file()


def described(element):
    return element.find("{*}Description/{*}TranslatedText").text


def test_20_the_label_of_a_dataset_is_that_of_its_file(study):
    for document in study.both:
        for group in document.all("//odm:ItemGroupDef"):
            _, meta = pyreadstat.read_xport(document.path.parent / f"{group.get('Name').lower()}.xpt", metadataonly=True)
            assert described(group) == meta.file_label


def test_21_a_supplement_carries_the_description_of_its_domain(study):
    assert values(study.sdtm, "//odm:ItemGroupDef/odm:Alias[@Context='DomainDescription']/@Name") == ["Adverse Events"]


def test_22_datasets_are_ordered_by_class_and_adsl_comes_first(study):
    assert values(study.sdtm, "//odm:ItemGroupDef/@Name") == ["TA", "AE", "VS", "SUPPAE"]
    assert values(study.adam, "//odm:ItemGroupDef/@Name") == ["ADSL", "ADAE", "ADVS"]


def test_23_keys_are_numbered_and_unique_in_the_data(study):
    for model, document in (("sdtm", study.sdtm), ("adam", study.adam)):
        frames = {spec.name: frame for spec, frame in study.data[model]}
        for group in document.all("//odm:ItemGroupDef"):
            keys = {int(ref.get("KeySequence")): ref.get("ItemOID").rpartition(".")[2] for ref in group
                    if ref.get("KeySequence")}
            assert sorted(keys) == list(range(1, len(keys) + 1)) and keys
            if group.get("Name") not in ("ADVS", "TA"):                       # whose few variables hold no whole key
                assert not frames[group.get("Name")].duplicated(list(keys.values())).any()


def test_24_order_numbers_are_the_columns_of_the_file(study):
    for document in study.both:
        for group in document.all("//odm:ItemGroupDef"):
            refs = [ref for ref in group if ref.get("ItemOID")]
            _, meta = pyreadstat.read_xport(document.path.parent / f"{group.get('Name').lower()}.xpt", metadataonly=True)
            assert [ref.get("ItemOID").rpartition(".")[2] for ref in refs] == meta.column_names
            assert [ref.get("OrderNumber") for ref in refs] == [str(n) for n in range(1, len(refs) + 1)]


def test_25_required_variables_are_mandatory_and_have_no_null(study):
    mandatory = values(study.sdtm, "//odm:ItemGroupDef[@Name='AE']/odm:ItemRef[@Mandatory='Yes']/@ItemOID")
    frame = next(frame for spec, frame in study.data["sdtm"] if spec.name == "AE")
    assert "IT.AE.AEDECOD" in mandatory and "IT.AE.AESEV" not in mandatory
    assert all((frame[oid.rpartition(".")[2]] != "").all() for oid in mandatory)


def test_26_roles_for_sdtm_only(study):
    assert study.sdtm.all("//odm:ItemGroupDef/odm:ItemRef[not(@Role)]") == [] and values(study.adam, "//@Role") == []


def test_27_what_is_derived_has_a_method(study):
    for document in study.both:
        derived = values(document, "//odm:ItemDef[def:Origin/@Type='Derived']/@OID")
        refs = {ref.get("ItemOID"): ref.get("MethodOID") for ref in document.all("//odm:ItemRef")}
        assert derived and all(refs[oid] for oid in derived)


def test_28_a_variable_without_data_says_so_with_a_comment(study):
    assert values(study.sdtm, "//odm:ItemGroupDef[@Name='AE']/odm:ItemRef[@def:HasNoData='Yes']/@ItemOID") == [
        "IT.AE.AESOCCD"]
    assert study.sdtm.get("//odm:ItemDef[@OID='IT.AE.AESOCCD']", "def:CommentOID")


def test_29_no_variable_of_a_submission_is_marked_as_non_standard(study):
    assert all(values(document, "//odm:ItemRef/@def:IsNonStandard") == [] for document in study.both)


def test_30_every_item_has_its_name_type_and_sas_name(study):
    for document in study.both:
        assert document.all("//odm:ItemDef[not(@Name) or not(@DataType) or not(@SASFieldName)]") == []


def test_31_length_for_text_integer_and_float_only_and_as_long_as_the_data(study):
    for document in study.both:
        for item in document.all("//odm:ItemDef"):
            assert (item.get("DataType") in ("text", "integer", "float")) == ("Length" in item.attrib)
    lengths = {item.get("OID"): int(item.get("Length", 0)) for item in study.sdtm.all("//odm:ItemDef")}
    assert lengths["IT.AE.AETERM"] == 200                                     # as planned
    assert lengths["IT.AE.AEDECOD"] == len("Headache")                        # as found
    assert lengths["IT.SUPPAE.QVAL.AETRTEM"] <= lengths["IT.SUPPAE.QVAL"]


def test_32_significant_digits_with_every_float_and_nothing_else(study):
    for document in study.both:
        assert document.all("//odm:ItemDef[(@DataType='float') != boolean(@SignificantDigits)]") == []
    assert study.sdtm.get("//odm:ItemDef[@OID='IT.VS.VSSTRESN.TEMP']", "SignificantDigits") == "2"


def test_33_the_display_format_is_that_of_the_file(study):
    formats = {}
    for group in study.adam.all("//odm:ItemGroupDef"):
        _, meta = pyreadstat.read_xport(study.adam.path.parent / f"{group.get('Name').lower()}.xpt", metadataonly=True)
        formats |= {f"IT.{group.get('Name')}.{name}": kind for name, kind in meta.original_variable_types.items()}
    shown = {item.get("OID"): item.get(f"{DEF}DisplayFormat") for item in study.adam.all("//odm:ItemDef[@def:DisplayFormat]")}
    assert shown == dict.fromkeys(("IT.ADSL.TRTSDT", "IT.ADAE.ASTDT"), "DATE9.")
    assert all(formats[oid].rstrip(".") == kind.rstrip(".") for oid, kind in shown.items())


def test_34_the_label_of_a_variable_is_that_of_the_file_and_fits(study):
    for document in study.both:
        for group in document.all("//odm:ItemGroupDef"):
            _, meta = pyreadstat.read_xport(document.path.parent / f"{group.get('Name').lower()}.xpt", metadataonly=True)
            for name, label in meta.column_names_to_labels.items():
                item = document.one(f"//odm:ItemDef[@OID='IT.{group.get('Name')}.{name}']")
                assert described(item) == label and 0 < len(label.encode()) <= 40


def test_35_every_variable_has_an_origin_or_all_its_values_have(study):
    for document in study.both:
        without = values(document, "//odm:ItemGroupDef/odm:ItemRef[not(@ItemOID = //odm:ItemDef[def:Origin]/@OID)]/@ItemOID")
        assert without == (["IT.SUPPAE.QVAL"] if document is study.sdtm else [])
    assert study.sdtm.all("//odm:ItemDef[starts-with(@OID, 'IT.SUPPAE.QVAL.') and not(def:Origin)]") == []


def test_36_origin_and_source_are_valid_pairs(study):
    pairs = {(o.get("Type"), o.get("Source")) for d in study.both for o in d.all("//def:Origin")}
    assert pairs == {("Collected", "Investigator"), ("Derived", "Sponsor"), ("Assigned", "Sponsor"),
                     ("Protocol", "Sponsor"), ("Predecessor", None)}
    texts = [described(origin) for origin in study.adam.all("//def:Origin[@Type='Predecessor']")]
    assert all(re.fullmatch(r"[A-Z]+\.[A-Z0-9]+", text) for text in texts)


def test_37_what_is_collected_names_its_pages(study):
    collected = study.sdtm.all("//def:Origin[@Type='Collected']")
    assert collected and all(o.find(f"{DEF}DocumentRef/{DEF}PDFPageRef") is not None for o in collected)


def test_38_pages_are_listed_or_a_range(study, changed, written):
    made = written(changed(study.sources["sdtm"], "AE.AESEV", pages="12-14"))
    reference = made.one("//odm:ItemDef[@OID='IT.AE.AESEV']//def:PDFPageRef")
    assert dict(reference.items()) == {"FirstPage": "12", "LastPage": "14", "Type": "PhysicalRef"}
    assert study.sdtm.get("//odm:ItemDef[@OID='IT.AE.AETERM']//def:PDFPageRef", "PageRefs") == "7"


def test_39_every_value_has_a_condition_and_every_value_list_a_variable(study):
    for document in study.both:
        assert document.all("//def:ValueListDef/odm:ItemRef[not(def:WhereClauseRef)]") == []
        assert set(values(document, "//def:ValueListDef/@OID")) == set(values(document, "//@ValueListOID"))


def test_40_conditions_compare_a_variable_that_is_defined_with_terms_it_can_have(study):
    for document in study.both:
        items = set(values(document, "//odm:ItemDef/@OID"))
        assert set(values(document, "//odm:RangeCheck/@def:ItemOID")) <= items
        assert set(values(document, "//odm:RangeCheck/@SoftHard")) == {"Soft"}
        assert set(values(document, "//odm:RangeCheck/@Comparator")) == {"EQ"}
    assert "define.RangeCheck_CodeList" not in rules(study.sdtm)


def test_41_qualifiers_are_described_one_by_one(study):
    refs = values(study.sdtm, "//def:ValueListDef[@OID='VL.SUPPAE.QVAL']/odm:ItemRef/@ItemOID")
    assert refs == [f"IT.SUPPAE.QVAL.{name}" for name in ("AEREL1", "AETRTEM", "AEDLT")]
    for oid in refs:
        item = study.sdtm.one(f"//odm:ItemDef[@OID='{oid}']")
        assert described(item) and item.get("Length") and item.find(f"{DEF}Origin") is not None


def test_42_results_are_described_by_test_and_parameter_where_they_differ(study):
    lists = values(study.sdtm, "//def:ValueListDef/@OID")
    assert {"VL.VS.VSORRES", "VL.VS.VSORRESU", "VL.VS.VSSTRESC", "VL.VS.VSSTRESN"} <= set(lists)
    assert values(study.adam, "//def:ValueListDef/@OID") == ["VL.ADVS.AVAL"]


def test_43_codelists_have_unique_names_a_type_and_a_standard_or_none(study):
    for document in study.both:
        names = values(document, "//odm:CodeList/@Name")
        assert len(names) == len(set(names)) and document.all("//odm:CodeList[not(@DataType)]") == []
        own = "//odm:CodeList[not(odm:ExternalCodeList)]"
        assert document.all(f"{own}[boolean(@def:StandardOID) = boolean(@def:IsNonStandard)]") == []
        assert document.all("//odm:CodeList[odm:ExternalCodeList][@def:StandardOID or @def:IsNonStandard]") == []


def test_44_a_list_has_one_kind_of_item_and_each_value_once(study):
    for document in study.both:
        for codelist in document.all("//odm:CodeList"):
            kinds = {child.tag for child in codelist if child.get("CodedValue") or child.get("Dictionary")}
            terms = [child.get("CodedValue") for child in codelist if child.get("CodedValue")]
            assert len(kinds) == 1 and len(terms) == len(set(terms))


def test_45_a_term_of_a_cdisc_list_has_its_code_or_is_an_extension(study):
    for document in study.both:
        for term in document.all("//odm:CodeList[@def:StandardOID]/*[@CodedValue]"):
            coded = term.find("{*}Alias[@Context='nci:ExtCodeID']") is not None
            assert coded != (term.get(f"{DEF}ExtendedValue") == "Yes")
    assert "LEFT ELBOW" in values(study.sdtm, "//odm:CodeList[@OID='CL.LOC']/*[@def:ExtendedValue='Yes']/@CodedValue")
    assert values(study.sdtm, "//odm:CodeList[@OID='CL.AESEV']/odm:Alias/@Name") == ["C66769"]


def test_46_a_short_list_is_whole_and_every_value_of_the_data_is_in_its_list(study):
    assert values(study.sdtm, "//odm:CodeList[@OID='CL.AESEV']/*/@CodedValue") == ["MILD", "MODERATE", "SEVERE"]
    lists = {item.get("OID"): item.find("{*}CodeListRef").get("CodeListOID") for item in study.sdtm.all("//odm:ItemDef[odm:CodeListRef]")}
    for spec, frame in study.data["sdtm"]:
        for name in frame.columns:
            oid = lists.get(f"IT.{spec.name}.{name}")
            if oid and spec.variables[name].type == "Char" and not study.sdtm.all(f"//odm:CodeList[@OID='{oid}']/odm:ExternalCodeList"):
                assert set(frame[name]) - {""} <= set(values(study.sdtm, f"//odm:CodeList[@OID='{oid}']/*/@CodedValue")), oid


def test_47_terms_are_all_numbered(study):
    for document in study.both:
        for codelist in document.all("//odm:CodeList"):
            numbers = [child.get("OrderNumber") for child in codelist if child.get("CodedValue")]
            assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
        assert values(document, "//@Rank") == []


def test_48_dictionaries_have_their_name_and_version(study):
    found = {c.get("OID"): dict(c.find("{*}ExternalCodeList").items()) for c in study.sdtm.all("//odm:CodeList[odm:ExternalCodeList]")}
    meddra = {"Dictionary": "MedDRA", "Version": "28.0", "href": "https://www.meddra.org"}
    assert found == {"CL.MedDRA": meddra, "CL.MedDRA.numeric": meddra}
    assert study.sdtm.get("//odm:ItemDef[@OID='IT.AE.AEDECOD']/odm:CodeListRef", "CodeListOID") == "CL.MedDRA"
    assert study.sdtm.get("//odm:CodeList[@OID='CL.MedDRA.numeric']", "DataType") == "integer"


def test_49_methods_have_a_name_type_and_text_and_short_ones_their_code(study, written):
    for document in study.both:
        assert set(values(document, "//odm:MethodDef/@Type")) <= {"Computation", "Imputation"}
        assert all(described(method) and method.get("Name") for method in document.all("//odm:MethodDef"))
    source = study.sources["sdtm"]
    short, long = Program("sdtm.x.f", "def f():\n    return 1"), Program("sdtm.x.g", "def g():\n" + "    pass\n" * 40)
    made = written(replace(source, programs={("AE", "AESTDY"): short, ("AE", "AEREL"): long}))
    expressions = made.all("//odm:MethodDef/odm:FormalExpression")
    assert [(one.get("Context"), one.text) for one in expressions] == [("Python", "# sdtm.x.f\ndef f():\n    return 1")]


def test_50_comments_have_a_text_and_are_referenced(study):
    for document in study.both:
        comments = {comment.get("OID") for comment in document.all("//def:CommentDef") if described(comment)}
        assert comments == set(values(document, "//@def:CommentOID"))


def test_51_every_leaf_is_referenced_and_its_file_is_there(study):
    for document in study.both:
        leaves = document.all("//def:leaf")
        assert {leaf.get("ID") for leaf in leaves} == {*values(document, "//@leafID"), *values(document, "//@def:ArchiveLocationID")}
        assert all((document.path.parent / leaf.get(f"{XLINK}href")).is_file() for leaf in leaves)
        assert all(leaf.find(f"{DEF}title").text for leaf in leaves)


@pytest.mark.parametrize(("kind", "references"), [
    ("odm:ItemDef", "//@ItemOID"), ("odm:CodeList", "//@CodeListOID"), ("odm:MethodDef", "//@MethodOID"),
    ("def:WhereClauseDef", "//@WhereClauseOID"), ("def:CommentDef", "//@def:CommentOID")])
def test_52_nothing_is_defined_that_is_not_referenced_nor_the_reverse(study, kind, references):
    for document in study.both:
        assert set(values(document, f"//{kind}/@OID")) == set(values(document, references))


def test_53_every_text_is_in_the_one_language_of_the_document(study):
    for document in study.both:
        assert set(values(document, "//odm:TranslatedText/@xml:lang")) == {"en"}
        assert document.all("//*[count(odm:TranslatedText) > 1]") == []


def test_54_analysis_results_say_what_they_are_made_from(study):
    result = study.adam.one("//arm:AnalysisResult")
    assert dict(result.items()) == {"OID": "AR.PRESSURE.MEAN", "ParameterOID": "IT.ADVS.PARAMCD",
                                    "AnalysisReason": "SPECIFIED IN SAP", "AnalysisPurpose": "SECONDARY OUTCOME MEASURE"}
    assert values(study.adam, "//arm:AnalysisDataset/@ItemGroupOID") == ["IG.ADVS", "IG.ADSL"]
    assert values(study.adam, "//arm:AnalysisVariable/@ItemOID") == ["IT.ADVS.AVAL", "IT.ADSL.TRT01P"]
    comment = study.adam.get("//arm:AnalysisDatasets", "def:CommentOID")
    assert described(study.adam.one(f"//def:CommentDef[@OID='{comment}']")) == "By subject."
    clauses = values(study.adam, "//arm:AnalysisDataset/def:WhereClauseRef/@WhereClauseOID")
    assert [study.adam.one(f"//def:WhereClauseDef[@OID='{oid}']/odm:RangeCheck/odm:CheckValue").text for oid in clauses] == ["SYSBP", "Y"]
    assert study.adam.one("//arm:ProgrammingCode/arm:Code").text == f"# {PROGRAM.name}\n{PROGRAM.code}"
    assert described(study.adam.one("//arm:Documentation")) == "The mean of all values."
    assert study.sdtm.all("//arm:*") == []


def test_55_document_and_data_say_the_same(study):
    for model, document in (("sdtm", study.sdtm), ("adam", study.adam)):
        files = {path.stem.upper() for path in document.path.parent.glob("*.xpt")}
        assert files == set(values(document, "//odm:ItemGroupDef/@Name"))
        for spec, frame in study.data[model]:
            refs = values(document, f"//odm:ItemGroupDef[@Name='{spec.name}']/odm:ItemRef/@ItemOID")
            assert sorted(oid.rpartition(".")[2] for oid in refs) == sorted(frame.columns)
            for oid in refs:
                kind = document.get(f"//odm:ItemDef[@OID='{oid}']", "DataType")
                assert (kind in ("integer", "float")) == (spec.variables[oid.rpartition(".")[2]].type == "Num")

"""Laws of where values come from."""

from dataclasses import replace

import pytest

from define import check_define
from define.model import PageRef
from define.origin import infer_origin, infer_origins, is_imputation, page_reference
from specs.model import FormSpec


def told(spec, name, filled=True):
    origin = infer_origin(spec.variables[name], spec, filled)
    return origin and (origin.type, origin.source, origin.text)


@pytest.mark.parametrize(("rule", "origin"), [
    ({"from": "AETERM"}, ("Collected", "Investigator", "")),
    ({"dtc": ["AESTDAT"]}, ("Collected", "Investigator", "")),
    ({"value": "AE"}, ("Assigned", "Sponsor", "")),
    ({"derive": "derive_x"}, ("Derived", "Sponsor", "")),
    ({"from": "AEDECOD", "dictionary": "MedDRA"}, ("Assigned", "Sponsor", "")),
    ({"from": "AETERM", "origin": "Assigned"}, ("Assigned", "Sponsor", "")),
    ({"from": "AETERM", "originator": "Subject"}, ("Collected", "Subject", "")),
    ({"from": "AETERM", "origin": "Collected", "originator": "Vendor"}, ("Collected", "Vendor", "")),
    ({"origin": "Predecessor", "source": ["EC.ECTRT"], "derive": "x"}, ("Predecessor", "", "EC.ECTRT")),
])
def test_the_verb_of_an_sdtm_variable_says_where_it_comes_from_unless_the_specification_does(kit, rule, origin):
    assert told(kit.spec("AE", {"AETERM": rule}), "AETERM") == origin


def test_what_only_a_further_form_collects_is_collected(kit):
    one = kit.spec("DS", {"DSSCAT": {"value": ""}})
    assert told(one, "DSSCAT")[0] == "Assigned"
    assert told(one.model_copy(update={"by_form": {"EOT": {"DSSCAT": {"from": "EOTTRT"}}}}), "DSSCAT")[0] == "Collected"


def test_an_analysis_variable_that_is_copied_has_a_predecessor(adam_xml):
    origin = "//odm:ItemDef[@OID='IT.ADAE.AETERM']/def:Origin"
    assert (adam_xml.get(origin, "Type"), adam_xml.get(origin, "Source")) == ("Predecessor", None)
    assert adam_xml.one(f"{origin}/odm:Description/odm:TranslatedText").text == "AE.AETERM"


def test_the_study_identifier_is_the_protocols(kit):
    assert told(kit.spec("AE", {"STUDYID": {}}), "STUDYID") == ("Protocol", "Sponsor", "")


def test_trial_design_is_the_protocols_but_its_sequence_numbers_are_derived(kit):
    ta = kit.spec("TA", {"ARMCD": {"derive": "d"}, "TASEQ": {"label": "Sequence", "type": "Num", "derive": "d"}})
    assert (told(ta, "ARMCD")[0], told(ta, "TASEQ")[0]) == ("Protocol", "Derived")


@pytest.mark.parametrize(("name", "kind"), [("VSTESTCD", "Assigned"), ("VSTEST", "Assigned"), ("VSORRES", "Collected"),
                                            ("VSORRESU", "Collected"), ("VSPOS", "Assigned")])
def test_the_tests_of_a_findings_domain_say_where_its_results_come_from(sdtm, name, kind):
    vs = next(spec for spec in sdtm.datasets if spec.name == "VS")
    assert told(vs, name)[0] == kind


def test_parameters_and_relationships_are_assigned(adam, sdtm):
    advs = next(spec for spec in adam.datasets if spec.name == "ADVS")
    suppae = next(spec for spec in sdtm.datasets if spec.name == "SUPPAE")
    assert (told(advs, "PARAMCD")[0], told(suppae, "QNAM")[0]) == ("Assigned", "Assigned")


def test_a_variable_with_values_that_nothing_explains_has_no_origin_and_a_finding(kit, written):
    ae = kit.spec("AE", {"STUDYID": {}, "AETERM": {}})
    frame = kit.frame(ae, [("S", "HEADACHE")], "STUDYID AETERM")
    xml = written(kit.source("SDTM", [(ae, frame)]))
    assert told(ae, "AETERM") is None
    assert "IT.AE.AETERM" in {finding.value for finding in check_define(xml.path)
                              if finding.rule == "define.ItemDef_Origin_Missing"}


def test_a_variable_that_nothing_fills_is_assigned(kit):
    assert told(kit.spec("AE", {"AELLT": {}}), "AELLT", filled=False) == ("Assigned", "Sponsor", "")


@pytest.mark.parametrize(("pages", "reference"), [
    ("12", PageRef("PhysicalRef", "12")), ("12, 14;15", PageRef("PhysicalRef", "12 14 15")),
    ("12-15", PageRef("PhysicalRef", first="12", last="15")),
    (" 3 \u2013 4 ", PageRef("PhysicalRef", first="3", last="4")),
    ("AE_1 AE_2", PageRef("NamedDestination", "AE_1 AE_2"))])
def test_pages_are_a_list_a_range_or_named_destinations(pages, reference):
    assert page_reference(pages) == reference


def test_a_collected_variable_refers_to_its_pages_of_the_annotated_crf(xml):
    document = "//odm:ItemDef[@OID='IT.AE.AESEV']/def:Origin/def:DocumentRef"
    assert xml.get(document, "leafID") == "LF.acrf"
    assert xml.get(f"{document}/def:PDFPageRef", "PageRefs") == "12 14"
    assert xml.get("//def:AnnotatedCRF/def:DocumentRef", "leafID") == "LF.acrf"
    assert xml.get("//odm:MetaDataVersion/def:leaf[@ID='LF.acrf']", "xlink:href") == "acrf.pdf"


def test_only_what_is_collected_has_pages(xml):
    assert xml.all("//def:Origin[def:DocumentRef and not(@Type='Collected')]") == []


def test_without_pages_no_document_is_invented_and_one_warning_says_so(kit, written):
    ae = kit.spec("AE", {"STUDYID": {}, "AETERM": {"from": "AETERM"}, "AESEV": {"from": "AESEV"}})
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S", "HEADACHE", "MILD")], "STUDYID AETERM AESEV"))]))
    assert xml.all("//def:AnnotatedCRF | //def:DocumentRef | //odm:MetaDataVersion/def:leaf") == []
    found = [finding for finding in check_define(xml.path) if "CRF" in finding.rule or "Collected" in finding.rule]
    assert [(finding.rule, finding.severity) for finding in found] == [("define.AnnotatedCRF_Missing", "warning")]


def test_where_some_pages_are_known_every_missing_one_is_a_finding(sdtm, changed, written):
    found = check_define(written(changed(sdtm, "AE.AETERM", pages="")).path)
    assert [(finding.rule, finding.dataset, finding.variable) for finding in found] == [
        ("define.ItemDef_Origin_Collected", "AE", "AETERM")]


@pytest.mark.parametrize(("name", "derive", "text", "imputes"), [
    ("ASTDT", "impute_start", "", True), ("ASTDT", "derive_start", "A missing day is imputed as the first.", True),
    ("ASTDT", "derive_start", "The date, not imputed.", False), ("AENDT", "derive_end", "Nothing is imputed.", False),
    ("ASTDTF", "impute_start", "Which part was imputed.", False), ("AESTDY", "derive_study_day", "Days.", False)])
def test_an_imputation_fills_in_what_is_missing(kit, name, derive, text, imputes):
    spec = kit.spec("ADAE", {name: {"derive": derive, "label": "L", "type": "Num"}}, extends="OCCDS")
    assert is_imputation(spec.variables[name], spec, text) is imputes


@pytest.mark.parametrize(("names", "imputed"), [
    ("ASTDT ASTDTF", ["ASTDT"]), ("ASTDTM ASTTMF", ["ASTDTM"]), ("ASTDTM ASTDTF", ["ASTDTM"]), ("ASTDT AENDTF", [])])
def test_a_date_with_a_flag_beside_it_is_imputed_whatever_its_words(kit, names, imputed):
    spec = kit.spec("ADAE", {name: {"derive": "d", "label": "L", "type": "Num"} for name in names.split()},
                    extends="OCCDS")
    assert [name for name, one in spec.variables.items() if is_imputation(one, spec, "The first day.")] == imputed


VENDOR = {"LAB": FormSpec(file="lab.csv", originator="Vendor"), "LBC": FormSpec(file="lbc.csv")}


@pytest.mark.parametrize(("rule", "by_form", "sources"), [
    ({"from": "LOINC"}, {"LBC": {"LBTESTCD": {"value": ""}}}, ["Vendor"]),
    ({"from": "DAT"}, {}, ["Vendor", "Investigator"]),
    ({"from": "DAT", "originator": "Subject"}, {}, ["Subject"]),
])
def test_the_form_says_who_collected_a_value_and_two_may_have(kit, rule, by_form, sources):
    lb = kit.spec("LB", {"LBTESTCD": rule}, form=["LAB", "LBC"], by_form=by_form)
    origins = infer_origins(lb.variables["LBTESTCD"], lb, True, VENDOR, (4, 7))
    assert [origin.source for origin in origins] == sources
    assert [origin.pages for origin in origins] == ["" if source == "Vendor" else "4 7" for source in sources]


def test_pages_that_the_specification_states_go_before_those_of_the_forms(kit):
    ae = kit.spec("AE", {"AETERM": {"from": "AETERM", "pages": "12"}})
    assert infer_origins(ae.variables["AETERM"], ae, pages=(4,))[0].pages == "12"


def test_a_predecessor_that_is_a_supplemental_qualifier_is_called_by_its_dataset(adam, sdtm, changed, written):
    source = changed(replace(adam, parents=sdtm.parents), "ADAE.AETERM", from_="AE.AEREL1")
    xml = written(source)
    origin = "//odm:ItemDef[@OID='IT.ADAE.AETERM']/def:Origin"
    assert xml.one(f"{origin}/odm:Description/odm:TranslatedText").text == "SUPPAE.AEREL1"
    assert xml.one("//odm:ItemDef[@OID='IT.ADAE.AESEQ']/def:Origin/odm:Description/odm:TranslatedText").text == "AE.AESEQ"

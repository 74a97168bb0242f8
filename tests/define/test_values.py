"""Laws of the value level: what the specification says of a variable only where another one has a value."""

from dataclasses import replace

import pytest

from define import check_define
from specs import standard_codelists
from specs.model import ValueSpec

DS_RULES = {
    "STUDYID": {}, "DOMAIN": {}, "USUBJID": {}, "DSSEQ": {},
    "DSTERM": {"from": "TERM", "pages": "7", "where": {"DSCAT": {"PROTOCOL MILESTONE": {"origin": "Assigned"}}}},
    "DSDECOD": {"from": "DECOD", "origin": "Assigned", "codelist": "", "map": {"1": "COMPLETED", "2": "DEATH"},
                "where": {"DSCAT": {"PROTOCOL MILESTONE": {"codelist": "PROTMLST"},
                                    "DISPOSITION EVENT": {"codelist": "NCOMPLT"}}}},
    "DSCAT": {"value": "DISPOSITION EVENT"},
}
CONSENT, EVENT = "INFORMED CONSENT OBTAINED", "COMPLETED"


@pytest.fixture
def disposition(kit, written):
    ds = kit.spec("DS", DS_RULES, keys=["STUDYID", "USUBJID", "DSSEQ"])
    rows = [("S", "DS", "S-1", 1, "Informed consent", CONSENT, "PROTOCOL MILESTONE"),
            ("S", "DS", "S-1", 2, "Finished", EVENT, "DISPOSITION EVENT")]
    frame = kit.frame(ds, rows, "STUDYID DOMAIN USUBJID DSSEQ DSTERM DSDECOD DSCAT")
    methods = kit.every_method([ds])
    return written(replace(kit.source("SDTM", [(ds, frame)], methods=methods)))


def terms(xml, oid):
    return xml.all(f"//odm:CodeList[@OID='{oid}']/*/@CodedValue")


def test_a_codelist_holds_for_the_records_where_the_other_variable_has_the_value(disposition):
    lists = {ref.getparent().get("OID"): ref.get("CodeListOID") for ref in disposition.all("//odm:CodeListRef")}
    assert lists["IT.DS.DSDECOD.PROTOCOL-MILESTONE"] == "CL.PROTMLST"
    assert lists["IT.DS.DSDECOD.DISPOSITION-EVENT"] == "CL.NCOMPLT" and "IT.DS.DSDECOD" not in lists


def test_the_terms_of_one_value_do_not_extend_the_list_of_another(disposition):
    assert terms(disposition, "CL.PROTMLST") == [CONSENT]
    assert terms(disposition, "CL.NCOMPLT") == ["COMPLETED", "DEATH"]
    assert disposition.all("//@def:ExtendedValue") == []


def test_where_one_value_has_an_origin_of_its_own_each_has_one_and_the_variable_none(disposition):
    at = "//odm:ItemDef[@OID='IT.DS.DSTERM{}']/def:Origin/@Type"
    assert [disposition.all(at.format(value)) for value in ("", ".PROTOCOL-MILESTONE", ".DISPOSITION-EVENT")] == [
        [], ["Assigned"], ["Collected"]]
    assert disposition.all("//odm:ItemDef[@OID='IT.DS.DSTERM.DISPOSITION-EVENT']//def:PDFPageRef/@PageRefs") == ["7"]


def test_where_no_value_has_an_origin_of_its_own_they_have_that_of_the_variable(disposition):
    assert disposition.all("//odm:ItemDef[@OID='IT.DS.DSDECOD']/def:Origin/@Type") == ["Assigned"]
    assert disposition.all("//odm:ItemDef[starts-with(@OID,'IT.DS.DSDECOD.')]/def:Origin") == []


def test_a_value_that_is_no_code_has_the_name_of_its_variable_and_an_identifier_without_blanks(disposition):
    assert disposition.item("IT.DS.DSDECOD.PROTOCOL-MILESTONE")["Name"] == "DSDECOD"
    at = "//def:WhereClauseDef[@OID='WC.DS.DSCAT.PROTOCOL-MILESTONE']//odm:CheckValue/text()"
    assert disposition.all(at) == ["PROTOCOL MILESTONE"]
    assert [oid for oid in disposition.all("//@OID | //@ItemOID | //@WhereClauseOID") if " " in oid] == []


def test_the_value_of_a_required_variable_is_mandatory_as_the_variable_is(disposition, adam_xml):
    refs = disposition.all("//odm:ItemRef[starts-with(@ItemOID,'IT.DS.DSDECOD')]/@Mandatory")
    assert refs == ["Yes"] * 3
    assert set(adam_xml.all("//def:ValueListDef/odm:ItemRef/@Mandatory")) == {"No"}


def test_the_checks_take_such_values_without_complaint(disposition):
    told = [finding for finding in check_define(disposition.path) if finding.severity != "notice"]
    assert [(finding.rule, finding.variable) for finding in told if "CRF" not in finding.rule] == []


@pytest.fixture
def parameters(adam, changed, written):
    """ADVS with a rule of its own for each parameter: by a function, and in words."""
    def make(**rules):
        source = changed(adam, "ADVS.AVAL", where={"PARAMCD": {key: ValueSpec(**rule) for key, rule in rules.items()}})
        texts = {("ADVS", "AVAL.TEMP"): "The temperature.", ("ADVS", "AVAL.SYSBP"): "The pressure."}
        return written(replace(source, methods={**source.methods, **texts}))
    return make


def method_of(xml, item):
    oid = xml.one(f"//def:ValueListDef/odm:ItemRef[@ItemOID='{item}']").get("MethodOID")
    return oid and (oid, "".join(xml.one(f"//odm:MethodDef[@OID='{oid}']").itertext()).strip())


def test_a_parameter_with_a_derivation_of_its_own_has_its_own_method(parameters):
    xml = parameters(TEMP={"derive": "derive_temperature"})
    assert method_of(xml, "IT.ADVS.AVAL.TEMP") == ("MT.derive_temperature", "The temperature.")
    assert method_of(xml, "IT.ADVS.AVAL.SYSBP") is None                      # it has that of AVAL
    assert xml.one("//odm:ItemGroupDef/odm:ItemRef[@ItemOID='IT.ADVS.AVAL']").get("MethodOID") == "MT.derive_aval"


def test_a_parameter_may_have_its_rule_in_words(parameters):
    xml = parameters(SYSBP={"method": "The mean of  two."})
    assert method_of(xml, "IT.ADVS.AVAL.SYSBP") == ("MT.ADVS.AVAL.SYSBP", "The mean of two.")


def test_one_rule_serves_every_parameter_that_comes_from_it(adam, changed, written):
    advs = next(spec for spec in adam.datasets if spec.name == "ADVS")
    both = {code: one.model_copy(update={"from_": "VITAL"}) for code, one in advs.parameters.items()}
    source = changed(changed(adam, "ADVS", parameters=both), "ADVS.AVAL",
                     where={"PARAMCD": {"VITAL": ValueSpec(method="As measured.")}})
    xml = written(source)
    assert [method_of(xml, f"IT.ADVS.AVAL.{code}") for code in ("SYSBP", "TEMP")] == [
        ("MT.ADVS.AVAL.VITAL", "As measured.")] * 2


def test_a_date_under_one_test_is_called_a_date_and_any_other_text_there_is_not(kit, written):
    ss = kit.spec("SS", {"STUDYID": {}, "USUBJID": {}, "SSTESTCD": {}, "SSORRES": {"from": "X"},
                         "SSSTRESC": {"derive": "d"}})
    rows = [("S", "1", "LSCFADTC", "01-JAN-2025", "2025-01-01"), ("S", "1", "SURVSTAT", "ALIVE", "ALIVE")]
    xml = written(kit.source("SDTM", [(ss, kit.frame(ss, rows, "STUDYID USUBJID SSTESTCD SSORRES SSSTRESC"))]))
    kinds = {oid: xml.item(oid)["DataType"] for oid in xml.all("//odm:ItemDef/@OID") if "LSCFADTC" in oid}
    assert kinds == {"IT.SS.SSORRES.LSCFADTC": "text", "IT.SS.SSSTRESC.LSCFADTC": "date"}


def test_a_code_is_decoded_by_the_name_that_cdisc_pairs_with_it(kit, written):
    tu = kit.spec("TU", {"STUDYID": {}, "USUBJID": {}, "TUTESTCD": {"derive": "d"}, "TUTEST": {"derive": "d"}})
    rows = [("S", "1", "TUMERGE", "Tumor Merged"), ("S", "1", "TUMIDENT", "Tumor Identification")]
    xml = written(kit.source("SDTM", [(tu, kit.frame(tu, rows, "STUDYID USUBJID TUTESTCD TUTEST"))]))
    at = "//odm:CodeList[@OID='CL.TUTESTCD']/odm:CodeListItem[@CodedValue='TUMERGE']//odm:TranslatedText/text()"
    assert xml.all(at) == ["Tumor Merged"]
    assert standard_codelists()["TUTESTCD"].terms["TUMERGE"].decode != "Tumor Merged"


def test_a_list_of_tests_or_epochs_has_only_those_of_the_study(kit, written):
    tu = kit.spec("TU", {"STUDYID": {}, "TUTESTCD": {"derive": "d"}, "EPOCH": {"derive": "d"}})
    xml = written(kit.source("SDTM", [(tu, kit.frame(tu, [("S", "TUMIDENT", "SCREENING")], "STUDYID TUTESTCD EPOCH"))]))
    assert (terms(xml, "CL.TUTESTCD"), terms(xml, "CL.EPOCH")) == (["TUMIDENT"], ["SCREENING"])


def test_the_terms_of_a_further_form_are_planned_too(kit, written):
    rules = {"STUDYID": {}, "AELOC": {"from": "A", "map": {"1": "HEAD"}}}
    ae = kit.spec("AE", rules, form=["F", "G"], by_form={"G": {"AELOC": {"from": "B", "map": {"2": "ARM"}}}})
    xml = written(kit.source("SDTM", [(ae, kit.frame(ae, [("S", "HEAD")], "STUDYID AELOC"))]))
    assert terms(xml, "CL.LOC") == ["ARM", "HEAD"]

"""A specification made of define.xml loads and says what the document says; what it cannot hold is named with its line."""

import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from cdisckit.errors import DefineError
from cdisckit.spec_define import import_defines
from define import write_define
from define.read import read_define_fully
from define.to_report import FROM_DATA
from define.to_study import study_of_defines
from specs import load_specs

EXAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "define" / "examples"
ODM, DEF = "{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.cdisc.org/ns/def/v2.1}"


@pytest.fixture
def documents(sdtm, adam, tmp_path) -> list[Path]:
    """The define.xml of SDTM and of ADaM."""
    paths = [tmp_path / "sdtm.xml", tmp_path / "adam.xml"]
    for source, path in zip((sdtm, adam), paths, strict=True):
        write_define(source, path)
    return paths


def mended(path: Path, *changes: tuple[str, str]) -> Path:
    content = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert re.search(old, content), old
        content = re.sub(old, new, content, count=1)
    path.write_text(content, encoding="utf-8")
    return path


def imported(tmp_path, *paths):
    result = import_defines(paths, tmp_path / "study")
    assert result.problems == ()
    return load_specs(tmp_path / "study"), [(loss.element, loss.what, loss.why) for loss in result.losses]


def test_what_is_imported_loads_and_names_the_study(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    assert (study.facts.STUDYID, study.facts.protocol, study.facts.created) == (
        "DEMO-01", "Protocol DEMO-01", "2025-06-30T12:00:00")
    assert set(study.datasets) == {"AE", "TA", "VS", "ADSL", "ADAE", "ADVS"}


def test_a_variable_keeps_origin_pages_length_codelist_comment_and_method(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    ae = study["AE"].variables
    assert (ae["AETERM"].from_, ae["AETERM"].length, ae["AETERM"].pages) == ("AETERM", 200, "7")
    assert (ae["AESEV"].from_, ae["AESEV"].codelist, ae["AESEV"].pages) == ("AESEV", "AESEV", "12 14")
    assert ae["AEBODSYS"].comment == "The body system of the primary path."
    assert (ae["AESTDTC"].dtc, ae["AESTDY"].derive, ae["AESTDY"].origin) == (("AESTDTC",), "derive_aestdy", "Derived")
    assert ae["AESTDY"].method == "How AESTDY is made."
    assert (ae["AEREL"].codelist, study.codelists["RELATED"].terms["YES"].decode) == ("RELATED", "Related")
    assert study["AE"].keys == ("STUDYID", "USUBJID", "AETERM", "AESTDTC")


def test_supplemental_qualifiers_are_variables_of_their_domain(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    supplements = {variable.name: variable for variable in study["AE"].supplements}
    assert set(supplements) == {"AEREL1", "AETRTEM", "AEDLT"}
    assert (supplements["AEREL1"].label, supplements["AEREL1"].codelist) == ("Related to Drug A", "NY")
    assert (supplements["AETRTEM"].derive, supplements["AETRTEM"].method) == ("derive_aetrtem", "How AETRTEM is made.")


def test_tests_and_parameters_are_those_of_the_codelists(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    assert {code: test.name for code, test in study["VS"].tests.items()} == {
        "SYSBP": "Systolic Blood Pressure", "TEMP": "Temperature", "FRMSIZE": "Body Frame Size"}
    assert {code: (one.PARAM, one.PARAMN) for code, one in study["ADVS"].parameters.items()} == {
        "SYSBP": ("Systolic Blood Pressure (mmHg)", 1), "TEMP": ("Temperature (C)", 2)}


def test_a_predecessor_is_copied_where_its_dataset_is_imported_too(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    assert study["ADAE"].variables["STUDYID"].from_ == "ADSL.STUDYID"
    assert study["ADAE"].variables["AETERM"].from_ == "AE.AETERM"
    study, losses = imported(tmp_path, documents[1])
    assert study["ADAE"].variables["AETERM"].origin == "Predecessor"
    assert ("IT.ADAE.AETERM", "origin of AETERM: AE.AETERM",
            "the dataset it comes from is not imported, or it is of another type") in losses


def test_the_formats_classes_and_subclasses_of_analysis_datasets_are_kept(documents, tmp_path):
    study, _ = imported(tmp_path, *documents)
    assert (study["ADAE"].class_, study["ADAE"].subclass) == ("OCCURRENCE DATA STRUCTURE", "ADVERSE EVENT")
    assert study["ADAE"].variables["ASTDT"].format == "DATE9."


@pytest.mark.parametrize(("change", "loss"), [
    ((">Severity/Intensity<", ">How bad<"),
     ("IT.AE.AESEV", "label 'How bad' of AESEV", "it is 'Severity/Intensity' by the standard")),
    (('(ItemOID="IT.AE.AETERM"[^>]*)Mandatory="Yes"', r'\1Mandatory="No"'),
     ("IT.AE.AETERM", "Mandatory No of AETERM", "a specification has it from the standard: Req")),
    (('(ItemOID="IT.AE.AETERM"[^>]*)Role="Topic"', r'\1Role="Identifier"'),
     ("IT.AE.AETERM", "role Identifier of AETERM", "a specification has it from the standard: Topic")),
    (('(OID="IT.AE.AETERM"[^>]*)Length="200"', r'\1Length="300"'), ("IT.AE.AETERM", "Length 300", "a length is 1 to 200")),
    (('(How AESTDY is made.</TranslatedText>\\s*</Description>)', r'\1<FormalExpression Context="Python">x</FormalExpression>'), None),
    (('OID="IT.AE.AELOC" Name="AELOC"', 'OID="IT.AE.AELOC" Name="AEODD"'),
     ("IT.AE.AELOC", "AEODD (Location of Event)", "it is no variable of AE in the guide or the model; a supplemental "
      "qualifier could hold it (`supp: true`)")),
    (('<def:Origin Type="Assigned" Source="Sponsor"', '<def:Origin Type="Other" Source="Sponsor"'), None),
    (('Name="AE" Repeating', 'Name="XX" Repeating'), None),
    (("C41338", "C99999"), ("CL.AESEV", "C-code C99999 of MILD", "MILD is C41338 in AESEV of CT 2025-03-28")),
    (("</ODM>", "</ODM>"), None),
])
def test_what_a_specification_cannot_hold_is_named(documents, tmp_path, change, loss):
    path = documents[0]
    content = path.read_text(encoding="utf-8")
    path.write_text(re.sub(change[0], change[1], content, count=1, flags=re.DOTALL), encoding="utf-8")
    before = Counter(loss.what for loss in import_defines([_copy(path, content)], tmp_path / "before").losses)
    study, losses = imported(tmp_path, path)
    after = Counter(what for _, what, _ in losses)
    if loss is not None:
        assert loss in losses
    elif change[0] != "</ODM>":
        assert after - before
    assert study.facts.STUDYID == "DEMO-01"


def _copy(path: Path, content: str) -> Path:
    copy = path.with_name("copy.xml")
    copy.write_text(content, encoding="utf-8")
    return copy


def test_a_domain_without_facts_of_the_standard_is_named_whole(documents, tmp_path):
    path = mended(documents[0], ('Name="AE" Repeating="Yes" IsReferenceData="No" SASDatasetName="AE" Domain="AE"',
                                 'Name="XY" Repeating="Yes" IsReferenceData="No" SASDatasetName="XY" Domain="XY"'))
    study, losses = imported(tmp_path, path)
    assert "AE" not in study.datasets
    assert ("IG.AE", "XY (Adverse Events), 15 variables",
            "the specification has no facts of this domain: there is no standard layer to extend") in losses
    assert ("IG.SUPPAE", "SUPPAE", "its parent domain is not in the document") in losses


def test_a_loss_has_file_and_line(documents):
    path = mended(documents[0], (">Severity/Intensity<", ">How bad<"))
    made = study_of_defines([("sdtm.xml", read_define_fully(path))])
    (loss,) = [loss for loss in made.losses if "How bad" in loss.what]
    line = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
                if 'ItemDef OID="IT.AE.AESEV"' in text)
    assert (loss.file, loss.line) == ("sdtm.xml", line)
    assert str(loss).startswith(f"sdtm.xml:{line}: IT.AE.AESEV: label 'How bad'")


def test_what_follows_from_the_data_is_named_too(documents, tmp_path):
    _, losses = imported(tmp_path, *documents)
    assert ("IT.VS.VSORRES.TEMP", "value level of VSORRES: text, Length 4, codelist none", FROM_DATA) in losses or any(
        element == "IT.VS.VSORRES.TEMP" and why == FROM_DATA for element, _, why in losses)


def test_the_list_of_what_is_not_imported_stands_beside_the_files(documents, tmp_path):
    result = import_defines(documents, tmp_path / "study")
    lines = (tmp_path / "study" / "not_imported.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file,line,element,what,why"
    assert len(lines) == len(result.losses) + 1


def test_a_second_import_leaves_no_dataset_of_the_first(documents, tmp_path):
    import_defines(documents, tmp_path / "study")
    (tmp_path / "study" / "ae.py").write_text("# the study's own")
    study, _ = imported(tmp_path, documents[1])
    assert set(study.datasets) == {"ADSL", "ADAE", "ADVS"}
    assert (tmp_path / "study" / "ae.py").exists()


def test_the_same_documents_give_the_same_files_in_any_order(documents, tmp_path):
    one = import_defines(documents, tmp_path / "one")
    two = import_defines(documents[::-1], tmp_path / "two")
    for path in one.written:
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    assert len(one.written) == len(two.written)


def test_a_document_without_any_dataset_that_can_be_imported_is_refused(documents, tmp_path):
    tree = etree.parse(documents[0])
    for group in tree.getroot().findall(f".//{ODM}ItemGroupDef"):
        group.getparent().remove(group)
    tree.write(documents[0])
    with pytest.raises(DefineError, match="describes no dataset that a specification can hold"):
        import_defines(documents[:1], tmp_path / "study")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("attribute", ["Name", "DataType", "ItemOID", "CodedValue", "OrderNumber", "Length", "Purpose",
                                       "MethodOID", "CodeListOID", "WhereClauseOID", "KeySequence"])
def test_a_document_without_an_attribute_breaks_nothing(documents, tmp_path, attribute):
    for path in documents:
        path.write_text(re.sub(rf' {attribute}="[^"]*"', "", path.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        result = import_defines(documents, tmp_path / "study")
    except DefineError as error:
        assert error.cases
    else:
        assert result.losses


@pytest.mark.parametrize("tag", ["Description", "CodeList", "MethodDef", "CommentDef", "Origin", "ItemDef", "ItemRef",
                                 "ValueListDef", "WhereClauseDef", "Class", "leaf", "CodeListItem", "GlobalVariables"])
def test_a_document_without_a_kind_of_element_breaks_nothing(documents, tmp_path, tag):
    for path in documents:
        tree = etree.parse(path)
        for element in tree.getroot().findall(f".//{{*}}{tag}"):
            if element.getparent() is not None:
                element.getparent().remove(element)
        tree.write(path)
    try:
        result = import_defines(documents, tmp_path / "study")
    except DefineError as error:
        assert error.cases
    else:
        assert result.written


@pytest.mark.parametrize("name", ["v20_phuse_tdf_sdtm", "v21_cdisc_official_adam_arm_2.1.10",
                                  "v21_cdisc_official_sdtm_2.1.10", "v21_cdiscpilot01_sdtm"])
def test_a_public_define_gives_a_specification_that_loads(tmp_path, name):
    path = EXAMPLES / f"{name}.xml"
    if not path.exists():
        pytest.skip("the public examples are not here")
    define = read_define_fully(path).define
    study, losses = imported(tmp_path, path)
    named = {what.split(" ")[0] for _, what, _ in losses} | {what for _, what, _ in losses}
    for group in define.groups:
        assert group.name in study.datasets or group.name in named or group.name.startswith("SUPP")


def test_analysis_results_are_imported():
    path = EXAMPLES / "v21_cdisc_official_adam_arm_2.1.10.xml"
    if not path.exists():
        pytest.skip("the public examples are not here")
    made = study_of_defines([(path.name, read_define_fully(path))]).files["specs/analysis_results.yaml"]
    assert [display["name"] for display in made.values()] == ["Table 14-3.01", "Table 14-5.02"]
    first = made["Table_14_3_01"]["results"]["R1"]
    assert first["datasets"]["ADQSADAS"] == {
        "where": {"PARAMCD": ["ACTOT"], "AVISIT": ["Week 24"], "EFFFL": ["Y"], "ANL01FL": ["Y"]}, "variables": ["CHG"]}
    assert made["Table_14_5_02"]["results"]["R1"]["join"].startswith("Get denominators")


@pytest.mark.parametrize(("old", "new", "what", "why"), [
    ('<ItemRef ItemOID="IT.AE.AESEV"', '<ItemRef ItemOID="IT.NONE"', "item IT.NONE", "the document does not define it"),
    ('<ItemRef ItemOID="IT.AE.AESEV"', '<ItemRef ItemOID="IT.NONE"', "IT.AE.AESEV (items)", "nothing refers to it"),
    ('<ItemDef OID="IT.AE.AESEV"', '<ItemDef OID="IT.AE.AETERM"', "2 definitions of IT.AE.AETERM", "the first is taken"),
    ('ValueListOID="VL.VS.VSORRES"', 'ValueListOID="VL.NONE"', "value list VL.NONE", "the document does not define it"),
    ('ValueListOID="VL.VS.VSORRES"', 'ValueListOID="VL.NONE"', "VL.VS.VSORRES (value lists)", "nothing refers to it")])
def test_a_reference_to_nothing_and_a_definition_without_use_are_named(documents, old, new, what, why):
    made = study_of_defines([("sdtm.xml", read_define_fully(mended(documents[0], (old, new))))])
    assert (what, why) in [(loss.what, loss.why) for loss in made.losses]


def test_a_term_that_was_renamed_since_keeps_the_name_that_the_document_gives_it(documents, tmp_path):
    """SYSTOL has the C-code of SYSBP: with the published name it would be two different tests."""
    content = documents[0].read_text(encoding="utf-8")
    for old, new in (('"SYSBP"', '"SYSTOL"'), (">SYSBP<", ">SYSTOL<"), ("Systolic Blood Pressure", "Systolic Pressure")):
        content = content.replace(old, new)
    documents[0].write_text(content, encoding="utf-8")
    study, _ = imported(tmp_path, documents[0])
    assert study.datasets["VS"].tests["SYSTOL"].name == "Systolic Pressure"

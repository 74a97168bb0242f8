"""Laws of the forms that an EDC system hands over as ODM: the names are the study's, the questions the form's."""

from pathlib import Path

import pytest

from cdisckit.errors import SpecError
from specs import StudyFacts
from specs.collected import FieldUse
from specs.model import CrfField
from specs.odm_forms import read_odm_forms

FACTS = StudyFacts.model_validate({
    "STUDYID": "S", "title": "t", "protocol": "p", "created": "2025-01-01", "subject_form": "DM", "SITEID": "SITE",
    "SUBJID": "SUBJ", "USUBJID": ["S"], "forms": {"DM": {"file": "dm.csv"}, "AE": {"file": "ae.csv"}},
    "visits": {"SCREENING": "1", "WEEK 1": "2"}})
ODM13 = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><Study OID="S"><MetaDataVersion OID="V" Name="V">
<StudyEventDef OID="SE.1" Name="Screening"><FormRef FormOID="F.DM"/></StudyEventDef>
<StudyEventDef OID="SE.2" Name="Week 1"><FormRef FormOID="F.DM"/></StudyEventDef>
<FormDef OID="F.DM" Name="Demographics"><ItemGroupRef ItemGroupOID="IG.1"/><ItemGroupRef ItemGroupOID="IG.NONE"/></FormDef>
<FormDef OID="F.AE_2024" Name="AE"><ItemGroupRef ItemGroupOID="IG.2"/></FormDef>
<ItemGroupDef OID="IG.1" Name="x"><ItemRef ItemOID="I.SEX"/><ItemRef ItemOID="I.WT"/><ItemRef ItemOID="I.BD"/></ItemGroupDef>
<ItemGroupDef OID="IG.2" Name="y"><ItemRef ItemOID="I.7"/></ItemGroupDef>
<ItemDef OID="I.SEX" Name="Sex" DataType="text"><Question><TranslatedText> What is
  the sex? </TranslatedText></Question><CodeListRef CodeListOID="CL"/></ItemDef>
<ItemDef OID="I.WT" Name="Weight" DataType="float"><MeasurementUnitRef MeasurementUnitOID="MU"/></ItemDef>
<ItemDef OID="I.BD" Name="Birth" DataType="partialDate"/>
<ItemDef OID="I.7" Name="Term" DataType="text"><Alias Context="CDASH" Name="AETERM"/></ItemDef>
<CodeList OID="CL" Name="Sex" DataType="text"><CodeListItem CodedValue="F"><Decode><TranslatedText>Female</TranslatedText></Decode></CodeListItem>
<EnumeratedItem CodedValue="U"/></CodeList>
<MeasurementUnit OID="MU" Name="kilogram"><Symbol><TranslatedText>kg</TranslatedText></Symbol></MeasurementUnit>
</MetaDataVersion></Study></ODM>"""
ODM20 = """<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0"><Study OID="S"><MetaDataVersion OID="V" Name="V">
<StudyEventDef OID="SCREENING" Name="First"><ItemGroupRef ItemGroupOID="DM"/></StudyEventDef>
<ItemGroupDef OID="DM" Name="Demographics" Type="Form"><ItemGroupRef ItemGroupOID="IG.1"/></ItemGroupDef>
<ItemGroupDef OID="IG.1" Name="x" Type="Section"><ItemRef ItemOID="IT.A"/><ItemGroupRef ItemGroupOID="IG.1"/>
<ItemGroupRef ItemGroupOID="IG.2"/></ItemGroupDef>
<ItemGroupDef OID="IG.2" Name="y" Type="Section"><ItemRef ItemOID="IT.B"/></ItemGroupDef>
<ItemDef OID="IT.A" Name="A" DataType="boolean"/><ItemDef OID="IT.B" Name="B" DataType="time"/>
</MetaDataVersion></Study></ODM>"""


@pytest.fixture
def forms(tmp_path):
    def read(text, mapped=None):
        (tmp_path / "study.xml").write_text(text, encoding="utf-8")
        return read_odm_forms(tmp_path / "study.xml", FACTS, mapped or {})
    return read


def test_forms_and_fields_have_the_names_that_the_study_calls_them_by(forms):
    found = forms(ODM13, {"AE": {"AETERM": [FieldUse("AE", "AETERM")]}})
    assert {name: list(form.fields) for name, form in found.items()} == {"DM": ["SEX", "WT", "BD"], "AE": ["AETERM"]}


def test_a_field_has_its_question_its_choices_and_its_unit(forms):
    fields = forms(ODM13)["DM"].fields
    assert fields["SEX"] == CrfField(text="What is the sex?", kind="code", codes={"F": "Female", "U": "U"})
    assert fields["WT"] == CrfField(text="Weight", kind="number", unit="kg")
    assert fields["BD"].kind == "date"


def test_a_form_is_filled_in_at_the_events_that_refer_to_it_and_else_at_any_time(forms):
    found = forms(ODM13)
    assert found["DM"].visits == ("SCREENING", "WEEK 1")
    assert found["AE"].visits == ("LOG",)


def test_odm_2_has_forms_as_item_groups_and_a_group_within_itself_ends(forms):
    form = forms(ODM20)["DM"]
    assert (form.title, form.visits) == ("Demographics", ("SCREENING",))
    assert {name: field.kind for name, field in form.fields.items()} == {"A": "code", "B": "time"}
    assert form.fields["A"].codes == {"true": "Yes", "false": "No"}


@pytest.mark.parametrize(("text", "said"), [
    ("<ODM", "no well-formed XML"), ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>', "no case report form")])
def test_what_is_no_odm_with_forms_is_refused(forms, text, said):
    with pytest.raises(SpecError, match=said):
        forms(text)


def test_a_missing_file_is_named():
    with pytest.raises(SpecError, match=r"study\.xml cannot be read"):
        read_odm_forms(Path("no/such/study.xml"), FACTS, {})

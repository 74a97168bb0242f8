"""Laws of terminology from a file: the three published forms say the same, and a wrong file says what it is."""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from cdisckit.errors import SpecError
from specs import load_codelists, load_specs, standard_codelists
from specs.ct_files import read_package

INFUSION = Path(__file__).parents[1] / "data" / "infusion"
TEXT = """\
Code\tCodelist Code\tCodelist Extensible (Yes/No)\tCodelist Name\tCDISC Submission Value\tCDISC Synonym(s)\tCDISC Definition\tNCI Preferred Term\tStandard and Date
C66742\t\tNo\tNo Yes Response\tNY\tNo Yes Response\tA term "used" to say yes\tCDISC SDTM Yes No\tSDTM CT 2024-09-27
C49487\tC66742\t\tNo Yes Response\tN\tNo\tThe non-affirmative\tNo\tSDTM CT 2024-09-27
C49488\tC66742\t\tNo Yes Response\tY\tYes\tThe affirmative\tYes\tSDTM CT 2024-09-27
C66767\t\tYes\tAction Taken\tACN\t\t\tCDISC Action\tSDTM CT 2024-09-27
C49503\tC66767\t\tAction Taken\tDRUG INTERRUPTED\t\t\tDrug Interrupted\tSDTM CT 2024-09-27
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:nciodm="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC" FileOID="CDISC_CT.SDTM.2024-09-27">
 <Study OID="CDISC_CT.SDTM.2024-09-27"><MetaDataVersion OID="MDV" Name="CDISC SDTM Controlled Terminology">
  <CodeList OID="CL.C66742.NY" Name="No Yes Response" DataType="text" nciodm:ExtCodeID="C66742" nciodm:CodeListExtensible="No">
   <EnumeratedItem CodedValue="N" nciodm:ExtCodeID="C49487"><nciodm:PreferredTerm>No</nciodm:PreferredTerm></EnumeratedItem>
   <EnumeratedItem CodedValue="Y" nciodm:ExtCodeID="C49488"><nciodm:PreferredTerm>Yes</nciodm:PreferredTerm></EnumeratedItem>
   <nciodm:CDISCSubmissionValue>NY</nciodm:CDISCSubmissionValue>
  </CodeList>
  <CodeList OID="CL.C66767.ACN" Name="Action Taken" DataType="text" nciodm:ExtCodeID="C66767" nciodm:CodeListExtensible="Yes">
   <EnumeratedItem CodedValue="DRUG INTERRUPTED" nciodm:ExtCodeID="C49503"><nciodm:PreferredTerm>Drug Interrupted</nciodm:PreferredTerm></EnumeratedItem>
   <nciodm:CDISCSubmissionValue>ACN</nciodm:CDISCSubmissionValue>
  </CodeList>
 </MetaDataVersion></Study>
</ODM>
"""
JSON = json.dumps({"name": "SDTM CT 2024-09-27", "effectiveDate": "2024-09-27", "codelists": [
    {"conceptId": "C66742", "extensible": "false", "name": "No Yes Response", "submissionValue": "NY", "terms": [
        {"conceptId": "C49487", "submissionValue": "N", "preferredTerm": "No"},
        {"conceptId": "C49488", "submissionValue": "Y", "preferredTerm": "Yes"}]},
    {"conceptId": "C66767", "extensible": "true", "name": "Action Taken", "submissionValue": "ACN", "terms": [
        {"conceptId": "C49503", "submissionValue": "DRUG INTERRUPTED", "preferredTerm": "Drug Interrupted"}]}]})
FORMS = {"ct.txt": TEXT, "ct.xml": XML, "ct.json": JSON}


@pytest.fixture
def package(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_codelists_with_their_codes_and_terms(package, name):
    made = read_package(package(name, FORMS[name]))
    assert list(made) == ["NY", "ACN"]
    ny = made["NY"]
    assert (ny.label, ny.code, ny.extensible, ny.package, ny.version) == ("No Yes Response", "C66742", False, "SDTM CT", "2024-09-27")
    assert [(term.value, term.code, term.decode) for term in ny.terms.values()] == [("N", "C49487", "No"), ("Y", "C49488", "Yes")]
    assert made["ACN"].extensible


def test_the_three_forms_say_the_same(package):
    first, second, third = (read_package(package(name, content)) for name, content in FORMS.items())
    assert first == second == third


def test_a_file_that_does_not_say_what_it_is_says_it_by_its_name(package):
    rows = "\n".join(line.rpartition("\t")[0] for line in TEXT.splitlines())
    made = read_package(package("SDTM Terminology 2023-06-30.txt", rows))
    assert made["NY"].version == "2023-06-30"
    with pytest.raises(SpecError, match="neither the file nor its name says") as caught:
        read_package(package("terms.txt", rows))
    assert caught.value.fix == "name the file like the package: sdtm-ct-2025-03-28.txt"


@pytest.mark.parametrize("name, content, said", [
    ("a.txt", "", "as text it lacks the columns Code, Codelist Code"),
    ("a.csv", TEXT.replace("\t", ","), "as text it lacks the columns Code, Codelist Code"),
    ("a.txt", TEXT.replace("C66742\t\tNo\t", "C99999\t\tNo\t"), "line 3: the term N is of the codelist C66742, which does not stand before it"),
    ("a.json", "{", "it is not valid JSON"),
    ("a.json", "[]", "the JSON has no list `codelists`"),
    ("a.json", '{"codelists": {}}', "the JSON has no list `codelists`"),
    ("a.json", '{"name": "SDTM 2024-01-01", "codelists": [{"conceptId": "C1", "name": "X"}]}', "the codelist C1 lacks 'submissionValue'"),
    ("a.json", '{"name": "SDTM 2024-01-01", "codelists": []}', "the file has no codelist with terms"),
    ("a.xml", "<ODM><Study></ODM>", "it is not valid XML"),
    ("a.xml", "<html/>", "the XML is html, not ODM"),
    ("a.xml", XML.replace('nciodm:ExtCodeID="C66742" ', ""), "line 4: a CodeList without submission value or code"),
    ("a.xlsx", b"PK\x03\x04\xff\xfe", "the file cannot be read as UTF-8 text")])
def test_a_wrong_file_says_what_it_is_and_what_to_give(package, name, content, said):
    with pytest.raises(SpecError) as caught:
        read_package(package(name, content))
    assert said in caught.value.what
    assert caught.value.fix


def test_a_file_that_is_not_there_is_told_with_the_fix(tmp_path):
    with pytest.raises(SpecError, match="there is no such file") as caught:
        read_package(tmp_path / "ct.txt")
    assert "study.yaml" in caught.value.fix


def test_xml_opens_no_file_and_expands_no_entity(package, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    entity = XML.replace("<ODM", f'<!DOCTYPE ODM [<!ENTITY x SYSTEM "{secret.as_uri()}">]><ODM', 1).replace(">No<", ">&x;<")
    assert "SECRET" not in str(read_package(package("ct.xml", entity)))
    many = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 20}">' for at in range(1, 9))
    bomb = XML.replace("<ODM", f'<!DOCTYPE ODM [<!ENTITY a0 "x">{many}]><ODM', 1).replace(">No<", ">&a8;<")
    with pytest.raises(SpecError, match="it is not valid XML"):
        read_package(package("ct.xml", bomb))


def test_the_lists_of_a_package_take_the_place_of_the_shipped_ones_and_the_others_stay(package, tmp_path):
    problems = []
    known = load_codelists(tmp_path / "none.yaml", problems, [package("ct.json", JSON)])
    shipped = standard_codelists()
    assert not problems
    assert list(known["NY"].terms) == ["N", "Y"]
    assert known.keys() == shipped.keys()
    assert (known["SEX"], known["DATEFL"]) == (shipped["SEX"], shipped["DATEFL"])
    assert list(known["ACN"].terms) == ["DRUG INTERRUPTED", "MULTIPLE"]


def test_a_study_extends_the_lists_of_the_package(package, tmp_path):
    own = tmp_path / "codelists.yaml"
    own.write_text("ACN:\n  add: {DRUG REINTRODUCED: Drug Reintroduced}\nNY:\n  add: {U: Unknown}\n", encoding="utf-8")
    problems = []
    known = load_codelists(own, problems, [package("ct.txt", TEXT)])
    assert list(known["ACN"].terms) == ["DRUG INTERRUPTED", "MULTIPLE", "DRUG REINTRODUCED"]
    assert len(problems) == 1 and "NY (C66742) is not extensible" in problems[0]


def test_a_wrong_file_is_a_problem_of_the_specification(tmp_path):
    problems = []
    assert load_codelists(tmp_path / "none.yaml", problems, [tmp_path / "ct.txt"]).keys() == standard_codelists().keys()
    problem, = problems
    assert problem.startswith(f"{tmp_path / 'ct.txt'}: ct.txt is no package of controlled terminology: there is no such file; mend")


def test_the_whole_package_has_the_terms_that_are_shipped(package, shared):
    """The cache of the CDISC CORE engine holds the package as the CDISC Library gives it."""
    cache = shared / "reference" / "core" / "cache" / "sdtmct-2025-03-28.pkl"
    content = pickle.loads(cache.read_bytes())  # noqa: S301 - a file of the reference data
    whole = read_package(package("ct.json", json.dumps(content)))
    shipped = {name: codelist for name, codelist in standard_codelists().items() if codelist.package == "SDTM CT"}
    assert shipped.keys() - whole.keys() == {"NY"}           # CDISC publishes it with the terms of protocols
    for name, codelist in [(name, codelist) for name, codelist in shipped.items() if name in whole]:
        coded = {value: term.code for value, term in codelist.terms.items() if term.code}
        assert coded == {value: term.code for value, term in whole[name].terms.items()}, name
        assert (codelist.code, codelist.extensible, codelist.version) == (whole[name].code, whole[name].extensible, "2025-03-28")


def test_a_study_names_its_package_in_study_yaml(tmp_path):
    study = tmp_path / "infusion"
    shutil.copytree(INFUSION, study)
    text = (study / "study.yaml").read_text(encoding="utf-8")
    (study / "study.yaml").write_text(f"{text}\nct: ct/sdtm.json\n", encoding="utf-8")
    with pytest.raises(SpecError, match="1 error") as caught:
        load_specs(study)
    assert "ct/sdtm.json" in caught.value.cases[0] and "there is no such file" in caught.value.cases[0]
    (study / "ct").mkdir()
    (study / "ct" / "sdtm.json").write_text(JSON, encoding="utf-8")
    with pytest.raises(SpecError) as caught:                 # its few terms of ACN take the place of the shipped ones
        load_specs(study)
    assert any("DOSE NOT CHANGED" in case for case in caught.value.cases)

"""Other programs take our define.xml: odmlib reads it, and the official stylesheet shows it."""

from dataclasses import replace

import pytest
from lxml import etree

from define import copy_stylesheet
from specs.model import DictionarySpec, DisplaySpec

DISPLAYS = {"D": DisplaySpec.model_validate({"name": "Table 1", "title": "Blood pressure", "results": {"R": {
    "title": "Mean of blood pressure", "reason": "SPECIFIED IN SAP", "purpose": "SECONDARY OUTCOME MEASURE",
    "documentation": "The mean.", "datasets": {"ADVS": {"where": {"PARAMCD": "SYSBP"}, "variables": ["AVAL"]}}}}})}


@pytest.fixture
def documents(sdtm, adam, written, tmp_path):
    facts = sdtm.facts.model_copy(update={"dictionaries": {"MedDRA": DictionarySpec(version="28.0")}})
    found = []
    for source in (replace(sdtm, facts=facts), replace(adam, facts=facts, displays=DISPLAYS)):
        path = written(source).path
        found.append(path.rename(tmp_path / f"{source.model}.xml"))
    return found


def test_odmlib_reads_every_definition_and_finds_them_in_order(documents):
    arm = pytest.importorskip("odmlib.arm_loader")
    define = pytest.importorskip("odmlib.define_loader")
    from odmlib.loader import ODMLoader

    loaders = (define.XMLDefineLoader(model_package="define_2_1", ns_uri="http://www.cdisc.org/ns/def/v2.1"),
               arm.XMLArmLoader())
    for path, loader in zip(documents, loaders, strict=True):
        reader = ODMLoader(loader)
        reader.open_odm_document(str(path))
        version = reader.root().Study.MetaDataVersion
        root = etree.parse(path).getroot()
        for kind in ("ItemGroupDef", "ItemDef", "CodeList", "MethodDef"):
            assert [one.OID for one in getattr(version, kind)] == [one.get("OID") for one in root.iter(f"{{*}}{kind}")]
        assert [one.OID for one in version.CommentDef] == [one.get("OID") for one in root.iter("{*}CommentDef")]
    assert [display.Name for display in version.AnalysisResultDisplays.ResultDisplay] == ["Table 1"]


def test_the_official_stylesheet_shows_both_documents_without_complaint(documents, tmp_path):
    transform = etree.XSLT(etree.parse(copy_stylesheet(tmp_path)))
    sdtm, adam = (str(transform(etree.parse(path))) for path in documents)
    assert len(transform.error_log) == 0
    assert "Adverse Events" in sdtm and "MedDRA" in sdtm
    assert "Mean of blood pressure" in adam

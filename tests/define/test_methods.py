"""Laws of the methods: one a function, unless the texts differ."""

from dataclasses import replace

import pytest

from define.model import Program


@pytest.fixture
def shared(sdtm):
    """AESTDY and AETRTEM are made by functions of which the texts are those of the functions."""
    texts = {("AE", "AESTDY"): "Days.", ("AE", "AEREL"): "Related or not.", ("VS", "VSSTRESC"): "The result.",
             ("VS", "VSSTRESN"): "The result.", ("VS", "VSSTRESU"): "The result."}
    return replace(sdtm, methods={**sdtm.methods, **texts})


def methods(xml):
    return {method.get("OID"): "".join(method.itertext()).strip() for method in xml.all("//odm:MethodDef")}


def test_variables_that_one_function_makes_share_its_method(shared, written):
    xml = written(shared)
    assert methods(xml)["MT.derive_result"] == "The result."
    refs = xml.all("//odm:ItemRef[@MethodOID='MT.derive_result']/@ItemOID")
    assert refs == ["IT.VS.VSSTRESC", "IT.VS.VSSTRESN", "IT.VS.VSSTRESU"]


def test_a_wording_of_the_specification_is_a_method_of_its_own(shared, changed, written):
    made = methods(written(changed(shared, "VS.VSSTRESN", method="Rounded.")))
    assert (made["MT.VS.VSSTRESN"], made["MT.derive_result"]) == ("Rounded.", "The result.")


def test_two_functions_of_one_name_are_two_methods(shared, written):
    source = replace(shared, methods={**shared.methods, ("VS", "VSSTRESU"): "The unit."})
    made = methods(written(source))
    assert "MT.derive_result" not in made
    assert made["MT.VS.VSSTRESU"] == "The unit." and made["MT.VS.VSSTRESC"] == made["MT.VS.VSSTRESN"] == "The result."


def test_a_wording_of_its_own_carries_no_code_of_the_function(shared, changed, written):
    program = Program("sdtm.x.derive_result", "def derive_result(): ...")
    programs = {("VS", name): program for name in ("VSSTRESC", "VSSTRESN", "VSSTRESU")}
    xml = written(changed(replace(shared, programs=programs), "VS.VSSTRESN", method="Rounded."))
    assert [e.getparent().get("OID") for e in xml.all("//odm:FormalExpression")] == ["MT.derive_result"]

"""A document that is no define.xml, or says a name twice, is judged and breaks no rule of ours."""

import pytest

from define import check_define, write_define

ODM = '''<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><Study OID=""><MetaDataVersion OID="" Name="forms">
<ItemGroupDef OID="IG.VS" Name="{0}" Repeating="No"><ItemRef ItemOID="IT.Q" Mandatory="Yes"/></ItemGroupDef>
<ItemGroupDef OID="IG.V2" Name="{0}" Repeating="No"/><ItemDef OID="IT.Q" Name="Vital signs collected?" DataType="text"/>
</MetaDataVersion></Study></ODM>'''


@pytest.mark.parametrize("name", ["Vital signs", "VS", ""])
def test_an_odm_of_forms_is_judged(tmp_path, name):
    path = tmp_path / "forms.xml"
    path.write_text(ODM.format(name), encoding="utf-8")
    assert {finding.rule for finding in check_define(path)} >= {"define.XSD", "define.ItemGroupDef_Name_Duplicate"}


@pytest.mark.parametrize(("old", "new", "rule"), [
    ('OID="IG.VS" Name="VS"', 'OID="IG.AE" Name="AE"', "define.ItemGroupDef_Name_Duplicate"),
    ('<def:leaf ID="LF.VS"', '<def:leaf ID=""', "define.XSD"), ('<ItemDef OID="IT.AE.AESEV"', '<ItemDef OID=""', "define.XSD")])
def test_a_name_that_stands_twice_or_is_empty_is_judged(tmp_path, sdtm, old, new, rule):
    path = tmp_path / "define.xml"
    write_define(sdtm, path)
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")
    assert rule in {finding.rule for finding in check_define(path)}

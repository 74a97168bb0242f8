"""A define.xml that is damaged at random is read, judged, imported and held against data, or refused: nothing breaks."""

import random

import pandas as pd
import pytest
from lxml import etree

from cdisckit.errors import CdisckitError
from define import check_define, define_xml, read_define_fully, write_define
from define.against_data import check_define_against_data
from define.to_study import study_of_defines

VALUES = ("", "0", "-1", "1e400", "99999999999999999999", "NaN", "Yes", "yes", " ", "x" * 300, "\u00fcn\u00ef", "C1",
          "text", "float", "EQ", "LT", "../../x", "AE", "USUBJID", "\u4e2d\u6587", "2025-13-45", "\u0660", "VSTESTCD")


class Table:
    """A dataset with some of the variables, of odd types."""

    label, model, file = "Vital Signs", "SDTM", "vs.xpt"

    def __init__(self, name: str) -> None:
        self.name, self.variables = name, ()
        self.frame = pd.DataFrame({"USUBJID": ["U1", "U1", ""], "VSTESTCD": ["TEMP", None, "SYSBP"], "VSSEQ": [1, 2, 2],
                                   "VSORRES": ["36.6", "x", ""], "VSSTRESN": [36.6, float("nan"), 1e300], "QNAM": ["A"] * 3,
                                   "QVAL": ["1", "2", "3"], "AESEV": pd.Series(["MILD"] * 3, dtype=object)})


def damage(root: etree._Element, chance: random.Random) -> None:
    elements = list(root.iter(etree.Element))
    for _ in range(chance.randint(1, 40)):
        element, other, kind = chance.choice(elements), chance.choice(elements), chance.random()
        parent = element.getparent()
        if kind < 0.2 and parent is not None:
            parent.remove(element)
        elif kind < 0.4 and element.attrib:
            element.attrib.pop(chance.choice(list(element.attrib)))
        elif kind < 0.75 and element.attrib:
            element.set(chance.choice(list(element.attrib)), chance.choice(VALUES))
        elif kind < 0.85:
            element.text = chance.choice(VALUES)
        elif parent is not None and len(etree.tostring(other)) < 20000:
            element.addnext(etree.fromstring(etree.tostring(other)))


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_document_breaks_nothing(sdtm, adam, tmp_path, seed):
    path = tmp_path / "define.xml"
    write_define((sdtm, adam)[seed % 2], path)
    tree = etree.parse(path)
    damage(tree.getroot(), random.Random(seed))
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    assert check_define(path)
    try:
        reading = read_define_fully(path)
    except CdisckitError as error:
        assert error.where and error.fix
        return
    assert etree.fromstring(define_xml(reading.define)) is not None
    assert study_of_defines([("define.xml", reading)]).files["study.yaml"]
    tables = {name: Table(name) for name in ("VS", "AE", "SUPPAE")}
    assert isinstance(check_define_against_data(reading.define, tables), list)

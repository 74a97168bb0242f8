"""One thing of a real document is removed, emptied or said twice: nothing breaks, and nothing is lost unnamed."""

import random
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from cdisckit.errors import CdisckitError, SpecError
from define import build_define, check_define, define_xml, read_define_fully, write_define
from define.to_study import study_of_defines
from define.workbook_carry import carry_cells
from define.workbook_read import define_of_workbook
from define.workbook_write import book_of_rows, untold, workbook_of_define
from specs.p21 import Row, Workbook, read_workbook
from specs.p21_check import check_workbook

EXAMPLE = "v21_cdisc_official_adam_arm_2.1.10.xml"
GARBAGE = ("", "", " ", "-1", "8.0", "abc", "NOWHERE", "Yes", "1e9", "A, B; C", "X EQ", "\u4e2d", "x" * 300)


def facts(element, path="") -> Counter:
    """Every statement of a document; the order of children and the prefixes say nothing."""
    key = next((element.get(key) for key in ("OID", "ID", "ItemOID", "CodedValue", "leafID") if element.get(key)), "")
    here = f"{path}/{etree.QName(element).localname}[{key}]"
    found = Counter(f"{here}@{name}={value}" for name, value in element.attrib.items() if value.strip())
    text = (element.text or "").strip()
    found += Counter([f"{here}={text}"] if text else [])
    for child in element.iterchildren("*"):
        found += facts(child, here)
    return found


def mutate(root: etree._Element, chance: random.Random) -> None:
    """Remove, empty or repeat one attribute or element."""
    element = chance.choice([found for found in root.iter(etree.Element) if found.getparent() is not None])
    kind = chance.choice(("attribute", "blank", "odd", "element", "text", "twice"))
    if kind in ("attribute", "blank", "odd") and element.attrib:
        name = chance.choice(sorted(element.attrib))
        element.attrib.pop(name) if kind == "attribute" else element.set(name, "" if kind == "blank" else chance.choice(GARBAGE))
    elif kind == "text" and element.text:
        element.text = ""
    elif kind == "twice":
        element.addnext(etree.fromstring(etree.tostring(element)))
    else:
        element.getparent().remove(element)


@pytest.fixture(params=["written", "real"])
def document(request, sdtm, tmp_path) -> Path:
    """Our own document, and a real one where it is there."""
    path = tmp_path / "define.xml"
    if request.param == "written":
        write_define(sdtm, path)
    else:
        shared = request.getfixturevalue("shared")
        path.write_bytes((shared / "reference" / "define" / "examples" / EXAMPLE).read_bytes())
    return path


def rules(path: Path) -> Counter:
    return Counter(finding.rule for finding in check_define(path))


def test_what_a_mutated_define_loses_when_it_is_read_is_named(document):
    before, original = rules(document), etree.parse(document)
    for seed in range(3):
        tree = etree.fromstring(etree.tostring(original))
        mutate(tree, random.Random(seed))
        document.write_bytes(etree.tostring(tree))
        named = rules(document) - before
        reading = read_define_fully(document)
        lost = facts(tree) - facts(etree.fromstring(define_xml(reading.define)))
        assert not lost or named or reading.not_taken, (seed, lost)


def test_a_mutated_define_becomes_a_specification_and_a_workbook_or_is_refused(document):
    original = etree.parse(document)
    for seed in range(8):
        tree = etree.fromstring(etree.tostring(original))
        for _ in range(1 + seed % 3):
            mutate(tree, random.Random(seed))
        document.write_bytes(etree.tostring(tree))
        try:
            reading = read_define_fully(document)
            assert study_of_defines([("define.xml", reading)]).files["study.yaml"]
        except CdisckitError as error:
            assert error.where and error.fix
            continue
        rows = workbook_of_define(reading.define)
        told = {oid for oid, _ in untold(reading.define, rows)}
        back = define_of_workbook(book_of_rows(rows), "-").define
        for kind in ("groups", "items", "codelists", "methods", "comments", "value_lists", "where_clauses"):
            lost = [part.oid for part in getattr(reading.define, kind) if part not in getattr(back, kind)]
            assert set(lost) <= told, (seed, kind, lost)


@cache
def real_book(folder: Path) -> Workbook:
    return read_workbook(folder / "reference" / "define" / "p21_workbooks" / "metacore_p21_mock.xlsx")


def cells(book: Workbook) -> Counter:
    return Counter((sheet.name, column, text) for sheet in book.sheets.values() for row in sheet.rows
                   for column, text in row.cells.items() if "cdisckit" not in column + row["Attribute"])


def through(book: Workbook) -> Workbook:
    return book_of_rows(carry_cells(book, workbook_of_define(define_of_workbook(book).define)))


def mutated(book: Workbook, chance: random.Random) -> tuple[Workbook, str, int]:
    """The workbook with one cell cleared or changed, or one row twice; the sheet and the row of the change."""
    name = chance.choice([name for name, sheet in book.sheets.items() if sheet.rows])
    sheet = book.sheets[name]
    row = chance.choice(sheet.rows)
    if chance.random() < 0.2:
        last = sheet.rows[-1].number + 1
        rows, place = (*sheet.rows, Row(last, row.cells)), last
    else:
        column, text = chance.choice(sorted(row.cells)), chance.choice(GARBAGE).strip()
        changed = {title: value for title, value in {**row.cells, column: text}.items() if value}
        rows = tuple(Row(row.number, changed) if other is row else other for other in sheet.rows)
        place = row.number
    return replace(book, sheets={**book.sheets, name: replace(sheet, rows=rows)}), sheet.title, place


@pytest.mark.parametrize("source", ["written", "real"])
def test_what_a_mutated_workbook_loses_is_named_with_its_sheet_and_row(source, request, sdtm):
    if source == "real":
        book = real_book(request.getfixturevalue("shared"))
    else:
        book = book_of_rows(workbook_of_define(build_define(sdtm)))
    usual = cells(book) - cells(through(book))
    for seed in range(10):
        changed, title, number = mutated(book, random.Random(seed))
        try:
            lost = cells(changed) - cells(through(changed)) - usual
        except SpecError as error:                    # a cell of our own column was spoiled
            assert error.fix
            continue
        told = [*check_workbook(changed), *define_of_workbook(changed).refused]
        named = [problem for problem in told if problem.sheet == title
                 and (problem.row == number or problem.what.endswith(f" in row {number}"))]
        assert not lost or named, (seed, title, number, lost)

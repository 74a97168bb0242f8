"""Controlled terminology from a file: a whole CDISC package as it is published, in any of its three forms.

NCI EVS publishes a package as tab-delimited text and as ODM-XML; the CDISC Library gives it as JSON. XML is read
without entities and without the network, and nothing of a file is run.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from cdisckit.errors import SpecError
from specs.model import Codelist, Term

__all__ = ["read_package"]

FORMS = "NCI EVS text (tab-delimited), CDISC ODM-XML or the JSON of the CDISC Library"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TEXT_COLUMNS = ("Code", "Codelist Code", "Codelist Extensible (Yes/No)", "Codelist Name", "CDISC Submission Value",
                "NCI Preferred Term")
YES = ("yes", "true", "y")
Row = tuple[str, str, str, bool, str, str, str]   # codelist, its code and name, extensible; term, its code and decode


def read_package(path: Path) -> dict[str, Codelist]:
    """The codelists of a package by submission name; SpecError that says what is wrong with the file, and the fix."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise _wrong(path, "there is no such file", "mend `ct:` in study.yaml; the path starts at the study's folder") \
            from None
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"the file cannot be read as UTF-8 text ({type(error).__name__})") from None
    start = text.lstrip()[:1]
    about, rows = _read_xml(path) if start == "<" else _read_json(path, text) if start in "{[" and start else \
        _read_text(path, text)
    package, version = _name_package(path, about)
    made = _collect(rows, package, version)
    if not any(codelist.terms for codelist in made.values()):
        raise _wrong(path, "the file has no codelist with terms")
    return made


def _wrong(path: Path, what: str, fix: str = "") -> SpecError:
    return SpecError(f"{path.name} is no package of controlled terminology: {what}", where=str(path),
                     fix=fix or f"give a package as published: {FORMS}")


def _name_package(path: Path, about: str) -> tuple[str, str]:
    """'SDTM CT' and its date, from what the file says of itself or from its name."""
    for told in (about, path.stem):
        models = [model for model in ("ADaM", "SDTM") if model.lower() in told.lower()]
        date = DATE.search(told) or DATE.search(path.stem)
        if models and date:
            return f"{models[0]} CT", date[0]
    raise _wrong(path, "neither the file nor its name says whether it is of SDTM or ADaM, and its date",
                 "name the file like the package: sdtm-ct-2025-03-28.txt")


def _collect(rows: Iterable[Row], package: str, version: str) -> dict[str, Codelist]:
    facts: dict[str, tuple[str, str, bool]] = {}
    terms: dict[str, dict[str, Term]] = {}
    for codelist, code, name, extensible, term, term_code, decode in rows:
        facts.setdefault(codelist, (code, name, extensible))
        known = terms.setdefault(codelist, {})
        if term:
            known.setdefault(term, Term(value=term, decode=decode, code=term_code))
    return {codelist: Codelist(name=codelist, label=name, code=code, extensible=extensible, package=package,
                               version=version, terms=terms[codelist])
            for codelist, (code, name, extensible) in facts.items()}


def _read_text(path: Path, text: str) -> tuple[str, Iterator[Row]]:
    """The tab-delimited text of NCI EVS: a row without a codelist code is a codelist, the others are its terms."""
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    missing = [name for name in TEXT_COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise _wrong(path, f"it is not {FORMS} (as text it lacks the columns {', '.join(missing)})")
    return next((row.get("Standard and Date") or "" for row in rows), ""), _text_rows(path, rows)


def _text_rows(path: Path, rows: list[dict[str, str]]) -> Iterator[Row]:
    lists: dict[str, tuple[str, str, str, bool]] = {}
    for line, row in enumerate(rows, start=2):
        code, parent, _, name, value, decode = ((row[column] or "").strip() for column in TEXT_COLUMNS)
        if not parent:
            extensible = (row["Codelist Extensible (Yes/No)"] or "").strip().lower() in YES
            lists[code] = (value, code, name, extensible)
            yield (*lists[code], "", "", "")
        elif parent not in lists:
            raise _wrong(path, f"line {line}: the term {value} is of the codelist {parent}, which does not stand "
                               "before it")
        else:
            yield (*lists[parent], value, code, decode)


def _read_json(path: Path, text: str) -> tuple[str, Iterator[Row]]:
    """The JSON of the CDISC Library: codelists with their terms."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _wrong(path, f"it is not valid JSON ({error})") from None
    codelists = content.get("codelists") if isinstance(content, dict) else None
    if not isinstance(codelists, list) or not all(isinstance(entry, dict) for entry in codelists):
        raise _wrong(path, "the JSON has no list `codelists`")
    told = (str(content.get(key, "")) for key in ("name", "package", "label", "effectiveDate", "version"))
    return " ".join(told), _json_rows(path, codelists)


def _json_rows(path: Path, codelists: list[Mapping[str, Any]]) -> Iterator[Row]:
    for entry in codelists:
        try:
            of_list = (str(entry["submissionValue"]), str(entry["conceptId"]), str(entry["name"]),
                       str(entry.get("extensible", "")).lower() in YES)
            yield (*of_list, "", "", "")
            for term in entry.get("terms", ()):
                yield (*of_list, str(term["submissionValue"]), str(term["conceptId"]),
                       str(term.get("preferredTerm", "")))
        except (KeyError, TypeError, AttributeError) as error:
            raise _wrong(path, f"the codelist {entry.get('conceptId', '?')} lacks {error}") from None


def _read_xml(path: Path) -> tuple[str, Iterator[Row]]:
    """The ODM-XML of CDISC: CodeList elements with EnumeratedItem, codes in attributes of NCI."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(str(path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise _wrong(path, f"it is not valid XML ({error.msg})") from None
    if etree.QName(root).localname != "ODM":
        raise _wrong(path, f"the XML is {etree.QName(root).localname}, not ODM")
    told = (element.get(key, "") for element in root.iter("{*}ODM", "{*}Study", "{*}MetaDataVersion")
            for key in ("Name", "FileOID", "OID"))
    return " ".join(told), _xml_rows(path, root)


def _xml_rows(path: Path, root: etree._Element) -> Iterator[Row]:
    for element in root.iter("{*}CodeList"):
        value = element.findtext("{*}CDISCSubmissionValue", "").strip() or element.get("OID", "").rpartition(".")[2]
        code, extensible = _nci(element, "ExtCodeID"), _nci(element, "CodeListExtensible").lower() in YES
        if not value or not code:
            raise _wrong(path, f"line {element.sourceline}: a CodeList without submission value or code")
        of_list = (value, code, element.get("Name", ""), extensible)
        yield (*of_list, "", "", "")
        for item in element.iter("{*}EnumeratedItem", "{*}CodeListItem"):
            decode = item.findtext("{*}PreferredTerm", "").strip()
            yield (*of_list, item.get("CodedValue", ""), _nci(item, "ExtCodeID"), decode)


def _nci(element: etree._Element, name: str) -> str:
    """An attribute in the namespace of NCI, whichever its address in the year of the file."""
    return next((str(value) for key, value in element.attrib.items() if etree.QName(key).localname == name), "")

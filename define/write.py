"""Write a define.xml (Define-XML 2.1): the definitions as elements and attributes in the prescribed order.

Some characters are forbidden in XML whatever one does (control characters, half surrogates). They do not stop a
submission and are not dropped: each is written as its code, [U+0001], and the check of the define reports where.
"""

import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from cdisckit.errors import DefineError
from define.build import build_define
from define.document import NAMESPACES
from define.model import (
    CodeListDef,
    Define,
    DefineSource,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    ListTerm,
    Origin,
    file_oid,
    leaf_id,
    study_oid,
    version_oid,
)
from define.origin import page_reference
from define.text import legal_text

__all__ = ["STYLESHEET", "copy_stylesheet", "define_xml", "official_files", "write_define"]

PREFIXES = {**NAMESPACES, "": NAMESPACES["odm"], "xml": "http://www.w3.org/XML/1998/namespace"}
DEFINE_VERSION = "2.1.10"
STYLESHEET = "define2-1.xsl"
ANNOTATED_CRF = "acrf"

Attributes = dict[str, str | int | None]


def write_define(source: DefineSource, path: Path) -> None:
    """Write the define.xml of a study's SDTM or ADaM datasets; the same source gives the same bytes."""
    path.write_bytes(define_xml(build_define(source)))


def define_xml(define: Define) -> bytes:
    """The document as UTF-8 text, with the reference to the stylesheet that stands beside it."""
    prefixes = {None: PREFIXES[""], "def": PREFIXES["def"], "xlink": PREFIXES["xlink"]}
    root = etree.Element(_name("ODM"), nsmap=prefixes)
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/xsl" href="{STYLESHEET}"'))
    _set(root, {"FileOID": file_oid(define.study, define.model), "ODMVersion": "1.3.2", "FileType": "Snapshot",
                "CreationDateTime": define.created, "SourceSystem": "cdisckit", "def:Context": "Submission"})
    _study(root, define)
    return etree.tostring(root.getroottree(), pretty_print=True, xml_declaration=True, encoding="UTF-8")


def copy_stylesheet(folder: Path) -> Path:
    """Copy the official stylesheet to the folder of a define.xml, which refers to it."""
    return Path(shutil.copyfile(official_files() / "definehtml" / STYLESHEET, folder / STYLESHEET))


def official_files() -> Path:
    """The folder of the installed package that carries CDISC's schema and stylesheet."""
    found = find_spec("defineutils")
    if found is None or found.origin is None:
        raise DefineError("the official schema and stylesheet of Define-XML are not installed",
                          fix="pip install defineutils")
    return Path(found.origin).parent


def _name(name: str) -> str:
    """'def:Origin' -> '{http://www.cdisc.org/ns/def/v2.1}Origin'; an element without prefix belongs to ODM."""
    prefix, _, local = name.rpartition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"


def _set(element: etree._Element, attributes: Attributes) -> None:
    for name, value in attributes.items():
        if value not in (None, ""):
            element.set(_name(name) if ":" in name else name, legal_text(str(value)))


def _add(parent: etree._Element, name: str, attributes: Attributes | None = None,
         text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _name(name))
    _set(element, attributes or {})
    if text is not None:
        element.text = legal_text(text)
    return element


def _add_text(parent: etree._Element, text: str, name: str = "Description") -> None:
    if text:
        _add(_add(parent, name), "TranslatedText", {"xml:lang": "en"}, text)


def _yes(fact: bool) -> str | None:
    return "Yes" if fact else None


def _yes_no(fact: bool) -> str:
    return "Yes" if fact else "No"


def _study(root: etree._Element, define: Define) -> None:
    study = _add(root, "Study", {"OID": study_oid(define.study)})
    names = _add(study, "GlobalVariables")
    _add(names, "StudyName", text=define.study)
    _add(names, "StudyDescription", text=define.description or define.title)
    _add(names, "ProtocolName", text=define.protocol or define.study)
    synthetic = ". The data are synthetic." if define.synthetic else ""
    version = _add(study, "MetaDataVersion", {
        "OID": version_oid(define.study, define.model),
        "Name": f"Study {define.study}, {define.model} data definitions",
        "Description": f"Data definitions of the {define.model} datasets: {define.title}{synthetic}",
        "def:DefineVersion": DEFINE_VERSION})
    _standards(version, define)
    _value_lists(version, define)
    for group in define.groups:
        _group(version, group)
    for item in define.items:
        _item(version, item)
    for codelist in define.codelists:
        _codelist(version, codelist)
    _methods_and_comments(version, define)
    if define.annotated_crf:
        _leaf(version, ANNOTATED_CRF, "acrf.pdf", "Annotated Case Report Form")


def _standards(version: etree._Element, define: Define) -> None:
    standards = _add(version, "def:Standards")
    for standard in define.standards:
        _add(standards, "def:Standard", {
            "OID": standard.oid, "Name": standard.name, "Type": standard.type, "PublishingSet": standard.publishing_set,
            "Version": standard.version, "Status": "Final"})
    if define.annotated_crf:
        _add(_add(version, "def:AnnotatedCRF"), "def:DocumentRef", {"leafID": leaf_id(ANNOTATED_CRF)})


def _value_lists(version: etree._Element, define: Define) -> None:
    for values in define.value_lists:
        element = _add(version, "def:ValueListDef", {"OID": values.oid})
        _refs(element, values.refs)
    for clause in define.where_clauses:
        check = _add(_add(version, "def:WhereClauseDef", {"OID": clause.oid}), "RangeCheck",
                     {"Comparator": "EQ", "SoftHard": "Soft", "def:ItemOID": clause.item})
        _add(check, "CheckValue", text=clause.value)


def _group(version: etree._Element, group: ItemGroupDef) -> None:
    element = _add(version, "ItemGroupDef", {
        "OID": group.oid, "Name": group.name, "Repeating": _yes_no(group.repeating),
        "IsReferenceData": _yes_no(group.reference), "SASDatasetName": group.name, "Domain": group.domain,
        "Purpose": group.purpose, "def:Structure": group.structure or "-",
        "def:ArchiveLocationID": None if group.no_data else leaf_id(group.name), "def:StandardOID": group.standard,
        "def:HasNoData": _yes(group.no_data), "def:CommentOID": group.comment})
    _add_text(element, group.label)
    _refs(element, group.refs)
    if group.alias:
        _add(element, "Alias", {"Context": "DomainDescription", "Name": group.alias})
    class_ = _add(element, "def:Class", {"Name": group.class_})
    if group.subclass:
        _add(class_, "def:SubClass", {"Name": group.subclass})
    if not group.no_data:
        _leaf(element, group.name, group.file, group.file)


def _leaf(parent: etree._Element, name: str, file: str, title: str) -> None:
    _add(_add(parent, "def:leaf", {"ID": leaf_id(name), "xlink:href": file}), "def:title", text=title)


def _refs(parent: etree._Element, refs: Iterable[ItemRef]) -> None:
    for ref in refs:
        element = _add(parent, "ItemRef", {
            "ItemOID": ref.item, "OrderNumber": ref.order, "Mandatory": _yes_no(ref.mandatory), "KeySequence": ref.key,
            "MethodOID": ref.method, "Role": ref.role, "def:HasNoData": _yes(ref.no_data)})
        if ref.where:
            _add(element, "def:WhereClauseRef", {"WhereClauseOID": ref.where})


def _item(version: etree._Element, item: ItemDef) -> None:
    shape = item.shape
    element = _add(version, "ItemDef", {
        "OID": item.oid, "Name": item.name, "DataType": shape.data_type, "Length": shape.length,
        "SignificantDigits": shape.digits, "SASFieldName": item.sas_name, "def:DisplayFormat": item.format,
        "def:CommentOID": item.comment})
    _add_text(element, item.label)
    if item.codelist:
        _add(element, "CodeListRef", {"CodeListOID": item.codelist})
    if item.origin:
        _origin(element, item.origin)
    if item.values:
        _add(element, "def:ValueListRef", {"ValueListOID": item.values})


def _origin(element: etree._Element, origin: Origin) -> None:
    """A collected variable whose pages are not known refers to none: the check says so, nothing is invented."""
    made = _add(element, "def:Origin", {"Type": origin.type, "Source": origin.source})
    _add_text(made, origin.text)
    if origin.pages:
        document = _add(made, "def:DocumentRef", {"leafID": leaf_id(ANNOTATED_CRF)})
        _add(document, "def:PDFPageRef", dict(page_reference(origin.pages)))


def _codelist(version: etree._Element, codelist: CodeListDef) -> None:
    element = _add(version, "CodeList", {
        "OID": codelist.oid, "Name": codelist.name, "DataType": codelist.data_type,
        "def:StandardOID": codelist.standard, "def:IsNonStandard": _yes(not codelist.standard)})
    for order, term in enumerate(codelist.terms, 1):
        _term(element, term, order, codelist.decoded)
    _nci_code(element, codelist.code)


def _term(parent: etree._Element, term: ListTerm, order: int, decoded: bool) -> None:
    element = _add(parent, "CodeListItem" if decoded else "EnumeratedItem", {
        "CodedValue": term.value, "OrderNumber": order, "def:ExtendedValue": _yes(term.extended)})
    if decoded:
        _add_text(element, term.decode or term.value, "Decode")
    _nci_code(element, term.code)


def _nci_code(parent: etree._Element, code: str) -> None:
    if code:
        _add(parent, "Alias", {"Context": "nci:ExtCodeID", "Name": code})


def _methods_and_comments(version: etree._Element, define: Define) -> None:
    for method in define.methods:
        element = _add(version, "MethodDef", {"OID": method.oid, "Name": method.name, "Type": method.type})
        _add_text(element, method.text)
    for comment in define.comments:
        _add_text(_add(version, "def:CommentDef", {"OID": comment.oid}), comment.text)

"""Write a define.xml (Define-XML 2.1): the definitions as elements and attributes in the prescribed order.

Some characters are forbidden in XML whatever one does (control characters, half surrogates). They do not stop a
submission and are not dropped: each is written as its code, [U+0001], and the check of the define reports where.
"""

import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from cdisckit.errors import DefineError
from define.build import build_define
from define.document import NAMESPACES
from define.model import (
    NCI_CODE,
    Alias,
    AnalysisResult,
    CodeListDef,
    Define,
    DefineSource,
    DocumentRef,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    ListTerm,
    MethodDef,
    ResultDisplay,
    StandardDef,
    Translated,
    ValueListDef,
    WhereClauseDef,
)
from define.text import legal_text

__all__ = ["STYLESHEET", "copy_stylesheet", "define_xml", "official_files", "write_define"]

PREFIXES = {**NAMESPACES, "": NAMESPACES["odm"], "xml": "http://www.w3.org/XML/1998/namespace"}
STYLESHEET = "define2-1.xsl"

Attributes = dict[str, str | int | None]


def write_define(source: DefineSource, path: Path) -> None:
    """Write the define.xml of a study's SDTM or ADaM datasets; the same source gives the same bytes."""
    path.write_bytes(define_xml(build_define(source)))


def define_xml(define: Define) -> bytes:
    """The document as UTF-8 text, with the reference to the stylesheet that stands beside it."""
    prefixes = {None: PREFIXES[""], "def": PREFIXES["def"], "xlink": PREFIXES["xlink"]}
    root = etree.Element(_name("ODM"), nsmap=prefixes | ({"arm": PREFIXES["arm"]} if define.displays else {}))
    if define.stylesheet:
        root.addprevious(
            etree.ProcessingInstruction("xml-stylesheet", f'type="text/xsl" href="{escape(define.stylesheet)}"'))
    _set(root, {
        "FileOID": define.file_oid, "ODMVersion": "1.3.2", "FileType": "Snapshot", "CreationDateTime": define.created,
        "AsOfDateTime": define.as_of, "PriorFileOID": define.prior_file, "Description": define.file_description,
        "Originator": define.originator, "SourceSystem": define.source_system,
        "SourceSystemVersion": define.source_version, "def:Context": define.context})
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


def _add_text(parent: etree._Element, text: str, lang: str, translations: Iterable[Translated] = (),
              name: str = "Description") -> None:
    texts = tuple(translations) or ((Translated(text, lang),) if text else ())
    element = _add(parent, name) if texts else parent
    for one in texts:
        _add(element, "TranslatedText", {"xml:lang": one.lang}, one.text)


def _add_aliases(parent: etree._Element, aliases: Iterable[Alias]) -> None:
    for alias in aliases:
        _add(parent, "Alias", {"Context": alias.context, "Name": alias.name})


def _add_documents(parent: etree._Element, documents: Iterable[DocumentRef]) -> None:
    for document in documents:
        element = _add(parent, "def:DocumentRef", {"leafID": document.leaf})
        for page in document.pages:
            _add(element, "def:PDFPageRef", {"PageRefs": page.refs, "FirstPage": page.first, "LastPage": page.last,
                                             "Type": page.type, "Title": page.title})


def _add_leaf(parent: etree._Element, leaf: LeafDef) -> None:
    _add(_add(parent, "def:leaf", {"ID": leaf.id, "xlink:href": leaf.href}), "def:title", text=leaf.title)


def _yes(fact: bool) -> str | None:
    return "Yes" if fact else None


def _yes_no(fact: bool) -> str:
    return "Yes" if fact else "No"


def _study(root: etree._Element, define: Define) -> None:
    study = _add(root, "Study", {"OID": define.study_oid})
    names = _add(study, "GlobalVariables")
    _add(names, "StudyName", text=define.study)
    _add(names, "StudyDescription", text=define.description)
    _add(names, "ProtocolName", text=define.protocol)
    version = _add(study, "MetaDataVersion", {
        "OID": define.version_oid, "Name": define.name, "Description": define.version_description,
        "def:DefineVersion": define.define_version, "def:CommentOID": define.comment})
    lang = define.language
    _standards(version, define.standards)
    for name, documents in (("def:AnnotatedCRF", define.annotated_crf), ("def:SupplementalDoc", define.supplemental)):
        if documents:
            _add_documents(_add(version, name), documents)
    for values in define.value_lists:
        _value_list(version, values, lang)
    for clause in define.where_clauses:
        _where_clause(version, clause)
    for group in define.groups:
        _group(version, group, lang)
    for item in define.items:
        _item(version, item, lang)
    for codelist in define.codelists:
        _codelist(version, codelist, lang)
    for method in define.methods:
        _method(version, method, lang)
    for comment in define.comments:
        element = _add(version, "def:CommentDef", {"OID": comment.oid})
        _add_text(element, comment.text, lang, comment.translations)
        _add_documents(element, comment.documents)
    for leaf in define.leaves:
        _add_leaf(version, leaf)
    if define.displays:
        displays = _add(version, "arm:AnalysisResultDisplays")
        for display in define.displays:
            _display(displays, display, lang)


def _standards(version: etree._Element, standards: Iterable[StandardDef]) -> None:
    standards = tuple(standards)
    element = _add(version, "def:Standards") if standards else version
    for standard in standards:
        _add(element, "def:Standard", {
            "OID": standard.oid, "Name": standard.name, "Type": standard.type, "PublishingSet": standard.publishing_set,
            "Version": standard.version, "Status": standard.status, "def:CommentOID": standard.comment})


def _value_list(version: etree._Element, values: ValueListDef, lang: str) -> None:
    element = _add(version, "def:ValueListDef", {"OID": values.oid})
    _add_text(element, values.text, lang, values.translations)
    _refs(element, values.refs)


def _where_clause(version: etree._Element, clause: WhereClauseDef) -> None:
    element = _add(version, "def:WhereClauseDef", {"OID": clause.oid, "def:CommentOID": clause.comment})
    for check in clause.checks:
        comparison = _add(element, "RangeCheck", {"Comparator": check.comparator, "SoftHard": check.soft_hard,
                                                  "def:ItemOID": check.item})
        for value in check.values:
            _add(comparison, "CheckValue", text=value)


def _group(version: etree._Element, group: ItemGroupDef, lang: str) -> None:
    element = _add(version, "ItemGroupDef", {
        "OID": group.oid, "Name": group.name, "Repeating": _yes_no(group.repeating),
        "IsReferenceData": None if group.reference is None else _yes_no(group.reference),
        "SASDatasetName": group.sas_name, "Domain": group.domain, "Purpose": group.purpose,
        "def:Structure": group.structure, "def:ArchiveLocationID": group.archive, "def:StandardOID": group.standard,
        "def:IsNonStandard": _yes(group.non_standard), "def:HasNoData": _yes(group.no_data),
        "def:CommentOID": group.comment})
    _add_text(element, group.label, lang, group.translations)
    _refs(element, group.refs)
    _add_aliases(element, group.aliases)
    if group.class_:
        class_ = _add(element, "def:Class", {"Name": group.class_})
        for subclass in group.subclasses:
            _add(class_, "def:SubClass", {"Name": subclass.name, "ParentClass": subclass.parent})
    if group.leaf:
        _add_leaf(element, group.leaf)


def _refs(parent: etree._Element, refs: Iterable[ItemRef]) -> None:
    for ref in refs:
        element = _add(parent, "ItemRef", {
            "ItemOID": ref.item, "OrderNumber": ref.order, "Mandatory": _yes_no(ref.mandatory), "KeySequence": ref.key,
            "MethodOID": ref.method, "Role": ref.role, "RoleCodeListOID": ref.role_codelist,
            "def:IsNonStandard": _yes(ref.non_standard), "def:HasNoData": _yes(ref.no_data)})
        for clause in ref.where:
            _add(element, "def:WhereClauseRef", {"WhereClauseOID": clause})


def _item(version: etree._Element, item: ItemDef, lang: str) -> None:
    shape = item.shape
    element = _add(version, "ItemDef", {
        "OID": item.oid, "Name": item.name, "DataType": shape.data_type, "Length": shape.length,
        "SignificantDigits": shape.digits, "SASFieldName": item.sas_name, "def:DisplayFormat": item.format,
        "def:CommentOID": item.comment})
    _add_text(element, item.label, lang, item.translations)
    if item.codelist:
        _add(element, "CodeListRef", {"CodeListOID": item.codelist})
    _add_aliases(element, item.aliases)
    for origin in item.origins:
        made = _add(element, "def:Origin", {"Type": origin.type, "Source": origin.source})
        _add_text(made, origin.text, lang, origin.translations)
        _add_documents(made, origin.documents)
    if item.values:
        _add(element, "def:ValueListRef", {"ValueListOID": item.values})


def _codelist(version: etree._Element, codelist: CodeListDef, lang: str) -> None:
    element = _add(version, "CodeList", {
        "OID": codelist.oid, "Name": codelist.name, "DataType": codelist.data_type,
        "SASFormatName": codelist.sas_format, "def:StandardOID": codelist.standard,
        "def:IsNonStandard": _yes(codelist.non_standard), "def:CommentOID": codelist.comment})
    _add_text(element, codelist.text, lang, codelist.translations)
    for term in codelist.terms:
        _term(element, term, codelist.decoded, lang)
    if codelist.external:
        external = codelist.external
        _add(element, "ExternalCodeList", {"Dictionary": external.dictionary, "Version": external.version,
                                           "ref": external.ref, "href": external.href})
    _add_aliases(element, (*_nci_code(codelist.code), *codelist.aliases))


def _term(parent: etree._Element, term: ListTerm, decoded: bool, lang: str) -> None:
    element = _add(parent, "CodeListItem" if decoded else "EnumeratedItem", {
        "CodedValue": term.value, "Rank": term.rank, "OrderNumber": term.order,
        "def:ExtendedValue": _yes(term.extended)})
    if decoded:
        _add_text(element, term.decode, lang, term.translations, "Decode")
    _add_aliases(element, (*_nci_code(term.code), *term.aliases))
    _add_text(element, term.text, lang)


def _nci_code(code: str) -> tuple[Alias, ...]:
    return (Alias(NCI_CODE, code),) if code else ()


def _method(version: etree._Element, method: MethodDef, lang: str) -> None:
    element = _add(version, "MethodDef", {"OID": method.oid, "Name": method.name, "Type": method.type})
    _add_text(element, method.text, lang, method.translations)
    for expression in method.expressions:
        _add(element, "FormalExpression", {"Context": expression.context}, expression.code)
    _add_aliases(element, method.aliases)
    _add_documents(element, method.documents)


def _display(parent: etree._Element, display: ResultDisplay, lang: str) -> None:
    element = _add(parent, "arm:ResultDisplay", {"OID": display.oid, "Name": display.name})
    _add_text(element, display.text, lang, display.translations)
    _add_documents(element, display.documents)
    for result in display.results:
        _result(element, result, lang)


def _result(parent: etree._Element, result: AnalysisResult, lang: str) -> None:
    element = _add(parent, "arm:AnalysisResult", {
        "OID": result.oid, "ParameterOID": result.parameter, "AnalysisReason": result.reason,
        "AnalysisPurpose": result.purpose})
    _add_text(element, result.text, lang, result.translations)
    datasets = _add(element, "arm:AnalysisDatasets", {"def:CommentOID": result.comment})
    for dataset in result.datasets:
        made = _add(datasets, "arm:AnalysisDataset", {"ItemGroupOID": dataset.group})
        if dataset.where:
            _add(made, "def:WhereClauseRef", {"WhereClauseOID": dataset.where})
        for variable in dataset.variables:
            _add(made, "arm:AnalysisVariable", {"ItemOID": variable})
    if result.documentation:
        documentation = _add(element, "arm:Documentation")
        _add_text(documentation, result.documentation.text, lang, result.documentation.translations)
        _add_documents(documentation, result.documentation.documents)
    if result.code:
        code = _add(element, "arm:ProgrammingCode", {"Context": result.code.context})
        if result.code.code:
            _add(code, "arm:Code", text=result.code.code)
        _add_documents(code, result.code.documents)

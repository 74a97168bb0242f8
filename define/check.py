"""Check a define.xml: the official schema, the published assertions, further rules, and the files it names.

Everything runs offline, and every finding names the element (by its OID) and the rule.
"""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from cdisckit.errors import DefineError
from cdisckit.findings import Finding
from define.analysis import ANALYSIS_RESULTS
from define.checklist import CHECKLIST
from define.document import Check, Document, Element, attribute, local_name, read_document
from define.guide import GUIDE
from define.published import PUBLISHED
from define.structure import STRUCTURE
from define.terms import TERMS
from define.values import VALUES
from define.write import official_files

__all__ = ["check_define"]

CHECKS: tuple[Check, ...] = (*PUBLISHED, *ANALYSIS_RESULTS, *CHECKLIST, *STRUCTURE, *VALUES, *TERMS, *GUIDE)
SCHEMA = "validate/schema/cdisc-arm-1.0/arm1-0-0.xsd"         # Define-XML 2.1 with the extension for analysis results
SCHEMA_OF_20 = "schemas/arm/1.0/arm1-0-0.xsd"                 # the same of Define-XML 2.0
FIX = "programmer: mend the specification or the data it describes and write the define.xml again"


def check_define(path: Path, data: Path | None = None) -> list[Finding]:
    """The findings of a define.xml; with the folder of its data, also of the files it names and of those it does not.

    DefineError where the file is no XML or carries a DTD.
    """
    document = read_document(path)
    if document.version == "1.0":
        raise DefineError(f"{path.name} is of Define-XML 1.0; 2.0 and 2.1 are judged", where=str(path),
                          fix="have the metadata exported as Define-XML 2.1")
    found = [*_schema_findings(document, path), *_check_findings(document, path)]
    return [*found, *_file_findings(document, path, data)] if data is not None else found


def _shown(path: Path) -> str:
    """sdtm/define.xml: the file with its folder, for SDTM and ADaM each have one."""
    return f"{path.parent.name}/{path.name}".lstrip("/")


@cache
def _schema(version: str = "2.1") -> etree.XMLSchema:
    file = official_files() / SCHEMA if version != "2.0" else _files_of_20() / SCHEMA_OF_20
    return etree.XMLSchema(etree.parse(file, etree.XMLParser(no_network=True)))


def _files_of_20() -> Path:
    """The folder of the installed package that carries CDISC's schema of Define-XML 2.0."""
    found = find_spec("odmlib")
    if found is None or found.origin is None:
        raise DefineError("the official schema of Define-XML 2.0 is not installed", fix="pip install odmlib")
    return Path(found.origin).parent


def _schema_findings(document: Document, path: Path) -> Iterator[Finding]:
    schema = _schema(document.version)
    schema.validate(document.given)
    for error in schema.error_log:
        yield Finding("define", "define.XSD", "error", "", message=error.message, fix=FIX, file=_shown(path),
                      line=error.line)


def _check_findings(document: Document, path: Path) -> Iterator[Finding]:
    for check in CHECKS:
        if document.version and document.version not in check.versions:
            continue
        for element in document.find(check.at):
            told = check.wrong(element, document)
            if told:
                soft = check.softer is not None and check.softer(element, document)
                yield _finding(check.name, "warning" if soft else check.severity, element,
                               f"{check.message}: {told}" if isinstance(told, str) else check.message, document, path)


def _file_findings(document: Document, path: Path, data: Path) -> Iterator[Finding]:
    """Files that the document names and the folder lacks, and datasets in the folder that it does not name."""
    present = {file.name for file in data.iterdir()} if data.is_dir() else set()
    named = set()
    for leaf in document.find("//def:leaf"):
        href = attribute(leaf, "xlink:href")
        named.add(href)
        there = href in present if "/" not in href else (data / href).is_file()
        if not there:
            yield _finding("leaf_File_Missing", "error", leaf, f"there is no file {href} in the folder of the data",
                           document, path)
    for name in sorted(present - named):
        if name.lower().endswith(".xpt"):
            yield Finding("define", "define.File_Not_Described", "error", name.rpartition(".")[0].upper(), value=name,
                          message=f"{name} lies beside the define.xml, which does not describe it", fix=FIX,
                          file=_shown(path))


def _finding(name: str, severity: str, element: Element, message: str, document: Document, path: Path) -> Finding:
    oid, shown = _named(element)
    dataset, variable = _place(element, document)
    return Finding("define", f"define.{name}", severity, dataset, variable=variable, value=oid,
                   message=f"{shown}: {message}", fix=FIX, file=_shown(path), line=element.sourceline or 0)


def _named(element: Element) -> tuple[str, str]:
    """The OID that names an element, or that of what it stands in; and in words: 'Origin of ItemDef IT.AE.AESEV'."""
    own = next((element.get(name, "") for name in ("OID", "ID", "ItemOID", "CodedValue") if element.get(name)), "")
    shown = f"{local_name(element)} {own}".strip()
    above = next((found for found in element.iterancestors() if found.get("OID")), None)
    if element.get("OID") or above is None:
        return own, shown
    names_itself = element.get("ID") or element.get("ItemOID")
    return own if names_itself else above.get("OID", ""), f"{shown} of {local_name(above)} {above.get('OID')}"


def _place(element: Element, document: Document) -> tuple[str, str]:
    """The dataset and the variable that an element speaks of, as far as it does."""
    around = {local_name(found): found for found in [*element.iterancestors(), element]}
    group, item = around.get("ItemGroupDef"), around.get("ItemDef")
    oid = element.get("ItemOID", "") if item is None else item.get("OID", "")
    variable = document.parents.get(oid, document.definitions.get("ItemDef", {}).get(oid))
    if group is None and variable is not None:
        refs = document.item_refs.get(variable.get("OID", ""), [])
        group = next((ref.getparent() for ref in refs if local_name(ref.getparent()) == "ItemGroupDef"), None)
    return ("" if group is None else group.get("Name", "")), ("" if variable is None else variable.get("Name", ""))

"""Read a define.xml safely, whoever made it, and know what in it is defined and what is referred to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from cdisckit.errors import DefineError

__all__ = ["NAMESPACES", "Check", "Document", "Element", "attribute", "local_name", "read_document"]

NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink",
    "arm": "http://www.cdisc.org/ns/arm/v1.0",
}
MADE_BY_EXPORT = "have the define.xml exported again by the tool that made it, as plain XML"

type Element = etree._Element


def read_document(path: Path) -> "Document":
    """The document; DefineError where the file is missing, is no XML, or carries a DTD.

    A define.xml needs no DTD, and a DTD can name files of the reader's computer or entities that grow without end.
    Nothing that it names is loaded and nothing is expanded.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        raise DefineError(f"{path.name} cannot be read: {error.strerror}", where=str(path)) from None
    except etree.XMLSyntaxError as error:
        raise DefineError(f"{path.name} is no well-formed XML: {error.msg}", where=f"{path}:{error.lineno}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DefineError(f"{path.name} carries a document type definition (DTD)", where=str(path), fix=MADE_BY_EXPORT)
    return Document(root)


@dataclass(frozen=True)
class Check:
    """One assertion: which elements it looks at, when one of them is wrong, and what to say then."""

    name: str
    at: str                                           # XPath
    wrong: Callable[[Element, "Document"], bool]
    message: str
    severity: str = "error"


@dataclass(frozen=True)
class Document:
    root: Element

    def find(self, path: str) -> list[Element]:
        return [found for found in self.root.xpath(path, namespaces=NAMESPACES) if isinstance(found, etree._Element)]

    @cached_property
    def definitions(self) -> Mapping[str, Mapping[str, Element]]:
        """By kind of element (ItemDef, CodeList ...) and OID or leaf ID: what is defined."""
        found: dict[str, dict[str, Element]] = {}
        for element in self._elements():
            oid = element.get("OID") or element.get("ID")
            if oid:
                found.setdefault(local_name(element), {}).setdefault(oid, element)
        return found

    @cached_property
    def references(self) -> Mapping[str, frozenset[str]]:
        """By attribute (ItemOID, CodeListOID, leafID ...) without its prefix: the values it has anywhere."""
        found: dict[str, set[str]] = {}
        for element in self._elements():
            for name, value in element.attrib.items():
                found.setdefault(etree.QName(name).localname, set()).add(str(value))
        return {name: frozenset(values) for name, values in found.items()}

    @cached_property
    def item_refs(self) -> Mapping[str, list[Element]]:
        """The ItemRefs of each ItemDef, those of datasets first."""
        found: dict[str, list[Element]] = {}
        for ref in self.find("//odm:ItemGroupDef/odm:ItemRef | //def:ValueListDef/odm:ItemRef"):
            found.setdefault(ref.get("ItemOID", ""), []).append(ref)
        return found

    @cached_property
    def parents(self) -> Mapping[str, Element]:
        """The variable that each item of a value list belongs to."""
        lists = {ref.get("ValueListOID"): ref.getparent() for ref in self.find("//odm:ItemDef/def:ValueListRef")}
        return {ref.get("ItemOID", ""): lists[values.get("OID")] for values in self.find("//def:ValueListDef")
                if values.get("OID") in lists for ref in values.iterfind("odm:ItemRef", NAMESPACES)}

    @cached_property
    def values(self) -> Mapping[str, list[Element]]:
        """The items of the value list of each variable, by its OID."""
        items = self.definitions.get("ItemDef", {})
        found: dict[str, list[Element]] = {}
        for oid, parent in self.parents.items():
            if oid in items:
                found.setdefault(parent.get("OID", ""), []).append(items[oid])
        return found

    @cached_property
    def knows_crf(self) -> bool:
        """True where the document names an annotated CRF, as a whole or for an item."""
        return bool(self.find("//def:AnnotatedCRF | //def:Origin[@Type='Collected']/def:DocumentRef"))

    @cached_property
    def _firsts(self) -> Mapping[tuple[Element | None, str, str, str], Element]:
        found: dict[tuple[Element | None, str, str, str], Element] = {}
        for element in self._elements():
            for name in ("OrderNumber", "Name"):
                if name in element.attrib:
                    found.setdefault((element.getparent(), str(element.tag), name, element.get(name, "")), element)
        return found

    def repeats(self, element: Element, name: str) -> bool:
        """True where an element of the same kind before this one, in the same place, has the same value."""
        key = (element.getparent(), str(element.tag), name, element.get(name, ""))
        return name in element.attrib and self._firsts[key] is not element

    def is_defined(self, kind: str, oid: str | None) -> bool:
        return oid in self.definitions.get(kind, {})

    def is_used(self, name: str, element: Element) -> bool:
        return (element.get("OID") or element.get("ID")) in self.references.get(name, ())

    def _elements(self) -> Iterator[Element]:
        return (element for element in self.root.iter() if isinstance(element.tag, str))


def local_name(element: Element) -> str:
    return etree.QName(element).localname


def attribute(element: Element, name: str) -> str:
    """The attribute `def:Class`, `xlink:href` or `Name`, or ""."""
    prefix, _, local = name.rpartition(":")
    return element.get(f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local, "")

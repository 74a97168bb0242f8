"""Read a define.xml safely, whoever made it, and know what in it is defined and what is referred to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from cdisckit.errors import DefineError
from define.text import stated_encoding

__all__ = ["NAMESPACES", "Check", "Document", "Element", "attribute", "local_name", "read_document"]

NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink",
    "arm": "http://www.cdisc.org/ns/arm/v1.0",
}
OLDER = "http://www.cdisc.org/ns/def/v2.0"
VERSIONS = {NAMESPACES["def"]: "2.1", OLDER: "2.0", "http://www.cdisc.org/ns/def/v1.0": "1.0"}
MADE_BY_EXPORT = "have the define.xml exported again by the tool that made it, as plain XML"
MAX_BYTES = 256 * 2**20                               # a define.xml of 3,000 datasets is smaller

type Element = etree._Element


def read_document(path: Path) -> "Document":
    """The document; DefineError where the file is missing, too large, no XML, or carries a DTD.

    A define.xml needs no DTD, and a DTD can name files of the reader's computer or entities that grow without end.
    Nothing that it names is loaded and nothing is expanded. Define-XML 2.0 is read in the words of 2.1.
    """
    content = _content(path)
    given = _parse(content, path)
    info = given.getroottree().docinfo
    if info.internalDTD is not None:
        raise DefineError(f"{path.name} carries a document type definition (DTD)", where=str(path), fix=MADE_BY_EXPORT)
    version = _version(given)
    root = _in_words_of_21(_parse(content, path)) if version == "2.0" else given
    return Document(root, given, version, (info.encoding or "UTF-8").upper())


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DefineError(f"{path.name} has {size:,} bytes; more than {MAX_BYTES:,} is no define.xml",
                              where=str(path), fix=MADE_BY_EXPORT)
        return path.read_bytes()
    except OSError as error:
        raise DefineError(f"{path.name} cannot be read: {error.strerror}", where=str(path),
                          fix="name the define.xml itself, and see that it may be read") from None


def _parse(content: bytes, path: Path) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise DefineError(f"{path.name} is no well-formed XML: {error.msg}", where=f"{path}:{error.lineno}",
                          fix=MADE_BY_EXPORT) from None


def _version(root: Element) -> str:
    """2.1, 2.0 or 1.0, by the namespace that the elements and attributes are of; "" where there is none of them."""
    used = {uri for element in root.iter(etree.Element) for uri in element.nsmap.values()}
    return next((version for uri, version in VERSIONS.items() if uri in used), "")


def _in_words_of_21(root: Element) -> Element:
    """A document of 2.0 with the namespace of 2.1 and the class of a dataset as an element. Nothing else is changed."""
    old, new = f"{{{OLDER}}}", f"{{{NAMESPACES['def']}}}"
    for element in list(root.iter(etree.Element)):
        element.tag = element.tag.replace(old, new)
        for name in [name for name in element.attrib if name.startswith(old)]:
            element.set(name.replace(old, new), element.attrib.pop(name))
    for group in root.iter(f"{{{NAMESPACES['odm']}}}ItemGroupDef"):
        name = group.attrib.pop(f"{new}Class", "")
        if name:
            told = etree.Element(f"{new}Class", {"Name": name})
            group.insert(sum(child.tag != f"{new}leaf" for child in group), told)
            told.sourceline = group.sourceline
    return root


@dataclass(frozen=True)
class Check:
    """One assertion: which elements it looks at, when one of them is wrong, and what to say then."""

    name: str
    at: str                                           # XPath
    wrong: Callable[[Element, "Document"], bool | str]    # a text: what exactly is wrong
    message: str
    severity: str = "error"
    versions: tuple[str, ...] = ("2.0", "2.1")        # of Define-XML
    softer: Callable[[Element, "Document"], bool] | None = None     # where it is true an error is only a warning


@dataclass(frozen=True)
class Document:
    """A define.xml in the words of Define-XML 2.1, and as it was given."""

    root: Element
    given: Element                                    # the root element before 2.0 was put into the words of 2.1
    version: str = "2.1"                              # "" where nothing says that it is Define-XML
    encoding: str = "UTF-8"

    def label_size(self, label: str) -> int:
        """The bytes of a label in the transport files, as the document says that they are encoded."""
        return len(label.encode(self._label_encoding, "replace"))

    @cached_property
    def _label_encoding(self) -> str:
        return stated_encoding(next((one.get("Description", "") for one in self.find("//odm:MetaDataVersion")), ""))

    @property
    def prefixes(self) -> Mapping[str, str]:
        return NAMESPACES

    @cached_property
    def _found(self) -> dict[str, list[Element]]:
        return {}

    def find(self, path: str) -> list[Element]:
        """The elements that an XPath selects."""
        if path not in self._found:
            self._found[path] = [found for found in self.root.xpath(path, namespaces=NAMESPACES)
                                 if isinstance(found, etree._Element)]
        return self._found[path]

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
    def variables(self) -> Mapping[str, Mapping[str, Element]]:
        """By dataset name and variable name: the ItemDef."""
        items = self.definitions.get("ItemDef", {})
        return {group.get("Name", ""): {items[oid].get("Name", ""): items[oid] for ref in group.iterfind(
            "odm:ItemRef", NAMESPACES) if (oid := ref.get("ItemOID", "")) in items}
            for group in self.find("//odm:ItemGroupDef")}

    @cached_property
    def first_variable(self) -> Mapping[str, tuple[str, Element]]:
        """By variable name: the first dataset with such a variable, and its ItemDef."""
        found: dict[str, tuple[str, Element]] = {}
        for dataset, variables in self.variables.items():
            for name, item in variables.items():
                found.setdefault(name, (dataset, item))
        return found

    @cached_property
    def users_of_values(self) -> Mapping[str, list[str]]:
        """The OIDs of the variables that have each value list."""
        found: dict[str, list[str]] = {}
        for ref in self.find("//odm:ItemDef/def:ValueListRef"):
            found.setdefault(ref.get("ValueListOID", ""), []).append(ref.getparent().get("OID", ""))
        return found

    @cached_property
    def users_of_codelist(self) -> Mapping[str, list[Element]]:
        """The ItemDefs that have each codelist."""
        found: dict[str, list[Element]] = {}
        for ref in self.find("//odm:ItemDef/odm:CodeListRef"):
            found.setdefault(ref.get("CodeListOID", ""), []).append(ref.getparent())
        return found

    def datasets_of(self, oid: str) -> list[str]:
        """The names of the datasets that have the item as a variable."""
        groups = [ref.getparent() for ref in self.item_refs.get(oid, [])]
        return [group.get("Name", "") for group in groups if local_name(group) == "ItemGroupDef"]

    @cached_property
    def _files(self) -> Mapping[str, Element]:
        found: dict[str, Element] = {}
        for leaf in self.find("//odm:ItemGroupDef/def:leaf"):
            found.setdefault(attribute(leaf, "xlink:href").lower(), leaf)
        return found

    @cached_property
    def _documents(self) -> Mapping[tuple[str, str], Element]:
        found: dict[tuple[str, str], Element] = {}
        for leaf in self.find("//odm:MetaDataVersion/def:leaf"):
            found.setdefault(_told(leaf), leaf)
        return found

    def names_document_again(self, leaf: Element) -> bool:
        """True where a leaf before this one has the same file and title."""
        return self._documents[_told(leaf)] is not leaf

    def shares_file(self, leaf: Element) -> bool:
        """True where the file of a dataset is that of a dataset before it."""
        return self._files[attribute(leaf, "xlink:href").lower()] is not leaf

    @cached_property
    def knows_crf(self) -> bool:
        """True where the document names an annotated CRF, as a whole or for an item."""
        return bool(self.find("//def:AnnotatedCRF | //def:Origin[@Type='Collected' or @Type='CRF']/def:DocumentRef"))

    @cached_property
    def _firsts(self) -> Mapping[tuple[Element | None, str, str, str], Element]:
        found: dict[tuple[Element | None, str, str, str], Element] = {}
        for element in self._elements():
            for name in ("OrderNumber", "Name", "ItemOID", "OID"):
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


def _told(leaf: Element) -> tuple[str, str]:
    title = leaf.find("def:title", NAMESPACES)
    return attribute(leaf, "xlink:href"), "" if title is None else "".join(title.itertext()).strip()


def local_name(element: Element) -> str:
    return etree.QName(element).localname


def attribute(element: Element, name: str) -> str:
    """The attribute `def:Class`, `xlink:href` or `Name`, or ""."""
    prefix, _, local = name.rpartition(":")
    return element.get(f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local, "")

"""Read any define.xml, 2.0 or 2.1, into the definitions that ours is written from, and say what could not be taken.

The file is read as data of strangers: no DTD, no entity, nothing from outside, and no surprise is an exception.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from cdisckit.errors import DefineError
from define.document import NAMESPACES, Document, Element, attribute, local_name, read_document
from define.extent import unknown_parts
from define.model import (
    DEFINE_VERSION,
    NCI_CODE,
    Alias,
    CodeListDef,
    CommentDef,
    Define,
    DocumentRef,
    Expression,
    External,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    ListTerm,
    MethodDef,
    Origin,
    PageRef,
    RangeCheck,
    Shape,
    StandardDef,
    SubClass,
    Translated,
    ValueListDef,
    WhereClauseDef,
)
from define.read_results import read_displays

__all__ = ["DefineReading", "NotTaken", "Reader", "read_define", "read_define_fully"]

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
BLANKS = " \t\r\n"                                    # of XML: around a text they mean nothing
STYLESHEET = "define2-1.xsl"
STANDARDS_OF_20 = {                                   # the names that 2.0 documents use, and those of 2.1
    "SDTM-IG": "SDTMIG", "CDISC SDTM": "SDTMIG", "SDTM": "SDTMIG", "SDTM-IG MD": "SDTMIG-MD",
    "SDTM-IG AP": "SDTMIG-AP",
    "SEND-IG": "SENDIG", "CDISC SEND": "SENDIG", "SEND": "SENDIG",
    "ADaM-IG": "ADaMIG", "CDISC ADaM": "ADaMIG", "ADaM": "ADaMIG", "ADAM-IG": "ADaMIG", "ADaM IG": "ADaMIG",
}
ORIGINS_OF_20 = {"CRF": ("Collected", "Investigator"), "eDT": ("Collected", "Vendor"),
                 "Derived": ("Derived", "Sponsor"), "Assigned": ("Assigned", "Sponsor"),
                 "Protocol": ("Protocol", "Sponsor")}


@dataclass(frozen=True, order=True)
class NotTaken:
    """A part of a define.xml that the definitions cannot hold: where it stands, and why."""

    line: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.why}"


@dataclass(frozen=True)
class DefineReading:
    define: Define
    not_taken: tuple[NotTaken, ...]
    version: str                                      # of the file: 2.0 or 2.1
    lines: dict[str, int]                             # by OID: where a definition stands


def read_define(path: Path) -> Define:
    """The definitions of a define.xml 2.0 or 2.1, in the words of 2.1; DefineError where the file is none.

    `read_define_fully` also says what could not be taken.
    """
    return read_define_fully(path).define


def read_define_fully(path: Path) -> DefineReading:
    """The definitions, and what could not be taken: extensions of a vendor, and values that no definition holds."""
    document = read_document(path)
    version = _check_kind(document, path)
    reader = Reader(_language(version))
    define = _define(document, version, reader)
    if document.version == "2.0":
        define = _as_21(define, version)
    rest = [NotTaken(line, what, why) for line, what, why in unknown_parts(document.root)]
    lines = {oid: element.sourceline or 0 for kind in document.definitions.values() for oid, element in kind.items()}
    return DefineReading(define, tuple(sorted([*reader.not_taken, *rest])), document.version, lines)


def _check_kind(document: Document, path: Path) -> Element:
    root, where = document.root, str(path)
    if local_name(root) != "ODM" or document.version not in ("2.0", "2.1"):
        kind = f"of Define-XML {document.version}" if document.version else f"an XML document of <{local_name(root)}>"
        raise DefineError(f"{path.name} is no define.xml of version 2.0 or 2.1: it is {kind}", where=f"{where}:1",
                          fix="give the define.xml of a submission, exported as Define-XML 2.0 or 2.1")
    versions = root.findall("odm:Study/odm:MetaDataVersion", NAMESPACES)
    if len(versions) != 1:
        raise DefineError(f"{path.name} has {len(versions)} MetaDataVersions; a define.xml has one", where=where,
                          fix="split the file, or have the metadata exported again")
    return versions[0]


def _language(version: Element) -> str:
    """The language that most texts are in."""
    found = [text.get(XML_LANG, "") for text in version.iter(f"{{{NAMESPACES['odm']}}}TranslatedText")]
    return max(sorted(set(found)), key=found.count, default="en")


@dataclass
class Reader:
    """Reads the parts that many definitions have, and keeps what it cannot take."""

    language: str
    not_taken: list[NotTaken] = field(default_factory=list)

    def lose(self, element: Element, what: str, why: str) -> None:
        named = element.get("OID") or element.get("ID") or element.get("ItemOID") or ""
        shown = f"{local_name(element)} {named}".strip()
        self.not_taken.append(NotTaken(element.sourceline or 0, f"{shown}: {what}", why))

    def number(self, element: Element, name: str) -> int | None:
        told = element.get(name)
        if told is None:
            return None
        if told.strip().removeprefix("-").isdecimal() and told.isascii():
            return int(told)
        self.lose(element, f'{name}="{told}"', "it is no whole number")
        return None

    def yes(self, element: Element, name: str) -> bool:
        told = attribute(element, name)
        if told not in ("Yes", "No", ""):
            self.lose(element, f'{name}="{told}"', "it is neither Yes nor No")
        return told == "Yes"

    def one(self, element: Element, path: str) -> Element | None:
        found = element.findall(path, NAMESPACES)
        for other in found[1:]:
            self.lose(other, local_name(other), "there may be one of it only; the first is taken")
        return found[0] if found else None

    def text(self, element: Element | None, path: str = "odm:Description") -> tuple[str, tuple[Translated, ...]]:
        """The text in the language of the document, and all of them where there are others."""
        told = None if element is None else self.one(element, path)
        texts = [] if told is None else told.findall("odm:TranslatedText", NAMESPACES)
        found = tuple(Translated("".join(text.itertext()).strip(BLANKS), text.get(XML_LANG, "")) for text in texts)
        mine = [text.text for text in found if text.lang == self.language]
        several = len(found) > 1 or bool(found) and not mine
        return (mine[0] if mine else found[0].text if found else ""), found if several else ()

    def documents(self, element: Element | None) -> tuple[DocumentRef, ...]:
        refs = [] if element is None else element.findall("def:DocumentRef", NAMESPACES)
        return tuple(DocumentRef(ref.get("leafID", ""), tuple(
            PageRef(page.get("Type", ""), page.get("PageRefs", ""), page.get("FirstPage", ""), page.get("LastPage", ""),
                    page.get("Title", "")) for page in ref.findall("def:PDFPageRef", NAMESPACES))) for ref in refs)

    def aliases(self, element: Element) -> tuple[Alias, ...]:
        return tuple(Alias(alias.get("Context", ""), alias.get("Name", ""))
                     for alias in element.findall("odm:Alias", NAMESPACES))

    def coded(self, element: Element) -> tuple[str, tuple[Alias, ...]]:
        """The C-code, and the other aliases."""
        aliases = self.aliases(element)
        code = next((alias.name for alias in aliases if alias.context == NCI_CODE), "")
        first = Alias(NCI_CODE, code)
        others = list(aliases)
        if first in others:
            others.remove(first)
        return code, tuple(others)

    def leaf(self, element: Element | None) -> LeafDef | None:
        if element is None:
            return None
        return LeafDef(element.get("ID", ""), attribute(element, "xlink:href"), _inner(element, "def:title"))


def _inner(element: Element, path: str) -> str:
    found = element.find(path, NAMESPACES)
    return "" if found is None else "".join(found.itertext()).strip(BLANKS)


def _define(document: Document, version: Element, reader: Reader) -> Define:
    root, study = document.root, version.getparent()
    groups = tuple(_group(element, reader) for element in version.findall("odm:ItemGroupDef", NAMESPACES))
    name, description, protocol = (_inner(study, f"odm:GlobalVariables/odm:{word}")
                                   for word in ("StudyName", "StudyDescription", "ProtocolName"))

    def every(path: str) -> list[Element]:
        return version.findall(path, NAMESPACES)

    return Define(
        study=name, description=description, protocol=protocol,
        model="ADaM" if any(group.purpose == "Analysis" for group in groups) else "SDTM",
        created=root.get("CreationDateTime", ""), file_oid=root.get("FileOID", ""), study_oid=study.get("OID", ""),
        version_oid=version.get("OID", ""), name=version.get("Name", ""),
        standards=tuple(_standard(element) for element in every("def:Standards/def:Standard")), groups=groups,
        items=tuple(_item(element, reader) for element in every("odm:ItemDef")),
        value_lists=tuple(_value_list(element, reader) for element in every("def:ValueListDef")),
        where_clauses=tuple(_where_clause(element) for element in every("def:WhereClauseDef")),
        codelists=tuple(_codelist(element, reader) for element in every("odm:CodeList")),
        methods=tuple(_method(element, reader) for element in every("odm:MethodDef")),
        comments=tuple(_comment(element, reader) for element in every("def:CommentDef")),
        leaves=tuple(leaf for element in every("def:leaf") if (leaf := reader.leaf(element)) is not None),
        annotated_crf=reader.documents(reader.one(version, "def:AnnotatedCRF")),
        supplemental=reader.documents(reader.one(version, "def:SupplementalDoc")),
        displays=read_displays(version, reader), comment=attribute(version, "def:CommentOID"),
        version_description=version.get("Description", ""), define_version=attribute(version, "def:DefineVersion"),
        context=attribute(root, "def:Context"), originator=root.get("Originator", ""),
        source_system=root.get("SourceSystem", ""), source_version=root.get("SourceSystemVersion", ""),
        as_of=root.get("AsOfDateTime", ""), prior_file=root.get("PriorFileOID", ""),
        file_description=root.get("Description", ""), language=reader.language, stylesheet=_stylesheet(root),
    )


def _stylesheet(root: Element) -> str:
    """The file that the processing instruction before the root element names."""
    found = [node.attrib.get("href", "") for node in root.itersiblings(preceding=True)
             if getattr(node, "target", "") == "xml-stylesheet"]
    return found[0] if found else ""


def _standard(element: Element) -> StandardDef:
    return StandardDef(element.get("OID", ""), element.get("Name", ""), element.get("Type", ""),
                       element.get("Version", ""), element.get("PublishingSet", ""), element.get("Status", ""),
                       attribute(element, "def:CommentOID"))


def _refs(element: Element, reader: Reader) -> tuple[ItemRef, ...]:
    return tuple(ItemRef(
        ref.get("ItemOID", ""), reader.number(ref, "OrderNumber"), reader.yes(ref, "Mandatory"),
        reader.number(ref, "KeySequence"), ref.get("Role", ""), ref.get("MethodOID", ""),
        reader.yes(ref, "def:HasNoData"),
        tuple(clause.get("WhereClauseOID", "") for clause in ref.findall("def:WhereClauseRef", NAMESPACES)),
        reader.yes(ref, "def:IsNonStandard"), ref.get("RoleCodeListOID", ""),
    ) for ref in element.findall("odm:ItemRef", NAMESPACES))


def _value_list(element: Element, reader: Reader) -> ValueListDef:
    text, translations = reader.text(element)
    return ValueListDef(element.get("OID", ""), _refs(element, reader), text, translations)


def _where_clause(element: Element) -> WhereClauseDef:
    checks = tuple(RangeCheck(attribute(check, "def:ItemOID"), check.get("Comparator", ""), tuple(
        _check_value(value) for value in check.findall("odm:CheckValue", NAMESPACES)),
        check.get("SoftHard", "")) for check in element.findall("odm:RangeCheck", NAMESPACES))
    return WhereClauseDef(element.get("OID", ""), checks, attribute(element, "def:CommentOID"))


def _check_value(element: Element) -> str:
    """The value as it stands; only one that was broken over lines loses what is around it."""
    value = "".join(element.itertext())
    return value.strip(BLANKS) if "\n" in value else value


def _group(element: Element, reader: Reader) -> ItemGroupDef:
    text, translations = reader.text(element)
    told = reader.one(element, "def:Class")
    subclasses = [] if told is None else told.findall("def:SubClass", NAMESPACES)
    return ItemGroupDef(
        oid=element.get("OID", ""), name=element.get("Name", ""), label=text, purpose=element.get("Purpose", ""),
        structure=attribute(element, "def:Structure"), class_="" if told is None else told.get("Name", ""),
        repeating=reader.yes(element, "Repeating"), refs=_refs(element, reader), domain=element.get("Domain", ""),
        subclasses=tuple(SubClass(sub.get("Name", ""), sub.get("ParentClass", "")) for sub in subclasses),
        reference=reader.yes(element, "IsReferenceData") if "IsReferenceData" in element.attrib else None,
        standard=attribute(element, "def:StandardOID"), non_standard=reader.yes(element, "def:IsNonStandard"),
        comment=attribute(element, "def:CommentOID"), no_data=reader.yes(element, "def:HasNoData"),
        aliases=reader.aliases(element), leaf=reader.leaf(reader.one(element, "def:leaf")),
        archive=attribute(element, "def:ArchiveLocationID"), sas_name=element.get("SASDatasetName", ""),
        translations=translations,
    )


def _item(element: Element, reader: Reader) -> ItemDef:
    text, translations = reader.text(element)
    codelist, values = reader.one(element, "odm:CodeListRef"), reader.one(element, "def:ValueListRef")
    return ItemDef(
        oid=element.get("OID", ""), name=element.get("Name", ""), label=text,
        shape=Shape(element.get("DataType", ""), reader.number(element, "Length"),
                    reader.number(element, "SignificantDigits")),
        format=attribute(element, "def:DisplayFormat"),
        codelist="" if codelist is None else codelist.get("CodeListOID", ""),
        origins=tuple(_origin(origin, reader) for origin in element.findall("def:Origin", NAMESPACES)),
        comment=attribute(element, "def:CommentOID"), values="" if values is None else values.get("ValueListOID", ""),
        sas_name=element.get("SASFieldName", ""), aliases=reader.aliases(element), translations=translations,
    )


def _origin(element: Element, reader: Reader) -> Origin:
    text, translations = reader.text(element)
    return Origin(element.get("Type", ""), element.get("Source", ""), text, reader.documents(element), translations)


def _codelist(element: Element, reader: Reader) -> CodeListDef:
    text, translations = reader.text(element)
    code, aliases = reader.coded(element)
    odm = f"{{{NAMESPACES['odm']}}}"
    found = list(element.iterchildren(f"{odm}CodeListItem", f"{odm}EnumeratedItem"))
    decoded = any(local_name(child) == "CodeListItem" for child in found)
    for child in found:
        if decoded and local_name(child) == "EnumeratedItem":
            reader.lose(element, f"term {child.get('CodedValue')}",
                        "a codelist has terms with decodes or without; the term gets an empty decode")
    external = reader.one(element, "odm:ExternalCodeList")
    return CodeListDef(
        oid=element.get("OID", ""), name=element.get("Name", ""), data_type=element.get("DataType", ""),
        terms=tuple(_term(child, reader) for child in found), code=code,
        standard=attribute(element, "def:StandardOID"), decoded=decoded,
        external=None if external is None else External(
            external.get("Dictionary", ""), external.get("Version", ""), external.get("ref", ""),
            external.get("href", "")),
        non_standard=reader.yes(element, "def:IsNonStandard"), comment=attribute(element, "def:CommentOID"),
        sas_format=element.get("SASFormatName", ""), text=text, aliases=aliases, translations=translations,
    )


def _term(element: Element, reader: Reader) -> ListTerm:
    decode, translations = reader.text(element, "odm:Decode")
    text, others = reader.text(element)
    if others:
        reader.lose(element, f"Description of {element.get('CodedValue')}", "only one language of it is kept")
    code, aliases = reader.coded(element)
    return ListTerm(element.get("CodedValue", ""), decode, code, reader.yes(element, "def:ExtendedValue"),
                    reader.number(element, "OrderNumber"), element.get("Rank", ""), aliases, text, translations)


def _method(element: Element, reader: Reader) -> MethodDef:
    text, translations = reader.text(element)
    expressions = tuple(Expression(told.get("Context", ""), "".join(told.itertext()))
                        for told in element.findall("odm:FormalExpression", NAMESPACES))
    return MethodDef(element.get("OID", ""), element.get("Name", ""), element.get("Type", ""), text, expressions,
                     reader.documents(element), reader.aliases(element), translations)


def _comment(element: Element, reader: Reader) -> CommentDef:
    text, translations = reader.text(element)
    return CommentDef(element.get("OID", ""), text, reader.documents(element), translations)


def _as_21(define: Define, version: Element) -> Define:
    """A document of 2.0 in the words of 2.1: its one standard, whose lists are the study's own, and its origins."""
    name, number = attribute(version, "def:StandardName"), attribute(version, "def:StandardVersion")
    name = STANDARDS_OF_20.get(name.strip(), name.strip())
    standard = StandardDef(f"STD.{name}.{number}", name, "IG", number)
    known = (standard,) if name else ()
    return replace(
        define, standards=known, define_version=DEFINE_VERSION, context=define.context or "Other",
        stylesheet=STYLESHEET if define.stylesheet else "",
        groups=tuple(replace(group, standard=standard.oid if known else "") for group in define.groups),
        items=tuple(replace(item, origins=tuple(map(_origin_of_21, item.origins))) for item in define.items),
        codelists=tuple(replace(codelist, non_standard=not codelist.code and codelist.external is None)
                        for codelist in define.codelists))


def _origin_of_21(origin: Origin) -> Origin:
    type_, source = ORIGINS_OF_20.get(origin.type, (origin.type, origin.source))
    return replace(origin, type=type_, source=source)



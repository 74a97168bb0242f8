"""What Define-XML 2.0 and 2.1 have: every element with its attributes and children. The rest is an extension."""

from collections.abc import Iterator

from define.document import NAMESPACES, Element, local_name

__all__ = ["unknown_parts"]

TEXT = "odm:TranslatedText"
LEAF = ("ID xlink:href", "def:title")
DOCUMENT_REFS = "def:DocumentRef"
KNOWN: dict[str, tuple[str, str]] = {                  # element: its attributes, its children
    "odm:ODM": ("FileOID ODMVersion FileType CreationDateTime AsOfDateTime PriorFileOID Description Originator "
                "SourceSystem SourceSystemVersion def:Context xsi:schemaLocation", "odm:Study"),
    "odm:Study": ("OID", "odm:GlobalVariables odm:MetaDataVersion"),
    "odm:GlobalVariables": ("", "odm:StudyName odm:StudyDescription odm:ProtocolName"),
    "odm:StudyName": ("", ""), "odm:StudyDescription": ("", ""), "odm:ProtocolName": ("", ""),
    "odm:MetaDataVersion": (
        "OID Name Description def:DefineVersion def:StandardName def:StandardVersion def:CommentOID",
        "def:Standards def:AnnotatedCRF def:SupplementalDoc def:ValueListDef def:WhereClauseDef odm:ItemGroupDef "
        "odm:ItemDef odm:CodeList odm:MethodDef def:CommentDef def:leaf arm:AnalysisResultDisplays"),
    "def:Standards": ("", "def:Standard"),
    "def:Standard": ("OID Name Type PublishingSet Version Status def:CommentOID", ""),
    "def:AnnotatedCRF": ("", DOCUMENT_REFS), "def:SupplementalDoc": ("", DOCUMENT_REFS),
    "def:DocumentRef": ("leafID", "def:PDFPageRef"),
    "def:PDFPageRef": ("PageRefs FirstPage LastPage Type Title", ""),
    "def:ValueListDef": ("OID", "odm:Description odm:ItemRef"),
    "odm:ItemRef": ("ItemOID OrderNumber Mandatory KeySequence MethodOID Role RoleCodeListOID def:IsNonStandard "
                    "def:HasNoData", "def:WhereClauseRef"),
    "def:WhereClauseRef": ("WhereClauseOID", ""),
    "def:WhereClauseDef": ("OID def:CommentOID", "odm:RangeCheck"),
    "odm:RangeCheck": ("Comparator SoftHard def:ItemOID", "odm:CheckValue"),
    "odm:CheckValue": ("", ""),
    "odm:ItemGroupDef": ("OID Name Repeating IsReferenceData SASDatasetName Domain Purpose def:Structure "
                         "def:ArchiveLocationID def:StandardOID def:IsNonStandard def:HasNoData def:CommentOID",
                         "odm:Description odm:ItemRef odm:Alias def:Class def:leaf"),
    "def:Class": ("Name", "def:SubClass"), "def:SubClass": ("Name ParentClass", ""),
    "odm:ItemDef": ("OID Name DataType Length SignificantDigits SASFieldName def:DisplayFormat def:CommentOID",
                    "odm:Description odm:CodeListRef odm:Alias def:Origin def:ValueListRef"),
    "odm:CodeListRef": ("CodeListOID", ""), "def:ValueListRef": ("ValueListOID", ""),
    "def:Origin": ("Type Source", f"odm:Description {DOCUMENT_REFS}"),
    "odm:CodeList": ("OID Name DataType SASFormatName def:StandardOID def:IsNonStandard def:CommentOID",
                     "odm:Description odm:CodeListItem odm:EnumeratedItem odm:ExternalCodeList odm:Alias"),
    "odm:CodeListItem": ("CodedValue Rank OrderNumber def:ExtendedValue", "odm:Decode odm:Alias odm:Description"),
    "odm:EnumeratedItem": ("CodedValue Rank OrderNumber def:ExtendedValue", "odm:Alias odm:Description"),
    "odm:ExternalCodeList": ("Dictionary Version ref href", ""),
    "odm:MethodDef": ("OID Name Type", f"odm:Description odm:FormalExpression odm:Alias {DOCUMENT_REFS}"),
    "odm:FormalExpression": ("Context", ""),
    "def:CommentDef": ("OID", f"odm:Description {DOCUMENT_REFS}"),
    "def:leaf": LEAF, "def:title": ("", ""), "odm:Alias": ("Context Name", ""),
    "odm:Description": ("", TEXT), "odm:Decode": ("", TEXT), "odm:TranslatedText": ("xml:lang", ""),
    "arm:AnalysisResultDisplays": ("", "arm:ResultDisplay"),
    "arm:ResultDisplay": ("OID Name", f"odm:Description {DOCUMENT_REFS} arm:AnalysisResult"),
    "arm:AnalysisResult": ("OID ParameterOID AnalysisReason AnalysisPurpose",
                           "odm:Description arm:AnalysisDatasets arm:Documentation arm:ProgrammingCode"),
    "arm:AnalysisDatasets": ("def:CommentOID", "arm:AnalysisDataset"),
    "arm:AnalysisDataset": ("ItemGroupOID", "def:WhereClauseRef arm:AnalysisVariable"),
    "arm:AnalysisVariable": ("ItemOID", ""),
    "arm:Documentation": ("", f"odm:Description {DOCUMENT_REFS}"),
    "arm:ProgrammingCode": ("Context", f"arm:Code {DOCUMENT_REFS}"), "arm:Code": ("", ""),
}
PREFIXES = {**{uri: prefix for prefix, uri in NAMESPACES.items()}, "http://www.w3.org/XML/1998/namespace": "xml",
            "http://www.w3.org/2001/XMLSchema-instance": "xsi"}
LINK_TYPES = ("xlink:type", "xsi:schemaLocation")      # say nothing of the metadata


def unknown_parts(root: Element) -> Iterator[tuple[int, str, str]]:
    """Line, element or attribute, and why: what no definition of ours can hold. What is inside of it goes with it."""
    known = KNOWN.get(_shown(str(root.tag)))
    if known is None:
        return
    attributes, children = known[0].split(), known[1].split()
    for name, value in root.attrib.items():
        if _shown(str(name)) not in (*attributes, *LINK_TYPES):
            yield (root.sourceline or 0, f'{_name(root)}: {_shown(str(name))}="{value}"',
                   "Define-XML has no such attribute here")
    for child in root.iterchildren("*"):
        if _shown(str(child.tag)) in children:
            yield from unknown_parts(child)
        else:
            yield child.sourceline or 0, f"{_name(child)} in {_name(root)}", "Define-XML has no such element here"


def _shown(tag: str) -> str:
    """def:Origin for {http://www.cdisc.org/ns/def/v2.1}Origin; an unknown namespace as it is written."""
    uri, _, local = tag.removeprefix("{").rpartition("}")
    return local if not uri else f"{PREFIXES[uri]}:{local}" if uri in PREFIXES else f"{{{uri}}}{local}"


def _name(element: Element) -> str:
    oid = element.get("OID") or element.get("ID") or element.get("ItemOID") or element.get("CodedValue") or ""
    return f"{local_name(element)} {oid}".strip()

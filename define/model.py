"""What a define.xml says, in the words of Define-XML 2.1: the metadata that goes in, and the definitions that come out.

`DefineSource` is everything that the define.xml of a study is made from. `Define` is the finished document before it
becomes XML or HTML: both are written from it, so they cannot differ. It holds all that a define.xml can say, so that
one which was read is written again without loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from specs.model import Codelist, DatasetSpec, DisplaySpec, StudyFacts
from specs.summary import DatasetSummary
from specs.texts import Texts

__all__ = [
    "Alias", "AnalysisDataset", "AnalysisResult", "CodeListDef", "CommentDef", "DEFINE_VERSION", "Define",
    "DefineSource", "DocumentRef", "Documentation", "Expression", "External", "ItemDef", "ItemGroupDef", "ItemRef",
    "LeafDef", "ListTerm", "MethodDef", "NCI_CODE", "Origin", "PageRef", "Program", "ProgrammingCode", "RangeCheck",
    "ResultDisplay", "SUBCLASSES", "Shape", "StandardDef", "SubClass", "Translated", "ValueListDef", "WhereClauseDef",
]

DEFINE_VERSION = "2.1.10"
NCI_CODE = "nci:ExtCodeID"                            # the context of the alias that is a C-code
SUBCLASSES = {                                        # and the classes they belong to
    "ADVERSE EVENT": ("OCCURRENCE DATA STRUCTURE",),
    "MEDICAL DEVICE TIME-TO-EVENT": ("MEDICAL DEVICE BASIC DATA STRUCTURE",),
    "NON-COMPARTMENTAL ANALYSIS": ("BASIC DATA STRUCTURE",),
    "POPULATION PHARMACOKINETIC ANALYSIS": ("BASIC DATA STRUCTURE",),
    "TIME-TO-EVENT": ("BASIC DATA STRUCTURE",),
}


@dataclass(frozen=True)
class LeafDef:
    """A file that the document names: a dataset, the annotated CRF, a guide, a program."""

    id: str
    href: str
    title: str


@dataclass(frozen=True)
class Program:
    """A function by its full name, and its source without the docstring."""

    name: str
    code: str


@dataclass(frozen=True)
class DefineSource:
    """Everything a define.xml says of one study, SDTM or ADaM."""

    facts: StudyFacts
    model: Literal["SDTM", "ADaM"]
    datasets: tuple[DatasetSpec, ...]                 # the submitted datasets, SUPP-- included, in any order
    parents: Mapping[str,
                     DatasetSpec]                # SUPPAE: the AE specification, whose `supplements` are its qualifiers
    summaries: Mapping[str, DatasetSummary]           # by dataset name, made of the data
    codelists: Mapping[str, Codelist]
    methods: Mapping[tuple[str, str], str]            # (dataset, variable): how it is derived, in words
    programs: Mapping[tuple[str, str], Program] = MappingProxyType({})       # (dataset, variable): what derives it
    displays: Mapping[str, DisplaySpec] = MappingProxyType({})               # of the report, for ADaM
    result_programs: Mapping[str, Program] = MappingProxyType({})            # by the `program` of a result
    pages: Mapping[tuple[str, str], tuple[int, ...]] = MappingProxyType({})  # (AE, AETERM): of the annotated CRF
    guides: tuple[LeafDef, ...] = ()                  # supplemental documents that lie beside the define.xml
    language: str = "en"                              # of the labels
    encoding: str = ""                                # of the transport files, where it is to be stated
    texts: Texts = Texts()                            # in that language, by the English ones


@dataclass(frozen=True)
class Translated:
    """A text in one language (xml:lang, or none).

    A definition has its text in the language of the document; only where it has several, or another language, are
    all of them its `translations`, in their order.
    """

    text: str
    lang: str = ""


@dataclass(frozen=True)
class Alias:
    context: str
    name: str


@dataclass(frozen=True)
class PageRef:
    """Pages of a PDF: numbers or named destinations (`refs`, parted by blanks), or the ends of a range."""

    type: str = "PhysicalRef"                         # or NamedDestination
    refs: str = ""
    first: str = ""
    last: str = ""
    title: str = ""

    @property
    def shown(self) -> str:
        return self.refs or f"{self.first}-{self.last}"


@dataclass(frozen=True)
class DocumentRef:
    leaf: str
    pages: tuple[PageRef, ...] = ()


@dataclass(frozen=True)
class StandardDef:
    oid: str
    name: str                                         # SDTMIG, ADaMIG, CDISC/NCI
    type: str                                         # IG or CT
    version: str
    publishing_set: str = ""                          # SDTM or ADaM, for CT only
    status: str = "Final"
    comment: str = ""


@dataclass(frozen=True)
class Shape:
    """How values look: the data type, and the length and decimals where the type has them."""

    data_type: str
    length: int | None = None
    digits: int | None = None


@dataclass(frozen=True)
class Origin:
    type: str
    source: str = ""
    text: str = ""                                    # AE.AETERM, of a Predecessor
    documents: tuple[DocumentRef, ...] = ()           # the annotated CRF with its pages
    translations: tuple[Translated, ...] = ()

    @property
    def pages(self) -> str:
        """The pages as a person writes them: '12 14', '12-15'."""
        return " ".join(page.shown for document in self.documents for page in document.pages)


@dataclass(frozen=True)
class ItemDef:
    """A variable, or a variable under a condition: one value of QNAM, --TESTCD or PARAMCD."""

    oid: str
    name: str
    label: str
    shape: Shape
    format: str = ""
    codelist: str = ""                                # OIDs from here on
    origins: tuple[Origin, ...] = ()
    comment: str = ""
    values: str = ""
    sas_name: str = ""
    aliases: tuple[Alias, ...] = ()
    translations: tuple[Translated, ...] = ()

    @property
    def origin(self) -> Origin | None:
        """The origin, where it has one; the first where it has several."""
        return self.origins[0] if self.origins else None


@dataclass(frozen=True)
class ItemRef:
    item: str
    order: int | None
    mandatory: bool
    key: int | None = None
    role: str = ""
    method: str = ""
    no_data: bool = False
    where: tuple[str, ...] = ()                       # any of these conditions
    non_standard: bool = False
    role_codelist: str = ""


@dataclass(frozen=True)
class ValueListDef:
    oid: str
    refs: tuple[ItemRef, ...]
    text: str = ""
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class RangeCheck:
    """One comparison: LT, LE, GT, GE, EQ, NE with one value, IN and NOTIN with any number."""

    item: str
    comparator: str
    values: tuple[str, ...]
    soft_hard: str = "Soft"


@dataclass(frozen=True)
class WhereClauseDef:
    """All of these comparisons hold."""

    oid: str
    checks: tuple[RangeCheck, ...]
    comment: str = ""                                 # how the datasets are joined, where it looks at another one


@dataclass(frozen=True)
class SubClass:
    name: str
    parent: str = ""                                  # the class or subclass that it is a part of


@dataclass(frozen=True)
class ItemGroupDef:
    oid: str
    name: str
    label: str
    purpose: str
    structure: str
    class_: str
    repeating: bool
    refs: tuple[ItemRef, ...]
    domain: str = ""                                  # empty for ADaM
    subclasses: tuple[SubClass, ...] = ()
    reference: bool | None = False                    # None: not stated
    standard: str = ""
    non_standard: bool = False
    comment: str = ""
    no_data: bool = False
    aliases: tuple[Alias, ...] = ()                   # DomainDescription: label of the parent domain, for SUPP--
    leaf: LeafDef | None = None
    archive: str = ""                                 # the ID of its leaf
    sas_name: str = ""
    translations: tuple[Translated, ...] = ()

    @property
    def file(self) -> str:
        return self.leaf.href if self.leaf else ""


@dataclass(frozen=True)
class ListTerm:
    value: str
    decode: str = ""
    code: str = ""                                    # NCI C-code
    extended: bool = False                            # the study's own term in an extensible CDISC list
    order: int | None = None
    rank: str = ""                                    # a number, as written
    aliases: tuple[Alias, ...] = ()                   # others than the C-code
    text: str = ""                                    # what the term means, beside its decode
    translations: tuple[Translated, ...] = ()         # of the decode


@dataclass(frozen=True)
class External:
    """A dictionary that is kept elsewhere: MedDRA, WHODrug, ISO 3166."""

    dictionary: str
    version: str = ""
    ref: str = ""
    href: str = ""


@dataclass(frozen=True)
class CodeListDef:
    """Terms, all with a decode (CodeListItem) or none of them (EnumeratedItem), or an external dictionary."""

    oid: str
    name: str
    data_type: str
    terms: tuple[ListTerm, ...] = ()
    code: str = ""
    standard: str = ""                                # OID of the CT package; empty for the study's own list
    decoded: bool = False
    external: External | None = None
    non_standard: bool = False
    comment: str = ""
    sas_format: str = ""
    text: str = ""
    aliases: tuple[Alias, ...] = ()                   # others than the C-code
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class Expression:
    """A method as code: the context says in which language."""

    context: str
    code: str


@dataclass(frozen=True)
class MethodDef:
    oid: str
    name: str
    type: str                                         # Computation or Imputation
    text: str
    expressions: tuple[Expression, ...] = ()
    documents: tuple[DocumentRef, ...] = ()
    aliases: tuple[Alias, ...] = ()
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class CommentDef:
    oid: str
    text: str
    documents: tuple[DocumentRef, ...] = ()
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class AnalysisDataset:
    """A dataset that a result is made from: which of its records, and which of its variables."""

    group: str                                        # OIDs
    where: str = ""
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Documentation:
    text: str
    documents: tuple[DocumentRef, ...] = ()
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class ProgrammingCode:
    """The program of a result: its text, or where it is."""

    context: str = ""
    code: str = ""
    documents: tuple[DocumentRef, ...] = ()


@dataclass(frozen=True)
class AnalysisResult:
    oid: str
    text: str
    reason: str                                       # SPECIFIED IN PROTOCOL ...
    purpose: str                                      # PRIMARY OUTCOME MEASURE ...
    datasets: tuple[AnalysisDataset, ...]
    parameter: str = ""                               # OID of PARAMCD, for BDS only
    comment: str = ""                                 # how the datasets are joined
    documentation: Documentation | None = None
    code: ProgrammingCode | None = None
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class ResultDisplay:
    """A table, figure or listing, and the results in it."""

    oid: str
    name: str
    text: str
    results: tuple[AnalysisResult, ...]
    documents: tuple[DocumentRef, ...] = ()
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class Define:
    """A whole define.xml, every list in the order in which it is written."""

    study: str                                        # StudyName
    description: str                                  # StudyDescription
    protocol: str                                     # ProtocolName
    model: str                                        # SDTM or ADaM
    created: str
    file_oid: str
    study_oid: str
    version_oid: str
    name: str                                         # of the MetaDataVersion
    standards: tuple[StandardDef, ...]
    groups: tuple[ItemGroupDef, ...]
    items: tuple[ItemDef, ...]
    value_lists: tuple[ValueListDef, ...] = ()
    where_clauses: tuple[WhereClauseDef, ...] = ()
    codelists: tuple[CodeListDef, ...] = ()
    methods: tuple[MethodDef, ...] = ()
    comments: tuple[CommentDef, ...] = ()
    leaves: tuple[LeafDef, ...] = ()                  # the documents; each dataset has a leaf of its own
    annotated_crf: tuple[DocumentRef, ...] = ()
    supplemental: tuple[DocumentRef, ...] = ()
    displays: tuple[ResultDisplay, ...] = ()          # Analysis Results Metadata
    comment: str = ""                                 # on the whole document
    version_description: str = ""                     # of the MetaDataVersion
    define_version: str = DEFINE_VERSION
    context: str = "Submission"                       # or Other
    originator: str = ""
    source_system: str = ""
    source_version: str = ""
    as_of: str = ""
    prior_file: str = ""
    file_description: str = ""
    language: str = "en"                              # of every text that says no other
    stylesheet: str = "define2-1.xsl"
    title: str = ""                                   # for define.html
    synthetic: bool = False

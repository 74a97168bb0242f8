"""What a define.xml says, in the words of Define-XML 2.1: the metadata that goes in, and the definitions that come out.

`DefineSource` is everything a define.xml is made from. `Define` is the finished document before it becomes XML or HTML:
both are written from it, so they cannot differ. OIDs are made here and nowhere else, by rule and never by counting.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from specs.ct import CT_VERSION
from specs.model import Codelist, DatasetSpec, StudyFacts
from specs.summary import DatasetSummary

__all__ = [
    "CodeListDef", "CommentDef", "Define", "DefineSource", "ItemDef", "ItemGroupDef", "ItemRef", "ListTerm",
    "MethodDef",
    "Origin", "Shape", "StandardDef", "ValueListDef", "WhereClauseDef",
]

SUBCLASSES = {                                        # and the classes they belong to
    "ADVERSE EVENT": ("OCCURRENCE DATA STRUCTURE",),
    "MEDICAL DEVICE TIME-TO-EVENT": ("MEDICAL DEVICE BASIC DATA STRUCTURE",),
    "NON-COMPARTMENTAL ANALYSIS": ("BASIC DATA STRUCTURE",),
    "POPULATION PHARMACOKINETIC ANALYSIS": ("BASIC DATA STRUCTURE",),
    "TIME-TO-EVENT": ("BASIC DATA STRUCTURE",),
}


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


@dataclass(frozen=True)
class StandardDef:
    oid: str
    name: str                                         # SDTMIG, ADaMIG, CDISC/NCI
    type: str                                         # IG or CT
    version: str
    publishing_set: str = ""                          # SDTM or ADaM, for CT only


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
    pages: str = ""                                   # pages of the annotated CRF


@dataclass(frozen=True)
class ItemDef:
    """A variable, or a variable under one value of QNAM, --TESTCD or PARAMCD."""

    oid: str
    name: str
    label: str
    shape: Shape
    format: str = ""
    codelist: str = ""                                # OIDs from here on
    origin: Origin | None = None
    comment: str = ""
    values: str = ""

    @property
    def sas_name(self) -> str:
        """The name, if SAS can have it: a test code that came out of bad data may be none."""
        return self.name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", self.name) else ""


@dataclass(frozen=True)
class ItemRef:
    item: str
    order: int
    mandatory: bool
    key: int | None = None
    role: str = ""
    method: str = ""
    no_data: bool = False
    where: str = ""


@dataclass(frozen=True)
class ValueListDef:
    oid: str
    refs: tuple[ItemRef, ...]


@dataclass(frozen=True)
class WhereClauseDef:
    """`item` (called `variable`) equals `value`."""

    oid: str
    item: str
    variable: str
    value: str


@dataclass(frozen=True)
class ItemGroupDef:
    oid: str
    name: str
    domain: str                                       # empty for ADaM
    label: str
    purpose: str
    structure: str
    class_: str
    subclass: str
    repeating: bool
    reference: bool
    standard: str
    comment: str
    no_data: bool
    alias: str                                        # label of the parent domain, for SUPP--
    refs: tuple[ItemRef, ...]

    @property
    def file(self) -> str:
        return f"{self.name.lower()}.xpt"


@dataclass(frozen=True)
class ListTerm:
    value: str
    decode: str = ""
    code: str = ""                                    # NCI C-code
    extended: bool = False                            # the study's own term in an extensible CDISC list


@dataclass(frozen=True)
class CodeListDef:
    """A list of terms: decoded (CodeListItem) where any of them has a decode, plain (EnumeratedItem) otherwise."""

    oid: str
    name: str
    data_type: str
    terms: tuple[ListTerm, ...]
    code: str = ""
    standard: str = ""                                # OID of the CT package; empty for the study's own list

    @property
    def decoded(self) -> bool:
        return any(term.decode and term.decode.upper() != term.value.upper() for term in self.terms)


@dataclass(frozen=True)
class MethodDef:
    oid: str
    name: str
    type: str
    text: str


@dataclass(frozen=True)
class CommentDef:
    oid: str
    text: str


@dataclass(frozen=True)
class Define:
    """A whole define.xml, every list in the order in which it is written."""

    study: str
    title: str
    description: str
    protocol: str
    model: str
    created: str
    synthetic: bool
    standards: tuple[StandardDef, ...]
    value_lists: tuple[ValueListDef, ...]
    where_clauses: tuple[WhereClauseDef, ...]
    groups: tuple[ItemGroupDef, ...]
    items: tuple[ItemDef, ...]
    codelists: tuple[CodeListDef, ...]
    methods: tuple[MethodDef, ...]
    comments: tuple[CommentDef, ...]

    @property
    def annotated_crf(self) -> bool:
        """True where a variable names its pages of the annotated CRF."""
        return any(item.origin and item.origin.pages for item in self.items)


def _oid(kind: str, *names: str) -> str:
    return ".".join((kind, *(name for name in names if name)))


def study_oid(study: str) -> str:
    return f"STDY.{study}"


def version_oid(study: str, model: str) -> str:
    return f"MDV.{study}.{model}"


def file_oid(study: str, model: str) -> str:
    return f"DEF.{study}.{model}"


def standard_oid(name: str, version: str) -> str:
    """STD.SDTMIG.3.4"""
    return f"STD.{name}.{version}"


def ct_oid(package: str, version: str = CT_VERSION) -> str:
    """STD.CT.SDTM.2025-03-28 for the package 'SDTM CT'."""
    return standard_oid(f"CT.{publishing_set(package)}", version)


def publishing_set(package: str) -> str:
    """SDTM of 'SDTM CT'."""
    return package.removesuffix(" CT")


def group_oid(dataset: str) -> str:
    return f"IG.{dataset}"


def item_oid(dataset: str, variable: str, value: str = "") -> str:
    """IT.AE.AESEV, IT.SUPPAE.QVAL.AEREL1"""
    return _oid("IT", dataset, variable, value)


def value_list_oid(dataset: str, variable: str) -> str:
    return f"VL.{dataset}.{variable}"


def where_oid(dataset: str, variable: str, value: str) -> str:
    """WC.VS.VSTESTCD.SYSBP"""
    return f"WC.{dataset}.{variable}.{value}"


def codelist_oid(name: str, numeric: bool = False) -> str:
    """CL.AESEV; CL.RESP.numeric where the list RESP also serves text variables"""
    return f"CL.{name}.numeric" if numeric else f"CL.{name}"


def subset_oid(name: str, terms: Iterable[str]) -> str:
    """CL.VSRESU.mmHg: the terms of a list that one test uses"""
    return _oid("CL", name, *terms)


def variable_list_oid(dataset: str, variable: str) -> str:
    """CL.ADVS.PARAMCD: the codes of one dataset, with their names"""
    return f"CL.{dataset}.{variable}"


def method_oid(dataset: str, variable: str) -> str:
    return f"MT.{dataset}.{variable}"


def comment_oid(*names: str) -> str:
    """COM.AE, COM.AE.AESEV, COM.NODATA"""
    return _oid("COM", *names)


def leaf_id(name: str) -> str:
    return f"LF.{name}"

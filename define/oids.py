"""The OIDs of a define.xml that is made here: by rule and never by counting, and nowhere else."""

from collections.abc import Iterable

from specs.ct import CT_VERSION

__all__ = [
    "ANNOTATED_CRF", "codelist_oid", "comment_oid", "ct_oid", "dictionary_oid", "display_oid", "file_oid",
    "function_oid", "group_oid", "item_oid", "leaf_id", "method_oid", "publishing_set", "result_oid", "standard_oid",
    "study_oid", "subset_oid", "value_list_oid", "variable_list_oid",
    "version_oid", "where_oid",
]

ANNOTATED_CRF = "acrf"


def _oid(kind: str, *names: str) -> str:
    return ".".join((kind, *(name.replace(" ", "-") for name in names if name)))


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


def where_oid(*names: str) -> str:
    """WC.VS.VSTESTCD.SYSBP, WC.AR.DLT.1.ADDLT"""
    return _oid("WC", *names)


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


def function_oid(function: str) -> str:
    """MT.derive_study_day: the method of every variable that the function makes"""
    return f"MT.{function}"


def display_oid(display: str) -> str:
    return f"RD.{display}"


def result_oid(display: str, result: str) -> str:
    """AR.RESPONSE.ORR"""
    return f"AR.{display}.{result}"


def dictionary_oid(dictionary: str, numeric: bool = False) -> str:
    """CL.MedDRA for its terms, CL.MedDRA.numeric for its codes"""
    return codelist_oid(dictionary.replace(" ", "-"), numeric)


def comment_oid(*names: str) -> str:
    """COM.AE, COM.AE.AESEV, COM.NODATA"""
    return _oid("COM", *names)


def leaf_id(name: str) -> str:
    return f"LF.{name}"

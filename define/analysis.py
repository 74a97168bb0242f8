"""Analysis Results Metadata 1.0: the published assertions under their names, and some of our own.

A displayed result must say what it is, which datasets and variables it was made of, and by which program.
"""

from define.document import Check, Document, Element, attribute
from define.published import children, lacks_text, undefined

__all__ = ["ANALYSIS_RESULTS"]

DISPLAY, RESULT = "//arm:ResultDisplay", "//arm:AnalysisResult"
REASONS = ("SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY")
PURPOSES = ("PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE")
BDS = ("BASIC DATA STRUCTURE", "MEDICAL DEVICE BASIC DATA STRUCTURE")


def repeated(name: str) -> Check:
    return Check(f"ResultDisplay_{name}_Unique", f"{DISPLAY}[@{name}]", lambda e, d: d.repeats(e, name),
                 f"another display has the same {name}")


def documents(name: str, at: str) -> Check:
    return Check(f"{name}_leaf", f"{at}/def:DocumentRef", undefined("leaf", "leafID"),
                 "the document it refers to is not defined")


def _classes(result: Element, document: Document) -> list[str]:
    """The classes of the datasets that a result was made of, as far as they are known."""
    groups = document.definitions.get("ItemGroupDef", {})
    used = [groups.get(dataset.get("ItemGroupOID", "")) for dataset in result.iterfind(".//arm:AnalysisDataset",
                                                                                      document.prefixes)]
    return [told.get("Name", "") for group in used if group is not None for told in children(group, "def:Class")]


def lacks_parameter(result: Element, document: Document) -> bool:
    """Wrong where the result selects a parameter (PARAMCD) of a BDS dataset and does not name the variable of it."""
    return not result.get("ParameterOID") and any(name in BDS for name in _classes(result, document)) and any(
        _tests_parameter(ref, document) for ref in result.iterfind(".//def:WhereClauseRef", document.prefixes))


def _tests_parameter(ref: Element, document: Document) -> bool:
    clause = document.definitions.get("WhereClauseDef", {}).get(ref.get("WhereClauseOID", ""))
    items = document.definitions.get("ItemDef", {})
    tested = [] if clause is None else [attribute(check, "def:ItemOID") for check in children(clause, "odm:RangeCheck")]
    return any(oid in items and items[oid].get("Name") in ("PARAMCD", "PARAM") for oid in tested)


def unwanted_parameter(result: Element, document: Document) -> bool:
    classes = _classes(result, document)
    return bool(classes) and not any(name in BDS for name in classes)


def uncommented_join(element: Element, _: Document) -> bool:
    return len(children(element, "arm:AnalysisDataset")) > 1 and not attribute(element, "def:CommentOID")


def code_and_documents(element: Element, _: Document) -> bool:
    codes, refs = children(element, "arm:Code"), children(element, "def:DocumentRef")
    return len(codes) > 1 or bool(codes) == bool(refs)


def of_another_dataset(variable: Element, document: Document) -> bool:
    groups = document.definitions.get("ItemGroupDef", {})
    group = groups.get(variable.getparent().get("ItemGroupOID", ""))
    oid = variable.get("ItemOID", "")
    known = group is not None and oid in document.definitions.get("ItemDef", {})
    return known and oid not in [ref.get("ItemOID") for ref in children(group, "odm:ItemRef")]


def condition_on_another(ref: Element, document: Document) -> str:
    """The tested variables that are not of the dataset whose records are selected."""
    group = document.definitions.get("ItemGroupDef", {}).get(ref.getparent().get("ItemGroupOID", ""))
    clause = document.definitions.get("WhereClauseDef", {}).get(ref.get("WhereClauseOID", ""))
    if group is None or clause is None:
        return ""
    mine = {item.get("ItemOID") for item in children(group, "odm:ItemRef")}
    tested = [attribute(check, "def:ItemOID") for check in children(clause, "odm:RangeCheck")]
    return ", ".join(oid for oid in tested if oid not in mine)


ANALYSIS_RESULTS = (
    Check("AnalysisVariable_Dataset", "//arm:AnalysisVariable", of_another_dataset,
          "the analysed variable is not of this dataset"),
    Check("AnalysisDataset_Condition", "//arm:AnalysisDataset/def:WhereClauseRef", condition_on_another,
          "the condition tests variables that are not of this dataset"),
    Check("AnalysisResult_Reason", RESULT, lambda e, _: e.get("AnalysisReason") not in REASONS,
          f"the reason is none of {', '.join(REASONS)}", "notice"),
    Check("AnalysisResult_Purpose", RESULT, lambda e, _: e.get("AnalysisPurpose") not in PURPOSES,
          f"the purpose is none of {', '.join(PURPOSES)}", "notice"),
    repeated("OID"),
    repeated("Name"),
    *(Check(f"{name}_Description", f"//arm:{name}", lacks_text, "it has no text (Description)")
      for name in ("ResultDisplay", "AnalysisResult", "Documentation")),
    documents("AnalysisResult_DocumentRef", DISPLAY),
    documents("AnalysisResult_Documentation", f"{RESULT}/arm:Documentation"),
    documents("AnalysisResult_ProgrammingCode", f"{RESULT}/arm:ProgrammingCode"),
    Check("AnalysisResult_OID_Unique", f"{RESULT}[@OID]", lambda e, d: d.repeats(e, "OID"),
          "another result of this display has the same OID"),
    Check("AnalysisResult_ParameterOID_ItemDef", f"{RESULT}[@ParameterOID]", undefined("ItemDef", "ParameterOID"),
          "the variable of its parameter is not defined"),
    Check("AnalysisResult_ParameterOID_BDS", RESULT, lacks_parameter,
          "it is based on a parameter of a BDS dataset and does not name the variable (ParameterOID)"),
    Check("AnalysisResult_ParameterOID_BDS2", f"{RESULT}[@ParameterOID]", unwanted_parameter,
          "only a result that is based on a BDS dataset has a ParameterOID"),
    Check("AnalysisDatasets_CommentDef", "//arm:AnalysisDatasets[@def:CommentOID]",
          undefined("CommentDef", "def:CommentOID"), "its comment is not defined"),
    Check("AnalysisDatasets2_CommentDef", "//arm:AnalysisDatasets", uncommented_join,
          "several datasets need a comment that says how they are joined"),
    Check("AnalysisDataset_ItemGroupDef", "//arm:AnalysisDataset", undefined("ItemGroupDef", "ItemGroupOID"),
          "the dataset it refers to is not defined"),
    Check("AnalysisDataset_WhereClauseDef", "//arm:AnalysisDataset/def:WhereClauseRef",
          undefined("WhereClauseDef", "WhereClauseOID"), "the where clause it refers to is not defined"),
    Check("AnalysisVariable", RESULT, lambda e, d: e.find(".//arm:AnalysisVariable", d.prefixes) is None,
          "it names no variable that was analysed"),
    Check("AnalysisVariable_ItemDef", "//arm:AnalysisVariable", undefined("ItemDef", "ItemOID"),
          "the variable it refers to is not defined"),
    Check("ProgrammingCode_Code_DocumentRef", "//arm:ProgrammingCode", code_and_documents,
          "it holds the code or refers to documents, exactly one of the two"),
)

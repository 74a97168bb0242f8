"""A dataset has the label of the guide; a part of a split domain has its own."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import datasets
from validation.rules.wording import is_chinese, letters

FORMER = {"CM": ("Concomitant Medications",), "RS": ("Disease Response",), "DA": ("Drug Accountability",),
          "IE": ("Inclusion/Exclusion Criterion Not Met",), "LB": ("Laboratory Tests", "Laboratory Data"),
          "EG": ("ECG",), "TU": ("Tumor Identification",), "TR": ("Tumor Results",)}      # in earlier versions


@rule("warning", each="SDTM", cites="SDTMIG 3.4, tables of 5 to 8",
      fix="programmer: give the dataset the label of the guide")
def dataset_label(table: Table, package: Package) -> Iterator[Hit]:
    """A dataset has the label of the guide; a part of a split domain has its own."""
    if any(other.label for other in package.tables.values()):
        own = datasets().get(table.name, {}).get("label", "")
        if not table.label:
            yield Hit(table, None, "", "the dataset has no label")
        elif own and letters(own) != letters(table.label) and not (
                is_chinese(table.label) or table.label in FORMER.get(table.name, ())):
            yield Hit(table, None, "", f"its label is {table.label!r}, in the guide {own!r}")

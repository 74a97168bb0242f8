"""A variable has the label of guide or model, case and marks aside; a label in Chinese is not compared."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import known, model
from validation.rules.wording import is_chinese, letters


@rule("warning", each="SDTM", cites="SDTMIG 3.4, tables of 5 to 8; CORE-000398/CG0303",
      fix="programmer: take the label of the guide in the version that is used")
def label_differs(table: Table, package: Package) -> Iterator[Hit]:
    """A variable has the label of guide or model, case and marks aside; a label in Chinese is not compared."""
    facts, labels = known(table), model(table)
    for variable in table.variables:
        if variable.name in facts and variable.label and not is_chinese(variable.label):
            accepted = {letters(facts[variable.name].label)}
            if variable.name in labels:
                accepted.add(letters(labels[variable.name].label))
            if letters(variable.label) not in accepted:
                yield Hit(table, None, variable.name, f"its label is {variable.label!r}, in the guide "
                          f"{facts[variable.name].label!r}")

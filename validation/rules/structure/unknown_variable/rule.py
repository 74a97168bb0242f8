"""Every variable is one of the guide or of the model for the dataset."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import known

MORE = "(TSVAL|COVAL|IETEST)[0-9]+"       # texts of more than 200 characters go on in numbered variables


@rule("warning", each="SDTM", cites="SDTMIG 3.4, 3.2.2 and 8.4; CORE-000550/CG0013",
      fix="programmer: move the variable to SUPP--")
def unknown_variable(table: Table, package: Package) -> Iterator[Hit]:
    """Every variable is one of the guide or of the model for the dataset."""
    facts = known(table)
    for variable in table.variables if facts else ():
        if variable.name not in facts and not re.fullmatch(MORE, variable.name):
            yield Hit(table, None, variable.name, "guide and model have no such variable in this dataset")

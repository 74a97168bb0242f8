"""Trial design tables: facts of the protocol as the records of a dataset (SDTMIG 3.4, section 7)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from specs.model import DatasetSpec

__all__ = ["design_table"]


def design_table(rows: Sequence[Mapping[str, object]], spec: DatasetSpec) -> pd.DataFrame:
    """The rows as a table with every variable of the specification: text or numbers; empty where a row says nothing."""
    table = pd.DataFrame(list(rows), columns=list(spec.variables))
    text = table.astype("str").fillna("") if len(table) else table.astype("str")
    numbers = [variable.name for variable in spec.columns if variable.type == "Num"]
    return text.assign(**{name: pd.to_numeric(text[name], errors="coerce").astype("float64") for name in numbers})

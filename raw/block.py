"""The raw data that a dataset function sees: the forms of one block of subjects, as text."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cdisckit.errors import SpecError, suggest
from specs.load import StudySpecs

__all__ = ["RawBlock"]


@dataclass(frozen=True)
class RawBlock:
    """The forms of one block of subjects. Every field is text, "" where missing; `_record` and `_subject` ride along."""

    study: StudySpecs
    forms: Mapping[str, pd.DataFrame]

    def form(self, name: str) -> pd.DataFrame:
        """The records of a form; SpecError where the study has no such form."""
        if name not in self.forms:
            raise SpecError(f"the study has no form {name}{suggest(name, self.forms)}", cases=sorted(self.forms))
        return self.forms[name]

    def field(self, form: str, field: str) -> pd.Series:
        """One field, blanks trimmed; "" throughout where the file lacks it (the account has a finding for that)."""
        data = self.form(form)
        if field in data.columns:
            return data[field].str.strip()
        return pd.Series("", index=data.index, dtype="str")

"""The raw data that a dataset function sees: the forms of one block of subjects, as text."""

import dataclasses
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from cdisckit.errors import SpecError, suggest
from raw.rave import HEADER
from specs.fields import used_fields
from specs.load import StudySpecs

__all__ = ["RawBlock"]


@dataclasses.dataclass(frozen=True, eq=False)
class RawBlock:
    """The forms of one block of subjects. Every field is text, "" where missing; `_record`, `_subject` ride along."""

    study: StudySpecs
    forms: Mapping[str, pd.DataFrame]
    _known: dict[Hashable, Any] = dataclasses.field(default_factory=dict, init=False, repr=False)

    def form(self, name: str) -> pd.DataFrame:
        """The records of a form; SpecError where the study has no such form."""
        if name not in self.forms:
            raise SpecError(f"the study has no form {name}{suggest(name, self.forms)}", cases=sorted(self.forms),
                            fix="mend the form's name, or add it to `forms` of study.yaml")
        return self.once(("form", name), lambda: self._active(name))

    def _active(self, name: str) -> pd.DataFrame:
        """The records that are not deleted in the EDC system (those are in `forms`, and dropped in the account)."""
        data = self.forms[name]
        if self.study.facts.forms[name].shape != "rave" or "RecordActive" not in data:
            return data
        return data[data["RecordActive"] != "0"].reset_index(drop=True)

    def field(self, form: str, field: str) -> pd.Series:
        """One field, blanks trimmed; "" throughout where the file lacks it (the account has a finding for that)."""
        return self.once(("field", form, field), lambda: self._trimmed(form, field))

    def _trimmed(self, form: str, field: str) -> pd.Series:
        data = self.form(form)
        if field in data.columns:
            return data[field].str.strip()
        if field in HEADER and field not in used_fields(self.study)[form]:
            raise SpecError(f"{form}.{field} is read, and the specification does not speak of it",
                            fix=f"name it where it is used: `uses: [{field}]` or `source: [{form}.{field}]`")
        return pd.Series("", index=data.index, dtype="str")

    def once[T](self, name: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed on the first call only: many derivations read the same dates of a block."""
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]

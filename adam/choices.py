"""What an analysis plan decides, as study.yaml states it under `terms`: each set of choices is a frozen dataclass."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cdisckit.errors import SpecError, suggest

__all__ = ["read_choices"]


def read_choices[T](stated: Mapping[str, Any], kind: type[T], where: str, also: Iterable[str] = ()) -> T:
    """The choices as stated, read as what they are (number, yes or no, one of the named values); what is not stated has
    the usual value.

    In: `where` in study.yaml they stand (terms.response); `also`: entries there that are not of this set. Raises
    SpecError for a name that is no choice, and for a value that the choice does not have.
    """
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    for name in stated:
        if name not in names and name not in also:
            raise SpecError(f"{where} has no rule {name!r}{suggest(name, names)}", cases=[*names, *also],
                            where="study.yaml", fix="name one of these")
    try:
        return TypeAdapter(kind).validate_python({name: stated[name] for name in names if name in stated})
    except ValidationError as error:
        cases = [f"{'.'.join(map(str, one['loc']))}: {one['input']!r}: {one['msg']}" for one in error.errors()]
        raise SpecError(f"{where} states what its rules do not have", cases=cases, where="study.yaml",
                        fix="state values of these rules; docs/response-and-time-to-event.md lists them") from error

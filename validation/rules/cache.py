"""What several rules need of one dataset is worked out once and kept as long as the dataset is."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from validation.package import Table

__all__ = ["once"]

_KEPT: WeakKeyDictionary[Table, dict[Any, Any]] = WeakKeyDictionary()


def once[T](table: Table, what: Any, work: Callable[[], T]) -> T:
    """What `work` gives, worked out the first time that `what` is asked of this dataset."""
    kept = _KEPT.setdefault(table, {})
    if what not in kept:
        kept[what] = work()
    return kept[what]

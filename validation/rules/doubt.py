"""How sure a rule is of itself: where many records break it, the dataset may follow another rule."""

from typing import Any

import numpy as np

__all__ = ["softly"]

ALWAYS_FEW = 2


def softly(rows: Any, of: float, share: float, then: str = "notice") -> str:
    """The severity of records that break a rule: the rule's own ("") if they are at most a share of all, else `then`.

    `rows`: their number, or True for each of them.
    """
    return "" if int(np.sum(rows)) <= max(share * int(of), ALWAYS_FEW) else then

"""Characters that XML forbids: each is shown as its code, so that nothing is lost and nothing breaks."""

import re

__all__ = ["FORBIDDEN_SHOWN", "legal_text"]

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FORBIDDEN_SHOWN = re.compile(r"\[U\+(?:00[01][0-9A-F]|D[89A-F][0-9A-F]{2}|FFF[EF])\]")


def legal_text(text: str) -> str:
    """The text with [U+0001] for a character that no XML document may hold."""
    return FORBIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)

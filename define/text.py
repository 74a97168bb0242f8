"""The texts of a document: characters that XML forbids, each shown as its code, so that nothing is lost and nothing
breaks; and what it says of the encoding of the texts in its transport files.
"""

import re

__all__ = ["FORBIDDEN_SHOWN", "legal_text", "stated_encoding"]

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CHINESE = re.compile(r"\b(GB18030|GBK|GB2312|EUC-CN)\b", re.IGNORECASE | re.ASCII)
FORBIDDEN_SHOWN = re.compile(r"\[U\+(?:00[01][0-9A-F]|D[89A-F][0-9A-F]{2}|FFF[EF])\]")


def legal_text(text: str) -> str:
    """The text with [U+0001] for a character that no XML document may hold."""
    return FORBIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def stated_encoding(description: str) -> str:
    """The encoding of the transport files, where the description of the document names a Chinese one; else UTF-8."""
    found = CHINESE.search(description)
    return {"euc-cn": "gb2312"}.get(found[1].lower(), found[1].lower()) if found else "utf-8"

"""Long texts: what is longer than 200 bytes goes on in further pieces, and nothing is lost (SDTMIG 3.4, 4.5.3)."""

import pandas as pd

from specs.model import TEXT_BYTES, byte_length

__all__ = ["is_long", "split_long"]


def is_long(texts: pd.Series) -> pd.Series:
    """Which texts are longer than the 200 bytes (UTF-8) that a transport file holds in a variable."""
    # A character has four bytes at most: only texts over 50 characters need a closer look.
    long = {text for text in set(texts.tolist()) if len(text) > TEXT_BYTES // 4 and byte_length(text) > TEXT_BYTES}
    return texts.isin(long) if long else pd.Series(False, index=texts.index)


def split_long(text: str) -> list[str]:
    """The text in pieces of at most 200 bytes, cut between words where there are words and always between characters.

    A piece never ends with a blank, which a transport file would lose: it begins the next one. The pieces put together
    are the text.
    """
    pieces, rest = [], text.rstrip()
    while byte_length(rest) > TEXT_BYTES:
        piece = rest.encode("utf-8")[:TEXT_BYTES].decode("utf-8", "ignore")
        blank = piece.rfind(" ") if rest[len(piece)] != " " else len(piece)
        piece = piece[:blank] if blank > len(piece) // 2 else piece
        pieces.append(piece.rstrip() or piece)
        rest = rest[len(pieces[-1]):]
    return [*pieces, rest]

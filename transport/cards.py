"""The header of a SAS transport file: cards of 80 bytes with the dataset, its variables and its creation time.

The layout is SAS's own, published as "The Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport Format":
library header, then for each dataset (member) its header, 140 bytes for each variable, and the observations.
"""

import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import BinaryIO

import numpy as np

from cdisckit.errors import ContractError, RawDataError
from transport.column import Column, join_format, split_format
from transport.text import WRONG_ENCODING

__all__ = ["CARD", "UNFINISHED", "Member", "header_cards", "read_members"]

CARD = 80                            # bytes of a record
VARIABLE = struct.Struct(">hhhh8s40s8shhh2x8shhi52x")
OLD_VARIABLE_SIZE = 136              # the length on VAX/VMS: the same fields with a shorter reserve at the end
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FIRST_YEAR, LAST_YEAR = 1970, 2069   # the header has two digits for a year; transport files are younger than 1970

# Stands in the place of the first card until the last byte is written: a file left half written is no transport file.
UNFINISHED = b"UNFINISHED SAS TRANSPORT FILE: ITS WRITING WAS BROKEN OFF".ljust(CARD)

NO_TRANSPORT_FILE = (
    (b"HEADER RECORD*******LIBV8", "is a version 8 transport file", "export it again as version 5 (LIBNAME ... XPORT)"),
    (b"**COMPRESSED**", "is a PROC CPORT file", "export it with the XPORT engine or PROC COPY, not with PROC CPORT"),
    (UNFINISHED[:30], "is unfinished: its writing was broken off", "write the file again"),
    (b"PK\x03\x04", "is a zip archive", "unpack it first"),
    (b"\x1f\x8b", "is a gzip file", "unpack it first"),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "is a SAS dataset (sas7bdat)", "export it as a version 5 transport file"),
)


@dataclass(frozen=True)
class Member:
    """One dataset of a transport file: what its header says, and where its records lie."""

    name: str
    label: str
    columns: tuple[Column, ...]
    created: datetime | None
    offsets: tuple[int, ...]     # byte of each variable within a record
    widths: tuple[int, ...]      # bytes of each variable in the file: a number may have fewer than 8
    start: int                   # byte of the first record
    end: int                     # byte behind the last card of the records

    @property
    def record_length(self) -> int:
        return sum(self.widths)


def _title(kind: str) -> bytes:
    return f"HEADER RECORD*******{kind:<8}HEADER RECORD!!!!!!!".encode()


def _title_card(kind: str, numbers: str = "0" * 30) -> bytes:
    return (_title(kind) + numbers.encode()).ljust(CARD)


LIBRARY, MEMBER, DESCRIPTOR, VARIABLES, RECORDS = map(_title, ("LIBRARY", "MEMBER", "DSCRPTR", "NAMESTR", "OBS"))


def header_cards(name: str, label: str, columns: Sequence[Column], created: datetime, encoding: str) -> bytes:
    """Everything before the first record, for columns that `check_columns` has passed."""
    stamp = _write_stamp(created, name)
    variables = b"".join(_write_variable(number, position, column, encoding)
                         for number, position, column in _positions(columns))
    return b"".join((
        _title_card("LIBRARY"),
        b"SAS     SAS     SASLIB  9.4     cdisckit".ljust(CARD - 16) + stamp,
        stamp.ljust(CARD),
        _title_card("MEMBER", f"{0:017}16{0:08}140"),
        _title_card("DSCRPTR"),
        b"SAS     " + name.encode().ljust(8) + b"SASDATA 9.4     cdisckit".ljust(48) + stamp,
        stamp.ljust(32) + label.encode(encoding).ljust(48),
        _title_card("NAMESTR", f"{0:06}{len(columns):04}{0:020}"),
        variables.ljust(-(-len(variables) // CARD) * CARD),
        _title_card("OBS")))


def _positions(columns: Sequence[Column]) -> Iterator[tuple[int, int, Column]]:
    position = 0
    for number, column in enumerate(columns, 1):
        yield number, position, column
        position += column.length


def _write_variable(number: int, position: int, column: Column, encoding: str) -> bytes:
    format_name, width, decimals = split_format(column.format)
    return VARIABLE.pack(2 if column.type == "Char" else 1, 0, column.length, number,
                         column.name.encode().ljust(8), column.label.encode(encoding).ljust(40),
                         format_name.encode().ljust(8), width, decimals, 0, b" " * 8, 0, 0, position)


def _write_stamp(created: datetime, name: str) -> bytes:
    if not FIRST_YEAR <= created.year <= LAST_YEAR:
        raise ContractError(f"{name}: the creation time {created} does not fit a transport file",
                            fix=f"state a time from {FIRST_YEAR} to {LAST_YEAR}: the file has two digits for the year")
    return f"{created:%d}{MONTHS[created.month - 1]}{created:%y:%H:%M:%S}".encode()


def _read_stamp(text: bytes) -> datetime | None:
    match = re.fullmatch(rb"(\d\d)([A-Z]{3})(\d\d):(\d\d):(\d\d):(\d\d)", text)
    if match is None or match[2].decode() not in MONTHS:
        return None
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    year += 1900 if year >= FIRST_YEAR % 100 else 2000
    try:
        return datetime(year, MONTHS.index(match[2].decode()) + 1, day, hour, minute, second)
    except ValueError:
        return None


def read_members(file: BinaryIO, size: int, encoding: str) -> list[Member]:
    """The datasets of a file of that many bytes; memory does not depend on what their headers claim."""
    _check_library(file, size)
    members: list[Member] = []
    at = 3 * CARD
    while at < size or not members:
        members.append(_read_member(file, at, size, encoding))
        at = members[-1].end
    return members


def _damaged(what: str, file: BinaryIO, at: int, fix: str = "transfer the file again, in binary mode") -> RawDataError:
    return RawDataError(what, where=f"{file.name}, byte {at}", fix=fix)


def _check_library(file: BinaryIO, size: int) -> None:
    file.seek(0)
    first = file.read(CARD)
    for magic, what, fix in NO_TRANSPORT_FILE:
        if first.startswith(magic):
            raise _damaged(f"the file {what}", file, 0, fix)
    if not first:
        raise _damaged("the file is empty", file, 0)
    if not first.startswith(LIBRARY):
        raise _damaged(f"the file is no SAS transport file: it begins with {first[:24]!r}", file, 0,
                       "export the dataset as a version 5 transport file (LIBNAME ... XPORT)")
    if size % CARD:
        raise _damaged(f"the file is truncated: {size} bytes are not a multiple of {CARD}", file, size - size % CARD)


def _read_cards(file: BinaryIO, at: int, number: int, what: str) -> bytes:
    file.seek(at)
    cards = file.read(number * CARD)
    if len(cards) < number * CARD:
        raise _damaged(f"the file is truncated: it ends within {what}", file, at + len(cards))
    return cards


def _check_title(cards: bytes, title: bytes, file: BinaryIO, at: int) -> None:
    if not cards.startswith(title):
        kind = title[20:28].decode().strip()
        raise _damaged(f"the header is damaged: {kind} is expected, not {cards[:28]!r}", file, at)


def _read_number(digits: bytes, what: str, file: BinaryIO, at: int) -> int:
    if not digits.isdigit():
        raise _damaged(f"the header is damaged: {what} is a number, not {digits!r}", file, at)
    return int(digits)


def _read_member(file: BinaryIO, at: int, size: int, encoding: str) -> Member:
    cards = _read_cards(file, at, 5, "the header of the dataset")
    for index, title in ((0, MEMBER), (1, DESCRIPTOR), (4, VARIABLES)):
        _check_title(cards[index * CARD:], title, file, at + index * CARD)
    entry_size = _read_number(cards[74:78], "the length of a variable's entry", file, at + 74)
    if entry_size not in (VARIABLE.size, OLD_VARIABLE_SIZE):
        raise _damaged(f"the header is damaged: the entry of a variable has 140 bytes, not {entry_size}", file, at + 74)
    count = _read_number(cards[374:378], "the number of variables", file, at + 374)
    entries_at = at + 5 * CARD
    entries = _read_cards(file, entries_at, -(-count * entry_size // CARD), f"the header of {count} variables")
    columns, offsets, widths = _read_variables(entries[:count * entry_size], entry_size, encoding, file, entries_at)
    start = entries_at + len(entries) + CARD
    _check_title(_read_cards(file, start - CARD, 1, "the header"), RECORDS, file, start - CARD)
    return Member(_text(cards[168:176], encoding, file, at + 168), _text(cards[272:312], encoding, file, at + 272),
                  columns, _read_stamp(cards[224:240]), offsets, widths, start, _find_next_member(file, start, size))


def _read_variables(entries: bytes, entry_size: int, encoding: str, file: BinaryIO,
                    at: int) -> tuple[tuple[Column, ...], tuple[int, ...], tuple[int, ...]]:
    columns: list[Column] = []
    offsets: list[int] = []
    widths: list[int] = []
    for byte in range(0, len(entries), entry_size):
        entry = entries[byte:byte + entry_size].ljust(VARIABLE.size)
        kind, _, width, _, name, label, form, form_width, decimals, _, _, _, _, position = VARIABLE.unpack(entry)
        column = Column(_text(name, encoding, file, at + byte + 8), _text(label, encoding, file, at + byte + 16),
                        "Char" if kind == 2 else "Num", width if kind == 2 else 8,
                        join_format(_text(form, encoding, file, at + byte + 56), form_width, decimals))
        if kind not in (1, 2) or width < 1 or (kind == 1 and not 2 <= width <= 8) or not column.name:
            raise _damaged(f"the header is damaged: variable {column.name!r} has type {kind} and {width} bytes",
                           file, at + byte)
        columns.append(column)
        offsets.append(position)
        widths.append(width)
    if problem := _problem_of_variables([column.name for column in columns], offsets, widths):
        raise _damaged(f"the header is damaged: {problem}", file, at)
    return tuple(columns), tuple(offsets), tuple(widths)


def _problem_of_variables(names: Sequence[str], offsets: Sequence[int], widths: Sequence[int]) -> str:
    """Variables have distinct names and fill the record, one behind the other."""
    if not names:
        return "the dataset has no variables"
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        return f"two variables have the name {twice[0]}"
    end = 0
    for name, offset, width in sorted(zip(names, offsets, widths, strict=True), key=itemgetter(1)):
        if offset != end:
            return f"variable {name} begins at byte {offset} of the record and the one before ends at {end}"
        end += width
    return ""


def _text(raw: bytes, encoding: str, file: BinaryIO, at: int) -> str:
    try:
        return raw.rstrip(b" \0").decode(encoding)
    except UnicodeDecodeError:
        raise _damaged(f"the header has text that is not {encoding}: {raw!r}", file, at, WRONG_ENCODING) from None


def _find_next_member(file: BinaryIO, start: int, size: int) -> int:
    """The byte of the next dataset's header, or the end of the file: the records say nowhere how many they are."""
    wanted = np.frombuffer(MEMBER[:8], np.uint64)[0]
    at, step = start, CARD << 6
    while at < size:
        file.seek(at)
        block = file.read(step)
        whole = len(block) // CARD
        first_words = np.ndarray((whole,), np.uint64, block, strides=(CARD,))
        for card in np.flatnonzero(first_words == wanted).tolist():
            here = at + card * CARD
            if block.startswith(MEMBER, card * CARD) and _cards_follow(file, here + CARD, DESCRIPTOR):
                return here
        at, step = at + step, min(2 * step, CARD << 16)      # grows, so that small datasets do not cost large reads
    return size


def _cards_follow(file: BinaryIO, at: int, title: bytes) -> bool:
    file.seek(at)
    return file.read(len(title)) == title

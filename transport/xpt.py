"""SAS version 5 transport files (XPT), the form in which agencies take datasets: written and read block by block.

Lengths are counted in bytes: 8 for a name, 40 for a label, 200 for a text. Nothing is ever cut here: what does not fit
is a ContractError, and `fit_columns` is the one place that shortens a text and says so.

What the format itself cannot hold:
- text has no end mark, so trailing blanks are lost, and a text of blanks comes back as "";
- the file does not say how many records it has, and blanks fill it up to a multiple of 80 bytes. The rule for reading:
  blank records at the end are filling as far as they fit into fewer than 80 bytes. Other readers drop every blank
  record at the end, so a dataset whose last record is all blank (no number, no text) is not written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cdisckit.errors import ContractError, RawDataError, suggest
from transport.cards import CARD, UNFINISHED, Member, header_cards, read_members
from transport.column import Column, check_columns, from_sas, to_sas
from transport.ibm import IS_LETTER, beyond_ibm, decode_ibm, decode_special, encode_ibm, encode_special
from transport.text import (
    DELIVER_TEXT,
    byte_lengths,
    check_encoding,
    encode_text,
    fit_columns,
    fixed_width,
    has_nul,
    is_text,
    parse_fixed_width,
    shown,
)

__all__ = ["Column", "Xpt", "XptWriter", "byte_lengths", "fit_columns", "read_xpt", "write_xpt"]

BLOCK_BYTES = 8 << 20        # of records in memory at a time
BLANK = ord(" ")


@dataclass(frozen=True)
class Xpt:
    """A dataset as read: Char is text with "" for missing, Num is float64 with NaN, dates are datetime64[s].

    `special` has an entry for each Num variable with special missing values: their letter (A to Z or _), "" elsewhere.
    """

    frame: pd.DataFrame
    name: str
    label: str
    columns: tuple[Column, ...]
    created: datetime | None
    special: dict[str, pd.Series]


def _layout(columns: Sequence[Column], offsets: Sequence[int], widths: Sequence[int]) -> np.dtype[np.void]:
    """A record as numpy sees it: numbers are big-endian words, everything else is bytes."""
    formats = [">u8" if column.type == "Num" and width == 8 else f"V{width}"
               for column, width in zip(columns, widths, strict=True)]
    return np.dtype({"names": [str(index) for index in range(len(columns))], "formats": formats,
                     "offsets": list(offsets), "itemsize": sum(widths)})


class XptWriter:
    """Writes a dataset in blocks: `with XptWriter(...) as file: file.append(block)`. Many blocks or one: same bytes.

    The file becomes a transport file with its last byte. A write that fails removes it; a write that is killed leaves
    one that no reader takes for complete.
    """

    def __init__(self, path: str | Path, name: str, label: str, columns: Sequence[Column], created: datetime,
                 encoding: str = "utf-8") -> None:
        check_encoding(encoding)
        check_columns(name, label, columns, encoding)
        self._header = header_cards(name, label, columns, created, encoding)
        self._path, self._name, self._columns, self._encoding = Path(path), name, tuple(columns), encoding
        widths = [column.length for column in columns]
        self._layout = _layout(columns, np.cumsum([0, *widths[:-1]]).tolist(), widths)
        self._records = 0
        self._last_is_blank = False
        self._whole = True
        self._file: BinaryIO = self._path.open("wb")
        self._file.write(UNFINISHED + self._header[CARD:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._discard()

    def append(self, frame: pd.DataFrame, special: Mapping[str, pd.Series] | None = None) -> None:
        """Write the records of the frame behind those that are there already."""
        if self._file.closed or not self._whole:
            raise ContractError(f"{self._name}: the file is closed or an earlier block failed", where=str(self._path),
                                fix="open a new XptWriter and write every block again")
        self._whole = False
        self._check_frame(frame)
        letters = self._special_letters(frame, special or {})
        step = max(1, BLOCK_BYTES // self._layout.itemsize)
        for start in range(0, len(frame), step):
            self._write_block(frame.iloc[start:start + step],
                              {name: codes[start:start + step] for name, codes in letters.items()})
        self._whole = True

    def close(self) -> None:
        """Fill the last 80 bytes and make the file a transport file; without effect on a closed one."""
        if self._file.closed:
            return
        if not self._whole:
            self._discard()
            raise ContractError(f"{self._name}: an earlier block failed, so there is no file", where=str(self._path),
                                fix="mend the block and write all of them again")
        if self._last_is_blank:
            self._discard()
            raise ContractError(f"{self._name}: record {self._records}, the last, is all blank: readers would take it "
                                "for filling", where=str(self._path), fix="drop the empty record")
        with self._file:
            self._file.write(b" " * (-self._records * self._layout.itemsize % CARD))
            self._file.seek(0)
            self._file.write(self._header[:CARD])

    def _discard(self) -> None:
        self._whole = False
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _check_frame(self, frame: pd.DataFrame) -> None:
        wanted, present = [column.name for column in self._columns], list(frame.columns)
        if present != wanted:
            cases = [f"{name} is missing" for name in wanted if name not in present]
            cases += [f"{name} is not in the columns of the file{suggest(str(name), wanted)}"
                      for name in present if name not in wanted]
            cases = cases or [f"the order is {', '.join(map(str, present))} instead of {', '.join(wanted)}"]
            raise ContractError(f"{self._name}: the block has other variables than the file, or in another order",
                                cases=cases, where=str(self._path),
                                fix="deliver frame[[column.name for column in columns]]")
        types = [f"{column.name} is {frame[column.name].dtype}" for column in self._columns
                 if column.type == "Char" and not is_text(frame[column.name])]
        if types:
            raise ContractError(f"{self._name}: Char variables are not text", cases=types, fix=DELIVER_TEXT)

    def _special_letters(self, frame: pd.DataFrame,
                         special: Mapping[str, pd.Series]) -> dict[str, npt.NDArray[np.uint8]]:
        numeric = [column.name for column in self._columns if column.type == "Num"]
        letters = {}
        for name, series in special.items():
            if name not in numeric:
                raise ContractError(f"{self._name}.{name} is no Num variable and has special missing values",
                                    fix="leave it out of `special`" + suggest(name, numeric))
            if not series.index.equals(frame.index):
                raise ContractError(f"{self._name}.{name}: special missing values have another index than the block",
                                    fix="give them the index of the frame")
            letters[name] = self._letter_codes(name, series, frame[name])
        return letters

    def _letter_codes(self, name: str, series: pd.Series, values: pd.Series) -> npt.NDArray[np.uint8]:
        array = encode_text(series, "utf-8", f"{self._name}.{name}", self._records + 1)
        good = pc.less_equal(pc.binary_length(array), 1).fill_null(False).to_numpy(zero_copy_only=False)
        if good.all() and len(good):
            codes = fixed_width(array, 1).view(np.uint8)
            good = IS_LETTER[codes] | (codes == BLANK)
        if not good.all():
            raise ContractError(f"{self._name}.{name}: a special missing value is A to Z or _, '' where there is none",
                                cases=[f"record {self._records + row + 1}: {series.iloc[row]!r}"
                                       for row in np.flatnonzero(~good)], fix="mend the values of `special`")
        if not len(good):
            return np.empty(0, np.uint8)
        both = np.flatnonzero((codes != BLANK) & values.notna().to_numpy())
        if both.size:
            raise ContractError(f"{self._name}.{name} has a value and a special missing value in the same record",
                                cases=[f"record {self._records + row + 1}: {values.iloc[row]} and .{series.iloc[row]}"
                                       for row in both], fix="set the value to NaN, or the special missing value to ''")
        return codes

    def _write_block(self, block: pd.DataFrame, letters: Mapping[str, npt.NDArray[np.uint8]]) -> None:
        raw = np.full(len(block) * self._layout.itemsize, BLANK, np.uint8)
        records = raw.view(self._layout)
        for index, column in enumerate(self._columns):
            series = block.iloc[:, index]
            if column.type == "Num":
                words = self._words(series, column)
                if column.name in letters:
                    codes = letters[column.name]
                    words[codes != BLANK] = encode_special(codes[codes != BLANK])
                records[str(index)] = words
            elif (texts := self._texts(series, column)) is not None:
                records[str(index)] = texts
        self._file.write(raw.data)
        self._records += len(block)
        self._last_is_blank = bool((raw[-self._layout.itemsize:] == BLANK).all())

    def _words(self, series: pd.Series, column: Column) -> npt.NDArray[np.uint64]:
        variable = f"{self._name}.{column.name}"
        values = to_sas(series, column, variable, self._records + 1)
        beyond = beyond_ibm(values)
        if beyond.size:
            raise ContractError(f"{variable} has numbers beyond the range of a transport file (7.2e75)",
                                cases=[f"record {self._records + row + 1}: {values[row]!r}" for row in beyond],
                                fix="set them to missing where they are no results, and find out where they come from")
        return encode_ibm(values)

    def _texts(self, series: pd.Series, column: Column) -> npt.NDArray[np.void] | None:
        """The texts at their width; None where all are empty."""
        variable, first = f"{self._name}.{column.name}", self._records + 1
        array = encode_text(series, self._encoding, variable, first)
        if array.null_count:
            rows = np.flatnonzero(series.isna())
            raise ContractError(f"{variable} is Char and has missing values",
                                cases=[f"record {first + row}" for row in rows],
                                fix='the missing value of Char is "" (fillna(""))')
        lengths = pc.binary_length(array).to_numpy()
        if not lengths.any():
            return None
        over = np.flatnonzero(lengths > column.length)
        if over.size:
            raise ContractError(f"{variable} has texts longer than its {column.length} bytes",
                                cases=[f"record {first + row}: {lengths[row]} bytes, {shown(series.iloc[row])}"
                                       for row in over],
                                fix="take the length from byte_lengths(); texts over 200 bytes: fit_columns() first")
        if has_nul(array):
            rows = np.flatnonzero(series.str.contains("\0", regex=False))
            raise ContractError(f"{variable} has NUL characters, where many readers end a text",
                                cases=[f"record {first + row}: {shown(series.iloc[row])}" for row in rows],
                                fix="remove them from the data")
        return fixed_width(array, column.length)


def write_xpt(frame: pd.DataFrame, path: str | Path, name: str, label: str, columns: Sequence[Column],
              created: datetime, encoding: str = "utf-8", special: Mapping[str, pd.Series] | None = None) -> None:
    """Write one dataset that is in memory; `created` goes into the header, so the same input gives the same bytes."""
    with XptWriter(path, name, label, columns, created, encoding) as file:
        file.append(frame, special)


def read_xpt(path: str | Path, encoding: str = "utf-8", dates: bool = True, member: str = "") -> Xpt:
    """Read one dataset. A file with several needs the name of one in `member`.

    `dates` turns Num variables with a date or date-time format into datetime64[s], as long as that loses nothing (see
    `from_sas`); times of day stay seconds since midnight. Numbers stored in fewer than 8 bytes come back as Num of 8.
    """
    check_encoding(encoding)
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        chosen = _choose(read_members(file, size, encoding), member, str(path))
        data, special = _read_records(file, chosen, encoding)
    for column in chosen.columns:
        if dates and column.type == "Num":
            data[column.name] = from_sas(data[column.name], column.format)
    frame = pd.DataFrame(data, copy=False)
    return Xpt(frame, chosen.name, chosen.label, chosen.columns, chosen.created, special)


def _choose(members: Sequence[Member], name: str, path: str) -> Member:
    names = [member.name for member in members]
    chosen = [member for member in members if name in ("", member.name)]
    if len(chosen) != 1:
        what = f"{len(chosen)} datasets" if chosen else f"no dataset {name}{suggest(name, names)}"
        raise RawDataError(f"the file has {what}", cases=names, where=path,
                           fix=f"say which one to read: read_xpt(..., member={names[0]!r})")
    return chosen[0]


def _read_records(file: BinaryIO, member: Member,
                  encoding: str) -> tuple[dict[str, npt.NDArray[Any] | pd.Series], dict[str, pd.Series]]:
    rows = _count_records(file, member)
    layout = _layout(member.columns, member.offsets, member.widths)
    step = max(1, BLOCK_BYTES // layout.itemsize)
    numbers = {column.name: np.empty(rows) for column in member.columns if column.type == "Num"}
    texts: dict[str, list[pa.Array]] = {column.name: [] for column in member.columns if column.type == "Char"}
    letters: dict[str, npt.NDArray[np.uint8]] = {}
    file.seek(member.start)
    for start in range(0, rows, step):
        block = np.frombuffer(_read_block(file, min(step, rows - start) * layout.itemsize), layout)
        here = slice(start, start + len(block))
        for index, column in enumerate(member.columns):
            name, field = column.name, block[str(index)]
            if column.type == "Char":
                texts[name].append(parse_fixed_width(field, encoding, f"{member.name}.{name}", start + 1, file.name))
                continue
            words = _to_words(field)
            values = numbers[name][here] = decode_ibm(words)
            if (codes := _find_special(words, values)) is not None:
                letters.setdefault(name, np.zeros(rows, np.uint8))[here] = codes
    data = {column.name: numbers[column.name] if column.type == "Num" else _join_texts(texts.pop(column.name))
            for column in member.columns}
    return data, {name: _letter_texts(codes) for name, codes in letters.items()}


def _count_records(file: BinaryIO, member: Member) -> int:
    """As few records as leave nothing but a filling of blanks, shorter than 80 bytes, behind them."""
    size, length = member.end - member.start, member.record_length
    if not size:
        return 0
    fewest = (size - CARD) // length + 1
    file.seek(member.end - CARD)
    used = size - CARD + len(file.read(CARD).rstrip(b" "))
    rows = max(fewest, -(-used // length))
    if rows * length > size:
        raise RawDataError(f"the file is truncated: record {rows} of {member.name} is cut off",
                           where=f"{file.name}, byte {member.end}", fix="transfer the file again, in binary mode")
    return rows


def _read_block(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise RawDataError("the file became shorter while it was read", where=f"{file.name}, byte {file.tell()}",
                           fix="wait until it is written, and read it again")
    return data


def _to_words(field: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """The eight bytes of each number; one that is stored in fewer bytes has lost its last ones, which become 0."""
    if field.dtype.kind == "V":
        full = np.zeros((len(field), 8), np.uint8)
        full[:, :field.dtype.itemsize] = np.ascontiguousarray(field).view(np.uint8).reshape(len(field), -1)
        field = full.view(">u8")[:, 0]
    return field.astype(np.uint64)


def _find_special(words: npt.NDArray[np.uint64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8] | None:
    missing = np.flatnonzero(np.isnan(values))
    found = decode_special(words[missing])
    if not found.any():
        return None
    codes = np.zeros(len(words), np.uint8)
    codes[missing] = found
    return codes


def _join_texts(parts: Sequence[pa.LargeStringArray]) -> pd.Series:
    return pd.Series.from_arrow(pa.chunked_array(parts, type=pa.large_string()).combine_chunks())


def _letter_texts(codes: npt.NDArray[np.uint8]) -> pd.Series:
    letters = pa.array([chr(code) if IS_LETTER[code] else "" for code in range(256)], type=pa.large_string())
    return pd.Series.from_arrow(letters.take(pa.array(codes)))

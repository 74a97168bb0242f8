"""Text in a transport file has a fixed width counted in bytes: how many bytes a text has, whether it fits, and back.

A column of text is handled as its bytes and offsets (Arrow), never value by value.
"""

import codecs
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cdisckit.errors import ContractError, RawDataError
from cdisckit.findings import Finding
from transport.column import TEXT_LIMIT, Column

__all__ = ["DELIVER_TEXT", "WRONG_ENCODING", "byte_lengths", "check_encoding", "encode_text", "fit_columns",
           "fixed_width", "has_nul", "is_text", "parse_fixed_width", "shown"]

ASCII = "".join(map(chr, range(128)))
DELIVER_TEXT = 'deliver the column as "str", with "" for missing'
WRONG_ENCODING = "say the encoding of the file: encoding='cp1252', 'latin-1', 'gb18030' ..."
TEXT_SHOWN = 40      # characters of a value in an error text


def check_encoding(encoding: str) -> None:
    """Raise ContractError unless ASCII text has the same bytes in this encoding, as it must in a SAS file."""
    try:
        same = ASCII.encode(encoding) == ASCII.encode() and ASCII.encode().decode(encoding) == ASCII
    except (UnicodeError, LookupError):
        same = False
    if not same:
        raise ContractError(f"{encoding!r} is no encoding for a transport file",
                            fix="use utf-8, latin-1, cp1252, gb18030 or another one that contains ASCII")


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name == "utf-8"


def is_text(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.StringDtype) or series.dtype == object


def encode_text(series: pd.Series, encoding: str, variable: str, first: int = 1) -> pa.LargeStringArray:
    """The text as bytes in the encoding (under Arrow's type for text, whatever the bytes are); missing stays null."""
    if not is_text(series):
        raise ContractError(f"{variable} is no text but {series.dtype}", fix=DELIVER_TEXT)
    try:
        array = pa.array(series.array, type=pa.large_string())
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise ContractError(f"{variable} holds something that is no text: {error}", fix=DELIVER_TEXT) from error
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if _is_utf8(encoding) or _is_ascii(_bytes_of(array)):
        return array
    return _recode(array, encoding, variable, first)


def _recode(array: pa.LargeStringArray, encoding: str, variable: str, first: int) -> pa.LargeStringArray:
    values = array.dictionary_encode()
    encoded, unknown = [], []
    for code, value in enumerate(values.dictionary.to_pylist()):
        try:
            encoded.append(value.encode(encoding))
        except UnicodeEncodeError:
            encoded.append(b"")
            unknown.append(code)
    if unknown:
        rows = np.flatnonzero(np.isin(values.indices.fill_null(-1).to_numpy(zero_copy_only=False), unknown))
        raise ContractError(f"{variable} has text that cannot be written in {encoding}",
                            cases=[f"record {first + row}: {shown(array[int(row)].as_py())}" for row in rows],
                            fix="write the file in utf-8, or replace these characters in the data")
    return _as_text(pa.array(encoded, type=pa.large_binary()).take(values.indices))


def _as_text(array: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """The same bytes under Arrow's type for text, without a check: only there does it pad and strip blanks."""
    validity, offsets, data = array.buffers()
    return pa.LargeStringArray.from_buffers(len(array), offsets, data, validity, array.null_count, array.offset)


def _bytes_of(array: pa.LargeStringArray) -> npt.NDArray[np.uint8]:
    """All bytes of all values, one after the other."""
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return np.empty(0, np.uint8)
    start, *_, end = np.frombuffer(offsets, np.int64)[[array.offset, array.offset + len(array)]].tolist()
    return np.frombuffer(data, np.uint8, count=end - start, offset=start) if end > start else np.empty(0, np.uint8)


def _is_ascii(data: npt.NDArray[np.uint8]) -> bool:
    return data.size == 0 or int(data.max()) < 128


def shown(value: str) -> str:
    return repr(value if len(value) <= TEXT_SHOWN else value[:TEXT_SHOWN] + "...")


def byte_lengths(series: pd.Series, encoding: str = "utf-8") -> pd.Series:
    """The number of bytes of each text in the encoding, as SAS counts a length; 0 for a missing text."""
    check_encoding(encoding)
    lengths = pc.binary_length(encode_text(series, encoding, str(series.name or "text")))
    return pd.Series(lengths.fill_null(0).to_numpy(zero_copy_only=False), index=series.index, name=series.name)


def fixed_width(array: pa.LargeStringArray, width: int) -> npt.NDArray[np.void]:
    """Every text filled with blanks to the width; none may be longer."""
    padded = pc.ascii_rpad(array, width=width, padding=" ")
    return np.frombuffer(padded.buffers()[2], np.dtype(f"V{width}"), count=len(array))


def has_nul(array: pa.LargeStringArray) -> bool:
    data = _bytes_of(array)
    return data.size > 0 and int(data.min()) == 0


def parse_fixed_width(block: npt.NDArray[np.void], encoding: str, variable: str, first: int,
                      path: str) -> pa.LargeStringArray:
    """The texts of a fixed-width block without their filling: trailing blanks, or NULs as some writers have it."""
    width = block.dtype.itemsize
    data = np.ascontiguousarray(block).view(np.uint8)
    offsets = np.arange(0, data.size + 1, width, dtype=np.int64)
    raw = pa.LargeStringArray.from_buffers(len(block), pa.py_buffer(offsets), pa.py_buffer(data))
    texts = pc.ascii_rtrim(raw, characters=" \0")
    if _is_ascii(data):
        return texts
    if not _is_utf8(encoding):
        return _decode(texts, encoding, variable, first, path)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return _decode(texts, encoding, variable, first, path)    # finds the records that are wrong
    return texts


def _decode(texts: pa.LargeStringArray, encoding: str, variable: str, first: int, path: str) -> pa.LargeStringArray:
    values = texts.view(pa.large_binary()).dictionary_encode()
    decoded, unknown = [], {}
    for code, value in enumerate(values.dictionary.to_pylist()):
        try:
            decoded.append(value.decode(encoding))
        except UnicodeDecodeError:
            decoded.append("")
            unknown[code] = value
    if unknown:
        codes = values.indices.to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(np.isin(codes, list(unknown)))
        raise RawDataError(f"the text of {variable} is not {encoding}",
                           cases=[f"record {first + row}: {unknown[codes[row]][:TEXT_SHOWN]!r}" for row in rows],
                           where=path, fix=WRONG_ENCODING)
    return pa.array(decoded, type=pa.large_string()).take(values.indices)


def fit_columns(frame: pd.DataFrame, columns: Sequence[Column], dataset: str, record: pd.Series | None = None,
                encoding: str = "utf-8") -> tuple[pd.DataFrame, list[Finding]]:
    """The frame with every text cut to 200 bytes, between characters, and an error finding for each cut.

    `record` names each record to a reader, as `specs.contract.record_keys` does (same index as the frame); without it
    USUBJID and the sequence number do. The frame's own `_record` is the id of the raw record. No other column changes.
    """
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise ContractError(f"{dataset} lacks variables that its transport file has", cases=missing,
                            fix="derive them, or leave them out of the columns")
    if record is not None and not record.index.equals(frame.index):
        raise ContractError(f"{dataset}: the names of the records have another index than the data",
                            fix="give them the index of the frame")
    cut: dict[str, pd.Series] = {}
    found: list[Finding] = []
    for column in columns:
        if column.type == "Char" and (over := byte_lengths(frame[column.name], encoding) > TEXT_LIMIT).any():
            rows = over.to_numpy()
            cut[column.name], findings = _cut_column(frame, column.name, rows, dataset, record, encoding)
            found += findings
    return frame.assign(**cut), found


def _cut_column(frame: pd.DataFrame, variable: str, rows: npt.NDArray[np.bool_], dataset: str, record: pd.Series | None,
                encoding: str) -> tuple[pd.Series, list[Finding]]:
    texts = frame[variable].copy()
    full = texts[rows].to_list()
    texts[rows] = [value.encode(encoding)[:TEXT_LIMIT].decode(encoding, "ignore") for value in full]
    keys = record[rows] if record is not None else _record_keys(frame, dataset, rows)
    ids = frame["_record"][rows] if "_record" in frame.columns else [""] * len(full)
    return texts, [
        Finding("transport", "transport.text_over_200_bytes", "error", dataset, str(key), variable, value,
                f"the text has {len(value.encode(encoding))} bytes, SAS version 5 holds {TEXT_LIMIT}: the rest is lost",
                "programmer: split the text at a blank; the rest goes to supplemental qualifiers or a further variable",
                raw if isinstance(raw, str) else "; ".join(map(str, raw)))
        for key, value, raw in zip(keys, full, ids, strict=True)]


def _record_keys(frame: pd.DataFrame, dataset: str, rows: npt.NDArray[np.bool_]) -> list[str]:
    """'USUBJID=1001 AESEQ=2', or the record's number where the frame has no such variables."""
    names = [name for name in ("USUBJID", f"{dataset}SEQ", "PARAMCD", "ASEQ") if name in frame.columns]
    if not names:
        return [f"record {row + 1}" for row in np.flatnonzero(rows)]
    return [" ".join(f"{name}={value:.15g}" if isinstance(value, float) else f"{name}={value}"
                     for name, value in zip(names, values, strict=True))
            for values in frame.loc[rows, names].itertuples(index=False)]

"""Which character encoding a raw text file is in, decided from all of its bytes; its text with every bad byte visible.

The order: a byte order mark; UTF-16 without a mark; strict UTF-8 over the whole file (but see `_is_disguised_chinese`);
then the lines that hold bytes above 127 are weighed, so that one Chinese comment at the end of a large file decides.
What the rules tell apart: Chinese, Japanese, Korean and Western European. Anything else is a guess, and said to be one.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

__all__ = ["BAD_BYTE", "ByteMark", "Encoding", "detect_encoding", "find_byte_mark", "find_signature", "read_text"]

CHUNK = 1 << 22              # bytes read at a time
EVIDENCE = 1 << 20           # bytes of non-ASCII lines that are weighed; more would not change the verdict
BAD_BYTE = "\ufdd0"          # stands before the "\xNN" of an undecodable byte: a code point reserved for internal use

SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive", "unpack it first"),
    (b"%PDF", "a PDF document", "ask the vendor for the data as CSV"),
    (b"{\\rtf", "an RTF document", "ask the vendor for the data as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (XLS, DOC)", "save the sheet as CSV UTF-8"),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS dataset (SAS7BDAT)", "export it from SAS as CSV"),
    (b"HEADER RECORD*******", "a SAS transport file (XPT)", "read it with cdisckit's transport package"),
    (b"$FL2", "an SPSS file (SAV)", "export it as CSV"),
    (b"$FL3", "an SPSS file (ZSAV)", "export it as CSV"),
    (b"<stata_dta>", "a Stata file (DTA)", "export it as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"<?xml", "an XML document", "export it as CSV; an ODM file has a reader of its own"),
    (b"<!doctype", "a web page", "download again: the page may be a log-in or an error message"),
    (b"<html", "a web page", "download again: the page may be a log-in or an error message"),
)


@dataclass(frozen=True)
class ByteMark:
    """A byte order mark, the codec that takes it off, and all the names of encodings that it agrees with."""

    mark: bytes
    codec: str
    family: str


BYTE_MARKS = (               # UTF-32 first: its little-endian mark begins with the mark of UTF-16
    ByteMark(codecs.BOM_UTF32_LE, "utf-32", "utf32"), ByteMark(codecs.BOM_UTF32_BE, "utf-32", "utf32"),
    ByteMark(codecs.BOM_UTF8, "utf-8-sig", "utf8"),
    ByteMark(codecs.BOM_UTF16_LE, "utf-16", "utf16"), ByteMark(codecs.BOM_UTF16_BE, "utf-16", "utf16"),
)

UTF8 = re.compile(rb"(?P<good>[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
                  rb"|(?P<bad>[\x80-\xff])")
# The Chinese reading. Level 1 of GB 2312 holds the 3755 common characters; as Latin-1 its first byte is a capital or a
# sign, so a pair of them within a word ("CRÉÉE") or before a small letter ("¿Él") counts as Latin. Level 2, the rare
# ones, begins with a small accented letter in Latin-1 ("Größe"), so a letter on either side makes it Latin. Korean
# has the pairs of Chinese too, but no syllable begins above 0xC8, where two in five Chinese characters do.
GB = re.compile(rb"(?P<four>[\x81-\xfe][0-9][\x81-\xfe][0-9])"
                rb"|(?P<early>(?<![A-Za-z])[\xb0-\xc8][\xa1-\xfe](?![a-z])|[\xb0-\xc8][\xa1-\xfe](?![A-Za-z]))"
                rb"|(?P<late>(?<![A-Za-z])[\xc9-\xd7][\xa1-\xfe](?![a-z])|[\xc9-\xd7][\xa1-\xfe](?![A-Za-z]))"
                rb"|(?P<rare>(?<![A-Za-z])[\xd8-\xf7][\xa1-\xfe](?![A-Za-z]))"
                rb"|(?P<sign>[\xa1\xa3][\xa1-\xfe])|(?P<kana>[\xa4\xa5][\xa1-\xfe])"
                rb"|(?P<never>[\xaa-\xaf\xf8-\xfe][\xa1-\xfe])"
                rb"|(?P<other>[\x81-\xfe][\x40-\x7e\x80-\xfe])|(?P<never_>[\x80-\xff])")
KANA = re.compile("[\u3041-\u30fa]")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")
SIGN_IN_WORD = re.compile(rb"[A-Za-z][\xa1-\xa9\xab-\xb9\xbb-\xbf][A-Za-z]")      # "g³owy", Polish in disguise
BEYOND_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")
USUAL = re.compile("[\u00a0-\u00ff\u0386-\u03ce\u0400-\u045f]"      # those of two bytes in UTF-8 that texts are made of
                   "|(?<=[A-Za-z\u00c0-\u00ff])[\u0100-\u017f]|[\u0100-\u017f](?=[A-Za-z\u00c0-\u00ff])")
DISGUISED = ("gb18030", "a guess: as UTF-8, which it could be too, the text would make no sense", True)
FEW = 40                     # bytes above 127 below which the frequency of letters says nothing
OTHER_ENCODINGS = ["gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1250", "cp1251", "cp1253", "cp1255", "cp1256",
                   "cp874", "cp1252"]
BIG5 = re.compile(rb"(?P<common>[\xa4-\xc6](?:(?P<high>[\xa1-\xfe])|[\x40-\x7e]))|[\x80-\xff].")
ASIAN = {"gb18030": "Chinese GB 18030 (GBK, GB 2312)", "big5": "Chinese Big5", "cp949": "Korean",
         "euc_jp": "Japanese EUC", "cp932": "Japanese Shift-JIS"}


@dataclass(frozen=True)
class Encoding:
    """The codec of a file. Where its bytes had to be weighed, `reason` says how, `line` and `sample` where to look."""

    codec: str
    reason: str = ""
    line: int = 0
    sample: str = ""
    guessed: bool = False


def find_signature(head: bytes) -> tuple[str, str] | None:
    """What a file that is not text looks like, with the fix, from its first bytes; None if it may be text."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/" in head or b"[Content_Types].xml" in head:
            return "an Excel workbook (XLSX)", "save the sheet as CSV UTF-8"
        return "a ZIP archive", "unpack it first"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").lower()
    for signature, what, fix in SIGNATURES:
        if head.startswith(signature) or start.startswith(signature.lower()) and signature.startswith(b"<"):
            return what, fix
    return None


def find_byte_mark(head: bytes) -> ByteMark | None:
    """The byte order mark that the file opens with."""
    return next((mark for mark in BYTE_MARKS if head.startswith(mark.mark)), None)


def detect_encoding(path: Path) -> Encoding:
    """The encoding of a text file. Pure ASCII is UTF-8. A verdict that had to be weighed carries its reason."""
    with path.open("rb") as file:
        head = file.read(4096)
    if mark := find_byte_mark(head):
        return Encoding(mark.codec)
    if codec := _find_utf16(head):
        return Encoding(codec, "every other byte is zero and there is no byte order mark", 1)
    valid, ascii_only = _test_utf8(path)
    if ascii_only:
        return Encoding("utf-8")
    evidence, line = _read_evidence(path)
    if valid and not _is_disguised_chinese(b"\n".join(evidence)):
        return Encoding("utf-8")
    codec, reason, guessed = DISGUISED if valid else _weigh(b"\n".join(evidence))
    return Encoding(codec, reason, line, _show_sample(evidence[0], codec), guessed)


def read_text(path: Path, codec: str) -> Iterator[str]:
    """The text of a file, a chunk at a time, without its byte order mark.

    A byte that the encoding does not know stays visible as "\\xNN", with BAD_BYTE before it for the caller to find.
    """
    decoder = codecs.getincrementaldecoder(codec)(errors="cdisckit.show_bytes")
    first = True
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            yield text.removeprefix("\ufeff") if first else text
            first = first and not text
    yield decoder.decode(b"", final=True)


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"{BAD_BYTE}\\x{byte:02x}" for byte in error.object[error.start:error.end]), error.end


codecs.register_error("cdisckit.show_bytes", _show_bytes)


def _find_utf16(head: bytes) -> str:
    """Text of UTF-16 without a mark: line ends, delimiters and digits leave a zero in every other byte."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = len(head) * 0.15
    if odd > enough and even * 20 < odd:
        return "utf-16-le"
    return "utf-16-be" if even > enough and odd * 20 < even else ""


def _test_utf8(path: Path) -> tuple[bool, bool]:
    """Whether all of a file is UTF-8, and whether it is ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ascii_only = True
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                ascii_only = ascii_only and chunk.isascii()
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, False
    return True, ascii_only


def _read_evidence(path: Path) -> tuple[list[bytes], int]:
    """The lines with bytes above 127, up to EVIDENCE bytes of them, and the number of the first one."""
    found: list[bytes] = []
    size, first, before, rest = 0, 0, 0, b""
    with path.open("rb") as file:
        while size < EVIDENCE:
            chunk = file.read(CHUNK)
            lines = (rest + chunk).splitlines(keepends=True)
            ends = not chunk or len(rest) > EVIDENCE
            rest = lines.pop() if lines and not ends else b""      # the last line may go on in the next chunk
            high = [(number, line) for number, line in enumerate(lines, before + 1) if not line.isascii()]
            first = first or (high[0][0] if high else 0)
            found += [line.rstrip(b"\r\n") for _, line in high]
            size += sum(len(line) for _, line in high)
            before += len(lines)
            if not chunk:
                break
    return found, first


def _is_disguised_chinese(evidence: bytes) -> bool:
    """Whether UTF-8 would be a strange reading, and Chinese a perfect one.

    The GBK bytes of the words for headache and for woman happen to be UTF-8 too: of signs that no clinical text has.
    """
    text = evidence.decode("utf-8")
    if BEYOND_TWO_BYTES.search(text) or not _is_perfect(_count_pairs(evidence)):
        return False
    return len(USUAL.findall(text)) * 2 <= sum(not char.isascii() for char in text)


def _count_pairs(evidence: bytes) -> Counter[str]:
    return Counter((match.lastgroup or "").rstrip("_") for match in GB.finditer(evidence))


def _is_perfect(pairs: Counter[str]) -> bool:
    """Nothing but characters of GB 2312, and at least one of the common ones or only one that is rare."""
    common = pairs["early"] + pairs["late"]
    return pairs["never"] + pairs["other"] == 0 < pairs.total() and pairs["rare"] <= max(1, common)


def _weigh(evidence: bytes) -> tuple[str, str, bool]:
    """The codec, why, and whether it is a guess: UTF-8 with a few bad bytes, an Asian or a European encoding."""
    utf8 = Counter(match.lastgroup for match in UTF8.finditer(evidence))
    pairs = _count_pairs(evidence)
    if utf8["good"] > utf8["bad"] and not _is_perfect(pairs):       # short Chinese may be UTF-8 for the most part
        return "utf-8", f"characters in UTF-8: {utf8['good']}, bytes that are not: {utf8['bad']}", False
    if codec := _find_asian(evidence, pairs):
        guessed = codec == "gb18030" and pairs["rare"] > pairs["early"] + pairs["late"] + 1
        sort = "a guess: the bytes above 127 pair into rare" if guessed else "the bytes above 127 pair into common"
        return codec, f"{sort} characters of {ASIAN[codec]}", guessed
    runs = HIGH_RUN.findall(evidence)
    size = sum(map(len, runs))
    if size <= 2 * len(runs):
        return ("cp1252", "the bytes above 127 stand alone among ASCII letters, as in Windows-1252 (Latin-1)",
                SIGN_IN_WORD.search(evidence) is not None)
    best = from_bytes(evidence[:1 << 16], cp_isolation=OTHER_ENCODINGS).best() if size >= FEW else None
    if best:
        return best.encoding, "a guess by the frequency of letters", True
    return "cp1252", f"a guess: too few bytes above 127 ({size}) to tell the encoding", True


def _find_asian(evidence: bytes, seen: Counter[str]) -> str:
    """Chinese if most pairs are common characters and hardly a byte is left over; Japanese writes kana; see GB."""
    for codec in ("euc_jp", "cp932"):
        if _has_kana(evidence, codec):
            return codec
    common = seen["early"] + seen["late"]
    chinese = common + seen["rare"]
    if (chinese and seen["never"] * 20 <= chinese and seen["other"] < 3 * chinese
            and (seen["rare"] <= 3 or seen["rare"] <= common)):
        return "cp949" if seen["early"] >= 20 and not seen["late"] else "gb18030"
    return "big5" if _is_big5(evidence) else ""


def _is_big5(evidence: bytes) -> bool:
    """Nearly all pairs begin as common characters do, and a third ends above 127: "37°C" and "5 µg" never do."""
    pairs = list(BIG5.finditer(evidence))
    common = sum(pair["common"] is not None for pair in pairs)
    return common >= 4 and common * 5 >= len(pairs) * 4 and sum(pair["high"] is not None for pair in pairs) * 3 > common


def _has_kana(evidence: bytes, codec: str) -> bool:
    """A fifth of the characters above 127 is kana, and no byte is left over."""
    try:
        text = evidence.decode(codec)
    except UnicodeDecodeError:
        return False
    return len(KANA.findall(text)) * 5 > sum(not char.isascii() for char in text)


def _show_sample(line: bytes, codec: str) -> str:
    """The first characters above 127 of a line with what stands around them, as decoded."""
    text = line.decode(codec, errors="backslashreplace")
    first = next((at for at, char in enumerate(text) if not char.isascii()), 0)
    return text[max(0, first - 15):first + 15].strip()

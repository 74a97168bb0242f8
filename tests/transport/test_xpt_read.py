"""Transport files of other programs are read; a file that is none says what it is, where it breaks and what to do."""

import gzip
import struct
import tracemalloc
import zipfile
from datetime import datetime

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdisckit.errors import RawDataError
from transport import Column, read_xpt, write_xpt

CREATED = datetime(2024, 2, 29, 23, 59, 58)
COLUMNS = [Column("USUBJID", "Unique Subject Identifier", "Char", 100), Column("AGE", "Age", "Num", 8)]
DM = pd.DataFrame({"USUBJID": ["1001", "1002", "1003"], "AGE": [34.0, np.nan, 71.5]})
HEADER = 80 * 8 + 320 + 80          # cards, two variables of 140 bytes filled to cards, the card before the records


@pytest.fixture
def path(tmp_path):
    write_xpt(DM, tmp_path / "dm.xpt", "DM", "Demographics", COLUMNS, CREATED)
    return tmp_path / "dm.xpt"


def refused(path, **more):
    with pytest.raises(RawDataError) as caught:
        read_xpt(path, **more)
    assert str(path) in caught.value.where
    assert caught.value.fix
    return str(caught.value)


def patched(path, at, new):
    """The file with other bytes at one place."""
    data = bytearray(path.read_bytes())
    data[at:at + len(new)] = new
    path.write_bytes(data)
    return path


# files of other programs ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("frame", [
    DM,
    pd.DataFrame({"X": ["血红蛋白", "", " a"], "Y": [0.1, -1e70, 1e-70], "Z": ["", "", "z"]}),
    pd.DataFrame({"X": ["a", "", "b"]}),
    pd.DataFrame({"X": np.arange(-50, 50, dtype="float64")}),
])
def test_files_of_pyreadstat_are_read(tmp_path, frame):
    pyreadstat.write_xport(frame, tmp_path / "x.xpt", file_format_version=5, table_name="X", file_label="A label")
    back = read_xpt(tmp_path / "x.xpt")
    pd.testing.assert_frame_equal(back.frame, frame)
    assert (back.name, back.label) == ("X", "A label")


def test_numbers_in_fewer_than_8_bytes_are_widened(tmp_path):
    path = tmp_path / "short.xpt"
    columns = [Column("X", "", "Char", 3), Column("Y", "", "Char", 5), Column("Z", "", "Char", 2)]
    write_xpt(pd.DataFrame({"X": ["x"], "Y": ["y"], "Z": ["z"]}), path, "X", "", columns, CREATED)
    for variable in range(3):
        patched(path, 640 + 140 * variable, b"\0\1")              # the type: number
    rows = bytes.fromhex("411000" "C276A00000" "4110" "410000" "2E00000000" "0000")
    path.write_bytes(path.read_bytes()[:-80] + rows.ljust(80))
    back = read_xpt(path)
    expected = pd.DataFrame({"X": [1.0, np.nan], "Y": [-118.625, np.nan], "Z": [1.0, 0.0]})
    pd.testing.assert_frame_equal(back.frame, expected)
    assert [column.length for column in back.columns] == [8, 8, 8]
    assert back.special["X"].tolist() == ["", "A"]


def test_entries_of_136_bytes_are_read(path):
    data = path.read_bytes()
    entries = b"".join(data[at:at + 136] for at in (640, 780)).ljust(320)
    path.write_bytes(data[:640] + entries + data[960:])
    pd.testing.assert_frame_equal(read_xpt(patched(path, 240 + 74, b"0136")).frame, DM)


def test_variables_may_lie_in_another_order_than_they_are_named(path):
    offsets = [struct.pack(">i", 8), struct.pack(">i", 0)]
    for variable, offset in enumerate(offsets):
        patched(path, 640 + 140 * variable + 84, offset)
    numbers = map(bytes.fromhex, ("4222000000000000", "2E00000000000000"))
    records = b"".join(number + text.ljust(100) for number, text in zip(numbers, (b"1001", b"1002"), strict=True))
    path.write_bytes(path.read_bytes()[:HEADER] + records.ljust(240))
    pd.testing.assert_frame_equal(read_xpt(path).frame, DM[:2])


def test_nuls_behind_a_text_are_filling(path):
    patched(path, HEADER + 4, bytes(96))
    pd.testing.assert_frame_equal(read_xpt(path).frame, DM)


@pytest.mark.parametrize(("length", "records"), [(40, 1), (79, 1), (80, 2), (100, 2)])
def test_a_blank_last_record_is_filling_only_where_filling_is_that_long(tmp_path, length, records):
    path = tmp_path / "x.xpt"
    write_xpt(pd.DataFrame({"X": ["a", "b"]}), path, "X", "", [Column("X", "", "Char", length)], CREATED)
    data = path.read_bytes()
    path.write_bytes(data[:880] + data[880:].replace(b"b", b" ")[:80 if records == 1 else None])
    assert read_xpt(path).frame["X"].tolist() == ["a", ""][:records]


def test_long_texts_of_other_programs_are_read(tmp_path):
    frame = pd.DataFrame({"X": ["x" * 300, "y"]})
    pyreadstat.write_xport(frame, tmp_path / "x.xpt", file_format_version=5)
    pd.testing.assert_frame_equal(read_xpt(tmp_path / "x.xpt").frame, frame)


def test_an_unreadable_creation_time_is_none(path):
    assert read_xpt(patched(path, 144, b"31FEB24:00:00:00")).created == CREATED     # the library's, not the dataset's
    assert read_xpt(patched(path, 464, b"31FEB24:00:00:00")).created is None


# several datasets -----------------------------------------------------------------------------------------------------

@pytest.fixture
def library(path, tmp_path):
    """DM, then AE without records, then VS, in one file."""
    others = []
    for name, frame in (("AE", DM[:0]), ("VS", DM[1:].reset_index(drop=True))):
        write_xpt(frame, tmp_path / "other.xpt", name, "", COLUMNS, CREATED)
        others.append((tmp_path / "other.xpt").read_bytes()[240:])
    path.write_bytes(path.read_bytes() + b"".join(others))
    return path


@pytest.mark.parametrize(("member", "frame"), [("DM", DM), ("AE", DM[:0]), ("VS", DM[1:])])
def test_one_of_several_datasets_is_read_by_its_name(library, member, frame):
    back = read_xpt(library, member=member)
    assert back.name == member
    pd.testing.assert_frame_equal(back.frame, frame.reset_index(drop=True))


def test_several_datasets_need_a_choice(library):
    message = refused(library)
    assert "the file has 3 datasets" in message and "- AE" in message and "member='DM'" in message


def test_an_unknown_dataset_is_no_choice(library):
    assert "no dataset DMX; did you mean DM?" in refused(library, member="DMX")


def test_words_of_a_header_within_the_records_begin_no_dataset(tmp_path):
    title = "HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
    frame = pd.DataFrame({"X": ["a", title, "b", "HEADER RECORD"]})
    write_xpt(frame, tmp_path / "x.xpt", "X", "", [Column("X", "", "Char", 80)], CREATED)
    pd.testing.assert_frame_equal(read_xpt(tmp_path / "x.xpt").frame, frame)


# dates ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("format", "values"), [
    ("DATE9.", [0.5, 1.0]), ("DATE9.", [1.0, 2936550.0]), ("DATE9.", [-138062.0]), ("DATETIME20.", [0.1]),
    ("DATETIME20.", [1e15]), ("8.2", [1.0]), ("", [1.0]), ("TIME8.", [3600.0])])
def test_numbers_that_are_no_whole_date_stay_numbers(tmp_path, format, values):
    frame = pd.DataFrame({"X": values})
    write_xpt(frame, tmp_path / "x.xpt", "X", "", [Column("X", "", "Num", 8, format)], CREATED)
    pd.testing.assert_frame_equal(read_xpt(tmp_path / "x.xpt").frame, frame)


@pytest.mark.parametrize(("format", "first", "last"), [
    ("DATE9.", -138061.0, 2936549.0), ("DATETIME20.", -138061.0 * 86400, 2936550.0 * 86400 - 1)])
def test_the_dates_of_sas_go_from_1582_to_9999(tmp_path, format, first, last):
    frame = pd.DataFrame({"X": [first, last]})
    write_xpt(frame, tmp_path / "x.xpt", "X", "", [Column("X", "", "Num", 8, format)], CREATED)
    back = read_xpt(tmp_path / "x.xpt").frame["X"]
    assert back.dtype == "datetime64[s]"
    assert [stamp.strftime("%Y-%m-%d") for stamp in back] == ["1582-01-01", "9999-12-31"]


def test_special_missing_values_of_dates_are_kept(tmp_path):
    frame = pd.DataFrame({"ADT": pd.to_datetime(["2024-01-01", None]).astype("datetime64[s]")})
    letters = pd.Series(["", "U"], dtype="str")
    columns = [Column("ADT", "", "Num", 8, "DATE9.")]
    write_xpt(frame, tmp_path / "x.xpt", "X", "", columns, CREATED, special={"ADT": letters})
    back = read_xpt(tmp_path / "x.xpt")
    pd.testing.assert_frame_equal(back.frame, frame)
    pd.testing.assert_series_equal(back.special["ADT"], letters)


# files that are none --------------------------------------------------------------------------------------------------

def test_an_empty_file_is_named(path):
    path.write_bytes(b"")
    assert "the file is empty" in refused(path)


def test_a_text_file_is_named(path):
    path.write_text("USUBJID,AGE\n1001,34\n")
    message = refused(path)
    assert "no SAS transport file" in message and "USUBJID,AGE" in message and "byte 0" in message


def test_archives_are_named(path):
    data = path.read_bytes()
    path.write_bytes(gzip.compress(data))
    assert "is a gzip file" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dm.xpt", data)
    assert "is a zip archive" in refused(path)


def test_version_8_is_named_with_the_way_out(path):
    pyreadstat.write_xport(DM, path, file_format_version=8)
    message = refused(path)
    assert "version 8" in message and "version 5" in message


@pytest.mark.parametrize(("first", "said"), [
    (b"**COMPRESSED** **COMPRESSED**", "PROC CPORT"),
    (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14", "sas7bdat"),
    (b"UNFINISHED SAS TRANSPORT FILE: ITS WRITING", "its writing was broken off"),
])
def test_other_files_of_sas_are_named(path, first, said):
    assert said in refused(patched(path, 0, first))


@pytest.mark.parametrize("size", [*range(80, HEADER, 80), *range(1, HEADER, 97)])
def test_a_truncated_header_is_refused(path, size):
    path.write_bytes(path.read_bytes()[:size])
    message = refused(path)
    assert "truncated" in message or "begins with" in message
    assert "byte" in message


@pytest.mark.parametrize("cut", [1, 79, 81, 160, 239])
def test_truncated_records_are_refused(path, cut):
    path.write_bytes(path.read_bytes()[:-cut])
    message = refused(path)
    assert "truncated" in message and "byte" in message


def test_a_record_that_is_cut_off_is_numbered(path):
    path.write_bytes(path.read_bytes()[:HEADER + 160])
    assert "record 2 of DM is cut off" in refused(path)


@pytest.mark.parametrize(("at", "new", "said"), [
    (240, b"NONSENSE", "MEMBER is expected"),
    (320, b"NONSENSE", "DSCRPTR is expected"),
    (560, b"NONSENSE", "NAMESTR is expected"),
    (960, b"NONSENSE", "OBS is expected"),
    (560 + 54, b"00x2", "the number of variables is a number, not b'00x2'"),
    (560 + 54, b"0000", "the dataset has no variables"),
    (560 + 54, b"9999", "ends within the header of 9999 variables"),
    (240 + 74, b"0141", "has 140 bytes, not 141"),
    (640, b"\0\3", "variable 'USUBJID' has type 3"),
    (644, b"\0\0", "variable 'USUBJID' has type 2 and 0 bytes"),
    (644, b"\xff\xff", "variable 'USUBJID' has type 2 and -1 bytes"),
    (784, b"\0\x09", "variable 'AGE' has type 1 and 9 bytes"),
    (648, b" " * 8, "variable '' has type"),
    (788, b"USUBJID ", "two variables have the name USUBJID"),
    (864, b"\0\0\0\x63", "variable AGE begins at byte 99 of the record and the one before ends at 100"),
    (864, b"\x7f\xff\xff\xff", "variable AGE begins at byte 2147483647"),
])
def test_a_damaged_header_says_what_and_where(path, at, new, said):
    message = refused(patched(path, at, new))
    assert said in message and "byte" in message


def test_text_in_another_encoding_is_named(path):
    patched(path, HEADER + 108, "Sjögren".encode("latin-1"))
    message = refused(path)
    assert "the text of DM.USUBJID is not utf-8" in message and "record 2: b'Sj\\xf6gren'" in message
    assert "encoding=" in message
    assert read_xpt(path, encoding="latin-1").frame["USUBJID"].tolist() == ["1001", "Sjögren", "1003"]


def test_bytes_outside_a_one_byte_encoding_are_named(path):
    patched(path, HEADER + 108, b"\x81")
    assert "record 2: b'\\x81002'" in refused(path, encoding="cp1252")


def test_a_label_in_another_encoding_is_named(path):
    patched(path, 512, b"\xf6")
    assert "the header has text that is not utf-8" in refused(path)


def test_a_header_cannot_make_the_reader_take_memory(path):
    data = path.read_bytes()
    entry = bytearray(data[640:780])
    entries = b""
    for number in range(9999):
        entry[0:2], entry[4:6] = struct.pack(">h", 2), struct.pack(">h", 32767)
        entry[8:16], entry[84:88] = f"V{number}".encode().ljust(8), struct.pack(">i", number * 32767)
        entries += bytes(entry)
    cards = bytearray(data[:640])
    cards[560 + 54:560 + 58] = b"9999"
    path.write_bytes(cards + entries.ljust(-(-len(entries) // 80) * 80) + data[960:1040] + b"x" * 8000)
    tracemalloc.start()
    try:
        assert "truncated" in refused(path)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1359), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
       st.integers(0, 1360))
def test_damage_anywhere_is_an_error_of_the_file_or_no_damage(tmp_path_factory, changes, size):
    path = tmp_path_factory.getbasetemp() / "damaged.xpt"
    write_xpt(DM, path, "DM", "Demographics", COLUMNS, CREATED)
    for at, new in changes:
        patched(path, at, new)
    path.write_bytes(path.read_bytes()[:size])
    try:
        assert isinstance(read_xpt(path, encoding="latin-1").frame, pd.DataFrame)
    except RawDataError as error:
        assert error.fix and "damaged.xpt" in error.where

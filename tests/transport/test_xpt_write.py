"""Transport files as written: the same in our reader, in pyreadstat and in pandas, block by block or at once."""

from datetime import datetime

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdisckit.errors import ContractError, RawDataError
from transport import Column, XptWriter, read_xpt, write_xpt
from transport.ibm import LARGEST, SMALLEST

CREATED = datetime(2024, 2, 29, 23, 59, 58)
COLUMNS = [Column("USUBJID", "Unique Subject Identifier", "Char", 8), Column("LBSEQ", "Sequence Number", "Num", 8),
           Column("LBTEST", "Lab Test or Examination Name", "Char", 60),
           Column("LBSTRESN", "Numeric Result", "Num", 8, "8.2"), Column("ADT", "Analysis Date", "Num", 8, "DATE9.")]
LB = pd.DataFrame({
    "USUBJID": ["1001", "1001", "1002", "1003"],
    "LBSEQ": [1, 2, 1, 1],
    "LBTEST": ["Alanine Aminotransferase", "", "血红蛋白", " Sodium"],
    "LBSTRESN": [17.5, np.nan, 0.1, -2.0],
    "ADT": pd.to_datetime(["2024-02-29", None, "1959-12-31", "1912-03-01"]).astype("datetime64[s]"),
}).astype({"LBSEQ": "float64"})

in_range = st.floats(min_value=SMALLEST, max_value=LARGEST)
numbers = st.one_of(st.just(0.0), in_range, in_range.map(lambda value: -value), st.just(float("nan")),
                    st.integers(-2**53, 2**53).map(float), st.decimals(-999, 999, places=2).map(float))
characters = st.one_of(st.characters(codec="utf-8", exclude_characters="\0"), st.sampled_from("血红蛋白测定 é"))
texts = st.text(characters, max_size=12).filter(lambda text: not text.endswith(" "))
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lb.xpt"


def write(frame, path, columns=COLUMNS, **more):
    write_xpt(frame, path, "LB", "Laboratory Test Results", columns, CREATED, **more)


def fails(frame, path, columns=COLUMNS, **more):
    with pytest.raises(ContractError) as caught:
        write(frame, path, columns, **more)
    assert not path.exists()
    assert caught.value.fix
    return str(caught.value)


# the way back ---------------------------------------------------------------------------------------------------------

def test_a_dataset_comes_back_as_it_was(path):
    write(LB, path)
    back = read_xpt(path)
    pd.testing.assert_frame_equal(back.frame, LB)
    assert (back.name, back.label, back.columns) == ("LB", "Laboratory Test Results", tuple(COLUMNS))
    assert back.special == {}


def test_pyreadstat_reads_the_same_dataset(path):
    write(LB, path)
    frame, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    sas_days = pd.Series([23435, np.nan, -1, -17472], name="ADT")
    pd.testing.assert_frame_equal(frame, LB.assign(ADT=sas_days))
    assert (meta.table_name, meta.file_label) == ("LB", "Laboratory Test Results")
    assert meta.column_labels == [column.label for column in COLUMNS]
    assert meta.original_variable_types["ADT"] == "DATE9"


def test_pyreadstat_reads_the_same_dates(path):
    write(LB, path)
    frame, _ = pyreadstat.read_xport(path, dates_as_pandas_datetime=True)
    assert frame["ADT"].astype("datetime64[s]").tolist() == LB["ADT"].tolist()


def test_pandas_reads_the_same_dataset(path):
    write(LB, path)
    frame = pd.read_sas(path, format="xport", encoding="utf-8")
    pd.testing.assert_frame_equal(frame.drop(columns="ADT"), LB.drop(columns="ADT"))
    assert frame["ADT"].tolist()[2:] == [-1, -17472]


@quick
@given(st.lists(numbers, min_size=1, max_size=40))
def test_all_numbers_are_the_same_in_every_reader(path, values):
    frame = pd.DataFrame({"X": np.array(values), "Y": "."})
    write(frame, path, [Column("X", "", "Num", 8), Column("Y", "", "Char", 73)])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame, check_exact=True)
    pd.testing.assert_frame_equal(pyreadstat.read_xport(path)[0], frame, check_exact=True)
    by_pandas = pd.read_sas(path, format="xport", encoding="utf-8")
    assert (by_pandas["X"][frame["X"] == 0] == 2.0**-260).all()                  # so pandas reads 0
    by_pandas["X"] = by_pandas["X"].mask(frame["X"] == 0, 0.0)
    pd.testing.assert_frame_equal(by_pandas, frame, check_exact=True)


@quick
@given(st.lists(texts, min_size=1, max_size=40))
def test_all_texts_are_the_same_in_every_reader(path, values):
    frame = pd.DataFrame({"X": pd.Series(values, dtype="str"), "Y": 1.0})
    write(frame, path, [Column("X", "", "Char", 73), Column("Y", "", "Num", 8)])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame)
    pd.testing.assert_frame_equal(pyreadstat.read_xport(path)[0], frame)
    by_pandas = pd.read_sas(path, format="xport", encoding="utf-8")
    stripped = frame["X"].map(lambda text: text.encode().rstrip().decode())      # pandas strips tabs and line ends too
    pd.testing.assert_frame_equal(by_pandas, frame.assign(X=stripped))


def test_trailing_blanks_are_lost_and_leading_blanks_stay(path):
    frame = pd.DataFrame({"X": ["  a  ", "   ", "b"]}, dtype="str")
    write(frame, path, [Column("X", "", "Char", 5)])
    assert read_xpt(path).frame["X"].tolist() == ["  a", "", "b"]


def test_text_may_be_stored_as_python_objects(path, tmp_path):
    write(LB, path)
    plain = LB.astype({"LBTEST": object, "USUBJID": pd.StringDtype("python", na_value=np.nan)})
    write(plain, tmp_path / "plain.xpt")
    assert (tmp_path / "plain.xpt").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gb18030", "utf-8"])
def test_text_is_written_in_the_stated_encoding(path, encoding):
    text = "血红蛋白" if encoding == "gb18030" else "Sjögren"
    frame = pd.DataFrame({"X": [text, "plain", text]}, dtype="str")
    column = Column("X", text, "Char", 12)
    write(frame, path, [column], encoding=encoding)
    assert text.encode(encoding).ljust(12) + b"plain       " in path.read_bytes()
    back = read_xpt(path, encoding=encoding)
    pd.testing.assert_frame_equal(back.frame, frame)
    assert back.columns == (column,)


def test_integers_of_every_kind_are_numbers(path):
    frame = pd.DataFrame({"X": [1, -2], "Y": pd.array([3, None], dtype="Int64"), "Z": np.array([4, 5], np.uint8)})
    write(frame, path, [Column(name, "", "Num", 8) for name in "XYZ"])
    expected = pd.DataFrame({"X": [1.0, -2.0], "Y": [3.0, np.nan], "Z": [4.0, 5.0]})
    pd.testing.assert_frame_equal(read_xpt(path).frame, expected)


def test_thousands_of_variables_fit(path):
    columns = [Column(f"V{number}", "", "Num" if number % 2 else "Char", 8) for number in range(3000)]
    frame = pd.DataFrame({column.name: [1.5, np.nan] if column.type == "Num" else ["a", "é"] for column in columns})
    write(frame, path, columns)
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame)


# dates ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("format", "text", "sas"), [
    ("DATE9.", "1960-01-01", 0), ("DATE9.", "1959-12-31", -1), ("YYMMDD10.", "1700-01-01", -94962),
    ("E8601DA10.", "2000-02-29", 14669), ("DATETIME20.", "1960-01-01T00:00:01", 1),
    ("DATETIME20.", "1959-12-31T23:59:59", -1), ("E8601DT19.", "2024-02-29T12:00:00", 2024827200),
])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_count_from_1960(path, format, text, sas, unit):
    frame = pd.DataFrame({"X": pd.Series([text, None], dtype=f"datetime64[{unit}]")})
    write(frame, path, [Column("X", "", "Num", 8, format)])
    np.testing.assert_array_equal(read_xpt(path, dates=False).frame["X"], [sas, np.nan])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame.astype("datetime64[s]"))


def test_fractions_of_a_second_are_kept_as_numbers(path):
    frame = pd.DataFrame({"X": pd.to_datetime(["1959-12-31T23:59:59.5"]).astype("datetime64[ms]")})
    write(frame, path, [Column("X", "", "Num", 8, "DATETIME22.3")])
    assert read_xpt(path).frame["X"].tolist() == [-0.5]


def test_a_time_of_day_is_seconds_since_midnight(path):
    frame = pd.DataFrame({"X": pd.to_timedelta(["10:00:01", None]), "Y": [36001.0, np.nan]})
    write(frame, path, [Column(name, "", "Num", 8, "TIME8.") for name in "XY"])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame.assign(X=frame["Y"]))


def test_a_date_format_does_not_cut_the_time_off(path):
    frame = pd.DataFrame({"ADT": pd.to_datetime(["2024-01-01T00:00", "2024-01-01T10:00"])})
    message = fails(frame, path, [Column("ADT", "", "Num", 8, "DATE9.")])
    assert "LB.ADT" in message and "record 2: 2024-01-01 10:00:00" in message


@pytest.mark.parametrize(("format", "zone"), [("", None), ("8.2", None), ("TIME8.", None), ("DATETIME20.", "UTC")])
def test_datetimes_need_a_date_format_and_no_time_zone(path, format, zone):
    frame = pd.DataFrame({"ADT": pd.to_datetime(["2024-01-01"]).tz_localize(zone)})
    assert "LB.ADT is Num" in fails(frame, path, [Column("ADT", "", "Num", 8, format)])


# special missing values -----------------------------------------------------------------------------------------------

SPECIAL = pd.DataFrame({"X": [1.0, np.nan, np.nan, np.nan, np.nan], "Y": "y"})
LETTERS = pd.Series(["", "A", "Z", "_", ""], dtype="str")
SPECIAL_COLUMNS = [Column("X", "", "Num", 8), Column("Y", "", "Char", 1)]


def test_special_missing_values_come_back(path):
    write(SPECIAL, path, SPECIAL_COLUMNS, special={"X": LETTERS})
    back = read_xpt(path)
    pd.testing.assert_frame_equal(back.frame, SPECIAL)
    assert list(back.special) == ["X"]
    pd.testing.assert_series_equal(back.special["X"], LETTERS)


def test_special_missing_values_have_the_bytes_of_sas_and_are_missing_elsewhere(path):
    write(SPECIAL, path, SPECIAL_COLUMNS, special={"X": LETTERS})
    values = [bytes.fromhex("4110000000000000"), *(letter + bytes(7) for letter in (b"A", b"Z", b"_", b"."))]
    assert path.read_bytes()[-80:] == b"".join(value + b"y" for value in values).ljust(80)
    pd.testing.assert_frame_equal(pyreadstat.read_xport(path)[0], SPECIAL)
    pd.testing.assert_frame_equal(pd.read_sas(path, format="xport", encoding="utf-8"), SPECIAL)


@pytest.mark.parametrize(("name", "letters", "said"), [
    ("X", ["", "a", "", "", ""], "record 2: 'a'"),
    ("X", ["", ".A", "", "", ""], "record 2: '.A'"),
    ("X", ["B", "", "", "", ""], "record 1: 1.0 and .B"),
    ("Y", ["", "A", "", "", ""], "LB.Y is no Num variable"),
    ("Q", ["", "A", "", "", ""], "LB.Q is no Num variable"),
])
def test_wrong_special_missing_values_are_refused(path, name, letters, said):
    assert said in fails(SPECIAL, path, SPECIAL_COLUMNS, special={name: pd.Series(letters, dtype="str")})


def test_special_missing_values_have_the_index_of_the_frame(path):
    other = LETTERS.set_axis(range(1, 6))
    assert "another index" in fails(SPECIAL, path, SPECIAL_COLUMNS, special={"X": other})


# blocks, records and bytes --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cuts", [[2], [0, 1, 1, 3], [4, 4]])
def test_many_blocks_give_the_bytes_of_one(path, tmp_path, cuts):
    letters = pd.Series(["", "A", "", ""], dtype="str")
    write(LB, path, special={"LBSTRESN": letters})
    streamed = tmp_path / "streamed.xpt"
    with XptWriter(streamed, "LB", "Laboratory Test Results", COLUMNS, CREATED) as file:
        for start, stop in zip([0, *cuts], [*cuts, 4], strict=True):
            file.append(LB[start:stop], {"LBSTRESN": letters[start:stop]})
    assert streamed.read_bytes() == path.read_bytes()


def test_blocks_in_memory_change_neither_the_bytes_nor_the_values(path, tmp_path, monkeypatch):
    frame, letters = LB.assign(LBSTRESN=[1.0, 2.0, 3.0, np.nan]), pd.Series(["", "", "", "K"], dtype="str")
    write(frame, path, special={"LBSTRESN": letters})
    monkeypatch.setattr("transport.xpt.BLOCK_BYTES", 100)
    write(frame, tmp_path / "small.xpt", special={"LBSTRESN": letters})
    assert (tmp_path / "small.xpt").read_bytes() == path.read_bytes()
    back = read_xpt(path)
    pd.testing.assert_frame_equal(back.frame, frame)
    pd.testing.assert_series_equal(back.special["LBSTRESN"], letters)


@pytest.mark.parametrize("records", range(12))
@pytest.mark.parametrize("length", [1, 7, 8, 16, 40, 79, 80, 81, 200])
def test_the_last_80_bytes_are_filled_with_blanks_and_add_no_records(path, records, length):
    frame = pd.DataFrame({"X": pd.Series(["x"] * records, dtype="str")})
    write(frame, path, [Column("X", "", "Char", length)])
    assert path.stat().st_size % 80 == 0
    assert len(read_xpt(path).frame) == records
    assert len(pyreadstat.read_xport(path)[0]) == records


def test_zero_records_keep_their_variables_and_types(path):
    write(LB[:0], path)
    pd.testing.assert_frame_equal(read_xpt(path).frame, LB[:0].reset_index(drop=True))
    frame, meta = pyreadstat.read_xport(path)
    assert (len(frame), meta.column_names) == (0, list(LB))


def test_blank_records_before_the_last_stay(path):
    frame = pd.DataFrame({"X": ["", "a", "", "", "b"]}, dtype="str")
    write(frame, path, [Column("X", "", "Char", 5)])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame)
    pd.testing.assert_frame_equal(pyreadstat.read_xport(path)[0], frame)


def test_a_blank_last_record_is_refused_because_readers_drop_it(path):
    frame = pd.DataFrame({"X": ["a", "", ""]}, dtype="str")
    assert "record 3" in fails(frame, path, [Column("X", "", "Char", 5)])


def test_a_missing_number_keeps_a_blank_record(path):
    frame = pd.DataFrame({"X": ["a", ""], "Y": [1.0, np.nan]})
    write(frame, path, [Column("X", "", "Char", 5), Column("Y", "", "Num", 8)])
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame)


def test_the_creation_time_is_the_stated_one_and_the_only_time(path, tmp_path):
    write(LB, path)
    write(LB, tmp_path / "again.xpt")
    assert path.read_bytes() == (tmp_path / "again.xpt").read_bytes()
    assert path.read_bytes().count(b"29FEB24:23:59:58") == 4
    assert read_xpt(path).created == CREATED
    assert pyreadstat.read_xport(path)[1].creation_time == CREATED


@pytest.mark.parametrize(("year", "fits"), [(1969, False), (1970, True), (1999, True), (2069, True), (2070, False)])
def test_the_creation_time_comes_back_or_is_refused(path, year, fits):
    created = datetime(year, 1, 2)
    if fits:
        write_xpt(LB, path, "LB", "", COLUMNS, created)
        assert read_xpt(path).created == created
    else:
        with pytest.raises(ContractError, match="creation time"):
            write_xpt(LB, path, "LB", "", COLUMNS, created)


# what does not fit ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("column", "said"), [
    (Column("AESEVERIT", "", "Char", 8), "AESEVERIT: the name has 9 bytes, at most 8 fit"),
    (Column("血红蛋", "", "Char", 8), "the name has 9 bytes"),
    (Column("1AE", "", "Char", 8), "a name is capitals"),
    (Column("aeterm", "", "Char", 8), "a name is capitals"),
    (Column("AE TERM", "", "Char", 8), "a name is capitals"),
    (Column("", "", "Char", 8), "a variable: a name is capitals"),
    (Column("X", "l" * 41, "Char", 8), "X: the label has 41 bytes, at most 40 fit"),
    (Column("X", "血" * 14, "Char", 8), "X: the label has 42 bytes"),
    (Column("X", "", "Char", 0), "1 to 200 bytes, not 0"),
    (Column("X", "", "Char", 201), "1 to 200 bytes, not 201"),
    (Column("X", "", "Num", 4), "the length of a Num variable is 8 bytes, not 4"),
    (Column("X", "", "text", 8), "Char or Num, not 'text'"),
    (Column("X", "", "Num", 8, "DATE 9"), "'DATE 9' is no SAS format"),
    (Column("X", "", "Num", 8, "$20."), "not for Num"),
    (Column("X", "", "Char", 8, "8.2"), "not for Char"),
])
def test_a_variable_that_sas_cannot_hold_is_refused(path, column, said):
    assert said in fails(pd.DataFrame(), path, [column])


@pytest.mark.parametrize(("name", "label", "columns", "said"), [
    ("ADAELONGER", "", COLUMNS, "ADAELONGER: the name has 10 bytes"),
    ("LB", "l" * 41, COLUMNS, "LB: the label has 41 bytes"),
    ("LB", "", [], "LB: 0 variables"),
    ("LB", "", [*COLUMNS, COLUMNS[0]], "USUBJID: 2 variables have this name"),
])
def test_a_dataset_that_sas_cannot_hold_is_refused(path, name, label, columns, said):
    with pytest.raises(ContractError) as caught:
        XptWriter(path, name, label, columns, CREATED)
    assert said in str(caught.value)
    assert not path.exists()


@pytest.mark.parametrize(("change", "said"), [
    ({"LBTEST": ["x" * 60, "血" * 20, "é" * 31, "x"]}, "record 3: 62 bytes"),
    ({"LBTEST": ["a", "b", "c", None]}, "record 4"),
    ({"LBTEST": ["a", "b\0", "c", "d"]}, "record 2: 'b\\x00'"),
    ({"LBTEST": pd.Series(["a", "b", 3, "d"], dtype=object)}, "LB.LBTEST holds something that is no text"),
    ({"LBTEST": [1.0, 2.0, 3.0, 4.0]}, "LBTEST is float64"),
    ({"LBSTRESN": [1.0, 2.0, 3.0, 1e76]}, "record 4: "),
    ({"LBSTRESN": [1.0, -np.inf, 3.0, 4.0]}, "record 2: "),
    ({"LBSTRESN": [1, 2**53 + 1, 3, 2**53 + 2]}, "record 2: 9007199254740993"),
    ({"LBSTRESN": ["1", "2", "3", "4"]}, "LB.LBSTRESN is Num"),
    ({"LBSTRESN": [True, False, True, True]}, "LB.LBSTRESN is Num"),
    ({"EXTRA": 1.0}, "EXTRA is not in the columns"),
])
def test_a_value_that_does_not_fit_is_named_and_never_cut(path, change, said):
    message = fails(LB.assign(**change), path)
    assert said in message and "LB" in message


def test_text_outside_the_encoding_is_named(path):
    message = fails(LB, path, encoding="latin-1")
    assert "LB.LBTEST has text that cannot be written in latin-1" in message and "record 3: '血红蛋白'" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso2022_jp", "hz", "nonsense"])
def test_an_encoding_without_plain_ascii_is_refused(path, encoding):
    assert encoding in fails(LB, path, encoding=encoding)


@pytest.mark.parametrize(("frame", "said"), [
    (LB[["LBSEQ", "USUBJID", "LBTEST", "LBSTRESN", "ADT"]], "the order is LBSEQ, USUBJID"),
    (LB.drop(columns="LBTEST"), "LBTEST is missing"),
    (LB.rename(columns={"LBTEST": "LBTST"}), "LBTST is not in the columns of the file; did you mean LBTEST?"),
    (pd.concat([LB, LB[["ADT"]]], axis=1), "the order is"),
])
def test_a_block_has_the_variables_of_the_file_in_order(path, frame, said):
    assert said in fails(frame, path)


def test_the_record_number_counts_over_all_blocks(path):
    with pytest.raises(ContractError, match="record 7: "), XptWriter(path, "LB", "", COLUMNS, CREATED) as file:
        file.append(LB)
        file.append(LB.assign(LBSTRESN=[1.0, 2.0, 1e76, 4.0]))
    assert not path.exists()


# a write that fails ---------------------------------------------------------------------------------------------------

def test_a_file_is_no_transport_file_until_it_is_closed(path):
    frame = pd.concat([LB] * 1000, ignore_index=True)
    file = XptWriter(path, "LB", "", COLUMNS, CREATED)
    file.append(frame)
    with pytest.raises(RawDataError, match="broken off"):
        read_xpt(path)
    with pytest.raises(pyreadstat.ReadstatError):
        pyreadstat.read_xport(path)
    file.close()
    pd.testing.assert_frame_equal(read_xpt(path).frame, frame)


def test_an_error_of_the_caller_removes_the_file(path):
    with pytest.raises(ZeroDivisionError), XptWriter(path, "LB", "", COLUMNS, CREATED) as file:
        file.append(LB)
        raise ZeroDivisionError
    assert not path.exists()


def test_a_failed_block_cannot_be_passed_over(path):
    file = XptWriter(path, "LB", "", COLUMNS, CREATED)
    file.append(LB)
    with pytest.raises(ContractError):
        file.append(LB.drop(columns="ADT"))
    with pytest.raises(ContractError, match="an earlier block failed"):
        file.append(LB)
    with pytest.raises(ContractError, match="an earlier block failed"):
        file.close()
    assert not path.exists()


def test_a_closed_file_takes_no_more_blocks(path):
    with XptWriter(path, "LB", "", COLUMNS, CREATED) as file:
        file.append(LB)
    with pytest.raises(ContractError, match="closed"):
        file.append(LB)
    file.close()
    pd.testing.assert_frame_equal(read_xpt(path).frame, LB)


def test_writing_changes_neither_the_frame_nor_the_special_values(path):
    frame, letters = SPECIAL.copy(deep=True), LETTERS.copy(deep=True)
    write(frame, path, SPECIAL_COLUMNS, special={"X": letters})
    pd.testing.assert_frame_equal(frame, SPECIAL)
    pd.testing.assert_series_equal(letters, LETTERS)

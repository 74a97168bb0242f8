"""Where clauses of workbooks: what is written is read, and what cannot be read says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.p21_where import COMPARATORS, Condition, WhereError, parse_values, parse_where, write_where


@pytest.mark.parametrize(("text", "written"), [
    ('PARAMCD EQ ACITM01', 'PARAMCD EQ ACITM01'),
    ('PARAMCD EQ ACITM01 and AVISIT IN ("A", "B")', 'PARAMCD EQ ACITM01 and AVISIT IN ("A", "B")'),
    ('ADSL.AGE >= 65 & SEX = M', 'ADSL.AGE GE 65 and SEX EQ M'),
    ('paramcd eq "x ""y"" and z EQ 1"', 'PARAMCD EQ "x ""y"" and z EQ 1"'),
    ("X EQ 'it''s'", 'X EQ "it\'s"'),
    ('LBCAT EQ CHEMISTRY AND HEMATOLOGY and LBSPEC EQ URINE', 'LBCAT EQ "CHEMISTRY AND HEMATOLOGY" and LBSPEC EQ URINE'),
    ('A NOT IN (a,b c,"d,e")', 'A NOTIN ("a", "b c", "d,e")'),
    ('A NOTIN ("a")\nAND B NE 1', 'A NOTIN ("a") and B NE 1'),
    ('(PARAMCD EQ A) and (B EQ C)', 'PARAMCD EQ A and B EQ C'),
    ('PARAMCD EQ A or PARAMCD EQ B', 'PARAMCD EQ A or PARAMCD EQ B'),
    ('A EQ ""', 'A EQ ""'),
    ('A EQ “Week 8”', 'A EQ "Week 8"'),
    ('X IN ("a  b", c)and Y EQ 1', 'X IN ("a  b", "c") and Y EQ 1'),
    ('A<5 and B>=6', 'A LT 5 and B GE 6'),
    ('A IN x, y z and B EQ 1', 'A IN ("x", "y z") and B EQ 1'),
    ('A NOT IN (x;y)', 'A NOTIN ("x", "y")'),
    ('A EQ Albumin (g/L)', 'A EQ "Albumin (g/L)"'),
    ('A EQ Pain, severity in scale', 'A EQ "Pain, severity in scale"'),
])
def test_a_clause_is_read_however_it_is_spelt(text, written):
    assert write_where(parse_where(text)) == written
    assert parse_where(written) == parse_where(text)


@pytest.mark.parametrize(("text", "words"), [
    ("", "it is empty"),
    ("X EQ", "a value is missing"),
    ('X EQ "a', "is not closed"),
    ("X IN (a", "is not closed with a bracket"),
    ('X IN ("a" "b")', "a comma is missing before"),
    ("X EQ a and", "ends in 'and'"),
    ("(A EQ 1 or B EQ 2) and C EQ 3", "`or` stands within brackets"),
    ("(A EQ 1", "a bracket is not closed"),
    ("AGE X", "does not begin with VARIABLE"),
    ("PARAMCD is A", "does not begin with VARIABLE"),
    ('QNAM IN (A) B', "is left over"),
    ('X EQ (a, b)', "takes one value, not 2"),
    ('X IN ()', "a value is missing in the list"),
    ('X IN (a, )', "a value is missing in the list"),
    ('X EQ a)', "a bracket is closed in 'a)' that was not opened"),
    ('X EQ a, Y EQ b', "'Y EQ' begins a second condition"),
    ('X EQ a\nADSL.Y IN (b)', "'ADSL.Y IN' begins a second condition"),
    ("WC.SUPPAE.QNAM.X", "does not begin with VARIABLE"),
])
def test_a_clause_that_cannot_be_read_says_why(text, words):
    with pytest.raises(WhereError, match=None) as error:
        parse_where(text)
    assert words in str(error.value)


VALUES = st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=0, max_size=12).map(str.strip)
ONE = st.builds(Condition, st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True), st.sampled_from(COMPARATORS[:6]),
                st.tuples(VALUES), st.sampled_from(("", "ADSL")))
SEVERAL = st.builds(Condition, st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True), st.sampled_from(COMPARATORS[6:]),
                    st.lists(VALUES, min_size=1, max_size=4).map(tuple), st.sampled_from(("", "ADSL")))


@given(st.lists(st.lists(ONE | SEVERAL, min_size=1, max_size=3).map(tuple), min_size=1, max_size=2).map(tuple))
def test_every_clause_that_is_written_is_read_back_the_same(clause):
    assert parse_where(write_where(clause)) == clause


@pytest.mark.parametrize(("text", "comparator", "values"), [
    ("A, B", "IN", ("A", "B")), ('("A, B", C)', "IN", ("A, B", "C")), ("A, B", "EQ", ("A, B",)), ('"A, B"', "EQ", ("A, B",)),
    ("", "EQ", ("",)), ("A\nB C", "IN", ("A", "B C")),
])
def test_a_cell_of_values_is_a_list_for_in_only(text, comparator, values):
    assert parse_values(text, comparator) == values


@pytest.mark.parametrize(("comparator", "values"), [("EQ", ("A", "B")), ("LT", ()), ("IN", ()), ("", ("A", "B"))])
def test_a_clause_of_no_reader_is_still_written(comparator, values):
    text = write_where([[Condition("X", comparator, values)]])
    assert all(value in text for value in values)
    with pytest.raises(WhereError):
        parse_where(text)

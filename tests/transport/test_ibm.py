"""IBM floating point: what a transport file can hold comes back bit for bit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transport.ibm import LARGEST, SMALLEST, beyond_ibm, decode_ibm, decode_special, encode_ibm, encode_special

in_range = st.floats(min_value=SMALLEST, max_value=LARGEST)
unhurried = settings(deadline=None)
ibm_floats = st.one_of(st.just(0.0), in_range, in_range.map(lambda value: -value),
                       st.integers(-2**53, 2**53).map(float))


def words_of(*values: float) -> list[str]:
    return [f"{word:016X}" for word in encode_ibm(np.array(values, dtype=np.float64))]


def floats_of(*words: str) -> list[float]:
    return decode_ibm(np.array([int(word, 16) for word in words], dtype=np.uint64)).tolist()


def exact_value(word: str) -> Fraction:
    """An IBM number by its definition, in exact arithmetic."""
    bits = int(word, 16)
    sign, exponent, fraction = bits >> 63, (bits >> 56) & 0x7F, bits & (1 << 56) - 1
    return (-1) ** sign * Fraction(fraction, 1 << 56) * Fraction(16) ** (exponent - 64)


@pytest.mark.parametrize(("value", "word"), [
    (1.0, "4110000000000000"),
    (-1.0, "C110000000000000"),
    (-118.625, "C276A00000000000"),       # the example of the IBM manuals
    (0.1, "401999999999999A"),
    (0.0, "0000000000000000"),
    (-0.0, "0000000000000000"),
    (2.0, "4120000000000000"),
    (8.0, "4180000000000000"),
    (16.0, "4210000000000000"),
    (float("nan"), "2E00000000000000"),
    (LARGEST, "7FFFFFFFFFFFFFF8"),
    (SMALLEST, "0010000000000000"),
])
def test_known_numbers_have_their_known_bytes(value, word):
    assert words_of(value) == [word]
    np.testing.assert_array_equal(floats_of(word), [value])


@unhurried
@given(st.lists(ibm_floats, min_size=1, max_size=50))
@example([LARGEST, -LARGEST, SMALLEST, -SMALLEST, np.nextafter(1, 0), np.nextafter(16, 0), 2.0**53])
def test_every_number_in_range_comes_back_bit_for_bit(values):
    assert floats_of(*words_of(*values)) == values


@unhurried
@given(ibm_floats)
def test_the_bytes_mean_exactly_the_number(value):
    assert exact_value(words_of(value)[0]) == Fraction(value)


@unhurried
@given(st.floats(min_value=-SMALLEST, max_value=SMALLEST, exclude_min=True, exclude_max=True))
@example(5e-324)
@example(np.nextafter(SMALLEST, 0))
def test_numbers_nearer_to_zero_than_the_range_become_zero(value):
    assert words_of(value) == ["0000000000000000"]


@pytest.mark.parametrize("value", [np.nextafter(LARGEST, np.inf), -1e76, 1.7e308, np.inf, -np.inf])
def test_numbers_beyond_the_range_are_found_and_never_clipped(value):
    values = np.array([1.0, np.nan, value, LARGEST])
    assert beyond_ibm(values).tolist() == [2]
    with pytest.raises(OverflowError, match="beyond the range"):
        encode_ibm(values)


@unhurried
@given(st.integers(1, 2**56 - 1), st.integers(0, 127), st.booleans())
@example(2**56 - 1, 64, False)
@example(1, 0, True)
def test_a_fraction_of_more_than_53_bits_is_cut_toward_zero(fraction, exponent, negative):
    word = f"{(negative << 63) | (exponent << 56) | fraction:016X}"
    [value] = floats_of(word)
    drop = max(0, fraction.bit_length() - 53)
    kept = fraction >> drop << drop
    assert Fraction(value) == exact_value(f"{(negative << 63) | (exponent << 56) | kept:016X}")


def test_special_missing_values_are_their_letter_and_zeros():
    letters = np.frombuffer(b"AZ_", dtype=np.uint8)
    words = encode_special(letters)
    assert [f"{word:016X}" for word in words] == ["4100000000000000", "5A00000000000000", "5F00000000000000"]
    assert np.isnan(decode_ibm(words)).all()
    assert bytes(decode_special(words)) == b"AZ_"


def test_plain_missing_and_numbers_are_no_special_missing_values():
    words = encode_ibm(np.array([np.nan, 1.0, 0.0, 0.1]))
    assert decode_special(words).tolist() == [0, 0, 0, 0]


def test_no_numbers_are_no_numbers():
    assert words_of() == []
    assert floats_of() == []

"""SAS transport files keep numbers in the floating point of IBM mainframes: whole columns into it and back, exactly.

An IBM number is a sign, a power of 16 (7 bits, excess 64) and a fraction of 56 bits. The 53 bits of a float64 always
fit, so every float64 from 16**-65 (5.4e-79) to 16**63 (7.2e75) comes back bit for bit. At the edges:
- beyond 16**63, infinity included, there is no IBM number: an error, never a clipped value;
- nearer to zero than 16**-65 the number is stored as 0, as SAS stores it, and so is -0;
- a fraction that needs more than 53 bits (mainframe files only) is cut toward zero, as SAS's own conversion does;
- a fraction of zero under the first byte . _ or A to Z is a missing value.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LARGEST", "SMALLEST", "beyond_ibm", "decode_ibm", "decode_special", "encode_ibm", "encode_special"]

Words = npt.NDArray[Any]             # uint64: the eight bytes of each IBM number, the first one in the highest bits
Floats = npt.NDArray[np.float64]

SMALLEST = 16.0**-65
LARGEST = float(2**53 - 1) * 2.0**199    # the last float64 below 16**63

SIGN = 1 << 63
LEAD_BITS = 56                           # what follows the first byte
FRACTION = (1 << LEAD_BITS) - 1
IEEE_FRACTION = (1 << 52) - 1
IEEE_LEADING_ONE = 1 << 52
MISSING = ord(".") << LEAD_BITS

LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_", dtype=np.uint8)
IS_LETTER = np.isin(np.arange(256), LETTERS)
IS_MISSING = IS_LETTER | (np.arange(256) == ord("."))

# what a fraction, read as an integer, is multiplied by under each of the 256 first bytes: exact, all powers of two
_SCALE = np.ldexp(1.0, 4 * (np.arange(256) % 128 - 64) - 56) * np.where(np.arange(256) < 128, 1.0, -1.0)


def beyond_ibm(values: Floats) -> npt.NDArray[np.intp]:
    """The positions of the numbers that no IBM number can hold."""
    return np.flatnonzero(np.abs(values) > LARGEST)


def encode_ibm(values: Floats) -> Words:
    """float64 to IBM numbers; NaN becomes the missing value "."."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
    exponent = (bits >> 52) & 0x7FF
    # The power of 2 is 4 times a power of 16 plus 0 to 3: the fraction is shifted by that rest. 763 = 1023 - 4 * 65.
    power = exponent - 763
    fraction = (bits & IEEE_FRACTION) | IEEE_LEADING_ONE
    rest = (exponent + 1) & 3
    words: Words = (bits & SIGN) | ((power >> 2) << LEAD_BITS) | (fraction << rest)
    outside = np.flatnonzero(power > 511)     # too near to zero wraps round, so one comparison finds all
    if outside.size:
        words[outside] = _encode_outside(values[outside])
    return words


def _encode_outside(values: Floats) -> Words:
    if beyond_ibm(values).size:
        raise OverflowError(f"{values[beyond_ibm(values)[0]]!r} is beyond the range of IBM floating point (7.2e75)")
    words: Words = np.zeros(len(values), np.uint64)
    words[np.isnan(values)] = MISSING
    return words


def decode_ibm(words: Words) -> Floats:
    """IBM numbers to float64; every missing value, special ones too, becomes NaN."""
    fraction = words & FRACTION
    long = np.flatnonzero(fraction & 7)
    if long.size:
        fraction[long] = _first_53_bits(fraction[long])
    values: Floats = fraction.view(np.int64).astype(np.float64) * _SCALE[(words >> LEAD_BITS).view(np.int64)]
    empty = np.flatnonzero(fraction == 0)
    if empty.size:
        values[empty] = np.where(IS_MISSING[_lead(words[empty])], np.nan, 0.0)
    return values


def _first_53_bits(fraction: Words) -> Words:
    """The fraction without what a float64 has no room for: its lowest bit, two or three, where the top ones are set."""
    spare = np.zeros_like(fraction)
    for bit in (53, 54, 55):
        spare += fraction >> bit != 0
    return fraction >> spare << spare


def _lead(words: Words) -> npt.NDArray[np.int64]:
    return (words >> LEAD_BITS).astype(np.int64)


def encode_special(letters: npt.NDArray[np.uint8]) -> Words:
    """The special missing values .A to .Z and ._ from the ASCII codes of their letters."""
    words: Words = letters.astype(np.uint64) << LEAD_BITS
    return words


def decode_special(words: Words) -> npt.NDArray[np.uint8]:
    """The ASCII code of the letter where a word is a special missing value, 0 elsewhere."""
    lead = _lead(words)
    return np.where((words & FRACTION == 0) & IS_LETTER[lead], lead, 0).astype(np.uint8)

"""Ticks: round, rising, within the axis, and as many as there is room for."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from torchloupe.views._ticks import log_ticks, ticks

NUMBERS = st.floats(-1e300, 1e300)
POSITIVE = st.floats(1e-300, 1e300)


def mantissa(values):
    """Return the leading part of numbers, 1 to 10."""
    values = np.abs(values[values != 0])
    return values / 10.0 ** np.floor(np.log10(values))


@given(NUMBERS, NUMBERS, st.integers(2, 10))
def test_ticks_lie_within_and_rise(one, other, most):
    low, high = sorted((one, other))
    assume(low < high)
    places = ticks(low, high, most)
    assert np.isfinite(places).all()
    assert len(places) <= most + 1
    assert (np.diff(places) > 0).all()
    slack = (high / most - low / most) * 1e-5
    assert (places >= low - slack).all()
    assert (places <= high + slack).all()


@given(st.floats(-1e6, 1e6), st.floats(1e-2, 1e6), st.integers(5, 10))
def test_ticks_are_multiples_of_one_two_or_five(low, length, most):
    places = ticks(low, low + length, most)
    assert len(places) >= 2
    steps = np.diff(places)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    assert np.isclose(mantissa(steps[:1]), [1, 2, 5, 10], rtol=1e-6).any()
    np.testing.assert_allclose(places / steps[0], np.round(places / steps[0]), atol=1e-4)


@given(POSITIVE, POSITIVE)
def test_logarithmic_ticks_lie_within_and_rise(one, other):
    low, high = sorted((one, other))
    assume(low < high)
    places = log_ticks(low, high)
    assert np.isfinite(places).all()
    assert 1 <= len(places) <= 16
    assert (np.diff(places) > 0).all()
    assert (places >= low * (1 - 1e-5)).all()
    assert (places <= high * (1 + 1e-5)).all()


@given(st.integers(-12, 12), st.integers(1, 8))
def test_logarithmic_ticks_of_decades_hold_the_decades(first, count):
    low, high = 10.0**first, 10.0 ** (first + count)
    places = log_ticks(low, high)
    assert np.isclose(mantissa(places)[:, None], [1, 2, 5, 10]).any(1).all()
    if count < 8:
        decades = 10.0 ** np.arange(first, first + count + 1)
        assert np.isclose(decades[:, None], places).any(1).all()


def test_some_that_people_know():
    np.testing.assert_array_equal(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1])
    np.testing.assert_array_equal(ticks(-1.3, 4.2, 6), [-1, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(log_ticks(0.5, 20), [0.5, 1, 2, 5, 10, 20])

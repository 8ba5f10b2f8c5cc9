"""Long curves: few points, and no spike, gap or infinity lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchloupe.reduce import decimate

nan, inf = np.nan, np.inf
curves = st.lists(
    st.one_of(
        st.floats(allow_nan=True, allow_infinity=True), st.just(nan), st.sampled_from([0.0, inf])
    ),
    max_size=120,
)


def noise(count):
    return np.random.default_rng(count).normal(size=count)


def runs_of(holes):
    """Count the runs of True."""
    return int((np.diff(np.concatenate([[False], holes]).astype(int)) == 1).sum())


def test_short_curves_are_kept_whole():
    line = decimate([1, 2, 3], [0.5, 0.25, 0.125])
    assert line.steps.tolist() == [1.0, 2.0, 3.0]
    assert line.values.tolist() == [0.5, 0.25, 0.125]
    assert (line.gaps, line.hidden, line.infinite) == (0, 0, 0)


@pytest.mark.parametrize("count", [2001, 10_000, 300_000])
def test_long_curves_keep_ends_and_extremes(count):
    values = noise(count)
    line = decimate(np.arange(count), values)
    assert 1900 <= len(line.steps) <= 2000
    assert (np.diff(line.steps) > 0).all()
    np.testing.assert_array_equal(line.values, values[line.steps.astype(int)])
    assert line.values[[0, -1]].tolist() == values[[0, -1]].tolist()
    assert (line.values.min(), line.values.max()) == (values.min(), values.max())


@pytest.mark.parametrize("place", [1, 777, 49_998])
@pytest.mark.parametrize("spike", [1.5, -1.5, 1e30])
def test_a_single_spike_is_never_lost(place, spike):
    values = np.sin(np.arange(50_000) / 3)
    values[place], values[place + 1] = spike, -spike
    line = decimate(np.arange(50_000), values, points=16)
    assert len(line.steps) <= 16
    assert {spike, -spike} <= set(line.values.tolist())


def test_the_envelope_is_kept():
    values = noise(100_000) * np.linspace(0.1, 3, 100_000)
    line = decimate(np.arange(100_000), values)
    for part in np.split(np.arange(100_000), 20):
        shown = line.values[(line.steps >= part[0]) & (line.steps <= part[-1])]
        assert np.ptp(shown) > 0.8 * np.ptp(values[part])


def test_a_run_of_nan_becomes_one_gap():
    line = decimate(range(8), [nan, 1, 2, nan, nan, nan, 3, nan])
    assert line.steps.tolist() == [0, 1, 2, 3, 6, 7]
    np.testing.assert_array_equal(line.values, [nan, 1, 2, nan, 3, nan])
    assert line.gaps == 5


def test_infinity_is_a_gap_and_is_listed():
    line = decimate(range(6), [1, inf, nan, -inf, 2, inf])
    np.testing.assert_array_equal(line.values, [1, nan, 2, nan])
    assert (line.gaps, line.infinite) == (1, 3)
    assert line.infinite_steps.tolist() == [1, 3, 5]
    assert line.infinite_signs.tolist() == [1, -1, 1]
    assert line.infinite_signs.dtype == np.int8


def test_many_infinities_are_counted_exactly_and_thinned():
    line = decimate(range(5000), np.where(np.arange(5000) % 2, inf, 1.0))
    assert line.infinite == 2500
    assert len(line.infinite_steps) == len(line.infinite_signs) == 200
    assert line.infinite_steps[[0, -1]].tolist() == [1, 4999]


def test_zero_and_less_are_hidden_on_a_logarithmic_axis():
    values = [1.0, 0.0, -1.0, 10.0, nan, -inf, 100.0]
    line = decimate(range(7), values, log=True)
    np.testing.assert_array_equal(line.values, [1, nan, 10, nan, 100])
    assert (line.hidden, line.gaps, line.infinite) == (2, 1, 1)
    assert decimate(range(7), values).hidden == 0


def test_on_a_logarithmic_axis_the_choice_is_made_in_logarithms():
    exponents = noise(50_000)
    seen = decimate(range(50_000), exponents)
    line = decimate(range(50_000), 10.0**exponents, log=True)
    np.testing.assert_array_equal(line.steps, seen.steps)
    np.testing.assert_allclose(np.log10(line.values), seen.values, atol=1e-12)


@given(values=curves, points=st.integers(16, 40), log=st.booleans())
def test_whatever_comes_the_line_is_honest(values, points, log):
    values = np.array(values, np.float64)
    steps = np.arange(len(values)) * 10.0
    line = decimate(steps, values, points=points, log=log)
    assert len(line.steps) == len(line.values) <= points
    assert not np.isinf(line.values).any()
    assert (np.diff(line.steps) > 0).all()
    index = (line.steps / 10).astype(int)
    shown = ~np.isnan(line.values)
    np.testing.assert_array_equal(line.values[shown], values[index][shown])
    drawable = np.isfinite(values) & ((values > 0) | (not log))
    assert not drawable[index][~shown].any()
    assert line.gaps == np.isnan(values).sum()
    assert line.infinite == np.isinf(values).sum()
    assert line.hidden == (np.isfinite(values) & ~drawable).sum()
    gaps = runs_of(~drawable)
    assert runs_of(~shown) == (~shown).sum() == min(gaps, points // 4)
    if drawable.any():
        first, *_, last = np.flatnonzero(drawable).tolist() * 2
        assert {first, last} <= set(index.tolist())


def test_of_very_many_gaps_the_longest_are_kept():
    values = np.ones(10_000)
    values[::2] = nan
    values[5000:5100] = nan
    line = decimate(range(10_000), values, points=100)
    assert len(line.steps) <= 100
    assert np.isnan(line.values).sum() == 25
    gap = np.flatnonzero(np.isnan(line.values) & (line.steps >= 4990) & (line.steps <= 5100))
    assert len(gap) == 1
    assert line.gaps == np.isnan(values).sum()


@pytest.mark.parametrize(
    "steps", [np.zeros(9000), np.arange(9000)[::-1], np.where(np.arange(9000) < 8999, 0, 1e15)]
)
def test_steps_may_repeat_fall_back_or_leap(steps):
    values = noise(9000)
    line = decimate(steps, values, points=100)
    assert 80 <= len(line.steps) <= 100
    assert (line.values.min(), line.values.max()) == (values.min(), values.max())


@pytest.mark.parametrize("values", [np.full(5000, 3.0), np.linspace(-1, 1, 5000) * 1e308])
def test_extreme_values_are_thinned(values):
    line = decimate(range(5000), values, points=50)
    assert 2 <= len(line.steps) <= 50
    assert line.values[[0, -1]].tolist() == values[[0, -1]].tolist()


def test_nothing():
    line = decimate([], [])
    assert len(line.steps) == len(line.values) == line.gaps == 0


def test_all_nan_is_one_gap():
    line = decimate(range(3), [nan] * 3)
    assert line.steps.tolist() == [0.0]
    assert line.gaps == 3


def test_the_line_owns_its_memory():
    steps, values = np.arange(3.0), np.ones(3)
    line = decimate(steps, values)
    values[:], steps[:] = 0, 0
    assert line.values.tolist() == [1, 1, 1]
    assert line.steps.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (([1, 2], [1]), r"shapes \[2\] and \[1\]; expected \[N\] both"),
        (([[1]], [[1]]), "expected"),
        (([nan], [1]), "steps must be finite"),
    ],
)
def test_mismatched_input_is_refused(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        decimate(*arguments)


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="points is 15; expected 16 or more"):
        decimate([1], [1], points=15)

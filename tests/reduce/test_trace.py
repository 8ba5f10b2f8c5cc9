"""Lines through buckets: at any width no spike, no end and no gap is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchloupe.reduce import as_buckets, condensed, total, trace

nan, inf = np.nan, np.inf
ODD = st.sampled_from([nan, inf, -inf, 0.0])
VALUES = st.lists(st.one_of(st.floats(-1e300, 1e300), ODD), min_size=1, max_size=130)


def buckets_of(values, width=1):
    values = np.asarray(values, float)
    places, whole = np.arange(len(values)), len(values) // width * width
    parts = [
        as_buckets(steps, values[steps], steps * 0.5, steps, size)
        for steps, size in ((places[:whole], width), (places[whole:], len(values) - whole))
        if len(steps)
    ]
    return np.concatenate(parts)


@given(VALUES, st.integers(1, 40), st.booleans())
def test_no_spike_and_no_end_is_lost_at_any_width(values, width, log):
    """Seen to fail when one of the two extremes is left out, and when the ends are."""
    values = np.array(values)
    buckets = buckets_of(values, width)
    line = trace(buckets, log=log)
    shown = line.values[~np.isnan(line.values)]
    assert np.isfinite(shown).all()
    np.testing.assert_array_equal(values[line.steps[~np.isnan(line.values)]], shown)
    drawable = np.isfinite(values) & ((values > 0) | (not log))
    for start in range(0, len(values), width):
        own = values[start : start + width]
        if not log and np.isfinite(own).any():
            finite = own[np.isfinite(own)]
            assert {finite.min(), finite.max()} <= set(shown.tolist())
        elif drawable[start : start + width].any():
            assert own[drawable[start : start + width]].max() in shown
    for end in (0, len(values) - 1):
        assert not drawable[end] or values[end] in shown[[0, -1]]
    assert len(line.values) <= 3 * len(buckets) + 2
    assert (np.diff(line.steps[~np.isnan(line.values)]) > 0).all()


@given(VALUES)
def test_single_values_are_the_line_itself(values):
    line = trace(buckets_of(values))
    values = np.array(values)
    seen = np.where(np.isfinite(values), values, nan)
    alone = np.isnan(seen) & np.concatenate([[False], np.isnan(seen[:-1])])
    np.testing.assert_array_equal(line.values, seen[~alone])
    np.testing.assert_array_equal(line.steps, np.flatnonzero(~alone))
    np.testing.assert_array_equal(line.times, line.steps * 0.5)


def test_infinities_are_marked():
    line = trace(buckets_of([1, inf, nan, -inf, 2, inf]))
    assert line.infinite_steps.tolist() == [1, 3, 5]
    assert line.infinite_signs.tolist() == [1, -1, 1]
    many = trace(buckets_of(np.where(np.arange(5000) % 2, inf, 1.0)))
    assert len(many.infinite_steps) == 200


def test_a_nan_among_many_breaks_the_line_unless_they_are_everywhere():
    values = np.arange(400.0)
    values[42] = nan
    assert np.isnan(trace(buckets_of(values, 10)).values).sum() == 1
    values[::10] = nan
    assert not np.isnan(trace(buckets_of(values, 10)).values).any()


@given(VALUES, st.integers(2, 100))
def test_condensed_buckets_have_the_extremes_of_all(values, most):
    buckets = condensed(buckets_of(values), most)
    assert len(values) <= most or 2 * len(buckets) <= most + 1 or len(buckets) == 1
    assert buckets["count"].sum() == len(values)
    finite = np.array(values)[np.isfinite(values)]
    whole = total(buckets)
    assert whole["count"] == len(values)
    if len(finite):
        assert (whole["minimum"], whole["maximum"]) == (finite.min(), finite.max())
    np.testing.assert_array_equal([whole["first"], whole["last"]], [values[0], values[-1]])


@pytest.mark.parametrize("steps", [np.zeros(90, int), np.arange(90)[::-1]])
def test_steps_may_repeat_or_go_back(steps):
    values = np.random.default_rng(0).normal(size=90)
    line = trace(as_buckets(steps, values, steps * 1.0, np.arange(90), 9))
    assert {values.min(), values.max(), values[0], values[-1]} <= set(line.values)


def test_nothing():
    line = trace(buckets_of([1.0])[:0])
    assert len(line.values) == len(line.infinite_steps) == 0
    assert total(buckets_of([1.0])[:0]) is None

"""Smoothing: pandas's own numbers for single values, and nearly these for buckets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchloupe.reduce import as_buckets, memory, smooth

ODD = st.sampled_from([np.nan, np.inf, -np.inf])
VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), ODD), min_size=1, max_size=90)


def buckets_of(values, width=1):
    places = np.arange(len(values))
    return as_buckets(places, np.asarray(values, float), places * 0.5, places, width)


def by_pandas(values, weight):
    known = pd.Series(np.where(np.isfinite(values), values, np.nan))
    return known.ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean().to_numpy()


@given(VALUES, st.sampled_from([0.0, 0.1, 0.6, 0.9, 0.99, 0.999]))
def test_single_values_are_averaged_as_pandas_does(values, weight):
    """Seen to fail without the correction for the beginning."""
    expected = by_pandas(np.array(values), weight)
    np.testing.assert_allclose(smooth(buckets_of(values), weight), expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("weight", [0.9, 0.99, 0.999])
def test_buckets_are_averaged_nearly_as_their_values(weight):
    values = np.sin(np.arange(4096) / 500) + 0.1 * np.random.default_rng(0).normal(size=4096)
    expected = by_pandas(values, weight)[7::8]
    found = smooth(buckets_of(values, 8), weight)
    assert np.abs(found - expected).max() < 0.12
    assert np.sqrt(np.square(found - expected).mean()) < 0.03


def test_values_near_the_largest_do_not_overflow():
    found = smooth(buckets_of([1.7e308, 1.7e308, -1.7e308]), 0.9)
    assert np.isfinite(found).all()


def test_nothing_is_averaged_to_nothing():
    assert len(smooth(buckets_of([]), 0.9)) == 0
    assert np.isnan(smooth(buckets_of([np.nan] * 3), 0.6)).all()


def test_memory_holds_all_but_a_share_of_the_weight():
    assert memory(0.0) == 0
    for weight in (0.5, 0.9, 0.999):
        assert weight ** memory(weight) <= 1e-4 < weight ** (memory(weight) - 1)

"""A series against a plain list of everything that was appended."""

from __future__ import annotations

import math
import sys
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torchloupe.store import Series

VALUES = st.floats(allow_nan=True, allow_infinity=True)
SPIKES = st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0])


def key(value: float) -> Any:
    return "nan" if math.isnan(value) else value


def check(series: Series, values: list[float], capacity: int) -> None:
    steps, kept = series.read()
    assert steps.dtype == np.int64
    assert kept.dtype == np.float64
    assert len(steps) == len(kept) <= capacity
    assert series.count == len(values)
    # Steps are indices here: what is kept is a subsequence, in order.
    assert np.all(np.diff(steps) > 0)
    assert [key(values[step]) for step in steps] == [key(value) for value in kept.tolist()]
    if not values:
        return
    assert (steps[0], steps[-1]) == (0, len(values) - 1)
    assert series.last()[0] == len(values) - 1
    numbers = [value for value in values if not math.isnan(value)]
    if numbers:
        assert np.nanmin(kept) == min(numbers)
        assert np.nanmax(kept) == max(numbers)
    assert np.isnan(kept).any() == (len(numbers) < len(values))
    assert series.thinned == (len(kept) < len(values))


@given(
    values=st.lists(VALUES, max_size=40) | st.lists(VALUES | SPIKES, min_size=60, max_size=300),
    capacity=st.sampled_from([32, 40, 64]),
    data=st.data(),
)
def test_against_a_list(values: list[float], capacity: int, data: st.DataObject) -> None:
    """Seen to fail with the first bucket's minimum given up for the first value, with NaN counted
    as the largest, and (no end) where four of four had to be kept."""
    series = Series(capacity)
    reads = data.draw(st.sets(st.integers(0, max(0, len(values) - 1)), max_size=5))
    for step, value in enumerate(values):
        series.append(step, value)
        if step in reads:
            check(series, values[: step + 1], capacity)
    check(series, values, capacity)


@settings(max_examples=20)
@given(length=st.integers(0, 20_000), seed=st.integers(0, 9))
def test_long_series(length: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=length)
    values[::97] = np.nan
    series = Series(1024)
    for step, value in enumerate(values.tolist()):
        series.append(step, value)
    check(series, values.tolist(), 1024)


def test_what_fits_is_raw() -> None:
    series = Series(64)
    for step in range(64):
        series.append(step, float(step))
    assert series.read()[1].tolist() == list(range(64))
    assert not series.thinned


def test_the_newest_half_is_raw() -> None:
    series = Series(64)
    for step in range(1000):
        series.append(step, 0.0)
        if step > 64:
            steps = series.read()[0]
            assert steps[-24:].tolist() == list(range(step - 23, step + 1))


def test_several_values_at_one_step() -> None:
    series = Series()
    for step, value in [(3, 1.0), (3, 2.0), (2, 5.0), (3, 0.5)]:
        series.append(step, value)
    assert series.read()[0].tolist() == [3, 3, 2, 3]
    assert series.read()[1].tolist() == [1.0, 2.0, 5.0, 0.5]
    assert series.last() == (3, 0.5)


def test_what_is_read_is_owned() -> None:
    series = Series(32)
    series.append(0, 1.0)
    steps, values = series.read()
    steps[:], values[:] = 9, 9.0
    assert series.last() == (0, 1.0)
    before = series.read()[1]
    for step in range(100):
        series.append(step, 2.0)
    assert before.tolist() == [1.0]


def test_empty() -> None:
    with pytest.raises(IndexError, match="the series is empty"):
        Series().last()
    assert [len(each) for each in Series().read()] == [0, 0]


@pytest.mark.parametrize("capacity", [0, 7, 31, -8])
def test_bad_capacity(capacity: int) -> None:
    with pytest.raises(ValueError, match=f"capacity: .* got {capacity}"):
        Series(capacity)


def test_readers_beside_a_writer() -> None:
    """Nothing is lost, doubled or out of order, and the count never falls."""
    series, total, problems = Series(256), 60_000, []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    done = threading.Event()

    def read() -> None:
        count = 0
        while not done.is_set():
            steps, values = series.read()
            now = series.count
            if now < count or np.any(np.diff(steps) <= 0) or np.any(steps != values):
                problems.append((count, now))
            count = now

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for step in range(total):
            series.append(step, float(step))
    finally:
        done.set()
        sys.setswitchinterval(before)
    for reader in readers:
        reader.join(10)
    assert problems == []
    check(series, [float(step) for step in range(total)], 256)


def test_an_interrupt_loses_nothing() -> None:
    """Seen to fail when values were taken out before they were kept."""
    for nth in range(1, 60):
        series, left = Series(32), [nth]
        for step in range(60):
            series.append(step, float(step))

        def interrupt(frame: Any, event: str, argument: Any, left: list[int] = left) -> None:
            if event in ("call", "c_return") and "_series" in frame.f_code.co_filename:
                left[0] -= 1
                if not left[0]:
                    raise KeyboardInterrupt

        sys.setprofile(interrupt)
        try:
            series.read()
        except KeyboardInterrupt:
            pass
        sys.setprofile(None)
        check(series, [float(step) for step in range(60)], 32)

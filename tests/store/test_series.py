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


def logged(values: list[float], series: Series) -> Series:
    for step, value in enumerate(values):
        series.append(step, value, step / 8)
    return series


def check(series: Series, values: list[float], recent: int) -> None:
    steps, kept = series.read()
    assert steps.dtype == np.int64
    assert kept.dtype == np.float64
    assert len(steps) == len(kept)
    assert series.count == len(values)
    assert len(series.since(0)) >= min(recent, len(values))
    # Steps are indices here: what is finite is a subsequence, in order.
    assert np.all(np.diff(steps) >= 0)
    finite = np.isfinite(kept)
    assert np.all(np.diff(steps[finite]) > 0)
    assert [values[step] for step in steps[finite]] == kept[finite].tolist()
    raw = steps >= series.raw_from
    assert [key(values[step]) for step in steps[raw]] == [key(each) for each in kept[raw].tolist()]
    assert series.thinned == (series.raw_from > 0)
    if not values:
        return
    assert (steps[0], steps[-1]) == (0, len(values) - 1)
    assert key(kept[0]) == key(values[0])
    assert series.last()[0] == len(values) - 1
    numbers = [value for value in values if math.isfinite(value)]
    if numbers:
        assert kept[finite].min() == min(numbers)
        assert kept[finite].max() == max(numbers)
    odd = {key(value) for value in values if not math.isfinite(value)}
    assert {key(value) for value in kept[~finite].tolist()} == odd


@given(
    values=st.lists(VALUES, max_size=40) | st.lists(VALUES | SPIKES, min_size=60, max_size=300),
    recent=st.sampled_from([32, 40, 64]),
    data=st.data(),
)
def test_against_a_list(values: list[float], recent: int, data: st.DataObject) -> None:
    """Seen to fail with a bucket's first value left out, and with NaN counted as the largest."""
    series = Series(recent, 4)
    reads = data.draw(st.sets(st.integers(0, max(0, len(values) - 1)), max_size=5))
    for step, value in enumerate(values):
        series.append(step, value, 0.0)
        if step in reads:
            check(series, values[: step + 1], recent)
    check(series, values, recent)


@settings(max_examples=20)
@given(length=st.integers(0, 20_000), seed=st.integers(0, 9))
def test_long_series(length: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=length)
    values[::97] = np.nan
    series = logged(values.tolist(), Series(1024, 64))
    check(series, values.tolist(), 1024)


def test_what_fits_is_raw() -> None:
    series = logged([float(step) for step in range(64)], Series(64))
    assert series.read()[1].tolist() == list(range(64))
    assert not series.thinned


def test_the_newest_are_raw() -> None:
    series = Series(64)
    for step in range(1000):
        series.append(step, 0.0, 0.0)
        if step > 64:
            steps = series.read()[0]
            assert steps[-64:].tolist() == list(range(step - 63, step + 1))


def test_what_is_not_saved_is_kept_up_to_a_limit() -> None:
    series = Series(64)
    series.keep_unsaved = 1_000
    logged([0.0] * 800, series)
    assert series.raw_from == 0
    series.released(700)
    for step in range(800, 1_500):
        series.append(step, 0.0, 0.0)
    assert series.raw_from <= 700
    for step in range(1_500, 9_000):
        series.append(step, 0.0, 0.0)
    values = series.since(0)
    assert 1_064 <= len(values) <= 4_400  # rather the newest than all
    assert values.end == series.count == 9_000


def test_since() -> None:
    series = logged([float(step) for step in range(50)], Series())
    part = series.since(45)
    assert (part.position, part.values.tolist()) == (45, [45.0, 46.0, 47.0, 48.0, 49.0])
    assert part.times.tolist() == [each / 8 for each in range(45, 50)]
    assert len(series.since(50)) == len(series.since(99)) == 0


def test_several_values_at_one_step() -> None:
    series = Series()
    for step, value in [(3, 1.0), (3, 2.0), (2, 5.0), (3, 0.5)]:
        series.append(step, value, 0.0)
    assert series.read()[0].tolist() == [3, 3, 2, 3]
    assert series.read()[1].tolist() == [1.0, 2.0, 5.0, 0.5]
    assert series.last() == (3, 0.5)


def test_what_is_read_is_owned() -> None:
    series = Series(32)
    series.append(0, 1.0, 0.0)
    steps, values = series.read()
    steps[:], values[:] = 9, 9.0
    assert series.last() == (0, 1.0)
    before = series.read()[1]
    for step in range(100):
        series.append(step, 2.0, 0.0)
    assert before.tolist() == [1.0]


def test_empty() -> None:
    with pytest.raises(IndexError, match="the series is empty"):
        Series().last()
    assert [len(each) for each in Series().read()] == [0, 0]


@pytest.mark.parametrize("recent", [0, 7, 31, -8])
def test_too_few_recent_values(recent: int) -> None:
    with pytest.raises(ValueError, match=f"recent: .* got {recent}"):
        Series(recent)


@pytest.mark.parametrize("buckets", [0, 2, 7])
def test_a_bad_number_of_buckets(buckets: int) -> None:
    with pytest.raises(ValueError, match=f"buckets: .* got {buckets}"):
        Series(buckets=buckets)


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
            if now < count or np.any(np.diff(steps) < 0) or np.any(steps != values):
                problems.append((count, now))
            count = now

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for step in range(total):
            series.append(step, float(step), 0.0)
    finally:
        done.set()
        sys.setswitchinterval(before)
    for reader in readers:
        reader.join(10)
    assert problems == []
    check(series, [float(step) for step in range(total)], 256)


def test_an_interrupt_loses_nothing() -> None:
    """Seen to fail when values were taken out before they were kept."""
    for nth in range(1, 120):
        series, left = Series(32, 4), [nth]
        for step in range(60):
            series.append(step, float(step), 0.0)

        def interrupt(frame: Any, event: str, argument: Any, left: list[int] = left) -> None:
            if event in ("call", "c_return") and "store" in frame.f_code.co_filename:
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

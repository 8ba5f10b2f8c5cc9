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

from torchloupe.reduce import as_buckets, extremes
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


def rough(rng: np.random.Generator, length: int) -> Any:
    """Values in which neighbours are often equal, often not finite, and sometimes huge."""
    values = rng.integers(-9, 9, length) / 2
    odd = rng.random(length) < rng.choice([0, 0.02, 0.5])
    return np.where(odd, rng.choice([np.nan, np.inf, -np.inf, 1e300], length), values)


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_every_window_holds_what_was_logged_in_it(seed: int, falls: bool) -> None:
    """Each bucket is compared with numpy over the values it stands for; none may be missing.

    Seen to fail with the odd bucket of a level left out, with the rest left out, with a merged
    mean that is not weighted, with only `first_step` and `last_step` compared with the window, and
    with the later of two equal minima taken.
    """
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 3_000))
    jumps = rng.integers(0, 3, length)
    steps = rng.integers(0, length, length) // 7 if falls else np.cumsum(jumps)
    values, times = rough(rng, length), np.arange(length) / 4
    series = Series(int(rng.integers(32, 900)), int(rng.choice([4, 8, 64, 256])))
    for start in range(0, length, 700):
        part = slice(start, start + 700)
        if rng.random() < 0.5:
            series.extend(steps[part], values[part], times[part])
        else:
            for entry in zip(
                *(each[part].tolist() for each in (steps, values, times)), strict=True
            ):
                series.append(*entry)
        if rng.random() < 0.5:
            series.window(most=200)
    for _ in range(8):
        by = "step" if rng.random() < 0.6 else "time"
        places = steps if by == "step" else times
        low, high = np.sort(rng.uniform(-1, places.max() + 1, 2))
        most = int(rng.choice([200, 400, 1000]))
        if rng.random() < 0.2:
            low, high = -1, places.max() + 1
        check_window(series, (steps, values, times), (low, high), most, by)


def check_window(series: Series, logged: Any, edges: Any, most: int, by: Any) -> None:
    (steps, values, times), (low, high) = logged, edges
    found = series.window(low, high, most=most, by=by)
    assert len(found) <= most
    assert np.all(np.diff(found["position"]) > 0)
    covered = np.zeros(len(steps), bool)
    for bucket in found:
        part = slice(bucket["position"], bucket["position"] + bucket["count"])
        covered[part] = True
        agrees(bucket, steps[part], values[part], times[part])
    places = steps if by == "step" else times
    inside = (places >= low) & (places <= high)
    assert covered[inside].all()
    for place in np.flatnonzero(inside):  # a line runs on to the edge
        assert covered[max(0, place - 1)]
        assert covered[min(len(steps) - 1, place + 1)]
    assert found["count"].sum() == covered.sum()


def agrees(bucket: Any, steps: Any, values: Any, times: Any) -> None:
    start = bucket["position"]
    finite = values[np.isfinite(values)]
    assert (bucket["first_step"], bucket["last_step"]) == (steps[0], steps[-1])
    assert (bucket["low_step"], bucket["high_step"]) == (steps.min(), steps.max())
    assert (bucket["first_time"], bucket["last_time"]) == (times[0], times[-1])
    assert [key(bucket["first"]), key(bucket["last"])] == [key(values[0]), key(values[-1])]
    counts = np.isnan(values).sum(), np.isposinf(values).sum(), np.isneginf(values).sum()
    assert (bucket["nans"], bucket["above"], bucket["below"]) == counts
    if len(finite) < len(values):
        odd = np.flatnonzero(~np.isfinite(values))[0]
        assert (bucket["odd_step"], bucket["odd_position"]) == (steps[odd], start + odd)
    else:
        assert bucket["odd_position"] == -1
    if not len(finite):
        assert np.isnan([bucket["minimum"], bucket["maximum"], bucket["mean"]]).all()
        return
    lowest = np.flatnonzero(values == finite.min())[0]
    highest = np.flatnonzero(values == finite.max())[0]
    assert bucket["minimum"] == finite.min()
    assert bucket["maximum"] == finite.max()
    assert bucket["minimum_position"] == start + lowest
    assert bucket["maximum_position"] == start + highest
    assert bucket["minimum_step"] == steps[lowest]
    assert bucket["maximum_step"] == steps[highest]
    largest = np.abs(finite).max()
    assert bucket["mean"] == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9 * max(1.0, largest))


def test_extremes_stand_for_buckets() -> None:
    """The first and last value are among them, each extreme at its place, no value twice."""
    values = np.array([3.0, 1.0, 2.0, 5.0, np.nan, -1.0, np.inf, 4.0, 2.5])
    steps, times, positions = np.arange(9) * 10, np.zeros(9), np.arange(100, 109)
    one = as_buckets(steps, values, times, positions, width=9)
    places, at, standing = extremes(one)
    assert places.tolist() == [100, 103, 104, 104, 105, 108]
    assert at.tolist() == [0, 30, 40, 40, 50, 80]
    assert [key(each) for each in standing] == [3.0, 5.0, "nan", math.inf, -1.0, 2.5]
    each = as_buckets(steps, values, times, positions)
    assert [key(value) for value in extremes(each)[2]] == [key(value) for value in values]
    assert [len(array) for array in extremes(one[:0])] == [0, 0, 0]


def test_a_window_comes_at_its_finest() -> None:
    """Seen to fail without the raw values among the finest, and with a pyramid never built."""
    values = np.random.default_rng(1).normal(size=20_000)
    series = Series(1_000, 256)
    series.extend(np.arange(20_000), values, np.zeros(20_000))
    assert series.window(19_100, 19_199)["position"].tolist() == list(range(19_099, 19_201))
    assert 120 <= len(series.window(most=256)) <= 256
    assert series.window(most=256)["count"].sum() == 20_000


def test_a_million_values_in_little_memory_and_any_window_in_few_buckets() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000)
    values[123_456] = 1e6
    series = Series()
    steps = np.arange(len(values))
    series.extend(steps, values, steps / 1e3)
    held = series._kept
    rows = sum(level.rows.nbytes for level in held.pyramid.levels)
    assert rows + 3 * held.space.steps.nbytes < 2.5e6
    whole = series.window(most=2_000)
    assert whole["count"].sum() == len(values)
    assert len(whole) > 1_000
    assert whole["maximum"].max() == 1e6
    recent = series.window(990_000, 991_000, most=2_000)
    assert recent["count"].tolist() == [1] * 1_003
    old = series.window(100_000, 200_000, most=500)
    assert (old["low_step"][0], old["high_step"][-1]) <= (100_000, 202_000)
    assert len(old) <= 500


def test_a_window_in_which_nothing_was_logged_has_what_lies_beside_it() -> None:
    series = Series()
    for step in (0, 10, 20, 30):
        series.append(step, float(step), step)
    assert series.window(12, 17)["first"].tolist() == [10, 20]
    assert series.window(31, 99)["first"].tolist() == [30]
    assert series.window(-9, -1)["first"].tolist() == [0]
    assert len(Series().window()) == 0


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

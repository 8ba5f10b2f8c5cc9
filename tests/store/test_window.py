"""Windows of a series: every value within is in one of the buckets, and each says the truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from torchloupe.reduce import as_buckets, extremes, summed_up
from torchloupe.store import Series


def key(value: float) -> Any:
    return "nan" if math.isnan(value) else value


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
        agrees(bucket, steps[part], values[part], times[part], bucket["position"])
    places = steps if by == "step" else times
    inside = (places >= low) & (places <= high)
    assert covered[inside].all()
    for place in np.flatnonzero(inside):  # a line runs on to the edge
        assert covered[max(0, place - 1)]
        assert covered[min(len(steps) - 1, place + 1)]
    assert found["count"].sum() == covered.sum()


def agrees(bucket: Any, steps: Any, values: Any, times: Any, start: int) -> None:
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


@pytest.mark.parametrize(("length", "most"), [(0, 5), (3, 5), (10, 5), (11, 5), (1_003, 200)])
def test_summed_up(length: int, most: int) -> None:
    """Seen to fail without the last, shorter bucket."""
    values = np.random.default_rng(length).normal(size=length)
    steps, times = np.arange(length) * 2, np.arange(length) / 2
    found = summed_up(steps, values, times, np.arange(length) + 7, most)
    assert len(found) <= most
    assert found["count"].sum() == length
    for bucket in found:
        part = slice(bucket["position"] - 7, bucket["position"] - 7 + bucket["count"])
        agrees(bucket, steps[part], values[part], times[part], bucket["position"])

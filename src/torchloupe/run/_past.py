"""What was logged long ago: memory knows it summed up, a run's directory value by value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..reduce import Buckets, summed_up
from ..store import Excerpt, Series

# More values than this are not read from disk for a picture.
_MOST_READ = 200_000

Source = Callable[[str, int, int, int], Excerpt]
"""Reads from disk, of a series by its name, the values between two steps, at most so many."""


def whole(
    name: str, series: Series, source: Source
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return every step int64 [n] and value float64 [n] of a series; None if some are nowhere."""
    old = source(name, -(2**63), 2**63 - 1, 2**62)
    new = series.since(int(old.positions[-1]) + 1 if len(old.positions) else 0)
    if len(old.positions) < new.position or not old.complete:
        return None
    return np.concatenate([old.steps, new.steps]), np.concatenate([old.values, new.values])


def window(
    name: str,
    series: Series,
    source: Source | None,
    edges: tuple[float | None, float | None],
    *,
    most: int,
    by: Literal["step", "time"],
) -> Buckets:
    """Return what `Series.window` does, finer where the disk has what memory has no more."""
    found = series.window(*edges, most=most, by=by)
    count = int(found["count"].sum())
    is_fine = len(found) == count or 2 * len(found) > most
    if source is None or is_fine or count > _MOST_READ:
        return found
    first, end = int(found["position"][0]), int(found["position"][-1] + found["count"][-1])
    low, high = int(found["low_step"].min()), int(found["high_step"].max())
    disk = source(name, low, high, 2 * _MOST_READ)
    there = (disk.positions >= first) & (disk.positions < end)
    if there.sum() != end - first:  # steps that fall back, or values not written yet
        return found
    parts = (disk.steps[there], disk.values[there], disk.times[there], disk.positions[there])
    return summed_up(*parts, most)

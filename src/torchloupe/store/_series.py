"""One scalar series: cheap to append to from the training thread, bounded however long it grows."""

from __future__ import annotations

from collections import deque
from itertools import islice
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Values wait here, appended without a lock, until somebody reads or this many are waiting.
_TAIL_LIMIT = 4_096
_FIRST_LENGTH = 1_024


class _Kept(NamedTuple):
    """What a series holds: the first `size` entries of both arrays."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    size: int
    thinned: bool = False


class Series:
    """Values of one name in the order they were logged.

    The newest third or more is kept as it came. When `capacity` values are held, the older half
    is thinned: of every four the smallest, the largest and the first NaN stay, so that no spike
    ever vanishes. The very first value is always kept.

    Appending takes no lock: a `deque` is safe between one writer and a draining reader. An
    interrupt between any two instructions loses nothing: what is kept is replaced as a whole.
    """

    def __init__(self, capacity: int = 65_536) -> None:
        """Make an empty series that holds at most `capacity` values (at least 32)."""
        if capacity < 32:
            raise ValueError(f"capacity: expected at least 32, got {capacity}")
        self._capacity = capacity
        self._tail: deque[tuple[int, float]] = deque()
        self._drained: list[tuple[int, float]] = []
        length = min(_FIRST_LENGTH, capacity)
        self._kept = _Kept(np.empty(length, np.int64), np.empty(length, np.float64), 0)
        self._stored = 0
        self._lock = Lock()

    @property
    def thinned(self) -> bool:
        """Whether old values are no longer all there."""
        return self._kept.thinned

    @property
    def count(self) -> int:
        """How many values were ever appended; never falls."""
        with self._lock:
            return self._stored + len(self._drained) + len(self._tail)

    def append(self, step: int, value: float) -> None:
        """Add one value at a step; amortised well under a microsecond."""
        self._tail.append((step, value))
        if len(self._tail) >= _TAIL_LIMIT:
            self._drain()

    def read(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return owned copies: steps int64 [n] and values float64 [n], in logging order."""
        kept = self._drain()
        return kept.steps[: kept.size].copy(), kept.values[: kept.size].copy()

    def last(self) -> tuple[int, float]:
        """Return the newest (step, value).

        Raises:
            IndexError: nothing was appended yet.
        """
        kept = self._drain()
        if not kept.size:
            raise IndexError("the series is empty")
        return int(kept.steps[kept.size - 1]), float(kept.values[kept.size - 1])

    def _drain(self) -> _Kept:
        with self._lock:
            # One call, so that an interrupt finds each value in one list or the other.
            self._drained.extend(islice(iter(self._tail.popleft, None), len(self._tail)))
            waiting = self._drained
            kept = self._kept
            chunk = self._capacity // 4
            for start in range(0, len(waiting), chunk):
                kept = _joined(kept, waiting[start : start + chunk], self._capacity)
            stored = self._stored + len(waiting)
            self._kept, self._drained, self._stored = kept, [], stored
            return kept


def _joined(kept: _Kept, waiting: list[tuple[int, float]], capacity: int) -> _Kept:
    """Return what is kept with more at its end; entries beyond a former size may be written."""
    while kept.size + len(waiting) > capacity:
        kept = _thinner(kept)
    start, end = kept.size, kept.size + len(waiting)
    steps, values = kept.steps, kept.values
    if end > len(steps):
        length = min(capacity, max(end, 2 * len(steps)))
        steps, values = np.resize(steps, length), np.resize(values, length)
    steps[start:end] = [step for step, _ in waiting]
    values[start:end] = [value for _, value in waiting]
    return _Kept(steps, values, end, kept.thinned)


def _thinner(kept: _Kept) -> _Kept:
    """Return copies with the older half thinned, the very first value aside."""
    older = (kept.size - 1) // 2 // 4 * 4
    buckets = kept.values[1 : older + 1].reshape(-1, 4)
    missing = np.isnan(buckets)
    low = np.where(missing, np.inf, buckets).argmin(1)
    high = np.where(missing, -np.inf, buckets).argmax(1)
    starts = np.arange(1, older + 1, 4)
    chosen = [starts + low, starts + high, (starts + missing.argmax(1))[missing.any(1)]]
    newer = np.arange(older + 1, kept.size)
    indices = np.concatenate([[0], np.unique(np.concatenate(chosen)), newer])  # unique sorts
    steps, values = np.empty_like(kept.steps), np.empty_like(kept.values)
    steps[: len(indices)], values[: len(indices)] = kept.steps[indices], kept.values[indices]
    return _Kept(steps, values, len(indices), thinned=True)

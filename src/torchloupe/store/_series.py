"""One scalar series: cheap to append to from the training thread, bounded however long it grows."""

from __future__ import annotations

from collections import deque
from threading import Lock

import numpy as np
from numpy.typing import NDArray

# Values wait here, appended without a lock, until somebody reads or this many are waiting.
_TAIL_LIMIT = 4_096


class Series:
    """Values of one name in the order they were logged.

    The newest values are kept as they came. When `capacity` values are held, the older half is
    thinned to the smallest and the largest of every four (so a spike never vanishes, and a NaN
    counts as largest), which makes room again. The first value is always kept.

    Appending takes no lock: a `deque` is safe between one writer and a draining reader.
    """

    def __init__(self, capacity: int = 65_536) -> None:
        """Make an empty series that holds at most `capacity` values (a multiple of 8)."""
        if capacity < 8 or capacity % 8:
            raise ValueError(f"capacity: expected a positive multiple of 8, got {capacity}")
        self.thinned = False
        self._capacity = capacity
        self._tail: deque[tuple[int, float]] = deque()
        self._steps: NDArray[np.int64] = np.empty(min(1_024, capacity), np.int64)
        self._values: NDArray[np.float64] = np.empty(min(1_024, capacity), np.float64)
        self._size = 0
        self._drained = 0
        self._lock = Lock()

    @property
    def count(self) -> int:
        """How many values were ever appended."""
        return self._drained + len(self._tail)

    def append(self, step: int, value: float) -> None:
        """Add one value at a step; amortised well under a microsecond."""
        self._tail.append((step, value))
        if len(self._tail) >= _TAIL_LIMIT:
            self._drain()

    def read(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return owned copies: steps int64 [n] and values float64 [n], in logging order."""
        self._drain()
        with self._lock:
            return self._steps[: self._size].copy(), self._values[: self._size].copy()

    def last(self) -> tuple[int, float]:
        """Return the newest (step, value).

        Raises:
            IndexError: nothing was appended yet.
        """
        self._drain()
        with self._lock:
            if not self._size:
                raise IndexError("the series is empty")
            return int(self._steps[self._size - 1]), float(self._values[self._size - 1])

    def _drain(self) -> None:
        with self._lock:
            waiting = [self._tail.popleft() for _ in range(len(self._tail))]
            for start in range(0, len(waiting), self._capacity // 2):
                self._store(waiting[start : start + self._capacity // 2])
            self._drained += len(waiting)

    def _store(self, waiting: list[tuple[int, float]]) -> None:
        while self._size + len(waiting) > self._capacity:
            self._thin()
        self._grow(self._size + len(waiting))
        end = self._size + len(waiting)
        self._steps[self._size : end] = [step for step, _ in waiting]
        self._values[self._size : end] = [value for _, value in waiting]
        self._size = end

    def _grow(self, needed: int) -> None:
        if needed <= len(self._steps):
            return
        length = min(self._capacity, max(needed, 2 * len(self._steps)))
        self._steps = np.resize(self._steps, length)
        self._values = np.resize(self._values, length)

    def _thin(self) -> None:
        older = self._size // 2 // 4 * 4
        buckets = self._values[:older].reshape(-1, 4)
        # argmax already prefers NaN; keep the smallest number beside it.
        low, high = np.where(np.isnan(buckets), np.inf, buckets).argmin(1), buckets.argmax(1)
        low[0] = 0
        starts = np.arange(0, older, 4)
        kept = np.unique(np.concatenate([starts + low, starts + high]))
        newer = np.arange(older, self._size)
        chosen = np.concatenate([kept, newer])
        self._steps[: len(chosen)] = self._steps[chosen]
        self._values[: len(chosen)] = self._values[chosen]
        self._size = len(chosen)
        self.thinned = True

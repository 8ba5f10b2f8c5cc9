"""One scalar series: cheap to append to from the training thread, bounded however long it grows."""

from __future__ import annotations

from collections import deque
from itertools import islice
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..reduce import Buckets, as_buckets, extremes
from ._pyramid import Pyramid
from ._raw import Kept, Values, room

# Values wait here, appended without a lock, until somebody reads or this many are waiting.
_TAIL_LIMIT = 4_096
_NARROWEST = 8
# So few of the newest values need not be summed up yet: they are looked at one by one.
_UNSUMMED = 128


class Series:
    """Values of one name in the order they were logged, whatever their steps do.

    Steps may repeat (several values at one step are all kept), fall back (the line then goes back)
    and leap. The newest values are held as they came, at least `recent` of them. What is older is
    known by stretches of equally many values, `buckets` / 2 of them or more: their extremes and
    means are exact, and no spike ever vanishes. The very first value is always kept.

    Appending takes no lock: a `deque` is safe between one writer and a draining reader. An
    interrupt between any two instructions loses nothing: what is kept is replaced as a whole.

    Args:
        recent: how many values to hold as they came, at least 32.
        buckets: the most stretches to know older values by; even, at least 4.
    """

    def __init__(self, recent: int = 16_384, buckets: int = 2_048) -> None:
        if recent < 32:
            raise ValueError(f"recent: expected at least 32, got {recent}")
        if buckets < 4 or buckets % 2:
            raise ValueError(f"buckets: expected an even number of at least 4, got {buckets}")
        #: how many values to hold beyond `recent` while they are nowhere else
        self.keep_unsaved = 0
        self._recent = recent
        self._saved = 0
        self._tail: deque[tuple[int, float, float]] = deque()
        self._drained: list[tuple[int, float, float]] = []
        self._kept = Kept(room(0), 0, Pyramid(buckets, _NARROWEST))
        self._lock = Lock()

    @property
    def thinned(self) -> bool:
        """Whether old values are no longer all there."""
        return self.raw_from > 0

    @property
    def raw_from(self) -> int:
        """The position of the oldest value that is held as it was logged."""
        return self._kept.space.position

    @property
    def count(self) -> int:
        """How many values were ever appended; never falls."""
        with self._lock:
            return self._kept.total + len(self._drained) + len(self._tail)

    def append(self, step: int, value: float, time: float) -> None:
        """Add one value, logged so many seconds after the run began; well under a microsecond."""
        self._tail.append((step, value, time))
        if len(self._tail) >= _TAIL_LIMIT:
            self._drain()

    def extend(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
    ) -> None:
        """Add many values: ``[N]`` each."""
        with self._lock:
            self._collect()
            self._kept = self._joined(steps, values, times)

    def read(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return owned copies: steps int64 [n] and values float64 [n], in logging order.

        Of old values only the extremes of each stretch are there.
        """
        old, raw = self._drain().finest()
        _, steps, values = extremes(old)
        return np.concatenate([steps, raw.steps]), np.concatenate([values, raw.values])

    def since(self, position: int) -> Values:
        """Return copies of the values from a position on, as far back as they are held raw."""
        return self._drain().raw.since(position).copy()

    def released(self, position: int) -> None:
        """Note that the values before a position are safe elsewhere."""
        self._saved = position

    def last(self) -> tuple[int, float]:
        """Return the newest (step, value).

        Raises:
            IndexError: nothing was appended yet.
        """
        raw = self._drain().raw
        if not len(raw):
            raise IndexError("the series is empty")
        return int(raw.steps[-1]), float(raw.values[-1])

    def window(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        most: int = 2_000,
        by: Literal["step", "time"] = "step",
    ) -> Buckets:
        """Return what was logged between two steps or times, in as much detail as fits.

        Args:
            low: the first step or time; None for the beginning.
            high: the last step or time; None for the end.
            most: how many buckets to return at most, 200 or more.
            by: what `low` and `high` are.

        Returns:
            Buckets ``[K]`` in logging order that hold every value between the two, and one on each
            side so that a line runs on to the edge. A value as it was logged is a bucket of one.
        """
        edges = -np.inf if low is None else low, np.inf if high is None else high
        kept = self._drain()
        if kept.total > most and kept.total - kept.pyramid.taken > _UNSUMMED:
            with self._lock:
                kept = self._kept = self._kept.summed(self._kept.total)
        buckets, raw = kept.finest()
        within = _within(buckets, raw, edges, by)
        for coarser in kept.pyramid.views() if within.sum() > most else ():
            buckets, raw = coarser, kept.raw.since(kept.pyramid.taken)
            within = _within(buckets, raw, edges, by)
            if within.sum() <= most:
                break
        return _picked(buckets, raw, within)

    def _drain(self) -> Kept:
        with self._lock:
            return self._collect()

    def _collect(self) -> Kept:
        """Take in what waits, and return all there is; the lock is held."""
        # One call, so that an interrupt finds each value in one list or the other.
        self._drained.extend(islice(iter(self._tail.popleft, None), len(self._tail)))
        kept = self._kept
        if self._drained:
            steps, values, times = zip(*self._drained, strict=True)
            kept = self._joined(np.array(steps, np.int64), np.array(values), np.array(times))
        self._kept, self._drained = kept, []
        return kept

    def _joined(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
    ) -> Kept:
        kept = self._kept
        new = Values(kept.total, steps, values, times)
        for start in range(kept.total, new.end, self._recent):
            part = new.part(start, start + self._recent)
            usual = part.end - self._recent
            unsaved = max(self._saved, usual - self.keep_unsaved)
            kept = kept.plus(part, max(0, min(usual, unsaved)))
        return kept


def _within(
    buckets: Buckets, raw: Values, edges: tuple[float, float], by: Literal["step", "time"]
) -> NDArray[np.bool_]:
    """Mark what lies between two edges, and what comes right before and after it."""
    names = ("low_step", "high_step") if by == "step" else ("first_time", "last_time")
    places = raw.steps if by == "step" else raw.times
    starts, ends = (np.concatenate([buckets[name], places]) for name in names)
    inside = (starts <= edges[1]) & (ends >= edges[0])
    if not inside.any():  # a line may cross a window in which nothing was logged
        inside[np.flatnonzero(ends < edges[0])[-1:]] = True
        inside[np.flatnonzero(starts > edges[1])[:1]] = True
        return inside
    beside = inside.copy()
    beside[1:] |= inside[:-1]
    beside[:-1] |= inside[1:]
    return beside


def _picked(buckets: Buckets, raw: Values, chosen: NDArray[np.bool_]) -> Buckets:
    alone = chosen[len(buckets) :]
    positions = raw.position + np.flatnonzero(alone)
    each = as_buckets(raw.steps[alone], raw.values[alone], raw.times[alone], positions)
    return np.concatenate([buckets[chosen[: len(buckets)]], each])

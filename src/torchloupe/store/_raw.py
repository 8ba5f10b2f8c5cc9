"""Values as they were logged, and beside them the same summed up: what a series holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..reduce import Buckets
from ._pyramid import Pyramid

_FIRST_LENGTH = 1_024


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Values as they were logged, from a position of the series on.

    Attributes:
        position: of the first of them in the series.
        steps: int64 ``[N]``.
        values: float64 ``[N]``.
        times: float64 ``[N]``, seconds since the run began.
    """

    position: int
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def end(self) -> int:
        """The position after the last of them."""
        return self.position + len(self)

    def part(self, start: int, end: int) -> Values:
        """Return those from one position to before another (views of the same memory)."""
        first = min(max(0, start - self.position), len(self))
        piece = slice(first, max(first, end - self.position))
        return Values(
            self.position + first, self.steps[piece], self.values[piece], self.times[piece]
        )

    def since(self, position: int) -> Values:
        """Return those from a position on (views of the same memory)."""
        return self.part(position, self.end)

    def copy(self) -> Values:
        """Return the same in memory of its own."""
        return Values(self.position, self.steps.copy(), self.values.copy(), self.times.copy())

    def write(self, at: int, values: Values) -> None:
        """Put other values in the place of those from index `at` on."""
        piece = slice(at, at + len(values))
        self.steps[piece], self.values[piece] = values.steps, values.values
        self.times[piece] = values.times


def room(position: int, length: int = _FIRST_LENGTH) -> Values:
    """Return room for so many values."""
    return Values(position, np.empty(length, np.int64), np.empty(length), np.empty(length))


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What a series holds: the newest values raw, and a pyramid of all but some of the newest.

    Attributes:
        space: room for raw values.
        size: how many of it are filled; what lies beyond may be written.
        pyramid: of the values from the first on.
    """

    space: Values
    size: int
    pyramid: Pyramid

    @property
    def total(self) -> int:
        """How many values were taken, ever."""
        return self.space.position + self.size

    @property
    def raw(self) -> Values:
        """The values that are held as they were logged."""
        return self.space.part(self.space.position, self.total)

    def plus(self, new: Values, keep_from: int) -> Kept:
        """Return it with more at its end.

        Args:
            new: the values that follow the last.
            keep_from: where space is short, values before this position are not kept raw.
        """
        kept = self
        if self.size + len(new) > len(self.space):
            kept = self._moved(len(new), min(keep_from, self.total))
        kept.space.write(kept.size, new)
        return replace(kept, size=kept.size + len(new))

    def finest(self) -> tuple[Buckets, Values]:
        """Return the buckets of what is not held raw, and the raw values that follow them."""
        pyramid, raw = self.pyramid, self.raw
        if not raw.position:
            return pyramid.rest[:0], raw
        whole = -(-raw.position // pyramid.width)  # the first to begin among the raw values
        rows = pyramid.levels[0].buckets if pyramid.levels else pyramid.rest[:0]
        if whole <= len(rows):
            return rows[:whole], raw.since(whole * pyramid.width)
        return np.concatenate([rows, pyramid.rest]), raw.since(pyramid.taken)

    def summed(self, until: int) -> Kept:
        """Return it with the pyramid built to a position at least."""
        new = self.raw.part(self.pyramid.taken, until)
        if not len(new):
            return self
        return replace(self, pyramid=self.pyramid.plus(new.steps, new.values, new.times))

    def _moved(self, more: int, keep_from: int) -> Kept:
        """Return it in new arrays with room for more, without the values before `keep_from`."""
        kept = self.summed(keep_from)
        raw = kept.raw.since(keep_from)
        space = room(raw.position, 2 * (len(raw) + more))
        space.write(0, raw)
        return Kept(space, len(raw), kept.pyramid)

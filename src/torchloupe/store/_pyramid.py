"""A series of any length summed up in bounded memory, at every resolution at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..reduce import BUCKET, Buckets, as_buckets, merged

_FIRST_LENGTH = 64


def _none() -> Buckets:
    return np.empty(0, BUCKET)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Buckets of one width: the first `size` rows."""

    rows: Buckets = field(default_factory=_none)
    size: int = 0

    @property
    def buckets(self) -> Buckets:
        """The buckets there are."""
        return self.rows[: self.size]

    def plus(self, more: Buckets) -> Level:
        """Return the level with more buckets; rows beyond a former size may be written."""
        size, rows = self.size + len(more), self.rows
        if size > len(rows):
            rows = np.empty(max(size, 2 * len(rows), _FIRST_LENGTH), BUCKET)
            rows[: self.size] = self.buckets
        rows[self.size : size] = more
        return Level(rows, size)


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Buckets of `width`, 2 × `width`, 4 × `width` … values, each level made of the one below.

    When the lowest level has `most` buckets it is dropped, and `width` doubles: old values are
    known by twice as long stretches, and the memory stays the same. Nothing in it is ever changed,
    so a reader needs no lock and an interrupted writer can begin again.

    Attributes:
        most: an even number of buckets.
        width: values in a bucket of the lowest level.
        levels: the lowest first.
        rest: the values after the last whole bucket of the lowest level, as one or no bucket.
        taken: how many values it has taken.
    """

    most: int
    width: int
    levels: tuple[Level, ...] = ()
    rest: Buckets = field(default_factory=_none)
    taken: int = 0

    def plus(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
    ) -> Pyramid:
        """Return the pyramid with more values: ``[N]`` each, those that follow its last."""
        pyramid, done = self, 0
        while done < len(steps):
            part = slice(done, done + pyramid._room())
            pyramid = pyramid._with(steps[part], values[part], times[part])
            done += pyramid.taken - self.taken - done
        return pyramid

    def views(self) -> Iterator[Buckets]:
        """Yield all values as buckets: from the finest resolution to the coarsest."""
        leftover = self.rest
        for level in self.levels or (Level(),):
            yield np.concatenate([level.buckets, leftover])
            odd = level.buckets[level.size // 2 * 2 :]
            leftover = np.concatenate([odd, leftover])

    def _room(self) -> int:
        """Return after how many values the lowest level is full."""
        size = self.levels[0].size if self.levels else 0
        return (self.most - size) * self.width

    def _with(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
    ) -> Pyramid:
        made, rest = self._sum_up(steps, values, times)
        levels: list[Level] = []
        while len(made):
            level = self.levels[len(levels)] if len(levels) < len(self.levels) else Level()
            grown = level.plus(made)
            pairs = grown.rows[level.size // 2 * 2 : grown.size // 2 * 2]
            made = merged(pairs[0::2], pairs[1::2])
            levels.append(grown)
        levels += self.levels[len(levels) :]
        width = self.width
        if levels and levels[0].size >= self.most:
            del levels[0]
            width *= 2
        return Pyramid(self.most, width, tuple(levels), rest, self.taken + len(steps))

    def _sum_up(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
    ) -> tuple[Buckets, Buckets]:
        """Return the whole buckets that the values complete, and what is left over."""

        def summed(start: int, end: int, width: int) -> Buckets:
            part = slice(start, end)
            positions = np.arange(self.taken + start, self.taken + end)
            return as_buckets(steps[part], values[part], times[part], positions, width)

        rest, begin, made = self.rest, 0, [_none()]
        if len(rest):
            begin = min(self.width - _count(rest), len(steps))
            rest = merged(rest, summed(0, begin, begin)) if begin else rest
            if _count(rest) < self.width:
                return _none(), rest
            made.append(rest)
        end = begin + (len(steps) - begin) // self.width * self.width
        if end > begin:
            made.append(summed(begin, end, self.width))
        rest = summed(end, len(steps), len(steps) - end) if end < len(steps) else _none()
        return np.concatenate(made), rest


def _count(buckets: Buckets) -> int:
    return int(buckets["count"].sum())

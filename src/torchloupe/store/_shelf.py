"""The snapshots of one channel over time, and which of them to keep when there are too many."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ._snapshot import Snapshot


class Shelf:
    """Snapshots in the order in which they were taken; replaced as a whole, so read without a lock.

    Args:
        snapshot: the first.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._kept = [snapshot]
        #: how many bytes they take, about
        self.size = _size(snapshot)

    @property
    def newest(self) -> Snapshot:
        """The last that was taken."""
        return self._kept[-1]

    @property
    def steps(self) -> NDArray[np.int64]:
        """The step of each, int64 ``[K]``."""
        return np.array([each.step for each in self._kept], np.int64)

    def put(self, snapshot: Snapshot) -> None:
        """Add the newest; functions of the one before, which belong to the present, are let go."""
        *older, last = self._kept
        self._kept = [*older, _without_functions(last), snapshot]
        self.size += _size(snapshot)

    def at(self, step: int) -> Snapshot:
        """Return the newest that was taken at a step or before; the first if there is none."""
        kept = self._kept
        return kept[max(0, bisect_right(kept, step, key=lambda each: each.step) - 1)]

    def thin(self, size: int) -> None:
        """Let snapshots go until they have at most so many bytes; the first and newest stay."""
        kept = self._kept
        sizes = [(index, _size(each)) for index, each in enumerate(kept)]
        numbers = {number for number, _ in thinner(sizes, size)}
        self._kept = [each for index, each in enumerate(kept) if index in numbers]
        self.size = sum(_size(each) for each in self._kept)

    def release(self) -> None:
        """Forget the functions in the details, which hold the model; arrays stay."""
        self._kept = [_without_functions(each) for each in self._kept]


def thinner(shelf: list[tuple[int, int]], budget: int) -> list[tuple[int, int]]:
    """Return snapshots, as (number, bytes), that fit: of the older half some go, where densest.

    The first and the newest stay in any case.
    """
    while len(shelf) > 2 and sum(size for _, size in shelf) > budget:
        candidates = range(1, min(max(3, len(shelf) // 2), len(shelf) - 1), 2)
        gaps = [shelf[index + 1][0] - shelf[index - 1][0] for index in candidates]
        middle = sorted(gaps)[len(gaps) // 2]
        gone = {index for index, gap in zip(candidates, gaps, strict=True) if gap <= middle}
        shelf = [each for index, each in enumerate(shelf) if index not in gone]
    return shelf


def _size(snapshot: Snapshot) -> int:
    return 1_024 + sum(array.nbytes for array in snapshot.arrays.values())


def _without_functions(snapshot: Snapshot) -> Snapshot:
    kept = {key: each for key, each in snapshot.details.items() if not callable(each)}
    return replace(snapshot, details=kept)

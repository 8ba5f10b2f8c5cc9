"""When epochs ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Epochs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

_MOST = 4_096


@dataclass(frozen=True, slots=True)
class EpochMark:
    """So many epochs were finished when so many step boundaries were passed."""

    epoch: int
    step: int
    time: float


class EpochMarks:
    """Marks in order; when there are too many, every second one goes (first and newest stay)."""

    def __init__(self) -> None:
        self._marks: list[EpochMark] = []

    def append(self, mark: EpochMark) -> None:
        """Add the newest."""
        marks = [*self._marks, mark]
        self._marks = marks if len(marks) <= _MOST else marks[:-1:2] + marks[-1:]

    def all(self) -> list[EpochMark]:
        """Return the marks there are (a copy)."""
        return self._marks.copy()

    def read(self) -> Epochs:
        """Return epochs int64 ``[K]``, steps int64 ``[K]``, times float64 ``[K]``."""
        marks = self._marks
        return (
            np.array([mark.epoch for mark in marks], np.int64),
            np.array([mark.step for mark in marks], np.int64),
            np.array([mark.time for mark in marks], np.float64),
        )

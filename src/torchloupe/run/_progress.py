"""How far a loop is and how long it will take."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any


class Progress:
    """Counts within the present loop: planned epochs, batches an epoch, batches passed."""

    def __init__(self) -> None:
        self.epochs: int | None = None
        self.batches: int | None = None
        self._first_epoch = 0
        self._planned: int | None = None
        self._batch = 0

    def plan(self, epochs: int | None, first_epoch: int) -> None:
        """Begin a loop of so many epochs (None: unknown) after `first_epoch` finished ones."""
        self._first_epoch, self._planned, self._batch = first_epoch, epochs, 0
        self.epochs = None if epochs is None else first_epoch + epochs
        self.batches = None

    def begin_epoch(self, loader: Any) -> None:
        """Begin to pass over a loader, whose length may be unknown."""
        self._batch, self.batches = 0, length_of(loader)

    def step(self) -> None:
        """Count one batch."""
        self._batch += 1

    def end_epoch(self) -> None:
        """Count one epoch."""
        self._batch = 0

    def fraction(self, epoch: int) -> float | None:
        """Return 0..1, or None while something needed for it is unknown."""
        if self._planned is None:
            return None
        if self._planned == 0:
            return 1.0
        within = min(1.0, self._batch / self.batches) if self.batches else 0.0
        done = epoch - self._first_epoch
        if self.batches is None and done < self._planned and self._planned == 1:
            return None
        return min(1.0, (done + within) / self._planned)

    def steps_left(self, epoch: int) -> int | None:
        """Return how many steps are left, or None if that is unknown."""
        if self._planned is None or not self.batches:
            return None
        left = (self._first_epoch + self._planned - epoch) * self.batches - self._batch
        return max(0, left)


def length_of(loader: Any) -> int | None:
    """Return `len(loader)`, or None where there is none (streams raise in many ways)."""
    if not isinstance(loader, Sized):
        return None
    try:
        return len(loader)
    except Exception:  # an IterableDataset's loader raises TypeError, others others
        return None

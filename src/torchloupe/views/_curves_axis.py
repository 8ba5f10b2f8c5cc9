"""What the horizontal axis of the curves means: a step, an epoch or a time."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Along = Literal["step", "epoch", "time"]
ALONG: tuple[Along, ...] = get_args(Along)

_Floats = NDArray[np.float64]
_MOST_MARKS = 24


class EpochScale:
    """Where steps lie among epochs: 2.5 is half way through the third.

    Between the ends of two epochs the steps are taken as evenly spread; before the first and after
    the last end, an epoch is as long as its neighbour. A run's only epoch began at `start`.

    Args:
        epochs: int64 ``[E]``, how many epochs were finished; E is 1 or more.
        steps: int64 ``[E]``, how many step boundaries were passed then.
        start: the first step that anything was logged at.
    """

    def __init__(self, epochs: NDArray[np.int64], steps: NDArray[np.int64], start: float) -> None:
        # A run that went on from an older checkpoint has steps twice; the axis may not turn back.
        kept = np.append(True, np.diff(np.maximum.accumulate(steps)) > 0)
        self.epochs, self.steps = epochs[kept].astype(np.float64), steps[kept].astype(np.float64)
        if len(self.steps) > 1:
            length = np.diff(self.steps)[0] / max(np.diff(self.epochs)[0], 1.0)
        else:
            length = max(self.steps[0] - start, 1.0)
        self._steps = np.concatenate([[self.steps[0] - length], self.steps])
        self._epochs = np.concatenate([[self.epochs[0] - 1], self.epochs])

    def at(self, steps: NDArray[np.int64] | _Floats) -> _Floats:
        """Return the epochs at these steps."""
        return _straight(np.asarray(steps, np.float64), self._steps, self._epochs)

    def step_at(self, epoch: float) -> float:
        """Return the step at an epoch."""
        return float(_straight(np.array([epoch]), self._epochs, self._steps)[0])


def epoch_marks(epochs: _Floats, places: _Floats, low: float, high: float) -> list[list[float]]:
    """Choose the ends of epochs to mark within a stretch of the axis, 24 at most.

    Of many, those that are multiples of 2, 5, 10, 20 … epochs.

    Returns:
        [place, epoch] of each.
    """
    inside = (places >= low) & (places <= high)
    epochs, places = epochs[inside], places[inside]
    for every in (factor * 10**power for power in range(9) for factor in (1, 2, 5)):
        chosen = epochs % every == 0
        if chosen.sum() <= _MOST_MARKS:
            return [
                [float(place), float(epoch)]
                for place, epoch in zip(places[chosen], epochs[chosen], strict=True)
            ]
    return []


def _straight(at: _Floats, x: _Floats, y: _Floats) -> _Floats:
    """Interpolate, and go straight on beyond the ends."""
    found = np.interp(at, x, y)
    before, after = at < x[0], at > x[-1]
    found[before] = y[0] + (at[before] - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
    found[after] = y[-1] + (at[after] - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2])
    return found

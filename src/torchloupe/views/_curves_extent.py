"""How far the axes reach: to the data, with a little room while they grow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._curves_picture import Curve

# An axis that ends here still has a length that is finite.
_FAR = 1e300
# While training goes on, an axis is changed in jumps of this share of its length: each change
# costs a message, and a picture that trembles tires.
_JUMP = 1 / 48
_FULL = 0.86
# Room beyond the data on each side, a share of their length: for the ring around the best value.
_MARGIN = 0.04

_Floats = NDArray[np.float64]
Ends = tuple[float, float]


def across(curves: Sequence[Curve], *, live: bool) -> Ends:
    """Return the ends of the horizontal axis."""
    low, high = _extent([each.x for each in curves] + [each.infinite_x for each in curves])
    if not live:
        return low, high
    jump = 2.0 ** np.ceil(np.log2((high - low) * _JUMP))
    return low, float(np.ceil(high / jump) * jump)


def upward(curves: Sequence[Curve], x: Ends, *, log: bool, before: Ends | None) -> Ends:
    """Return the ends of the value axis for what lies within `x`.

    Args:
        curves: what is drawn.
        x: the ends of the horizontal axis.
        log: the axis is logarithmic.
        before: its ends in the frame before, kept if they still suit; None to fit anew.
    """
    parts = [*((each.x, each.y) for each in curves)]
    parts += [(each.smooth_x, each.smooth_y) for each in curves]
    inside = [y[(places >= x[0]) & (places <= x[1])] for places, y in parts]
    if not any(np.isfinite(each).any() for each in inside):
        inside = [y for _, y in parts]
    low, high = _extent(inside)
    if before is not None and before[0] <= low and high <= before[1]:
        length = np.log if log else np.asarray
        share = np.diff(length([low, high])) / np.diff(length(before))
        if share >= _FULL:
            return before
    if log:
        span = math.log(high / low) if 0 < low < high < low * _FAR else 0.0
        factor = max(1.05, math.exp(span * _MARGIN))
        return low / factor, high * factor
    margin = (high - low) * _MARGIN
    return low - margin, high + margin


def _extent(arrays: Sequence[_Floats]) -> Ends:
    """Return the smallest and largest finite value, apart; (0, 1) if there is none."""
    finite = np.concatenate([np.zeros(0), *(each[np.isfinite(each)] for each in arrays)])
    if not finite.size:
        return 0.0, 1.0
    low, high = np.clip([finite.min(), finite.max()], -_FAR, _FAR).tolist()
    return (low, high) if high > low else (low, low + (abs(low) * 0.1 or 1.0))

"""Squeeze points into two bytes an axis, and say over which bounds."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array

_TOP = 65535
_MARGIN = 0.05
_FAR = np.finfo(np.float64).max / 4  # so that x1 - x0 stays finite, in the browser too

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Points:
    """Points on a grid of 65536 by 65536: ``x = x0 + codes[:, 0] / 65535 * (x1 - x0)``.

    Attributes:
        codes: uint16 ``[N, 2]``, the points whose two coordinates are finite, in their order.
        bounds: ``(x0, x1, y0, y1)`` in the units of the points.
        finite: bool ``[M]``, which of the M points handed over are in `codes`.
        dropped: how many are not.
    """

    codes: NDArray[np.uint16]
    bounds: Bounds
    finite: NDArray[np.bool_]
    dropped: int


def quantise_points(points: object, *, bounds: Bounds | None = None, name: str) -> Points:
    """Quantise the first two columns of points to uint16.

    Args:
        points: ``[N, D]``, or ``[N]`` and ``[N, 1]``, which lie on y = 0. Rows with NaN or infinity
            in these columns are left out and counted.
        bounds: ``(x0, x1, y0, y1)``; points beyond are put on the edge. Without: the extremes and
            5 % on each side, or ±0.5 around a constant; (-1, 1, -1, 1) without points.
        name: what the caller calls the points, for the messages.

    Raises:
        TypeError: as `to_array`.
        ValueError: another number of axes, no columns, or bounds that are not finite and rising.
    """
    array = to_array(points, name=name)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] == 0):
        raise ValueError(f"{name} has shape {list(array.shape)}; expected [N, D] or [N]")
    plane = np.zeros((array.shape[0], 2), dtype=np.float64)
    columns = array[:, :2] if array.ndim == 2 else array[:, None]
    plane[:, : columns.shape[1]] = columns
    finite: NDArray[np.bool_] = np.isfinite(plane[:, 0]) & np.isfinite(plane[:, 1])
    kept = np.clip(plane[finite], -_FAR, _FAR)
    bounds = _around(kept) if bounds is None else _checked(bounds)
    lower, upper = np.array(bounds[0::2]), np.array(bounds[1::2])
    share = (np.clip(kept, lower, upper) - lower) / (upper - lower)
    codes = np.rint(share * _TOP).astype(np.uint16)
    return Points(codes, bounds, finite, int(finite.size - finite.sum()))


def _around(plane: NDArray[np.float64]) -> Bounds:
    if not len(plane):
        return -1.0, 1.0, -1.0, 1.0
    return *_span(plane[:, 0]), *_span(plane[:, 1])


def _span(column: NDArray[np.float64]) -> tuple[float, float]:
    lower, upper = float(column.min()), float(column.max())
    margin = _MARGIN * (upper - lower)
    if lower == upper:
        margin = max(0.5, abs(lower) * 2**-20)  # half is nothing beside a very large value
    return lower - margin, upper + margin


def _checked(bounds: Bounds) -> Bounds:
    edges = [float(bound) for bound in bounds]
    spans = [upper - lower for lower, upper in zip(edges[0::2], edges[1::2], strict=False)]
    if len(edges) != 4 or not all(0 < span < math.inf for span in spans):
        raise ValueError(f"bounds is {bounds}; expected finite (x0, x1, y0, y1), x0 < x1, y0 < y1")
    x0, x1, y0, y1 = edges
    return x0, x1, y0, y1

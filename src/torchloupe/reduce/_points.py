"""Squeeze points into two bytes an axis and values into one, and say over which bounds."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array
from torchloupe.reduce._sampling import finite_rows

_TOP = 65535
_MARGIN = 0.05
_MOST_NEAR = 2**20
_CHUNK = 2**16
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
    return quantise_plane(array[:, :2] if array.ndim == 2 else array[:, None], bounds)


def quantise_plane(columns: NDArray[Any], bounds: Bounds | None = None) -> Points:
    """Quantise as `quantise_points` does what is an array ``[N, 1]`` or ``[N, 2]`` already.

    Makes no array of the size of the points but the codes and a few bits a point.
    """
    if columns.shape[1] == 1:
        columns = np.concatenate([columns, np.zeros_like(columns)], axis=1)
    finite = finite_rows(columns)
    kept = columns if finite.all() else columns[finite]
    bounds = _around(kept) if bounds is None else _checked(bounds)
    return Points(_codes(kept, bounds), bounds, finite, int(finite.size - finite.sum()))


def quantise_window(
    plane: NDArray[Any], window: Bounds
) -> tuple[NDArray[np.uint32], NDArray[np.uint16], Bounds]:
    """Quantise the points of a window on finer codes, so that they stand still when zoomed in.

    A code is off by at most half its size: with w pixels across the window, 3 * w / 131070 pixels.

    Args:
        plane: ``[N, 2]``, finite.
        window: what is seen, ``(x0, x1, y0, y1)``, finite and rising.

    Returns:
        uint32 ``[M]``, the rows of the points in it and within its own size on each side (without
        that margin if there are more than 2**20), their codes uint16 ``[M, 2]``, and over which
        bounds these are.

    Raises:
        ValueError: the window is not of this form.
    """
    seen = _checked(window)
    wide, high = seen[1] - seen[0], seen[3] - seen[2]
    margins = seen[0] - wide, seen[1] + wide, seen[2] - high, seen[3] + high
    bounds = _checked(margins) if all(map(math.isfinite, margins)) else seen
    rows = _rows_within(plane, bounds)
    if len(rows) > _MOST_NEAR:
        bounds, rows = seen, _rows_within(plane, seen)
    return rows.astype(np.uint32), _codes(plane[rows], bounds), bounds


@dataclass(frozen=True, eq=False)
class Values:
    """One number a point on 255 steps: ``value = low + code / 254 * (high - low)``.

    Attributes:
        codes: uint8 ``[N]``; 255 where the value is not finite.
        limits: ``(low, high)``, low < high.
        signed: both signs occur, so that ``low == -high`` and zero is in the middle.
    """

    codes: NDArray[np.uint8]
    limits: tuple[float, float]
    signed: bool


def quantise_values(values: object, count: int, *, name: str) -> Values:
    """Quantise one number a point to uint8.

    Args:
        values: ``[N]``; what is not finite has a code of its own.
        count: how many points there are, N.
        name: what the caller calls the values, for the messages.

    Raises:
        TypeError: as `to_array`.
        ValueError: not one value a point.
    """
    array = to_array(values, name=name).astype(np.float64)
    if array.shape != (count,):
        raise ValueError(f"{name} has shape {list(array.shape)}; expected [{count}]")
    finite = np.isfinite(array)
    known = np.clip(array[finite], -_FAR, _FAR)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    signed = low < 0 < high
    if signed:
        low, high = -max(-low, high), max(-low, high)
    if low == high:
        low, high = low - max(0.5, abs(low) * 2**-20), high + max(0.5, abs(high) * 2**-20)
    codes = np.full(count, 255, np.uint8)
    codes[finite] = np.rint((known - low) / (high - low) * 254)
    return Values(codes, (low, high), signed)


def quantise_depths(column: NDArray[np.float64]) -> tuple[NDArray[np.uint16], tuple[float, float]]:
    """Quantise a third coordinate [N] as `quantise_points` does the first two.

    Rows that are not finite stand in the middle.
    """
    finite = np.isfinite(column)
    known = np.clip(column[finite], -_FAR, _FAR)
    low, high = _span(known) if known.size else (-1.0, 1.0)
    share = np.full(len(column), 0.5)
    share[finite] = (known - low) / (high - low)
    return np.rint(share * _TOP).astype(np.uint16), (low, high)


def _codes(plane: NDArray[Any], bounds: Bounds) -> NDArray[np.uint16]:
    codes = np.empty(plane.shape, np.uint16)
    for axis in range(2):
        lower, upper = bounds[2 * axis], bounds[2 * axis + 1]
        for start in range(0, len(plane), _CHUNK):  # small enough to stay in the cache
            part = slice(start, start + _CHUNK)
            share = plane[part, axis].astype(np.float64)
            np.clip(share, max(lower, -_FAR), min(upper, _FAR), out=share)
            share -= lower
            share /= upper - lower
            share *= _TOP
            codes[part, axis] = np.rint(share, out=share)
    return codes


def _rows_within(plane: NDArray[np.float64], bounds: Bounds) -> NDArray[np.intp]:
    x0, x1, y0, y1 = bounds
    x, y = (plane[:, axis].astype(np.float64) for axis in range(2))
    return np.flatnonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))


def _around(plane: NDArray[Any]) -> Bounds:
    if not len(plane):
        return -1.0, 1.0, -1.0, 1.0
    return *_span(plane[:, 0]), *_span(plane[:, 1])


def _span(column: NDArray[Any]) -> tuple[float, float]:
    lower, upper = (min(max(float(each), -_FAR), _FAR) for each in (column.min(), column.max()))
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

"""A parameter as a picture that fits a page: its matrix, its distribution, its filters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_LOWEST = -8e307  # twice this is still a float64


def distribution(
    values: NDArray[np.floating], bins: int = 64
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count values in equal bins over their range.

    Args:
        values: finite numbers of any shape.
        bins: how many.

    Returns:
        counts int64 ``[bins]`` and edges float64 ``[bins + 1]``. A range too wide or too narrow for
        equal bins is cut or widened.
    """
    flat = np.asarray(values, np.float64).ravel()
    if not flat.size:
        return np.histogram(flat, bins=bins)
    low, high = max(float(flat.min()), _LOWEST), min(float(flat.max()), -_LOWEST)
    narrowest = 2 * bins * float(np.spacing(max(abs(low), abs(high))))
    if high - low < narrowest:
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        low, high = min(low, high - narrowest), max(high, low + narrowest)
    return np.histogram(flat.clip(low, high), bins=bins, range=(low, high))


def as_matrix(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return a parameter as ``[rows, columns]``: an output a row, all that leads to it in a line.

    A vector is one row; a single number a matrix of one.
    """
    if values.ndim < 2:
        return values.reshape(1, -1)
    return values.reshape(values.shape[0], math.prod(values.shape[1:]))


def heat_map(
    values: NDArray[np.floating], rows: int = 64, columns: int = 128
) -> NDArray[np.float32]:
    """Draw a parameter with at most so many cells.

    A cell that stands for several numbers shows the one in their middle, so that a large matrix has
    the texture of a small one (means would pale, extremes would shout); NaN if one is among them.

    Args:
        values: of any shape; see `as_matrix`.
        rows: at most.
        columns: at most.

    Returns:
        float32 ``[h, w]``.
    """
    matrix = as_matrix(values)
    height, width = (min(*each) for each in zip(matrix.shape, (rows, columns), strict=True))
    down = _middles(matrix.shape[0], height)
    across = _middles(matrix.shape[1], width)
    shown = matrix[np.ix_(down, across)].astype(np.float32)
    if matrix.size > shown.size:
        odd = np.argwhere(np.isnan(matrix))
        shown[tuple((odd * shown.shape // matrix.shape).T)] = np.nan
    return shown


def _middles(size: int, cells: int) -> NDArray[np.int64]:
    """Return the middle of each of so many equal parts."""
    return ((2 * np.arange(cells) + 1) * size) // (2 * max(cells, 1))


def filters_of(values: NDArray[np.floating], most: int = 64) -> NDArray[np.float32] | None:
    """Return a first convolution's filters as images, or None of anything else.

    Args:
        values: ``[out, in, height, width]``; `in` is 1 or 3 channels, and there is more than one
            place.
        most: the first so many.

    Returns:
        float32 ``[K, height, width, in]``; one channel as it is, three from 0 to 1 with 0.5 for
        zero, on one scale for all filters.
    """
    if values.ndim != 4 or values.shape[1] not in (1, 3) or values.shape[2] * values.shape[3] < 2:
        return None
    chosen = np.ascontiguousarray(values[:most].transpose(0, 2, 3, 1), np.float32)
    if values.shape[1] == 1:
        return chosen
    finite = np.abs(values[np.isfinite(values)])
    reach = float(finite.max()) if finite.size else 0.0
    return chosen / np.float32(2 * reach or 1) + np.float32(0.5)

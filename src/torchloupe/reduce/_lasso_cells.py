"""Which points of very many an outline passes by: only those are worth an exact look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SIDE = 256
_SLACK = 0.01  # of a cell; far more than the arithmetic of a cell's number can be off

_Floats = NDArray[np.float64]


def cells_of(
    x: _Floats, y: _Floats, ring: _Floats
) -> tuple[NDArray[np.intp], NDArray[np.bool_], _Floats] | None:
    """Sort points into the cells of a grid over a polygon.

    A polygon's boundary is the only place where inside becomes outside, so that all points of a
    cell which it does not touch share the side of the cell's middle.

    Args:
        x: ``[N]``, within the polygon's bounds.
        y: ``[N]``, so too.
        ring: ``[M, 2]``, the polygon's vertices, of which the last is joined to the first.

    Returns:
        The cell of each point ``[N]``; of each cell whether the boundary may touch it; and the
        cells' middles ``[C, 2]``. None for a polygon too thin, or too far out, for a grid.
    """
    lower = ring.min(0)
    with np.errstate(over="ignore"):
        size = (ring.max(0) - lower) / _SIDE
        scale = 1 / size if (size > 0).all() else size
    if not (np.isfinite([size, scale]).all() and (scale > 0).all()):
        return None
    columns, rows = (
        np.clip((each - low) * by, 0, _SIDE - 1).astype(np.intp)
        for each, low, by in ((x, lower[0], scale[0]), (y, lower[1], scale[1]))
    )
    middles = np.indices((_SIDE, _SIDE)).reshape(2, -1).T[:, ::-1] + 0.5
    touched = _touched((ring - lower) * scale).ravel()
    return rows * _SIDE + columns, touched, lower + middles * size


def _touched(ring: _Floats) -> NDArray[np.bool_]:
    """Return which cells ``[row, column]`` the edges may touch; the ring is in units of cells."""
    ends = np.stack([ring, np.roll(ring, -1, axis=0)])
    ends = np.take_along_axis(ends, ends[:, :, 1:].argsort(0), 0)  # the lower end first
    (x0, y0), (x1, y1) = ends[0].T[:, :, None], ends[1].T[:, :, None]
    bottom = np.arange(_SIDE) - _SLACK
    top = bottom + 1 + 2 * _SLACK
    edge, row = np.nonzero((y0 <= top) & (y1 >= bottom))
    rise = np.where(y1 > y0, y1 - y0, 1.0)
    shares = [np.clip((at - y0) / rise, 0, 1)[edge, row] for at in (bottom, top)]
    flat = (y1 <= y0)[edge, 0]
    shares = [np.where(flat, end, share) for end, share in enumerate(shares)]
    across = np.sort([x0[edge, 0] + share * (x1 - x0)[edge, 0] for share in shares], axis=0)
    first, last = np.clip(across + [[-_SLACK], [_SLACK]], 0, _SIDE - 1).astype(np.intp)
    begins = np.zeros((_SIDE, _SIDE + 1), np.intp)
    np.add.at(begins, (row, first), 1)
    np.add.at(begins, (row, last + 1), -1)
    return begins.cumsum(1)[:, :-1] > 0

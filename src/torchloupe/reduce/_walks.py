"""Walks through a latent space: along a path, or over a window row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._points import Bounds
from torchloupe.reduce._projection import Dimensions
from torchloupe.reduce._sampling import need_rows

_PIECES = 256  # of an arc, to measure its length
_STRAIGHT = 1e-6  # radians; closer to 0 or to a half turn an arc has no plane of its own

_Floats = NDArray[np.float64]


def line(start: object, end: object, steps: int) -> _Floats:
    """Return latents at equal distances on the straight line between two, both included.

    Args:
        start: ``[D]``, finite.
        end: ``[D]``, finite.
        steps: how many, 1 or more; one is the start.

    Returns:
        float64 ``[steps, D]``.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    first = need_rows([start], "start")
    return along(np.concatenate([first, need_rows([end], "end", first.shape[1])]), steps)


def along(points: object, steps: int, *, spherical: bool = False) -> _Floats:
    """Return latents at equal distances along the path through points, both ends included.

    The distance is measured along the whole path, so that the walk is as fast on its short legs as
    on its long ones; between the ends it need not stop at a point.

    Args:
        points: ``[K, D]``, finite, K of 1 or more; at one place alone the walk stays there.
        steps: how many, 1 or more; one is the first point.
        spherical: walk on arcs around 0 (slerp: Shoemake 1985; of latents: White 2016), which
            keeps a normal prior's typical length. A leg from or to 0, or between vectors of one
            or of opposite directions, is straight.

    Returns:
        float64 ``[steps, D]``.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    stops = need_rows(points, "points").astype(np.float64)
    if not len(stops) or not np.isfinite(stops).all():
        raise ValueError(f"points has {len(stops)} rows; expected 1 or more, all finite")
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected 1 or more")
    stops = stops[np.append(True, (np.diff(stops, axis=0) != 0).any(1))]  # a leg has a length
    turns = _turns(stops) if spherical else np.zeros(len(stops) - 1)
    # Time runs from 0 to K - 1, one unit a leg; a straight leg needs no pieces to be measured.
    pieces = [leg + np.linspace(0, 1, _PIECES if turns[leg] else 2) for leg in range(len(turns))]
    times: _Floats = np.unique(np.concatenate([np.zeros(1), *pieces]))
    lengths = np.linalg.norm(np.diff(_at(stops, turns, times), axis=0), axis=1)
    passed = np.concatenate([np.zeros(1), np.cumsum(lengths)])
    wanted = passed[-1] * np.linspace(0, 1, steps)
    moments = np.asarray(np.interp(wanted, passed, times), np.float64)
    return _at(stops, turns, moments)


def places(window: Bounds, count: int) -> _Floats:
    """Return the centres of the cells of a window, as one reads them: top left first.

    Args:
        window: ``(x0, x1, y0, y1)``, finite, y1 at the top.
        count: how many cells an axis, 1 or more.

    Returns:
        float64 ``[count * count, 2]``: pictures put there cover the window and lie in their place.

    Raises:
        ValueError: an argument is not of this form.
    """
    edges = np.asarray(window, np.float64)
    if edges.shape != (4,) or not np.isfinite(edges).all():
        raise ValueError(f"window is {window}; expected finite (x0, x1, y0, y1)")
    if count < 1:
        raise ValueError(f"count is {count}; expected 1 or more")
    share = (np.arange(count) + 0.5) / count
    x = edges[0] * (1 - share) + edges[1] * share
    y = edges[3] * (1 - share) + edges[2] * share
    return np.stack([np.tile(x, count), np.repeat(y, count)], axis=1)


def grid(window: Bounds, count: int, i: int, j: int, others: Sequence[float] | _Floats) -> _Floats:
    """Return the latents of a traversal of two raw dimensions over a window, as `places` orders it.

    Of another plane take ``pca.invert(places(window, count))``.

    Args:
        window: ``(x0, x1, y0, y1)``, of dimension i and of dimension j.
        count: how many cells an axis, 1 or more.
        i: the dimension from left to right.
        j: the dimension from bottom to top.
        others: ``[D]``, the values of the others.

    Returns:
        float64 ``[count * count, D]``.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    return Dimensions((i, j), np.asarray(others, np.float64)).invert(places(window, count))


def _turns(stops: _Floats) -> _Floats:
    """Return the angle of each leg ``[K - 1]`` in radians, 0 where it is to be straight."""
    sizes = np.linalg.norm(stops, axis=1, keepdims=True)
    units = stops / np.where(sizes > 0, sizes, 1.0)
    start, end = units[:-1], units[1:]
    # By both chords (Kahan): exact for small angles too, where an arc cosine is not.
    chords = np.linalg.norm(end - start, axis=1), np.linalg.norm(end + start, axis=1)
    turns = 2 * np.arctan2(*chords)
    straight = (turns < _STRAIGHT) | (turns > np.pi - _STRAIGHT)
    return np.where(straight | ~(sizes[:-1, 0] * sizes[1:, 0] > 0), 0.0, turns)


def _at(stops: _Floats, turns: _Floats, times: _Floats) -> _Floats:
    """Return the path's latents ``[T, D]`` at times from 0 to K - 1."""
    if len(stops) == 1:
        return np.repeat(stops, len(times), axis=0)
    leg = np.minimum(times.astype(np.int64), len(turns) - 1)
    share = times - leg
    turn = turns[leg]
    sine = np.where(turn > 0, np.sin(turn), 1.0)
    before = np.where(turn > 0, np.sin((1 - share) * turn) / sine, 1 - share)
    after = np.where(turn > 0, np.sin(share * turn) / sine, share)
    return before[:, None] * stops[leg] + after[:, None] * stops[leg + 1]

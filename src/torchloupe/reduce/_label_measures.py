"""Do samples with one label lie together in a latent space? Two measures, each with its source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array
from torchloupe.reduce._sampling import need_rows

_CHUNK_NUMBERS = 2**21
_SAME = 1e-12  # of the largest squared distance: what rounding makes of equal distances

_Floats = NDArray[np.float64]


def label_agreement(latents: object, codes: object, neighbours: int = 10) -> float:
    """Return the share of the nearest neighbours that have a sample's own label.

    The sample itself is left out. Where several at one distance are more than there is room for,
    each counts for its share of the room, so that the answer does not hang on their order: codes
    that are all the same agree by chance alone.

    Args:
        latents: ``[N, D]``, finite. The work grows with N².
        codes: int ``[N]``, classes.
        neighbours: how many, 1 or more; all the others if there are fewer.

    Returns:
        0 to 1; NaN of fewer than two samples.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = _centred(latents)
    classes = class_codes(codes, len(rows))
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}; expected 1 or more")
    room = min(neighbours, len(rows) - 1)
    if room < 1:
        return float("nan")
    slack = _SAME * 4 * float(np.square(rows).sum(1).max())
    found = 0.0
    for chunk, squares in _squared_distances(rows):
        squares[np.arange(len(chunk)), chunk] = np.inf
        indices = np.argpartition(squares, room - 1, axis=1)[:, :room]
        values = np.take_along_axis(squares, indices, axis=1)
        edge = values.max(1, keepdims=True)
        nearer = values < edge - slack
        same = classes[indices] == classes[chunk, None]
        found += (same & nearer).sum()
        free = room - nearer.sum(1)
        at_edge = np.abs(squares - edge) <= slack
        alike = at_edge & (classes == classes[chunk, None])
        found += (free * alike.sum(1) / at_edge.sum(1)).sum()
    return float(found) / (room * len(rows))


def silhouette(latents: object, codes: object) -> float:
    """Return the mean silhouette (Rousseeuw 1987), 0 for the only one of its class.

    Args:
        latents: ``[N, D]``, finite. The work grows with N².
        codes: int ``[N]``, classes.

    Returns:
        -1 to 1; NaN of one class or of as many as samples.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = _centred(latents)
    _, own, sizes = np.unique(
        class_codes(codes, len(rows)), return_inverse=True, return_counts=True
    )
    if not 1 < len(sizes) < len(rows):
        return float("nan")
    members = np.eye(len(sizes))[own]
    worth = np.zeros(len(rows))
    for chunk, squares in _squared_distances(rows):
        here = np.arange(len(chunk))
        squares[here, chunk] = 0.0
        sums = np.sqrt(squares, out=squares) @ members
        within = sums[here, own[chunk]] / np.maximum(sizes[own[chunk]] - 1, 1)
        means = sums / sizes
        means[here, own[chunk]] = np.inf
        beside = means.min(1)
        wider = np.maximum(within, beside)
        worth[chunk] = (beside - within) / np.where(wider > 0, wider, 1.0)
    worth[sizes[own] == 1] = 0.0
    return float(worth.mean())


def chance_agreement(codes: NDArray[np.int64]) -> float:
    """Return the agreement that labels dealt out at random have; NaN of fewer than two samples."""
    if len(codes) < 2:
        return float("nan")
    sizes = np.unique(codes, return_counts=True)[1].astype(np.float64)
    return float((sizes * (sizes - 1)).sum() / (len(codes) * (len(codes) - 1.0)))


def class_codes(codes: object, count: int) -> NDArray[np.int64]:
    """Return the classes of so many samples as int64 ``[count]``.

    Raises:
        TypeError, ValueError: not whole numbers of this shape.
    """
    array = to_array(codes, name="codes")
    if array.shape != (count,) or array.dtype.kind not in "iu":
        shape = f"{array.dtype} {list(array.shape)}"
        raise ValueError(f"codes is {shape}; expected whole numbers [{count}]")
    return array.astype(np.int64)


def _centred(latents: object) -> _Floats:
    """Return latents around their mean, the largest entry 1, so that their squares are exact."""
    rows = need_rows(latents, "latents").astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("latents must be finite numbers; leave the other rows out")
    if rows.size:
        rows /= np.abs(rows).max() or 1.0
        rows -= rows.mean(0)
        rows /= np.abs(rows).max() or 1.0
    return rows


def _squared_distances(rows: _Floats) -> Iterator[tuple[NDArray[np.int64], _Floats]]:
    """Yield indices ``[C]`` and their squared distances ``[C, N]`` to all, chunk by chunk."""
    squares = np.square(rows).sum(1)
    step = max(1, _CHUNK_NUMBERS // len(rows))
    for start in range(0, len(rows), step):
        chunk = np.arange(start, min(start + step, len(rows)))
        distances = rows[chunk] @ rows.T
        distances *= -2.0
        distances += squares
        distances += squares[chunk, None]
        yield chunk, np.maximum(distances, 0.0, out=distances)

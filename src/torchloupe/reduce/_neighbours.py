"""Which points lie near a place or inside a lasso, and a way back through neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array
from torchloupe.reduce._lasso_cells import cells_of
from torchloupe.reduce._sampling import finite_rows, need_rows

_SMALLEST, _LARGEST = 1e-280, 1e280  # beyond, squares of distances are not to be trusted
_CHUNK = 2**16

_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]
_Flags = NDArray[np.bool_]


def nearest(points: object, places: object, scale: object = (1.0, 1.0)) -> _Integers:
    """Return the index of the point that is nearest on the screen to each place.

    Args:
        points: ``[N, 2]``; rows that are not finite are never the nearest.
        places: ``[P, 2]``, finite, in the units of the points.
        scale: ``(x, y)``, pixels a unit on each axis.

    Returns:
        int64 ``[P]``: of several points at one distance the first; -1 where there is no point.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    xy = need_rows(points, "points", 2).astype(np.float64)
    wanted = need_rows(places, "places", 2).astype(np.float64)
    pixels = to_array(scale, name="scale").astype(np.float64)
    if not np.isfinite(wanted).all():
        raise ValueError("places must be finite numbers")
    if pixels.shape != (2,) or not (np.isfinite(pixels) & (pixels > 0)).all():
        raise ValueError(f"scale is {scale}; expected (x, y), finite and above 0")
    known = np.flatnonzero(finite_rows(xy))
    if not len(known):
        return np.full(len(wanted), -1)
    x, y = xy[known, 0], xy[known, 1]
    best = np.full(len(wanted), np.inf)
    index = np.zeros(len(wanted), np.int64)
    for start in range(0, len(known), _CHUNK):  # small enough to stay in the cache for all places
        part = slice(start, start + _CHUNK)
        for place, (here_x, here_y) in enumerate(wanted):
            distance = _squared(x[part] - here_x, y[part] - here_y, pixels)
            at = int(distance.argmin())
            if distance[at] < best[place]:
                best[place], index[place] = distance[at], start + at
    for place in np.flatnonzero(~((best > _SMALLEST) & (best < _LARGEST))):
        with np.errstate(over="ignore"):
            beside = (x - wanted[place, 0]) * pixels[0], (y - wanted[place, 1]) * pixels[1]
            index[place] = np.hypot(*beside).argmin()
    return known[index]


def inside(points: object, polygon: object) -> _Flags:
    """Return which points lie inside a polygon, by the even-odd rule.

    A point is inside if a ray from it to the right crosses the boundary an odd number of times, so
    that where a lasso crosses itself what is enclosed twice is outside. The arithmetic is that of
    `matplotlib.path.Path.contains_points`, after Haines's CrossingsMultiply (Graphics Gems IV,
    1994), points on an edge included. Each edge looks only at the points between the heights of
    its two ends, which are found in the sorted ones. Of many points only those are looked at that
    lie in cells of a grid which the boundary touches; the others have the side of their cell.

    Args:
        points: ``[N, 2]``; rows that are not finite are outside.
        polygon: ``[M, 2]``, finite; the last vertex is joined to the first. Fewer than three
            enclose nothing.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    xy = need_rows(points, "points", 2)
    ring = need_rows(polygon, "polygon", 2).astype(np.float64)
    if not np.isfinite(ring).all():
        raise ValueError("polygon must be finite numbers")
    flags = np.zeros(len(xy), np.bool_)
    if len(ring) < 3:
        return flags
    near = np.flatnonzero(_between(xy, ring.min(0), ring.max(0)))
    x, y = (xy[near, axis].astype(np.float64) for axis in range(2))
    cells = cells_of(x, y, ring) if len(near) > _CHUNK else None
    if cells is None:
        flags[near] = _enclosed(x, y, ring)
        return flags
    cell, touched, middles = cells
    flags[near] = _enclosed(middles[:, 0], middles[:, 1], ring)[cell]
    close = np.flatnonzero(touched[cell])
    flags[near[close]] = _enclosed(x[close], y[close], ring)
    return flags


def _enclosed(x: _Floats, y: _Floats, ring: _Floats) -> _Flags:
    order = np.argsort(y)
    x, y = x[order], y[order]
    crossings = np.zeros(len(y), np.bool_)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        first, last = np.searchsorted(y, [min(y0, y1), max(y0, y1)], side="right")
        for start in range(first, last, _CHUNK):
            part = slice(start, min(start + _CHUNK, last))
            left = (y1 - y[part]) * (x0 - x1) >= (x1 - x[part]) * (y0 - y1)
            crossings[part] ^= left == (y1 > y0)
    flags = np.zeros(len(y), np.bool_)
    flags[order] = crossings
    return flags


def within_rectangle(points: object, rectangle: tuple[float, float, float, float]) -> _Flags:
    """Return which points lie in a rectangle, edges included.

    Args:
        points: ``[N, 2]``; rows that are not finite are outside.
        rectangle: ``(x0, x1, y0, y1)``, any corner first.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    xy = need_rows(points, "points", 2)
    edges = to_array(rectangle, name="rectangle").astype(np.float64)
    if edges.shape != (4,) or not np.isfinite(edges).all():
        raise ValueError(f"rectangle is {rectangle}; expected finite (x0, x1, y0, y1)")
    corners = edges.reshape(2, 2)
    return _between(xy, corners.min(1), corners.max(1))


class NeighbourInverse:
    """The way back from an embedding that has no inverse, such as t-SNE or UMAP.

    The latent at a place is the mean of the latents of the nearest embedded points, each weighted
    by one over its squared distance (Shepard 1968): an estimate, and so to be called. On a point
    it is that point's latent; on several, the mean of theirs.

    Args:
        points: ``[N, k]``, the embedding; rows that are not finite are left out.
        latents: ``[N, D]``, what was embedded; rows that are not finite are left out.
        neighbours: how many take part, 1 or more.

    Raises:
        TypeError, ValueError: an argument is not of this form, or no row is finite in both.
    """

    def __init__(self, points: object, latents: object, neighbours: int = 5) -> None:
        embedded = need_rows(points, "points").astype(np.float64)
        originals = need_rows(latents, "latents")
        if len(embedded) != len(originals):
            raise ValueError(f"latents has {len(originals)} rows for {len(embedded)} points")
        if neighbours < 1:
            raise ValueError(f"neighbours is {neighbours}; expected 1 or more")
        self._rows = np.flatnonzero(finite_rows(embedded) & finite_rows(originals))
        if not len(self._rows):
            raise ValueError("points and latents have no row that is finite in both")
        self._points = embedded[self._rows]
        self._latents = originals[self._rows].astype(np.float64)
        self._count = min(neighbours, len(self._rows))

    def neighbours(self, places: object) -> tuple[_Integers, _Floats]:
        """Return which points take part at each place, and their weights.

        Args:
            places: ``[P, k]``, finite, in the units of the embedding.

        Returns:
            int64 ``[P, neighbours]``, rows of `points` as handed over, nearest first (of several
            at one distance the first), and float64 of the same shape, which add up to 1.

        Raises:
            TypeError, ValueError: not numbers of this shape.
        """
        chosen, weights = self._chosen(places)
        return self._rows[chosen], weights

    def invert(self, places: object) -> _Floats:
        """Return an estimate of the latent at each place.

        Args:
            places: ``[P, k]``, finite, in the units of the embedding.

        Returns:
            float64 ``[P, D]``, within the latents' hull.

        Raises:
            TypeError, ValueError: not numbers of this shape.
        """
        chosen, weights = self._chosen(places)
        return np.einsum("pn,pnd->pd", weights, self._latents[chosen])

    def _chosen(self, places: object) -> tuple[_Integers, _Floats]:
        wanted = need_rows(places, "places", self._points.shape[1]).astype(np.float64)
        if not np.isfinite(wanted).all():
            raise ValueError("places must be finite numbers")
        chosen = np.zeros((len(wanted), self._count), np.int64)
        distances = np.zeros((len(wanted), self._count))
        for place, here in enumerate(wanted):
            away = np.linalg.norm(self._points - here, axis=1)
            for rank in range(self._count):
                at = int(away.argmin())
                chosen[place, rank], distances[place, rank] = at, away[at]
                away[at] = np.inf
        # Weights relative to the nearest's, so that none is infinite.
        on = distances == 0
        shares = np.square(distances[:, :1] / np.where(on, 1.0, distances))
        weights = np.where(on[:, :1], on, shares)
        return chosen, weights / weights.sum(1, keepdims=True)


def _squared(x: _Floats, y: _Floats, pixels: _Floats) -> _Floats:
    """Return squared distances in pixels; overwrites the differences."""
    with np.errstate(over="ignore", under="ignore"):
        for difference, scale in ((x, pixels[0]), (y, pixels[1])):
            difference *= scale
            np.square(difference, out=difference)
        x += y
    return x


def _between(xy: NDArray[np.generic], lower: _Floats, upper: _Floats) -> _Flags:
    held = np.ones(len(xy), np.bool_)
    for axis in range(2):
        column = xy[:, axis].astype(np.float64)
        held &= (column >= lower[axis]) & (column <= upper[axis])
    return held

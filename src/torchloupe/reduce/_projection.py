"""From a latent space of any dimension to the plane, or to 3-D, and exactly back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._sampling import evenly, finite_rows, need_rows

_MOST_NUMBERS = 2**22  # of a fit: 32 MB, and about a second of a slow core for D = 4,096
_CHUNK_NUMBERS = 2**20
_NOTHING = 1e-12  # a share of variance, or of a cross-covariance, that rounding alone makes

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pca:
    """The plane (or line, or 3-D space) through the latents' mean along which they vary most.

    Attributes:
        mean: float64 ``[D]``.
        components: float64 ``[k, D]``, orthonormal rows; rows of zeros beyond D.
        explained: float64 ``[k]``, the share of the variance along each, 0 to 1.
        fitted: how many samples it was fitted on.
        total: how many there were, rows that are not finite included.
    """

    mean: _Floats
    components: _Floats
    explained: _Floats
    fitted: int
    total: int

    def project(self, latents: object) -> _Floats:
        """Return the points of latents ``[N, D]`` in the plane.

        Returns:
            float64 ``[N, k]``, in the units of the latents, the mean at 0; NaN for a row that is
            not finite.

        Raises:
            TypeError, ValueError: not numbers of this shape.
        """
        rows = need_rows(latents, "latents", len(self.mean))
        points = np.full((len(rows), len(self.components)), np.nan)
        step = max(1, _CHUNK_NUMBERS // len(self.mean))
        for start in range(0, len(rows), step):
            chunk = rows[start : start + step]
            known = finite_rows(chunk)
            points[start : start + step][known] = (
                chunk[known].astype(np.float64) - self.mean
            ) @ self.components.T
        return points

    def invert(self, points: object) -> _Floats:
        """Return the latents float64 ``[N, D]`` in which points ``[N, k]`` of the plane lie.

        Projected, they are these points again, up to rounding.

        Raises:
            TypeError, ValueError: not numbers of this shape.
        """
        places = need_rows(points, "points", len(self.components)).astype(np.float64)
        return self.mean + places @ self.components

    def rotated(self, rotation: _Floats) -> Pca:
        """Return the same plane with other axes: its points are ``self.project(…) @ rotation``.

        Args:
            rotation: ``[k, k]``, orthogonal, as of `alignment`.
        """
        explained = np.square(rotation).T @ self.explained
        return replace(self, components=rotation.T @ self.components, explained=explained)


def fit_pca(latents: object, dimensions: int = 2) -> Pca:
    """Find the directions of the largest variance (Pearson 1901; Hotelling 1933).

    In float64, by the singular values of the centred latents, which keep small variances beside
    large ones where a covariance would lose them. Each direction's largest entry is positive, so
    that the same latents give the same axes. Rows that are not finite are left out; of more than
    2**22 numbers an evenly spaced sample is taken, and `Pca.fitted` says of how many rows.

    Args:
        latents: ``[N, D]``; any N, also 0: then the raw axes.
        dimensions: k, 1 or more. Where the latents vary in fewer, the last directions explain 0.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = need_rows(latents, "latents")
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}; expected 1 or more")
    known = np.flatnonzero(finite_rows(rows))
    width = rows.shape[1]
    known = known[evenly(len(known), max(2, _MOST_NUMBERS // width))]
    sample = rows[known].astype(np.float64)
    size = _power_of_two(sample)  # so that no square is too large or too small for a float
    sample /= size
    mean = sample.mean(0) if len(sample) else np.zeros(width)
    sample -= mean
    directions, variances = _directions(sample, dimensions)
    kept, total = min(dimensions, width), variances.sum()
    components, explained = np.zeros((dimensions, width)), np.zeros(dimensions)
    components[:kept] = directions[:kept]
    if total > 0:
        explained[:kept] = variances[:kept] / total
    return Pca(mean * size, components, explained, len(known), len(rows))


def alignment(points: object, earlier: object) -> _Floats:
    """Return the rotation, perhaps with a reflection, of points onto earlier ones of the samples.

    It minimises the squared distances after both clouds were moved to their means (Schönemann
    1966, the orthogonal Procrustes problem). Along directions in which either cloud has no extent
    the axes stay as they are.

    Args:
        points: ``[N, k]``.
        earlier: ``[N, k]``, of the same samples. Rows that are not finite in both are left out.

    Returns:
        float64 ``[k, k]``, orthogonal: ``points @ rotation`` has the axes of `earlier`.

    Raises:
        TypeError, ValueError: not numbers of one shape.
    """
    new = need_rows(points, "points").astype(np.float64)
    old = need_rows(earlier, "earlier").astype(np.float64)
    if new.shape != old.shape:
        raise ValueError(f"earlier has shape {list(old.shape)}; expected {list(new.shape)}")
    known = finite_rows(new) & finite_rows(old)
    if not known.any():
        return np.eye(new.shape[1])
    return _nearest_rotation(_centred(new[known]).T @ _centred(old[known]))


def aligned(points: object, earlier: object) -> _Floats:
    """Return points turned and moved onto earlier ones of the same samples, so that none jumps.

    Distances between the points stay as they were. For a `Pca` take ``pca.rotated(alignment(…))``
    instead, whose inverse stays exact.

    Args:
        points: ``[N, k]``.
        earlier: ``[N, k]``; rows that are not finite in both are left out of the fit.

    Raises:
        TypeError, ValueError: not numbers of one shape.
    """
    rotation = alignment(points, earlier)
    new = need_rows(points, "points").astype(np.float64)
    old = need_rows(earlier, "earlier").astype(np.float64)
    known = finite_rows(new) & finite_rows(old)
    if not known.any():
        return new
    return (new - new[known].mean(0)) @ rotation + old[known].mean(0)


@dataclass(frozen=True, eq=False)
class Dimensions:
    """Raw dimensions as axes, the others held.

    Args:
        chosen: one to three different indices from 0 to D - 1, negative ones not allowed.
        others: ``[D]``, the values that the dimensions have in `invert`; the chosen ones' are not
            used.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """

    chosen: tuple[int, ...]
    others: _Floats

    def __post_init__(self) -> None:
        held = need_rows([self.others], "others")[0].astype(np.float64)
        object.__setattr__(self, "others", held)
        chosen, count = tuple(self.chosen), len(held)
        different = 1 <= len(chosen) <= 3 and len(set(chosen)) == len(chosen)
        if not different or not all(0 <= each < count for each in chosen):
            raise ValueError(
                f"chosen is {chosen}; expected 1 to 3 different ones of 0 … {count - 1}"
            )

    def project(self, latents: object) -> NDArray[Any]:
        """Return the chosen columns ``[N, k]`` of latents ``[N, D]``."""
        return need_rows(latents, "latents", len(self.others))[:, list(self.chosen)]

    def invert(self, points: object) -> _Floats:
        """Return latents float64 ``[N, D]`` with points ``[N, k]`` in the chosen dimensions."""
        places = need_rows(points, "points", len(self.chosen))
        latents = np.repeat(self.others[None], len(places), axis=0)
        latents[:, list(self.chosen)] = places
        return latents


def _directions(centred: _Floats, least: int) -> tuple[_Floats, _Floats]:
    """Return right singular vectors ``[>= min(least, D), D]`` and their squared singular values."""
    rows, width = centred.shape
    if rows > 2 * width:
        centred = np.asarray(np.linalg.qr(centred, mode="r"))  # has the same ones
    elif rows < least:  # rows of zeros add directions without variance
        centred = np.concatenate([centred, np.zeros((least - rows, width))])
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], axis=1)
    return directions * np.where(largest < 0, -1.0, 1.0), np.square(sizes)


def _power_of_two(values: _Floats) -> float:
    """Return a power of two about the largest magnitude; dividing by it loses nothing."""
    largest = float(np.abs(values).max()) if values.size else 0.0
    exponent = int(np.frexp(largest)[1])
    return 2.0 ** min(max(exponent, -1000), 1000)


def _centred(points: _Floats) -> _Floats:
    centred = points - points.mean(0)
    largest = np.abs(centred).max()
    return centred / largest if largest > 0 else centred


def _nearest_rotation(matrix: _Floats) -> _Floats:
    """Return the orthogonal matrix R that maximises trace(Rᵀ M), the identity where M is 0."""
    weight = _NOTHING * np.abs(matrix).max() or 1.0
    left, _, right = np.linalg.svd(matrix + weight * np.eye(len(matrix)))
    return left @ right

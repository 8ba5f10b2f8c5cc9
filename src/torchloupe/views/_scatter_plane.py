"""Planes through a latent space: where the latents lie in one, and the way back from a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import Dimensions, NeighbourInverse, Pca, alignment, finite_rows, fit_pca
from ._embedding import Embedding

Back = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Plane:
    """Latents in a plane.

    Attributes:
        points: [n, k], k of 1 to 3; the third column is the depth.
        rows: int64 [n], which of the latents these are.
        axes: the names of the k columns.
        words: which plane it is, for the summary.
        back: from places [P, 2] to latents float64 [P, D].
        is_estimate: the way back is a guess from neighbours.
    """

    points: NDArray[Any]
    rows: NDArray[np.int64]
    axes: tuple[str, ...]
    words: str
    back: Back
    is_estimate: bool = False


def as_rows(latents: NDArray[Any]) -> NDArray[Any]:
    """Return latents as [N, D]; those of one dimension may come without their axis."""
    return latents if latents.ndim > 1 else latents[:, None]


def subscript(number: int) -> str:
    """Write the name of a latent dimension."""
    return "z" + "".join(chr(ord("₀") + int(digit)) for digit in str(number))


def raw_plane(latents: NDArray[Any], chosen: tuple[int, ...]) -> Plane:
    """Take one to three dimensions as they are; on the way back the others have their mean."""
    count = latents.shape[1]
    every = chosen == tuple(range(count))

    @cache
    def dimensions() -> Dimensions:
        return Dimensions(chosen[:2], middle(latents))

    def back(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return dimensions().invert(places[:, : len(chosen[:2])])

    return Plane(
        points=latents if every else latents[:, list(chosen)],
        rows=np.arange(len(latents)),
        axes=tuple(subscript(each) for each in chosen),
        words=f"{count}-D" if every else f"dimensions {_listed(chosen)} of {count}",
        back=back,
    )


def principal_plane(latents: NDArray[Any], earlier: Callable[[NDArray[Any]], Any]) -> Plane:
    """Take the principal components, turned onto earlier points of the same samples.

    They are turned within the plane alone, so that it stays the one of the largest variance.

    Args:
        latents: [N, D].
        earlier: from points [N, k] to those that the same samples had, NaN where they had none; or
            None.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what is too far out is not finite
        pca = fit_pca(latents, min(3, max(2, latents.shape[1])))
        points = pca.project(latents)
    before = earlier(points)
    if before is not None:
        turn = _turn(points, before)
        pca, points = pca.rotated(turn), points @ turn

    def back(places: NDArray[np.float64]) -> NDArray[np.float64]:
        depth = np.zeros((len(places), points.shape[1] - 2))
        return pca.invert(np.concatenate([places, depth], axis=1))

    return Plane(
        points=points,
        rows=np.arange(len(latents)),
        axes=tuple(f"PC {each + 1}" for each in range(points.shape[1])),
        words=_explained(pca),
        back=back,
    )


def embedded_plane(latents: NDArray[Any], embedding: Embedding) -> Plane:
    """Take an embedding that is finished; the way back is through the nearest neighbours."""
    points, rows = embedding.points, embedding.indices
    if points is None:
        raise ValueError("embedding: expected one that is finished")

    @cache
    def inverse() -> NeighbourInverse:
        return NeighbourInverse(points, latents[rows])

    return Plane(
        points=points,
        rows=rows,
        axes=(f"{embedding.method} 1", f"{embedding.method} 2"),
        words=embedding.method,
        back=lambda places: inverse().invert(places),
        is_estimate=True,
    )


def middle(latents: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean [D] of the finite latents, zeros if there is none."""
    finite = latents[finite_rows(latents)]
    with np.errstate(over="ignore", invalid="ignore"):
        return finite.mean(0, dtype=np.float64) if len(finite) else np.zeros(latents.shape[1])


def _turn(points: NDArray[Any], earlier: NDArray[Any]) -> NDArray[np.float64]:
    turn = np.eye(points.shape[1])
    turn[:2, :2] = alignment(points[:, :2], earlier[:, :2])
    if len(turn) > 2:
        turn[2:, 2:] = alignment(points[:, 2:], earlier[:, 2:])
    return turn


def _explained(pca: Pca) -> str:
    shares = " + ".join(f"{100 * each:.0f}" for each in pca.explained[:2])
    return f"PCA, {shares} % of the variance" if pca.explained.any() else "PCA"


def _listed(numbers: tuple[int, ...]) -> str:
    *first, last = (str(each) for each in numbers)
    return f"{', '.join(first)} and {last}" if first else last

"""One snapshot of points, ready for a scatter: exact places, and the same in few bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import Rejected
from ..reduce import (
    Points,
    Values,
    finite_rows,
    quantise_depths,
    quantise_points,
    quantise_values,
)
from ..store import Snapshot
from ._scatter_plane import Plane, as_rows

Window = tuple[float, float, float, float]
Images = Callable[[NDArray[np.int64]], Any]
_serials = count(1)


@dataclass(frozen=True, eq=False)
class Scene:
    """The points that are drawn, in the order in which they are drawn.

    Attributes:
        snapshot: what they are of.
        projected: where they lie in the plane that is shown, and the way back.
        points: the two axes of it, quantised; rows that are not finite are left out.
        plane: float64 [M, 2], the same, exact: every click and lasso is answered with these.
        rows: int64 [M], which row of the snapshot each is.
        samples: int64 [M], which sample of the data each is.
        serial: differs for each scene.
    """

    snapshot: Snapshot
    projected: Plane
    points: Points
    plane: NDArray[np.float64]
    rows: NDArray[np.int64]
    samples: NDArray[np.int64]
    serial: int

    @classmethod
    def of(cls, snapshot: Snapshot, projected: Plane) -> Scene:
        """Prepare a snapshot, whose latents lie in a plane."""
        points = quantise_points(projected.points, name="points")
        kept = np.flatnonzero(points.finite)
        plane = np.zeros((len(kept), 2))
        columns = projected.points[:, :2]
        plane[:, : columns.shape[1]] = columns[kept]
        rows = projected.rows[kept]
        sampled = snapshot.details.get("indices")
        samples = rows if sampled is None else np.asarray(sampled, np.int64)[rows]
        return cls(snapshot, projected, points, plane, rows, samples, next(_serials))

    @property
    def latents(self) -> NDArray[Any]:
        """The latents [N, D], drawn or not."""
        return as_rows(self.snapshot.arrays["points"])

    @property
    def dropped(self) -> int:
        """How many latents have no place for not being finite."""
        if len(self.points.finite) == len(self.latents):
            return self.points.dropped
        return self._unknown

    @cached_property
    def _unknown(self) -> int:
        return int((~finite_rows(self.latents)).sum())

    def latent_at(self, x: float, y: float) -> NDArray[np.float32]:
        """Return the latent [D] of a place in the plane.

        Raises:
            Rejected: there is none that a float32 can tell.
        """
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                latent = self.projected.back(np.array([[x, y]]))[0].astype(np.float32)
        except ValueError as error:  # an inverse that has no points to go by
            raise Rejected(str(error)) from error
        if not np.isfinite(latent).all():
            raise Rejected("expected a place within a float32's range")
        return latent

    @cached_property
    def codes(self) -> NDArray[Any]:
        """The class of each point, uint8 or uint16 [M]."""
        labels = self.snapshot.details.get("labels")
        return labels[0][self.rows] if labels else np.zeros(len(self.rows), np.uint8)

    @cached_property
    def values(self) -> Values | None:
        """The value of each row of the snapshot, if it has values."""
        values = self.snapshot.details.get("values")
        if values is None or isinstance(values, Values):
            return values
        return quantise_values(values, len(self.latents), name="values")

    @cached_property
    def depths(self) -> tuple[NDArray[np.uint16], tuple[float, float]] | None:
        """The third axis of each point and its bounds, if there is one."""
        points = self.projected.points
        if points.shape[1] < 3:
            return None
        return quantise_depths(points[self.points.finite, 2].astype(np.float64))

    @property
    def images(self) -> Images | None:
        """A function from rows of the snapshot to their samples as images, if there is one."""
        return self.snapshot.details.get("images")

    def shown(self) -> NDArray[np.uint32] | None:
        """Return which sample each point is, unless point and sample are counted alike."""
        alike = np.array_equal(self.samples, np.arange(len(self.samples)))
        return None if alike else self.samples.astype(np.uint32)

    def rows_of(self, samples: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which points are among these samples, bool [M]."""
        return np.isin(self.samples, samples)

    def samples_of(self, rows: Sequence[int]) -> list[int]:
        """Return which samples these points are: the next snapshot may draw others.

        Raises:
            Rejected: there are not so many points.
        """
        if any(row >= len(self.samples) for row in rows):
            raise Rejected("expected rows of points")
        return [int(self.samples[row]) for row in rows]

"""One snapshot of points, ready for a scatter: exact places, and the same in few bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import Rejected
from ..reduce import Points, Values, quantise_depths, quantise_points, quantise_values
from ..store import Snapshot

Window = tuple[float, float, float, float]
Images = Callable[[NDArray[np.int64]], Any]


@dataclass(frozen=True, eq=False)
class Scene:
    """The points that are drawn, in the order in which they are drawn.

    Attributes:
        snapshot: what they are of.
        points: the first two dimensions, quantised; rows that are not finite are left out.
        plane: float64 [M, 2], the same, exact: every click and lasso is answered with these.
        rows: int64 [M], which row of the snapshot each is.
        samples: int64 [M], which sample of the data each is.
    """

    snapshot: Snapshot
    points: Points
    plane: NDArray[np.float64]
    rows: NDArray[np.int64]
    samples: NDArray[np.int64]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Scene:
        """Prepare a snapshot."""
        latents = snapshot.arrays["points"]
        points = quantise_points(latents, name="points")
        rows = np.flatnonzero(points.finite)
        plane = np.zeros((len(rows), 2))
        columns = latents[:, :2] if latents.ndim > 1 else latents[:, None]
        plane[:, : columns.shape[1]] = columns[rows]
        sampled = snapshot.details.get("indices")
        samples = rows if sampled is None else np.asarray(sampled, np.int64)[rows]
        return cls(snapshot, points, plane, rows, samples)

    @property
    def dimensions(self) -> int:
        """How many dimensions the points have, drawn or not."""
        latents = self.snapshot.arrays["points"]
        return int(latents.shape[1]) if latents.ndim > 1 else 1

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
        return quantise_values(values, len(self.points.finite), name="values")

    @cached_property
    def depths(self) -> tuple[NDArray[np.uint16], tuple[float, float]] | None:
        """The third dimension of each point and its bounds, if there is one."""
        if self.dimensions < 3:
            return None
        latents = self.snapshot.arrays["points"]
        return quantise_depths(latents[self.rows, 2].astype(np.float64))

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

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
    evenly,
    finite_rows,
    quantise_depths,
    quantise_plane,
    quantise_values,
)
from ..store import Snapshot
from ._scatter_plane import Plane, as_rows

Window = tuple[float, float, float, float]
Images = Callable[[NDArray[np.int64]], Any]
_serials = count(1)

MOST_DRAWN = 5_000_000
"""Of more points than these a page is sent a part: 25 MB with a class each."""


@dataclass(frozen=True, eq=False)
class Scene:
    """The points that are drawn, in the order in which they are drawn, and those that are not.

    Of more points than a page should be sent, evenly many are drawn, the same every time. A lasso,
    a rectangle or a class selects among all; a click takes the nearest of those that are drawn.

    Attributes:
        snapshot: what they are of.
        projected: where they lie in the plane that is shown, and the way back.
        points: the two axes of those that are drawn, quantised.
        placed: int64 [K], which rows of `projected` have a place, for being finite; None if all.
        drawn: int64 [M], which of these are drawn; None if all.
        serial: differs for each scene.
    """

    snapshot: Snapshot
    projected: Plane
    points: Points
    placed: NDArray[np.int64] | None
    drawn: NDArray[np.int64] | None
    serial: int

    @classmethod
    def of(cls, snapshot: Snapshot, projected: Plane) -> Scene:
        """Prepare a snapshot, whose latents lie in a plane."""
        columns = projected.points[:, :2]
        finite = finite_rows(columns)
        placed = None if finite.all() else np.flatnonzero(finite)
        count = len(columns) if placed is None else len(placed)
        drawn = evenly(count, MOST_DRAWN) if count > MOST_DRAWN else None
        # Nothing is copied that need not be: there may be tens of millions.
        points = quantise_plane(_taken(_taken(columns, placed), drawn))
        return cls(snapshot, projected, points, placed, drawn, next(_serials))

    @cached_property
    def places(self) -> NDArray[Any]:
        """Where all of them lie that have a place [K, 2], exact; not copied if it can be helped.

        Every click and lasso is answered with these.
        """
        found = _taken(self.projected.points[:, :2], self.placed)
        if found.shape[1] == 1:
            found = np.concatenate([found, np.zeros_like(found)], axis=1)
        return found

    @cached_property
    def plane(self) -> NDArray[Any]:
        """Where those lie that are drawn [M, 2], exact."""
        return _taken(self.places, self.drawn)

    @cached_property
    def placed_rows(self) -> NDArray[np.int64]:
        """Which row of the snapshot each is that has a place, int64 [K]."""
        return _taken(self.projected.rows, self.placed)

    @cached_property
    def placed_samples(self) -> NDArray[np.int64]:
        """Which sample of the data each is that has a place, int64 [K]."""
        sampled = self.snapshot.details.get("indices")
        rows = self.placed_rows
        return rows if sampled is None else np.asarray(sampled, np.int64)[rows]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Which row of the snapshot each is that is drawn, int64 [M]."""
        return _taken(self.placed_rows, self.drawn)

    @cached_property
    def samples(self) -> NDArray[np.int64]:
        """Which sample of the data each is that is drawn, int64 [M]."""
        sampled = "indices" in self.snapshot.details
        return _taken(self.placed_samples, self.drawn) if sampled else self.rows

    @property
    def latents(self) -> NDArray[Any]:
        """The latents [N, D], drawn or not."""
        return as_rows(self.snapshot.arrays["points"])

    @property
    def dropped(self) -> int:
        """How many latents have no place for not being finite."""
        count = len(self.projected.points)
        if count != len(self.latents):
            return self._unknown
        return 0 if self.placed is None else count - len(self.placed)

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
        """The class of each point that is drawn, uint8 or uint16 [M]."""
        labels = self.snapshot.details.get("labels")
        return labels[0][self.rows] if labels else np.zeros(len(self.rows), np.uint8)

    @cached_property
    def placed_codes(self) -> NDArray[Any]:
        """The class of each point that has a place, uint8 or uint16 [K]."""
        if self.drawn is None:
            return self.codes
        labels = self.snapshot.details.get("labels")
        rows = self.placed_rows
        return labels[0][rows] if labels else np.zeros(len(rows), np.uint8)

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
        column = _taken(_taken(points[:, 2], self.placed), self.drawn)
        return quantise_depths(column.astype(np.float64))

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


def _taken(rows: NDArray[Any], which: NDArray[np.int64] | None) -> NDArray[Any]:
    return rows if which is None else rows[which]

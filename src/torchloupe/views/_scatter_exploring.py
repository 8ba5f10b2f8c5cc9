"""What one asks a scatter in Python: measures of the latents, walks and sheets, decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import LatentMeasures
from ..run import Run
from ._scatter_frame import ScatterFrame
from ._scatter_measures import Measuring
from ._scatter_scene import Scene, Window
from ._scatter_walks import decoded, path_latents, sheet_latents


class ExploredScatter(ScatterFrame):
    """A scatter that answers in Python."""

    _answering: Run | None
    _measuring: Measuring
    _window: Window | None

    @property
    def measures(self) -> LatentMeasures | None:
        """The measures of the latents that are shown, whatever the plane; None without any.

        `agreement`: share of a sample's ten nearest neighbours with its label, beside `chance`.
        `silhouette`: mean of (b - a) / max(a, b), a the mean distance to the own class, b to the
        nearest other (Rousseeuw 1987); both on at most 5,000 samples. `active`: variance above 0.01
        (Burda et al. 2016). `dead`: constant. `divergence`: of the codes' moments from N(0, 1), in
        nats. Computed when asked for, once a snapshot; `torchloupe.reduce.DEFINITIONS` has all.
        """
        scene = self._current()
        return None if scene is None else self._measuring.measure(scene.snapshot)

    def walk(self, places: Any, steps: int = 8, *, spherical: bool = False) -> NDArray[np.float32]:
        """Decode latents at equal distances along the path through some places.

        Args:
            places: [K, 2] in the plane that is shown, or latents [K, D].
            steps: how many, both ends included.
            spherical: on arcs around 0 (slerp), which keeps a normal prior's typical length.

        Returns:
            float32 [steps, …], the decoder's outputs; `tl.ImageGrid` shows images.

        Raises:
            TypeError, ValueError: an argument is not of this form; the message names it.
            RuntimeError: there are no points or no decoder, or the run is closed.
            TimeoutError: as `Run.ask`.
        """
        scene = self._need_scene("walk")
        latents = path_latents(scene, places, steps, spherical=spherical)
        return decoded("walk", self._answering, scene.snapshot, latents)

    def sheet(
        self,
        count: int = 15,
        dimensions: Sequence[int] | None = None,
        *,
        window: Window | None = None,
    ) -> NDArray[np.float32]:
        """Decode a grid over the plane: the classic sheet.

        Args:
            count: how many cells an axis.
            dimensions: a pair of dimensions to go through instead, over all of their range, the
                others at their mean.
            window: (x0, x1, y0, y1) of the plane; the part that was last zoomed into by default,
                or all of it. Not with `dimensions`.

        Returns:
            float32 [count * count, …], the decoder's outputs, top left first, row by row.

        Raises:
            TypeError, ValueError, RuntimeError, TimeoutError: as `walk`.
        """
        scene = self._need_scene("sheet")
        latents = sheet_latents(scene, window or self._window, count, dimensions)
        return decoded("sheet", self._answering, scene.snapshot, latents)

    def _current(self) -> Scene | None:
        raise NotImplementedError

    def _need_scene(self, verb: str) -> Scene:
        scene = self._current()
        if scene is None:
            raise RuntimeError(f"{verb}: there are no points yet")
        return scene

"""What one asks a scatter in Python: places, measures of the latents, walks and sheets, decoded."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
from numpy.typing import NDArray

from ..channel import BOOLEAN, NUMBER
from ..reduce import LatentMeasures, need_rows
from ..run import Run
from ._latent_explorer import LatentExplorer
from ._scatter_decoding import Decoding, Question
from ._scatter_frame import ScatterFrame
from ._scatter_measures import Measuring
from ._scatter_projection import Projecting, Projection
from ._scatter_scene import Scene, Window
from ._scatter_walks import Ways, decoded, path_latents, sheet_latents
from ._traits import synced

if TYPE_CHECKING:
    from ._source import Channel

_NO_DECODER = "there is no decoder for what is shown; give decode= to tl.Latents, or with points"


class ExploredScatter(ScatterFrame):
    """A scatter that answers in Python, and has more to steer when somebody wants to explore."""

    events = {
        **ScatterFrame.events,
        "explore": {},
        "seen": {"x0": NUMBER, "x1": NUMBER, "y0": NUMBER, "y1": NUMBER, "fitted": BOOLEAN},
    }

    explorer = synced(anywidget.WidgetTrait())
    """The view with more to steer, shown beneath the plot; None until somebody wants it."""

    _answering: Run | None
    _channel: Channel
    _decoding: Decoding
    _measuring: Measuring
    _projecting: Projecting
    #: the part of the plane that somebody looks at; None for all of it
    _seen: Window | None = None
    #: what the dimensions have that are not shown; None: their mean
    _others: NDArray[np.float64] | None = None
    _explorer: LatentExplorer | None = None
    _explores = False

    def __init__(self, run: Run | None, *, standalone: bool) -> None:
        self._making = RLock()
        super().__init__(run, standalone=standalone)

    @property
    def pointer(self) -> NDArray[np.float32] | None:
        """The latent float32 [D] that was last asked for, all its dimensions; None before.

        Set it to decode another, as the sliders do: `decoded` and the page then show the answer.
        What is set here or by a slider is also what the dimensions have that a plane of raw
        dimensions does not show: a click in it decodes with the others there. Before, the others
        are at their mean.

        Raises:
            TypeError, ValueError: what is set is not finite, or not of D numbers.
            RuntimeError: there are no points yet, or no decoder.
        """
        latent = self._decoding.question.latent
        return latent.copy() if latent.size else None

    @pointer.setter
    def pointer(self, latent: Any) -> None:
        width = self._need_scene("pointer").latents.shape[1]
        row = need_rows([latent], "pointer", width)[0].astype(np.float64)
        if not np.isfinite(row.astype(np.float32)).all():
            raise ValueError(f"pointer is {row.tolist()}; expected finite numbers")
        if not self._point_at(row, "python", 0):
            raise RuntimeError(f"pointer: {_NO_DECODER} to tl.LatentScatter (the past has none)")

    @property
    def decoded(self) -> NDArray[Any] | None:
        """The decoder's own output for the newest answered place, without the batch axis."""
        output = self._decoding.answer.output
        return None if output is None else output[0].copy()

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

    def explore(self) -> LatentExplorer:
        """Show more to steer beneath the plot: planes, sliders, walks, sheets and measures.

        The page's own button does the same. It is made when first wanted, and closed with this.
        """
        with self._making:
            if self._explorer is None or not self._explorer.is_open:
                self._explorer = LatentExplorer(self)
            explorer = self._explorer
        self._asked()
        return explorer

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
        latents = path_latents(self._ways(scene), places, steps, spherical=spherical)
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
                others where `pointer` or a slider put them, or at their mean.
            window: (x0, x1, y0, y1) of the plane; what the page shows by default, or all of it.
                Not with `dimensions`.

        Returns:
            float32 [count * count, …], the decoder's outputs, top left first, row by row.

        Raises:
            TypeError, ValueError, RuntimeError, TimeoutError: as `walk`.
        """
        scene = self._need_scene("sheet")
        latents = sheet_latents(self._ways(scene), window or self._seen, count, dimensions)
        return decoded("sheet", self._answering, scene.snapshot, latents)

    @property
    def projection(self) -> Projection:
        """The plane that is shown."""
        raise NotImplementedError

    @projection.setter
    def projection(self, projection: Projection) -> None:
        raise NotImplementedError

    def _current(self) -> Scene | None:
        raise NotImplementedError

    def _asked(self) -> None:
        raise NotImplementedError

    def _width(self) -> int | None:
        raise NotImplementedError

    def _need_scene(self, verb: str) -> Scene:
        scene = self._current()
        if scene is None:
            raise RuntimeError(f"{verb}: there are no points yet")
        return scene

    def _ways(self, scene: Scene) -> Ways:
        explorer = self._explorer
        others = self._others if explorer is None else explorer.standing
        return Ways(scene, self._projecting.raw_of(scene), others)

    def _point_at(self, latent: NDArray[np.float64], client: str, ask: int) -> bool:
        """Ask for a latent [D] that need not lie in the plane; tell whether anybody can answer."""
        scene = self._projecting.scene
        decode = scene.snapshot.details.get("decode") if scene is not None else None
        if scene is None or decode is None or self._answering is None:
            return False
        self._others = latent.astype(np.float64)
        place = self._ways(scene).place(latent[None])
        x, y = (0.0, 0.0) if place is None else place[0].tolist()
        turns = -1 if place is None else self._projecting.turns
        question = Question(client, ask, latent.astype(np.float32), (x, y), turns)
        self._decoding.ask(question, decode, self.view_id)
        return True

    def _on_explore(self, _client: str) -> None:
        self._explores = True
        self._asked()

    def _on_seen(
        self, _client: str, x0: float, x1: float, y0: float, y1: float, fitted: bool
    ) -> None:
        self._seen = None if fitted or not (x0 < x1 and y0 < y1) else (x0, x1, y0, y1)

    def _explored(self) -> LatentExplorer | None:
        """Return the explorer, made when the page wants it (construction, then the publisher)."""
        with self._making:
            if self._explores and self._explorer is None:
                self._explorer = LatentExplorer(self)
            return self._explorer

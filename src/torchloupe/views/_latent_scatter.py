"""A latent space as points: looked at, selected in, and decoded anywhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import PUBLISHER, Rejected
from ..run import Run
from ..store import Snapshot
from ._scatter_decoding import Answer, Decoding, Question
from ._scatter_exploring import ExploredScatter
from ._scatter_given import given
from ._scatter_images import illustrate, inspect
from ._scatter_measures import Measuring
from ._scatter_plane import as_rows
from ._scatter_projection import Projecting, Projection, need_projection
from ._scatter_scene import Scene, Window
from ._scatter_selection import Request, Selection, need_indices
from ._scatter_traits import (
    EMPTY,
    Parts,
    describe_depths,
    describe_points,
    describe_selection,
    describe_window,
    summarise,
)
from ._source import Channel
from ._telling import report_failure
from ._view import need_title


class LatentScatter(ExploredScatter):
    """Show points coloured by label or value; click anywhere to see that place decoded.

    Of points with more than two dimensions the plane of their first two principal components is
    shown (with the third, turned in space, if one asks), or the `projection` of one's choice.
    Shift-drag selects with a lasso, Alt-drag with a rectangle, Shift-click a point, Shift-click in
    the legend a class.

    Args:
        data_or_run: points [N, D] as a tensor or array, or a run.
        channel: of a run, the channel to show; the first with points by default. With points, a
            second positional argument is their labels.
        labels: one a point, any kind.
        values: one number a point; they colour the points instead of the labels.
        images: [N, C, H, W] or [N, H, W], one a point; shown under the pointer. Kept, not copied.
        decode: with points, a module or function from z [1, D] to one image.
        projection: the plane that is shown; see the property.
        title: the header; the channel's name by default.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    def __init__(
        self,
        data_or_run: Any,
        channel: Any = None,
        *,
        labels: Sequence[Any] | None = None,
        values: Any = None,
        images: Any = None,
        decode: Callable[[Any], Any] | None = None,
        projection: Projection = None,
        title: str | None = None,
        standalone: bool = True,
    ) -> None:
        bound = isinstance(data_or_run, Run)
        own = (labels, values, images, decode)
        if bound and any(each is not None for each in own):
            raise TypeError(
                "labels, decode, values, images: a run brings its own; expected None with a run"
            )
        if not bound and labels is None:
            channel, labels = None, channel
        self._channel = Channel(data_or_run if bound else None, "points", channel)
        self._fixed = None if bound else given(data_or_run, labels, values, images, decode)
        self._title = need_title(title) or ("" if bound else "Points")
        choice = need_projection(projection, self._width())
        # Without a run there is no training thread: a run of its own answers.
        self._answering: Run | None = data_or_run if bound else Run() if decode else None
        self._decoding = Decoding(self._answering)
        self._shown_answer = self._decoding.answer
        run = data_or_run if bound else None
        self._selection = Selection(self._asked, partial(report_failure, run), run)
        self._projecting = Projecting(choice, PUBLISHER.wake)
        self._measuring = Measuring(PUBLISHER.wake, self.observed)
        self._parts = Parts()
        # What was asked for and is not in a frame yet: its number, and that of the newest frame.
        self._asks = self._shown_asks = 0
        self._window: Window | None = None
        self._inspected = -1
        self._illustrated: tuple[int, ...] = ()
        self._turned = False
        super().__init__(data_or_run if bound else None, standalone=standalone)
        scene = self._projecting.scene
        if scene is not None and not self.can_wait():
            self._measuring.words(scene.snapshot, may_begin=True)

    @property
    def selection(self) -> NDArray[np.int64]:
        """The selected samples: sorted indices int64 [K] into the data. Set it to select others.

        Raises:
            TypeError, ValueError: what is set is no sequence of indices of samples.
        """
        return self._selection.indices.copy()

    @selection.setter
    def selection(self, indices: Any) -> None:
        snapshot = self._snapshot()
        points = snapshot.arrays["points"] if snapshot else ()
        total = snapshot.details.get("total", len(points)) if snapshot else None
        self._selection.set(need_indices(indices, total))

    def on_select(self, callback: Callable[[NDArray[np.int64]], Any], remove: bool = False) -> None:
        """Call `callback(indices)` whenever the selection has changed, on the page or here.

        What it raises in answer to the page is reported and does no harm; it must not wait for the
        page. Selecting there in it is fine.

        Args:
            callback: given the selection as `selection` is.
            remove: call it no longer.
        """
        self._selection.telling.on_change(callback, remove)

    @property
    def projection(self) -> Projection:
        """The plane that is shown. Set it to see another.

        None: the dimensions themselves if there are no more than two, else "pca". "pca": the first
        two principal components, fitted to each snapshot and turned so that nothing jumps; a click
        decodes exactly the place in their plane. A pair such as (0, 3), or three to turn in space:
        these dimensions; a click decodes with the others where the sliders or `pointer` put them,
        at their mean before. "t-SNE" (needs
        scikit-learn) and "UMAP" (needs umap-learn): computed in a thread, of at most 5,000 samples;
        they have no inverse, so that a click decodes the mean of the nearest five samples' latents,
        weighted by one over the squared distance.

        Raises:
            TypeError, ValueError: what is set is none of these.
        """
        return self._projecting.choice

    @projection.setter
    def projection(self, projection: Projection) -> None:
        choice = need_projection(projection, self._width())
        if choice != self._projecting.choice:
            self._projecting.choose(choice)
            self._window = self._seen = None
            self._asked()

    def content(self) -> dict[str, Any]:
        """Return the points, what was asked about them, and the newest answer."""
        self._selection.follow()
        answer = self._shown_answer = self._decoding.answer
        self._shown_asks = self._asks
        scene, explorer = self._current(), self._explored()
        if scene is None:
            title = self._title or self._channel.title("Latents")
            beside = {"explorer": explorer, **answer.traits(self._projecting.turns)}
            return {"title": title, **EMPTY, **beside}
        version, window, turned = scene.serial, self._window, self._turned
        turn, selected = self._selection.state
        inspected, illustrated = self._inspected, self._illustrated
        make = self._parts.make
        return {
            "title": self._title or self._channel.title("Latents"),
            "summary": self._summary(scene),
            "problem": self._projecting.problem,
            "explorer": explorer,
            **make("points", version, lambda: describe_points(scene)),
            **make("depths", (version, turned), lambda: describe_depths(scene, turned)),
            **make("near", (version, window), lambda: describe_window(scene, window)),
            **make("chosen", (version, turn), lambda: describe_selection(scene, selected)),
            **make("seen", (version, inspected), lambda: inspect(scene, inspected)),
            **make("many", (version, illustrated), lambda: illustrate(scene, illustrated)),
            **self._answer_traits(answer, scene),
        }

    def version(self) -> Hashable:
        """Differ with each snapshot, each question about it and each answer."""
        beside = self._projecting.state(), self._measuring.state(), self._selection.version()
        beside = *beside, self.can_wait()
        return self._channel.version(), self._asks, id(self._decoding.answer), beside

    def urgent(self) -> bool:
        """Somebody waits for an answer."""
        answered = self._decoding.answer is not self._shown_answer
        return answered or self._asks != self._shown_asks or super().urgent()

    def close(self) -> None:
        """Take the view off every page."""
        if self._open:
            super().close()
            if self._explorer is not None:  # now that no frame makes one any more
                self._explorer.close()
            self._projecting.close()
            self._measuring.close()
            self._selection.telling.close()
            if self.run is None and self._answering is not None:
                self._answering.close()

    def _snapshot(self) -> Snapshot | None:
        return self._fixed or self._channel.newest()

    def _current(self) -> Scene | None:
        snapshot = self._snapshot()
        if snapshot is None:
            return None
        is_past = self.run is not None and self.run.cursor is not None
        return self._projecting.make(snapshot, is_past=is_past)

    def _width(self) -> int | None:
        snapshot = self._snapshot()
        return None if snapshot is None else as_rows(snapshot.arrays["points"]).shape[1]

    def _summary(self, scene: Scene) -> str:
        moment = self._channel.moment(scene.snapshot) if self.run else ""
        # Not while the run goes on: measuring takes longer than a budget has for every snapshot.
        may_begin = self._open and not self.can_wait()
        measured = self._measuring.words(scene.snapshot, may_begin=may_begin)
        return summarise(scene, moment, measured, self._projecting.progress())

    def _answer_traits(self, answer: Answer, scene: Scene) -> dict[str, Any]:
        """Return what a frame says of an answer; in another plane its latent has another place."""
        traits, latent = answer.traits(self._projecting.turns), answer.question.latent
        if traits["decoded_at"] is None and len(latent) == scene.latents.shape[1]:
            place = self._ways(scene).place(latent[None].astype(np.float64))
            traits["decoded_at"] = None if place is None else place[0].tolist()
        return traits

    def _asked(self) -> None:
        self._asks += 1
        PUBLISHER.wake()

    def _on_decode(self, client: str, x: float, y: float, ask: int) -> None:
        scene = self._projecting.scene
        decode = scene.snapshot.details.get("decode") if scene else None
        if scene is not None and decode is not None:
            place = x, y if scene.latents.shape[1] > 1 else 0.0
            latent = self._latent_at(scene, x, y)
            question = Question(client, ask, latent, place, self._projecting.turns)
            self._decoding.ask(question, decode, self.view_id)

    def _latent_at(self, scene: Scene, x: float, y: float) -> NDArray[np.float32]:
        """Return the latent [D] of a place, the dimensions that are not shown as they stand."""
        ways = self._ways(scene)
        if not ways.hold_others:
            return scene.latent_at(x, y)
        with np.errstate(over="ignore"):
            latent = ways.back(np.array([[x, y]]))[0].astype(np.float32)
        if not np.isfinite(latent).all():
            raise Rejected("expected a place within a float32's range")
        return latent

    def _on_window(self, _client: str, x0: float, x1: float, y0: float, y1: float) -> None:
        if not (x0 < x1 and y0 < y1 and np.isfinite([x1 - x0, y1 - y0]).all()):
            raise Rejected("expected a window")
        self._window = self._seen = x0, x1, y0, y1
        self._asked()

    def _on_select(
        self, _client: str, shape: str, places: list[float], mode: str, hidden: list[float]
    ) -> None:
        request, scene = Request(shape, places, mode, hidden), self._projecting.scene
        if scene is not None:
            self._selection.ask(request, scene)

    def _on_inspect(self, _client: str, row: int) -> None:
        self._inspected = self._samples([row])[0]
        self._asked()

    def _on_illustrate(self, _client: str, rows: list[int]) -> None:
        self._illustrated = tuple(self._samples(rows))
        self._asked()

    def _on_turn(self, _client: str, on: bool) -> None:
        self._turned = self._turned or on
        self._asked()

    def _samples(self, rows: Sequence[int]) -> list[int]:
        scene = self._projecting.scene
        if scene is None:
            raise Rejected("expected rows of points")
        return scene.samples_of(rows)

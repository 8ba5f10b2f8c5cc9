"""A latent space as points: looked at, selected in, and decoded anywhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Bool, Int, List, Unicode

from ..channel import BOOLEAN, COUNT, NUMBER, PUBLISHER, Rejected
from ..run import Run
from ..store import Snapshot
from ._scatter_decoding import Decoding
from ._scatter_given import given
from ._scatter_images import ROWS, illustrate, inspect
from ._scatter_scene import Scene, Window
from ._scatter_selection import NUMBERS, WORD, Request, Selection, need_indices, report_failure
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
from ._traits import Array, synced
from ._view import View, bundle, need_title


class LatentScatter(View):
    """Show points coloured by label or value; click anywhere to see that place decoded.

    Of points with more than two dimensions the first two are shown (three of them turned in
    space, if one asks); the place that is decoded has the others at their mean. Shift-drag selects
    with a lasso, Alt-drag with a rectangle, Shift-click a point, Shift-click in the legend a class.

    Args:
        data_or_run: points [N, D] as a tensor or array, or a run.
        channel: of a run, the channel to show; the first with points by default. With points, a
            second positional argument is their labels.
        labels: one a point, any kind.
        values: one number a point; they colour the points instead of the labels.
        images: [N, C, H, W] or [N, H, W], one a point; shown under the pointer. Kept, not copied.
        decode: with points, a module or function from z [1, D] to one image.
        title: the header; the channel's name by default.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    _esm = bundle("latent_scatter")
    events = {
        "decode": {"x": NUMBER, "y": NUMBER, "ask": COUNT},
        "window": {"x0": NUMBER, "x1": NUMBER, "y0": NUMBER, "y1": NUMBER},
        "select": {"shape": WORD, "places": NUMBERS, "mode": WORD, "hidden": NUMBERS},
        "inspect": {"row": COUNT},
        "illustrate": {"rows": ROWS},
        "turn": {"on": BOOLEAN},
    }

    points = Array()
    """uint16 [N, 2]: places within `bounds`, 0 at the lower and 65535 at the upper end."""
    bounds = synced(List())
    """[x0, x1, y0, y1] in the units of the latents."""
    codes = Array()
    """uint8 or uint16 [N]: the index of each point's class."""
    indices = Array()
    """uint32 [N]: the index of each point's sample; None if they are all there, in order."""
    classes = synced(List(Unicode()))
    """The classes' names."""
    unlabelled = synced(Int(-1))
    """The index of the class that means no label; -1 if there is none."""
    axes = synced(List(Unicode()))
    """The names of the two dimensions, and of the third if there is one."""
    depths = Array()
    """uint16 [N]: the third dimension within `depth_bounds`; None until somebody asks for it."""
    depth_bounds = synced(List())
    """[z0, z1] of `depths`."""
    has_depths = synced(Bool())
    """Whether there is a third dimension."""
    values = Array()
    """uint8 [N]: 0 to 254 along `value_range`, 255 for what is not finite; None without values."""
    value_range = synced(List())
    """[lowest, highest] value; around zero when both signs occur."""
    value_name = synced(Unicode("value"))
    """What the values are called."""
    value_map = synced(Unicode("viridis"))
    """`viridis`, or `diverging` when both signs occur."""
    near_points = Array()
    """uint16 [M, 2]: the points of the window last asked for, within `near_bounds`; else None."""
    near_rows = Array()
    """uint32 [M]: which of `points` they are."""
    near_bounds = synced(List())
    """[x0, x1, y0, y1] of the window and a margin around it."""
    selected = Array()
    """uint8 [ceil(N / 8)]: a bit a point, lowest first, set if it is selected; None if none is."""
    selected_count = synced(Int())
    """How many samples are selected, drawn or not."""
    has_images = synced(Bool())
    """Whether the samples are images."""
    inspected_row = synced(Int(-1))
    """The point whose image was last asked for; -1 before."""
    inspected_image = Array()
    """float32 [H, W, C]: that image."""
    inspected_range = synced(List())
    """[lowest, highest] value drawn of it."""
    thumbnails = Array()
    """uint8 [K, h, w, C]: images over the cloud, K at most 150 and a side at most 32; or None."""
    thumbnail_rows = Array()
    """uint32 [K]: the points that they belong to."""
    decodable = synced(Bool())
    """Whether a click is answered."""
    decoded_image = Array()
    """float32 [H, W, C]: the newest answer."""
    decoded_range = synced(List())
    """[lowest, highest] value drawn of it."""
    decoded_at = synced(List(None, allow_none=True))
    """[x, y] that it belongs to."""
    decoded_ask = synced(Int())
    """The number that its asker gave the question."""
    decoded_client = synced(Unicode())
    """Its asker."""
    decoded_problem = synced(Unicode())
    """Why there is no image, or empty."""

    def __init__(
        self,
        data_or_run: Any,
        channel: Any = None,
        *,
        labels: Sequence[Any] | None = None,
        values: Any = None,
        images: Any = None,
        decode: Callable[[Any], Any] | None = None,
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
        # Without a run there is no training thread: a run of its own answers.
        self._answering: Run | None = data_or_run if bound else Run() if decode else None
        self._decoding = Decoding(self._answering)
        self._shown_answer = self._decoding.answer
        self._selection = Selection(
            self._asked, partial(report_failure, data_or_run if bound else None)
        )
        self._preparing = Lock()
        self._scene: Scene | None = None
        self._parts = Parts()
        # What was asked for and is not in a frame yet: its number, and that of the newest frame.
        self._asks = self._shown_asks = 0
        self._window: Window | None = None
        self._inspected = -1
        self._illustrated: tuple[int, ...] = ()
        self._turned = False
        super().__init__(data_or_run if bound else None, standalone=standalone)

    @property
    def pointer(self) -> NDArray[np.float32] | None:
        """The latent float32 [D] that was last asked for; None before."""
        latent = self._decoding.question.latent
        return latent.copy() if latent.size else None

    @property
    def decoded(self) -> NDArray[Any] | None:
        """The decoder's own output for the newest answered place, without the batch axis."""
        output = self._decoding.answer.output
        return None if output is None else output[0].copy()

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
        self._selection.on_change(callback, remove)

    def content(self) -> dict[str, Any]:
        """Return the points, what was asked about them, and the newest answer."""
        answer = self._shown_answer = self._decoding.answer
        self._shown_asks = self._asks
        scene = self._current()
        if scene is None:
            title = self._title or self._channel.title("Latents")
            return {"title": title, **EMPTY, **answer.traits()}
        version, window, turned = scene.snapshot.version, self._window, self._turned
        turn, selected = self._selection.state
        inspected, illustrated = self._inspected, self._illustrated
        make = self._parts.make
        return {
            "title": self._title or self._channel.title("Latents"),
            "summary": summarise(scene, self._channel.moment(scene.snapshot) if self.run else ""),
            **make("points", version, lambda: describe_points(scene)),
            **make("depths", (version, turned), lambda: describe_depths(scene, turned)),
            **make("near", (version, window), lambda: describe_window(scene, window)),
            **make("chosen", (version, turn), lambda: describe_selection(scene, selected)),
            **make("seen", (version, inspected), lambda: inspect(scene, inspected)),
            **make("many", (version, illustrated), lambda: illustrate(scene, illustrated)),
            **answer.traits(),
        }

    def version(self) -> Hashable:
        """Differ with each snapshot, each question about it and each answer."""
        return self._channel.version(), self._asks, id(self._decoding.answer)

    def urgent(self) -> bool:
        """Somebody waits for an answer."""
        return self._decoding.answer is not self._shown_answer or self._asks != self._shown_asks

    def close(self) -> None:
        """Take the view off every page."""
        if self._open:
            super().close()
            self._selection.close()
            if self.run is None and self._answering is not None:
                self._answering.close()

    def _snapshot(self) -> Snapshot | None:
        return self._fixed or self._channel.newest()

    def _current(self) -> Scene | None:
        snapshot = self._snapshot()
        with self._preparing:
            if snapshot is not None and (
                self._scene is None or self._scene.snapshot.version != snapshot.version
            ):
                self._scene = Scene.of(snapshot)
            return self._scene if snapshot is not None else None

    def _asked(self) -> None:
        self._asks += 1
        PUBLISHER.wake()

    def _on_decode(self, client: str, x: float, y: float, ask: int) -> None:
        snapshot = self._snapshot()
        if snapshot is not None:
            self._decoding.ask(client, ask, x, y, snapshot, self.view_id)

    def _on_window(self, _client: str, x0: float, x1: float, y0: float, y1: float) -> None:
        if not (x0 < x1 and y0 < y1 and np.isfinite([x1 - x0, y1 - y0]).all()):
            raise Rejected("expected a window")
        self._window = x0, x1, y0, y1
        self._asked()

    def _on_select(
        self, _client: str, shape: str, places: list[float], mode: str, hidden: list[float]
    ) -> None:
        request, scene = Request(shape, places, mode, hidden), self._scene
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
        if self._scene is None:
            raise Rejected("expected rows of points")
        return self._scene.samples_of(rows)

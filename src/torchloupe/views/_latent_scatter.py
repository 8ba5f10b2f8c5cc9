"""A latent space as points, and what the decoder makes of any place in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Bool, Int, List, Unicode

from ..channel import COUNT, NUMBER, PUBLISHER, Rejected
from ..reduce import as_images, encode_labels, image_range, quantise_points, to_array
from ..run import Run, guard
from ..store import Snapshot
from ..tap import decoder_of, modules_of
from ._source import Channel
from ._traits import Array, synced
from ._view import View, bundle, need_title

_SUBSCRIPTS = "₀₁"


@dataclass(frozen=True)
class _Question:
    """A place that somebody pointed at."""

    client: str = ""
    ask: int = 0
    latent: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True)
class _Answer:
    """What the decoder made of it."""

    question: _Question = field(default_factory=_Question)
    output: NDArray[Any] | None = None
    problem: str = ""


class LatentScatter(View):
    """Show points coloured by label; click anywhere to see that place decoded.

    Of points with more than two dimensions the first two are shown; the place that is decoded has
    the others at their mean.

    Args:
        data_or_run: points [N, D] as a tensor or array, or a run.
        channel: of a run, the channel to show; the first with points by default. With points, a
            second positional argument is their labels.
        labels: one a point, any kind.
        decode: with points, a module or function from z [1, D] to one image.
        title: the header; the channel's name by default.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    _esm = bundle("latent_scatter")
    events = {"decode": {"x": NUMBER, "y": NUMBER, "ask": COUNT}}

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
    """The names of the two dimensions."""
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
        decode: Callable[[Any], Any] | None = None,
        title: str | None = None,
        standalone: bool = True,
    ) -> None:
        bound = isinstance(data_or_run, Run)
        if bound and (labels is not None or decode is not None):
            raise TypeError("labels, decode: a run brings its own; expected None with a run")
        if not bound and labels is None:
            channel, labels = None, channel
        self._channel = Channel(data_or_run if bound else None, "points", channel)
        self._fixed = None if bound else _given(data_or_run, labels, decode)
        self._title = need_title(title) or ("" if bound else "Points")
        # Without a run there is no training thread: a run of its own answers.
        self._answering: Run | None = data_or_run if bound else Run() if decode else None
        self._asking = Lock()
        self._middle: tuple[int, NDArray[np.float64]] = (-1, np.zeros(0))
        self._prepared: tuple[int, dict[str, Any]] = (-1, {})
        self._question = _Question()
        self._answer = self._shown_answer = _Answer()
        super().__init__(data_or_run if bound else None, standalone=standalone)

    @property
    def pointer(self) -> NDArray[np.float32] | None:
        """The latent float32 [D] that was last asked for; None before."""
        latent = self._question.latent
        return latent.copy() if latent.size else None

    @property
    def decoded(self) -> NDArray[Any] | None:
        """The decoder's own output for the newest answered place, without the batch axis."""
        output = self._answer.output
        return None if output is None else output[0].copy()

    def content(self) -> dict[str, Any]:
        """Return the points and the newest answer."""
        answer = self._shown_answer = self._answer
        snapshot = self._snapshot()
        if snapshot is None:
            title = self._title or self._channel.title("Latents")
            return {"title": title, **_EMPTY, **_drawn(answer)}
        if self._prepared[0] != snapshot.version:
            self._prepared = snapshot.version, self._prepare(snapshot)
        return {**self._prepared[1], **_drawn(answer)}

    def version(self) -> Hashable:
        """Differ with each snapshot and each answer."""
        return self._channel.version(), id(self._answer)

    def urgent(self) -> bool:
        """Somebody waits for an answer."""
        return self._answer is not self._shown_answer

    def close(self) -> None:
        """Take the view off every page."""
        if self._open:
            super().close()
            if self.run is None and self._answering is not None:
                self._answering.close()

    def _snapshot(self) -> Snapshot | None:
        return self._fixed or self._channel.newest()

    def _prepare(self, snapshot: Snapshot) -> dict[str, Any]:
        latents = snapshot.arrays["points"]
        points = quantise_points(latents, name="points")
        labels = snapshot.details.get("labels")
        codes, classes, unlabelled = labels or (np.zeros(len(latents), np.uint8), [], -1)
        dimensions = latents.shape[1] if latents.ndim > 1 else 1
        shown, total = len(points.codes), snapshot.details.get("total", len(latents))
        notes = [f"{shown:,} of {total:,} samples" if shown < total else f"{total:,} samples"]
        notes += [f"{dimensions}-D" if dimensions <= 2 else f"dimensions 0 and 1 of {dimensions}"]
        notes += [self._channel.moment(snapshot)] if self.run is not None else []
        notes += [f"{points.dropped:,} not finite"] if points.dropped else []
        return {
            "title": self._title or self._channel.title("Latents"),
            "summary": " · ".join(notes),
            "points": points.codes,
            "bounds": [float(each) for each in points.bounds],
            "codes": codes[points.finite],
            "indices": _indices(snapshot.details.get("indices"), points.finite),
            "classes": list(classes),
            "unlabelled": unlabelled,
            "axes": [f"z{each}" for each in _SUBSCRIPTS] if dimensions > 1 else ["z₀", ""],
            "decodable": snapshot.details.get("decode") is not None,
        }

    def _on_decode(self, client: str, x: float, y: float, ask: int) -> None:
        snapshot = self._snapshot()
        decode = snapshot.details.get("decode") if snapshot else None
        if snapshot is None or decode is None or self._answering is None:
            return
        question = _Question(client, ask, self._place(snapshot, x, y))
        with self._asking:  # what is asked last is also what is posted last
            self._question = question
            try:
                self._answering.post(lambda: self._answer_to(question, decode), key=self.view_id)
            except RuntimeError as error:
                self._answer = _Answer(question, None, str(error))

    def _place(self, snapshot: Snapshot, x: float, y: float) -> NDArray[np.float32]:
        """Return the whole latent for a place in the plane: the other dimensions at their mean."""
        if self._middle[0] != snapshot.version:
            self._middle = snapshot.version, _mean(snapshot.arrays["points"])
        latent = self._middle[1].copy()
        latent[:2] = (x, y)[: latent.size]
        with np.errstate(over="ignore"):
            place = latent.astype(np.float32)
        if not np.isfinite(place).all():
            raise Rejected("expected a place within a float32's range")
        return place

    def _answer_to(self, question: _Question, decode: Callable[[Any], Any]) -> None:
        try:
            decoded = to_array(decode(question.latent), name="the decoder's output")
            output = np.atleast_1d(decoded)
            _as_picture(output)
            self._answer = _Answer(question, output)
        except Exception as error:  # a user's decoder may raise anything
            self._answer = _Answer(question, None, f"{type(error).__name__}: {error}"[:300])
        PUBLISHER.wake()


def _given(data: Any, labels: Any, decode: Callable[[Any], Any] | None) -> Snapshot:
    points = to_array(data, name="data_or_run")
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"data_or_run: expected points [N, D], got shape {list(points.shape)}")
    encoded = None if labels is None else encode_labels(labels, len(points), name="labels")
    details = {
        "labels": encoded and (encoded.codes, encoded.classes, encoded.unlabelled),
        "total": len(points),
        "decode": None if decode is None else _guarded(decode),
    }
    return Snapshot("points", 0, 0, {"points": points}, details)


def _guarded(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `decoder_of(decode)` under a guard of its own: no probe has it under the run's."""
    decode_one = decoder_of(decode)

    def decode_guarded(latent: NDArray[np.float32]) -> NDArray[Any]:
        with guard(modules_of(decode)):
            return decode_one(latent)

    return decode_guarded


def _indices(
    sampled: NDArray[np.int64] | None, finite: NDArray[np.bool_]
) -> NDArray[np.uint32] | None:
    """Return which sample each point shown is, unless point and sample are counted alike."""
    every = np.arange(len(finite)) if sampled is None else sampled
    shown = every[finite].astype(np.uint32)
    return None if np.array_equal(shown, np.arange(len(shown))) else shown


def _mean(latents: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean [D] of the finite latents, zeros if there is none."""
    flat = latents if latents.ndim == 2 else latents[:, None]
    finite = flat[np.isfinite(flat).all(1)]
    with np.errstate(over="ignore", invalid="ignore"):
        return finite.mean(0, dtype=np.float64) if len(finite) else np.zeros(flat.shape[1])


def _as_picture(output: NDArray[Any]) -> NDArray[np.float32]:
    """Return one image [H, W, C]; a plain vector becomes an image of one row."""
    array = output.reshape(1, 1, -1) if output.ndim < 3 else output
    return as_images(array, name="the decoder's output")[0]


_EMPTY: Mapping[str, Any] = {
    "summary": "no points yet",
    "points": None,
    "codes": None,
    "indices": None,
    "bounds": [-1.0, 1.0, -1.0, 1.0],
    "classes": [],
    "unlabelled": -1,
    "axes": ["", ""],
    "decodable": False,
}


def _drawn(answer: _Answer) -> dict[str, Any]:
    latent = answer.question.latent
    picture = None if answer.output is None else _as_picture(answer.output)
    limits = (0.0, 1.0) if picture is None else image_range(picture, source_dtype="float32")
    place = [float(each) for each in latent[:2]] + [0.0] * (2 - min(2, latent.size))
    return {
        "decoded_image": picture,
        "decoded_range": list(limits),
        "decoded_at": place if latent.size else None,
        "decoded_ask": answer.question.ask,
        "decoded_client": answer.question.client,
        "decoded_problem": answer.problem,
    }

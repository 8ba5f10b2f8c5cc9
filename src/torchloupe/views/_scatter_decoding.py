"""Questions to the decoder about places in a scatter, and its newest answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import PUBLISHER, Rejected
from ..reduce import as_images, image_range, to_array
from ..run import Run, guard
from ..store import Snapshot
from ..tap import decoder_of, modules_of


@dataclass(frozen=True)
class Question:
    """A place that somebody pointed at."""

    client: str = ""
    ask: int = 0
    latent: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True)
class Answer:
    """What the decoder made of it."""

    question: Question = field(default_factory=Question)
    output: NDArray[Any] | None = None
    problem: str = ""

    def traits(self) -> dict[str, Any]:
        """Return what a frame says of it."""
        latent = self.question.latent
        picture = None if self.output is None else _as_picture(self.output)
        limits = (0.0, 1.0) if picture is None else image_range(picture, source_dtype="float32")
        place = [float(each) for each in latent[:2]] + [0.0] * (2 - min(2, latent.size))
        return {
            "decoded_image": picture,
            "decoded_range": list(limits),
            "decoded_at": place if latent.size else None,
            "decoded_ask": self.question.ask,
            "decoded_client": self.question.client,
            "decoded_problem": self.problem,
        }


class Decoding:
    """Posts questions to a run's mailbox; of one view, the newest wins.

    Args:
        run: who answers, if anybody.
    """

    def __init__(self, run: Run | None) -> None:
        self._run = run
        self._asking = Lock()
        self._middle: tuple[int, NDArray[np.float64]] = (-1, np.zeros(0))
        self.question = Question()
        self.answer = Answer()

    def ask(self, client: str, ask: int, x: float, y: float, snapshot: Snapshot, key: str) -> None:
        """Ask what the decoder makes of a place."""
        decode = snapshot.details.get("decode")
        if decode is None or self._run is None:
            return
        question = Question(client, ask, self._place(snapshot, x, y))
        with self._asking:  # what is asked last is also what is posted last
            self.question = question
            try:
                self._run.post(lambda: self._answer_to(question, decode), key=key)
            except RuntimeError as error:
                self.answer = Answer(question, None, str(error))

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

    def _answer_to(self, question: Question, decode: Callable[[Any], Any]) -> None:
        try:
            decoded = to_array(decode(question.latent), name="the decoder's output")
            output = np.atleast_1d(decoded)
            _as_picture(output)
            self.answer = Answer(question, output)
        except Exception as error:  # a user's decoder may raise anything
            self.answer = Answer(question, None, f"{type(error).__name__}: {error}"[:300])
        PUBLISHER.wake()


def guarded(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `decoder_of(decode)` under a guard of its own: no probe has it under the run's."""
    decode_one = decoder_of(decode)

    def decode_guarded(latent: NDArray[np.float32]) -> NDArray[Any]:
        with guard(modules_of(decode)):
            return decode_one(latent)

    return decode_guarded


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

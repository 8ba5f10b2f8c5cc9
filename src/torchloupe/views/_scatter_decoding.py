"""Questions to the decoder about places in a scatter, and its newest answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import PUBLISHER
from ..reduce import as_images, image_range, to_array
from ..run import Run, guard
from ..tap import decoder_of, modules_of


@dataclass(frozen=True)
class Question:
    """A place that somebody pointed at."""

    client: str = ""
    ask: int = 0
    latent: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    place: tuple[float, float] = (0.0, 0.0)
    #: how often another plane had been chosen; -1 for a latent that has no place in the plane
    turns: int = 0


@dataclass(frozen=True)
class Answer:
    """What the decoder made of it."""

    question: Question = field(default_factory=Question)
    output: NDArray[Any] | None = None
    problem: str = ""

    def traits(self, turns: int) -> dict[str, Any]:
        """Return what a frame says of it; the place only while its plane is still the chosen one.

        Args:
            turns: how often another plane was chosen.
        """
        latent = self.question.latent
        picture = None if self.output is None else _as_picture(self.output)
        limits = (0.0, 1.0) if picture is None else image_range(picture, source_dtype="float32")
        has_place = latent.size and turns == self.question.turns
        return {
            "decoded_image": picture,
            "decoded_range": list(limits),
            "decoded_at": list(self.question.place) if has_place else None,
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
        self.question = Question()
        self.answer = Answer()
        #: how often something was asked
        self.count = 0

    def ask(self, question: Question, decode: Callable[[Any], Any], key: str) -> None:
        """Ask what the decoder makes of a place."""
        if self._run is None:
            return
        with self._asking:  # what is asked last is also what is posted last
            self.question = question
            self.count += 1
            try:
                self._run.post(lambda: self._answer_to(question, decode), key=key)
            except RuntimeError as error:
                self.answer = Answer(question, None, str(error))

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


def _as_picture(output: NDArray[Any]) -> NDArray[np.float32]:
    """Return one image [H, W, C]; a plain vector becomes an image of one row."""
    array = output.reshape(1, 1, -1) if output.ndim < 3 else output
    return as_images(array, name="the decoder's output")[0]

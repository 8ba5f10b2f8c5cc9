"""What the explorer asks the decoder: many latents at once, answered as small images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import as_images, image_range
from ..run import Run
from ._scatter_images import shrink
from ._scatter_walks import decode_all

#: values that one question may make: a step that answers it is not to stand still for long
MOST_VALUES = 2**22
_LARGEST_SIDE = 128
_SHEET_PIXELS = 640  # along a side of all images together
_NOT_FINITE = 255

Decode = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Images that a decoder made.

    Attributes:
        codes: uint8 [K, H, W, C]: 0 to 254 along `limits`, 255 for what is not finite.
        limits: the lowest and the highest value drawn.
        problem: why there are none, or empty.
    """

    codes: NDArray[np.uint8] | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    problem: str = ""

    def traits(self, of: str) -> dict[str, Any]:
        """Return the traits that show them, whose names begin with `of`."""
        return {
            f"{of}_images": self.codes,
            f"{of}_range": [float(each) for each in self.limits],
            f"{of}_problem": self.problem,
        }


def pictures_of(decode: Decode, latents: NDArray[np.float32], across: int) -> Pictures:
    """Return what a decoder makes of latents [K, D]; what it raises is said.

    Args:
        decode: from [D] or [K, D] to outputs, as `decode_all` takes it.
        latents: [K, D].
        across: how many of them are drawn side by side.
    """
    try:
        _refuse_many(decode, latents)
        outputs = decode_all(decode, latents)
        rows = outputs if outputs.ndim > 2 else outputs.reshape(len(outputs), 1, 1, -1)
        images = as_images(rows, name="the decoder's output")
    except Exception as error:  # a user's decoder may raise anything
        return Pictures(problem=f"{type(error).__name__}: {error}"[:300])
    limits = image_range(images, source_dtype="float32")
    side = min(_LARGEST_SIDE, max(8, _SHEET_PIXELS // across))
    with np.errstate(invalid="ignore", over="ignore"):
        small = shrink(images, side)
        share = (small.astype(np.float64) - limits[0]) / (limits[1] - limits[0])
        codes = np.rint(np.clip(share, 0, 1) * (_NOT_FINITE - 1))
    return Pictures(np.where(np.isfinite(small), codes, _NOT_FINITE).astype(np.uint8), limits)


def _refuse_many(decode: Decode, latents: NDArray[np.float32]) -> None:
    """Refuse more than fit, before they are made."""
    size = max(1, int(np.asarray(decode(latents[0])).size))
    most = MOST_VALUES // size
    if len(latents) > most:
        side = isqrt(most)
        raise ValueError(
            f"{len(latents)} images of {size:,} values are too many at once; at most {most}, "
            f"a grid of {side} × {side}"
        )


class Questions:
    """Posts questions to a run's mailbox, one a boundary; of each kind, the newest wins.

    Args:
        run: who answers, if anybody.
        key: tells this asker from others.
    """

    def __init__(self, run: Run | None, key: str) -> None:
        self._run = run
        self._key = key
        self._lock = Lock()
        self._waiting: dict[str, Callable[[], None]] = {}

    def ask(self, kind: str, answer: Callable[[], None]) -> str:
        """Have `answer()` called where the model may be touched; return why not, or nothing."""
        with self._lock:
            self._waiting[kind] = answer
        return self._post()

    def _post(self) -> str:
        if self._run is None:
            return "there is nobody to ask"
        try:
            self._run.post(self._answer_one, key=self._key)
        except RuntimeError as error:
            return str(error)
        return ""

    def _answer_one(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            answer = self._waiting.pop(next(iter(self._waiting)))
            more = bool(self._waiting)
        try:
            answer()
        finally:
            if more:
                self._post()

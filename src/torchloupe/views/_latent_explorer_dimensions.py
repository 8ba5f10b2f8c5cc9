"""What the explorer says of each dimension: how far it reaches, and what it is worth."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import LatentMeasures, evenly, finite_rows
from ._scatter_plane import middle
from ._scatter_scene import Scene
from ._traits import known

_MOST = 50_000
_DEVIATIONS = 3.0

NO_MEASURES: Mapping[str, Any] = {
    "measured": {},
    "variance": None,
    "divergence": None,
    "flags": None,
}


class Extents:
    """How far the latents of a snapshot reach in each dimension, found once a snapshot."""

    def __init__(self) -> None:
        #: float64 [D]: the mean of the finite latents
        self.middle: NDArray[np.float64] = np.zeros(0)
        self._of: Hashable = None
        self._traits: dict[str, Any] = {"lows": None, "highs": None}

    def traits(self, scene: Scene | None) -> dict[str, Any]:
        """Return the ends of the sliders."""
        if scene is not None and scene.snapshot.version != self._of:
            self.middle = middle(scene.latents)
            lows, highs = extents(scene.latents)
            self._traits = {"lows": lows, "highs": highs}
            self._of = scene.snapshot.version
        return self._traits


def extents(latents: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where sliders begin and end, each float32 [D].

    They hold all latents and three standard deviations about the mean; of many rows some are
    looked at. A constant dimension gets 1 to each side.
    """
    rows = latents[evenly(len(latents), _MOST)]
    rows = rows[finite_rows(rows)].astype(np.float64)
    if not len(rows):
        rows = np.zeros((1, latents.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        mean, reach = rows.mean(0), _DEVIATIONS * rows.std(0)
        low, high = np.fmin(rows.min(0), mean - reach), np.fmax(rows.max(0), mean + reach)
        flat = ~(high > low)
        most = np.finfo(np.float32).max
        lows = np.clip(np.where(flat, low - 1, low), -most, most)
        highs = np.clip(np.where(flat, high + 1, high), -most, most)
    return lows.astype(np.float32), highs.astype(np.float32)


def describe_measured(measures: LatentMeasures, moment: str) -> dict[str, Any]:
    """Return the traits that tell of measures.

    Args:
        measures: what was found.
        moment: of when.
    """
    collapsed = measures.collapsed
    flags = measures.active * 1 + measures.dead * 2
    if collapsed is not None:
        flags = flags + collapsed * 4
    return {
        "measured": {
            "agreement": known(measures.agreement),
            "chance": known(measures.chance),
            "silhouette": known(measures.silhouette),
            "sampled": measures.sampled,
            "neighbours": measures.neighbours,
            "finite": measures.finite,
            "from_encoder": measures.from_encoder,
            "of": moment,
        },
        "variance": measures.variance.astype(np.float32),
        "divergence": measures.divergence.astype(np.float32),
        "flags": flags.astype(np.uint8),
    }

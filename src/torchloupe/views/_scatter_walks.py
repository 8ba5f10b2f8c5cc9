"""Walks that a scatter decodes: along a path, or over the whole of what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import Dimensions, along, need_rows, places, quantise_points, to_array
from ..run import Run
from ..store import Snapshot
from ._scatter_plane import Back, middle, raw_plane
from ._scatter_projection import need_projection
from ._scatter_scene import Scene, Window

_AT_ONCE = 256
_ALIKE = 1e-2  # of the largest value; what a batch may differ by from one latent alone

_Floats = NDArray[np.float64]
_Outputs = NDArray[np.float32]
Decode = Callable[[Any], Any]


@dataclass(frozen=True)
class Ways:
    """The ways between a scene's plane and its latents.

    Args:
        scene: what is shown.
        chosen: the raw dimensions that span its plane; None if other axes do.
        others: [D], what the dimensions that are not shown have on the way back; None: their mean.
    """

    scene: Scene
    chosen: tuple[int, ...] | None = None
    others: NDArray[Any] | None = None

    @property
    def back(self) -> Back:
        """From places [P, 2] to latents float64 [P, D]."""
        chosen, others = self.chosen, self._fitting
        if chosen is None or others is None:
            return self.scene.projected.back
        dimensions = Dimensions(chosen[:2], others)
        return lambda places: dimensions.invert(places[:, : len(chosen[:2])])

    @property
    def hold_others(self) -> bool:
        """Whether the way back depends on what the others are said to have."""
        return self.chosen is not None and self._fitting is not None

    @property
    def _fitting(self) -> _Floats | None:
        others = self.others
        fits = others is not None and len(others) == self.scene.latents.shape[1]
        return others.astype(np.float64) if others is not None and fits else None

    def middle(self) -> _Floats:
        """Return the latent [D] that the others' values are of."""
        others = self._fitting
        return middle(self.scene.latents) if others is None else others

    def place(self, latents: NDArray[Any]) -> _Floats | None:
        """Return where latents [P, D] lie in the plane, [P, 2]; None if no rule says so."""
        if self.scene.projected.is_estimate:
            return None
        # Of axes that are straight, three places tell all; what is off the plane falls onto it.
        origin, *ends = self.scene.projected.back(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        axes = np.array(ends) - origin
        return (latents - origin) @ np.linalg.pinv(axes)


def path_latents(ways: Ways, stops: object, steps: int, *, spherical: bool) -> _Floats:
    """Return the latents [steps, D] of a walk through places [K, 2] or latents [K, D].

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """
    rows = need_rows(stops, "places").astype(np.float64)
    width = ways.scene.latents.shape[1]
    if rows.shape[1] not in (2, width) or not len(rows) or not np.isfinite(rows).all():
        wanted = "[K, 2]" if width == 2 else f"[K, 2] or latents [K, {width}]"
        raise ValueError(
            f"places has shape {list(rows.shape)}; expected finite places {wanted}, K at least 1"
        )
    latents = ways.back(rows) if rows.shape[1] == 2 else rows
    return along(latents, steps, spherical=spherical)


def sheet_latents(
    ways: Ways, window: Window | None, count: int, dimensions: Sequence[int] | None
) -> _Floats:
    """Return the latents [count * count, D] of a grid, as one reads it: top left first.

    Args:
        ways: those of what is shown.
        window: the part of it that is seen; None for all.
        count: how many cells an axis.
        dimensions: a pair of raw dimensions to go through instead, over all of their range.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"count: expected an int, got {type(count).__name__}")
    if dimensions is None:
        return ways.back(places(window or ways.scene.points.bounds, count))
    chosen = need_pair(dimensions, ways.scene.latents.shape[1])
    return Dimensions(chosen, ways.middle()).invert(places(bounds_of(ways.scene, chosen), count))


def need_pair(dimensions: Sequence[int], width: int) -> tuple[int, int]:
    """Return a pair of different dimensions of 0 … width - 1.

    Raises:
        TypeError, ValueError: it is none; the message names it.
    """
    try:
        chosen = need_projection(tuple(dimensions), width)
    except (TypeError, ValueError) as error:
        raise type(error)(f"dimensions: {error}") from None
    if not isinstance(chosen, tuple) or len(chosen) != 2:
        raise ValueError(f"dimensions is {dimensions!r}; expected a pair of 0 … {width - 1}")
    return chosen[0], chosen[1]


def bounds_of(scene: Scene, chosen: tuple[int, int]) -> Window:
    """Return the window (x0, x1, y0, y1) that holds all of two raw dimensions."""
    plane = raw_plane(scene.latents, chosen)
    return quantise_points(plane.points, name="points").bounds


def decoded(verb: str, run: Run | None, snapshot: Snapshot, latents: _Floats) -> NDArray[Any]:
    """Return the decoder's outputs for latents, called where the model may be touched.

    Args:
        verb: who asks, for the message.
        run: who answers.
        snapshot: what the decoder belongs to.
        latents: [K, D].

    Raises:
        RuntimeError: there is no decoder, or the run is closed.
        TimeoutError: as `Run.ask`.
    """
    decode = snapshot.details.get("decode")
    if decode is None or run is None:
        raise RuntimeError(
            f"{verb}: there is no decoder for what is shown; give decode= to tl.Latents, or with "
            "points to tl.LatentScatter (the past has none)"
        )
    small = latents.astype(np.float32)
    return run.ask(lambda: decode_all(decode, small))


def decode_all(decode: Decode, latents: NDArray[np.float32]) -> _Outputs:
    """Return the outputs float32 [K, …] for latents [K, D].

    Many at once, if the decoder takes that and the ends come out as they do alone; else one by one.
    """
    first, last = (_alone(decode, latents[end]) for end in (0, -1))
    outputs = _together(decode, latents)
    if outputs is not None and _fits(outputs, len(latents), first, last):
        return outputs
    between = [_alone(decode, latent) for latent in latents[1:-1]]
    return np.stack([first, *between, last][: len(latents)])


def _alone(decode: Decode, latent: NDArray[np.float32]) -> _Outputs:
    output = to_array(decode(latent), name="the decoder's output").astype(np.float32)
    return output[0] if output.ndim > 1 and len(output) == 1 else output


def _together(decode: Decode, latents: NDArray[np.float32]) -> _Outputs | None:
    parts = range(0, len(latents), _AT_ONCE)
    try:
        found = [np.asarray(decode(latents[each : each + _AT_ONCE])) for each in parts]
        return np.concatenate(found).astype(np.float32)
    except Exception:  # a decoder is promised one latent; of several it may make anything
        return None


def _fits(outputs: _Outputs, count: int, first: _Outputs, last: _Outputs) -> bool:
    whole = outputs.shape == (count, *first.shape)
    return whole and _alike(outputs[0], first) and _alike(outputs[-1], last)


def _alike(one: _Outputs, other: _Outputs) -> bool:
    known = np.abs(other[np.isfinite(other)])
    scale = float(known.max()) if known.size else 1.0
    return one.shape == other.shape and np.allclose(
        one, other, rtol=0, atol=_ALIKE * scale, equal_nan=True
    )

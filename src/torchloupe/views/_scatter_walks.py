"""Walks that a scatter decodes: along a path, or over the whole of what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import along, need_rows, places, quantise_points, to_array
from ..run import Run
from ..store import Snapshot
from ._scatter_plane import raw_plane
from ._scatter_projection import need_projection
from ._scatter_scene import Scene, Window

_AT_ONCE = 256
_ALIKE = 1e-2  # of the largest value; what a batch may differ by from one latent alone

_Floats = NDArray[np.float64]
_Outputs = NDArray[np.float32]
Decode = Callable[[Any], Any]


def path_latents(scene: Scene, stops: object, steps: int, *, spherical: bool) -> _Floats:
    """Return the latents [steps, D] of a walk through places [K, 2] or latents [K, D].

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """
    rows = need_rows(stops, "places").astype(np.float64)
    width = scene.latents.shape[1]
    if rows.shape[1] not in (2, width) or not len(rows) or not np.isfinite(rows).all():
        wanted = "[K, 2]" if width == 2 else f"[K, 2] or latents [K, {width}]"
        raise ValueError(
            f"places has shape {list(rows.shape)}; expected finite places {wanted}, K at least 1"
        )
    latents = scene.projected.back(rows) if rows.shape[1] == 2 else rows
    return along(latents, steps, spherical=spherical)


def sheet_latents(
    scene: Scene, window: Window | None, count: int, dimensions: Sequence[int] | None
) -> _Floats:
    """Return the latents [count * count, D] of a grid, as one reads it: top left first.

    Args:
        scene: what is shown.
        window: the part of it that is seen; None for all.
        count: how many cells an axis.
        dimensions: a pair of raw dimensions to go through instead, over all of their range.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"count: expected an int, got {type(count).__name__}")
    if dimensions is None:
        return scene.projected.back(places(window or scene.points.bounds, count))
    width = scene.latents.shape[1]
    try:
        chosen = need_projection(tuple(dimensions), width)
    except (TypeError, ValueError) as error:
        raise type(error)(f"dimensions: {error}") from None
    if not isinstance(chosen, tuple) or len(chosen) != 2:
        raise ValueError(f"dimensions is {dimensions!r}; expected a pair of 0 … {width - 1}")
    plane = raw_plane(scene.latents, chosen)
    bounds = quantise_points(plane.points, name="points").bounds
    return plane.back(places(bounds, count))


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

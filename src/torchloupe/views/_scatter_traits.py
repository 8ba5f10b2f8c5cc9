"""What a frame of the scatter says of a scene, part by part."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import quantise_window
from ._scatter_scene import Scene, Window

_NOWHERE = [-1.0, 1.0, -1.0, 1.0]


def describe_points(scene: Scene) -> dict[str, Any]:
    """Return places, classes and values: all that does not wait for a question."""
    details, values = scene.snapshot.details, scene.values
    _, classes, unlabelled = details.get("labels") or (None, [], -1)
    axes = scene.projected.axes
    return {
        "points": scene.points.codes,
        "bounds": [float(each) for each in scene.points.bounds],
        "codes": scene.codes,
        "indices": scene.shown(),
        "classes": list(classes),
        "unlabelled": unlabelled,
        "axes": [*axes, ""] if len(axes) == 1 else list(axes),
        "has_depths": len(axes) > 2,
        "has_images": scene.images is not None,
        "decodable": details.get("decode") is not None,
        "values": None if values is None else values.codes[scene.rows],
        "value_range": [0.0, 1.0] if values is None else list(values.limits),
        "value_map": "diverging" if values is not None and values.signed else "viridis",
    }


def summarise(scene: Scene, moment: str, *more: str) -> str:
    """Say how many samples are drawn, in which plane and when, how many have no place, and more."""
    shown, details = len(scene.rows), scene.snapshot.details
    total = details.get("total", len(scene.latents))
    count = f"{shown:,} of {total:,} samples" if shown < total else f"{total:,} samples"
    which = scene.projected.words
    dropped = f"{scene.dropped:,} not finite" if scene.dropped else ""
    estimate = scene.projected.is_estimate and details.get("decode") is not None
    way = "decoded from the nearest neighbours' latents" if estimate else ""
    return " · ".join(each for each in (count, which, moment, dropped, *more, way) if each)


def describe_depths(scene: Scene, turned: bool) -> dict[str, Any]:
    """Return the third dimension, if somebody asked to turn the cloud."""
    if not turned or scene.depths is None:
        return {"depths": None, "depth_bounds": [-1.0, 1.0]}
    codes, (low, high) = scene.depths
    return {"depths": codes, "depth_bounds": [low, high]}


def describe_window(scene: Scene, window: Window | None) -> dict[str, Any]:
    """Return finer codes of the window that somebody looks at, if one is known."""
    if window is None:
        return {"near_points": None, "near_rows": None, "near_bounds": _NOWHERE}
    rows, codes, bounds = quantise_window(scene.plane, window)
    return {"near_points": codes, "near_rows": rows, "near_bounds": list(bounds)}


def describe_selection(scene: Scene, selected: NDArray[np.int64]) -> dict[str, Any]:
    """Return a bit a point, or None when nothing is selected."""
    if not len(selected):
        return {"selected": None, "selected_count": 0}
    bits = np.packbits(scene.rows_of(selected), bitorder="little")
    return {"selected": bits, "selected_count": len(selected)}


EMPTY: Mapping[str, Any] = {
    "summary": "no points yet",
    "problem": "",
    "points": None,
    "codes": None,
    "indices": None,
    "bounds": _NOWHERE,
    "classes": [],
    "unlabelled": -1,
    "axes": ["", ""],
    "has_depths": False,
    "has_images": False,
    "decodable": False,
    "values": None,
    "value_range": [0.0, 1.0],
    "value_map": "viridis",
    "depths": None,
    "depth_bounds": [-1.0, 1.0],
    "near_points": None,
    "near_rows": None,
    "near_bounds": _NOWHERE,
    "selected": None,
    "selected_count": 0,
    "inspected_row": -1,
    "inspected_image": None,
    "inspected_range": [0.0, 1.0],
    "thumbnails": None,
    "thumbnail_rows": None,
}


class Parts:
    """The parts of the newest frame: each is made anew only when what it depends on has changed."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Hashable, dict[str, Any]]] = {}

    def make(
        self, part: str, key: Hashable, describe: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return a part; arrays that come out as they were stay the same and are not sent again."""
        old_key, old = self._made.get(part, (None, {}))
        if old and old_key == key:
            return old
        new = describe()
        alike = [name for name in new if name != "points" and _alike(new[name], old.get(name))]
        new |= {name: old[name] for name in alike}
        self._made[part] = key, new
        return new


def _alike(new: Any, old: Any) -> bool:
    both = isinstance(new, np.ndarray) and isinstance(old, np.ndarray)
    return both and new.dtype == old.dtype and np.array_equal(new, old)

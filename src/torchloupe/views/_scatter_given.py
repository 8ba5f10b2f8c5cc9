"""Points that a scatter is given without a run, checked at the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..reduce import encode_labels, quantise_values, to_array
from ..store import Snapshot
from ._scatter_decoding import guarded
from ._scatter_images import need_images


def given(
    data: Any, labels: Any, values: Any, images: Any, decode: Callable[[Any], Any] | None
) -> Snapshot:
    """Return a snapshot as a run's probe would have made it.

    Raises:
        TypeError, ValueError: an argument is not of its form; the message names it.
    """
    points = to_array(data, name="data_or_run")
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"data_or_run: expected points [N, D], got shape {list(points.shape)}")
    count = len(points)
    encoded = None if labels is None else encode_labels(labels, count, name="labels")
    details = {
        "labels": encoded and (encoded.codes, encoded.classes, encoded.unlabelled),
        "values": None if values is None else quantise_values(values, count, name="values"),
        "images": None if images is None else need_images(images, count),
        "total": count,
        "decode": None if decode is None else guarded(decode),
    }
    return Snapshot("points", 0, 0, {"points": points}, details)

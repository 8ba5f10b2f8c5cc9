"""The samples' own images in a scatter: one under the pointer, some over the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..channel import Rejected
from ..reduce import as_images, dtype_name, image_range, to_array
from ._scatter_scene import Images, Scene

MOST = 150
_SIDE = 32
_HOVER_SIDE = 128

Range = tuple[float, float]


def need_images(images: Any, count: int) -> Images:
    """Return a function from rows to images, having looked at the form of all of them.

    Nothing is copied until an image is asked for.

    Raises:
        TypeError, ValueError: not images [N, C, H, W] or [N, H, W], one a point.
    """
    shape = list(getattr(images, "shape", ()))
    if len(shape) not in (3, 4) or shape[0] != count:
        raise ValueError(f"images: expected [{count}, C, H, W] or [{count}, H, W], got {shape}")
    source = dtype_name(images)
    if count:
        as_images(to_array(images[:1], name="images"), name="images")

    def pick(rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], Range]:
        found = as_images(to_array(images[rows], name="images"), name="images")
        return found, image_range(found, source_dtype=source)

    return pick


def inspect(scene: Scene, sample: int) -> dict[str, Any]:
    """Return the traits that show one sample's image; empty ones if it has none."""
    rows = np.flatnonzero(scene.samples == sample)
    if sample < 0 or scene.images is None or not len(rows):
        return {"inspected_row": -1, "inspected_image": None, "inspected_range": [0.0, 1.0]}
    images, limits = scene.images(scene.rows[rows[:1]])
    return {
        "inspected_row": int(rows[0]),
        "inspected_image": shrink(images, _HOVER_SIDE)[0],
        "inspected_range": [float(each) for each in limits],
    }


def illustrate(scene: Scene, samples: Sequence[int]) -> dict[str, Any]:
    """Return the traits that show some samples' images, each at most 32 pixels a side."""
    rows = np.flatnonzero(scene.rows_of(np.array(samples, np.int64)))[:MOST]
    if scene.images is None or not len(rows):
        return {"thumbnails": None, "thumbnail_rows": None}
    images, (low, high) = scene.images(scene.rows[rows])
    with np.errstate(invalid="ignore", over="ignore"):
        share = (shrink(images, _SIDE) - low) / (high - low)
    bytes_ = np.rint(np.clip(np.nan_to_num(share), 0, 1) * 255).astype(np.uint8)
    return {"thumbnails": bytes_, "thumbnail_rows": rows.astype(np.uint32)}


def shrink(images: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return images [K, H, W, C] of at most `side` pixels a side, a pixel the mean of a square."""
    step = ceil(max(images.shape[1:3]) / side)
    if step == 1:
        return images
    rows, columns = np.arange(0, images.shape[1], step), np.arange(0, images.shape[2], step)
    sums = np.add.reduceat(images, rows, axis=1, dtype=np.float64)
    sums = np.add.reduceat(sums, columns, axis=2)
    counts = np.outer(
        np.diff(rows, append=images.shape[1]), np.diff(columns, append=images.shape[2])
    )
    return (sums / counts[:, :, None]).astype(np.float32)


def ROWS(value: object) -> list[int]:  # noqa: N802  reads as a type in the tables that use it
    """Accept a short list of rows."""
    if not isinstance(value, list) or len(value) > MOST:
        raise Rejected("expected a short list of rows")
    if not all(type(each) is int and 0 <= each < 2**31 for each in value):
        raise Rejected("expected rows")
    return list(value)

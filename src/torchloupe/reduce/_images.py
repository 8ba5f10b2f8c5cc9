"""Bring pictures into one layout, find the range to draw them over, and keep them small."""

from math import ceil, isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array

_CHANNELS = (1, 3, 4)
_FEWEST = 8  # below this a grid says too little; smaller pictures say more
_LEAST_BUDGET = _FEWEST * max(_CHANNELS)


def as_images(values: object, *, name: str) -> NDArray[np.float32]:
    """Copy pictures into one layout, channels last.

    Args:
        values: ``[N, C, H, W]`` with C of 1, 3 or 4, ``[N, H, W]`` or ``[H, W]``. Three axes are
            always N pictures of one channel: nothing is guessed from a length of 3.
        name: what the caller calls this argument, for the messages.

    Returns:
        float32 ``[N, H, W, C]``, values unchanged (bool gives 0 and 1; uint8 stays 0 to 255).

    Raises:
        TypeError: as `to_array`.
        ValueError: another number of axes or channels, or an empty axis.
    """
    array = to_array(values, name=name)
    shape = list(array.shape)
    if array.ndim == 2:
        array = array[None, None]
    elif array.ndim == 3:
        array = array[:, None]
    elif array.ndim != 4:
        raise ValueError(f"{name} has shape {shape}; expected [N, C, H, W], [N, H, W] or [H, W]")
    if array.shape[1] not in _CHANNELS:
        last = shape[-1] in _CHANNELS and shape[-1] != shape[-2]
        hint = "; channels come first, call .permute(0, 3, 1, 2)" if last else ""
        raise ValueError(
            f"{name} has shape {shape}; expected [N, C, H, W] with C of 1, 3 or 4{hint}"
        )
    if 0 in array.shape:
        raise ValueError(f"{name} has shape {shape}; no axis may be empty")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and drawn as such
        return np.array(array.transpose(0, 2, 3, 1), dtype=np.float32, order="C")


def image_range(images: NDArray[Any], *, source_dtype: object) -> tuple[float, float]:
    """Find the value range that pictures are drawn over.

    Args:
        images: pictures of any layout.
        source_dtype: the dtype before `as_images` (of torch, of numpy or its name, as from
            `dtype_name`): uint8 means 0 to 255 and bool 0 to 1, whatever is in the pictures.

    Returns:
        ``(lo, hi)`` with ``lo < hi``: (0, 1) or (-1, 1) when the finite values fit, otherwise their
        extremes; (0, 1) when none is finite.
    """
    source = str(source_dtype).removeprefix("torch.")
    if source == "uint8":
        return 0.0, 255.0
    finite = images[np.isfinite(images)]
    if source == "bool" or not finite.size:
        return 0.0, 1.0
    lo, hi = float(finite.min()), float(finite.max())
    if lo >= 0 and hi <= 1:
        return 0.0, 1.0
    if lo >= -1 and hi <= 1:
        return -1.0, 1.0
    if lo == hi:
        margin = max(0.5, abs(lo) * 2**-20)  # half a unit is nothing beside a very large value
        return lo - margin, hi + margin
    return lo, hi


def fit_images(
    images: NDArray[np.float32], budget: int = 2**18
) -> tuple[NDArray[np.float32], int, int]:
    """Keep at most `budget` values: first fewer pictures, down to 8, then coarser ones.

    Args:
        images: ``[N, H, W, C]``.
        budget: the most values to keep, 32 or more.

    Returns:
        The pictures, how many are kept (the first ones), and the scale: 1 for full size, k when one
        pixel is the mean of k by k (fewer at the right and lower edge; a NaN makes the mean NaN).

    Raises:
        ValueError: `images` has another number of axes, or `budget` is below 32.
    """
    if images.ndim != 4:
        raise ValueError(f"images has shape {list(images.shape)}; expected [N, H, W, C]")
    if budget < _LEAST_BUDGET:
        raise ValueError(f"budget is {budget}; expected {_LEAST_BUDGET} or more")
    count, height, width, channels = images.shape
    size = max(1, height * width * channels)
    shown = max(min(count, _FEWEST), min(count, budget // size))
    scale = max(1, isqrt(shown * size // budget))
    while shown * ceil(height / scale) * ceil(width / scale) * channels > budget:
        scale += 1
    kept = images[:shown]
    return (kept.copy() if scale == 1 else _mean_pool(kept, scale)), shown, scale


def _mean_pool(images: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    height, width = int(images.shape[1]), int(images.shape[2])
    rows = np.arange(0, height, scale, dtype=np.intp)
    columns = np.arange(0, width, scale, dtype=np.intp)
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(images, rows, axis=1, dtype=np.float64)
        sums = np.add.reduceat(sums, columns, axis=2)
        counts = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
        return np.ascontiguousarray(sums / counts[:, :, None], dtype=np.float32)

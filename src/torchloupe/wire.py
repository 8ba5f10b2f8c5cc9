"""Turn arrays into messages and back.

An array crosses the wire as ``{"dtype", "shape", "data"}``: little-endian, in C order. This file
and ``js/src/wire.ts`` are the only two places that know this; both are tested against the same
golden bytes in ``tests/fixtures/wire.json``.
"""

import math
from collections.abc import Mapping
from typing import Any, TypedDict, cast, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["DTYPES", "Packed", "pack", "unpack"]

DTYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")
"""The element types that have a typed array on the other side."""


class Packed(TypedDict):
    """An array as it travels: element type, lengths of the axes, raw bytes."""

    dtype: str
    shape: list[int]
    data: bytes


@overload
def pack(array: None) -> None: ...
@overload
def pack(array: NDArray[Any]) -> Packed: ...
def pack(array: NDArray[Any] | None) -> Packed | None:
    """Pack an array into a message that owns its bytes.

    Args:
        array: an array of one of `DTYPES`, any shape and byte order, or None.

    Returns:
        The message, or None for None. Nothing in it is shared with `array`: buffers are sent later,
        by reference, when a live array may already have changed.

    Raises:
        TypeError: `array` is not an ndarray, or its dtype is not one of `DTYPES`.
    """
    if array is None:
        return None
    if not isinstance(array, np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"pack takes a numpy array or None, not {type(array).__name__}")
    name = array.dtype.name
    if name not in DTYPES:
        raise TypeError(f"dtype {name} cannot be sent; use one of {', '.join(DTYPES)}")
    little = array.astype(np.dtype(name).newbyteorder("<"), copy=False)
    return {"dtype": name, "shape": list(array.shape), "data": little.tobytes(order="C")}


@overload
def unpack(packed: None) -> None: ...
@overload
def unpack(packed: Mapping[str, Any]) -> NDArray[Any]: ...
def unpack(packed: Mapping[str, Any] | None) -> NDArray[Any] | None:
    """Unpack a message into an array of its own; the message may come from a stranger.

    Args:
        packed: what `pack` made (``data`` may be any bytes-like object), or None.

    Returns:
        A fresh, writable, C-contiguous array in native byte order, or None for None.

    Raises:
        ValueError: a part is missing, the dtype is not one of `DTYPES`, the shape is not a list of
            lengths, or the number of bytes does not match dtype and shape.
    """
    if packed is None:
        return None
    if not isinstance(packed, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"a packed array is a mapping, not {type(packed).__name__}")
    missing = [key for key in ("dtype", "shape", "data") if key not in packed]
    if missing:
        raise ValueError(
            f"a packed array needs dtype, shape and data; missing: {', '.join(missing)}"
        )
    dtype = _known_dtype(packed["dtype"])
    shape = _checked_shape(packed["shape"])
    data = packed["data"]
    if not isinstance(data, bytes | bytearray | memoryview):
        raise ValueError(f"data must be bytes, not {type(data).__name__}")
    raw = bytes(cast("bytes | bytearray | memoryview[int]", data))
    expected = math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise ValueError(
            f"data has {len(raw)} bytes; {dtype.name} of shape {list(shape)} takes {expected}"
        )
    try:
        array = np.frombuffer(raw, dtype.newbyteorder("<")).reshape(shape)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"shape {list(shape)} is not possible: {error}") from error
    return np.array(array, dtype=dtype, order="C")


def _known_dtype(name: object) -> np.dtype[Any]:
    if not isinstance(name, str) or name not in DTYPES:
        raise ValueError(f"dtype {name!r} is not known; expected one of {', '.join(DTYPES)}")
    return np.dtype(name)


def _checked_shape(shape: object) -> tuple[int, ...]:
    if not isinstance(shape, list | tuple):
        raise ValueError(f"shape must be a list of lengths, not {type(shape).__name__}")
    lengths = cast("list[object] | tuple[object, ...]", shape)
    for length in lengths:
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise ValueError(f"shape must hold whole numbers >= 0, not {length!r}")
    return tuple(cast("list[int]", list(lengths)))

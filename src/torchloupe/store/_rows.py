"""Values, arrays and snapshots as rows of a run's file, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ._details import decode_details, encode_details
from ._format import Cell, plain
from ._raw import Values
from ._snapshot import Snapshot

Row = tuple[Cell, ...]

MOST_BYTES = 900_000_000
"""SQLite holds no more in one cell."""

_DTYPES = ("bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
           "float16", "float32", "float64")  # fmt: skip


def chunk_row(number: int, series: int, values: Values) -> Row:
    """Return the row of some values (at least one): steps, values, times, one after another."""
    floats = (each.astype("<f8", copy=False) for each in (values.values, values.times))
    data = b"".join(each.tobytes() for each in (values.steps.astype("<i8", copy=False), *floats))
    low, high = int(values.steps.min()), int(values.steps.max())
    return number, series, values.position, len(values), low, high, data


def chunk_values(row: Sequence[Any]) -> Values:
    """Return the values of a chunk's row.

    Raises:
        ValueError: it is none.
    """
    _, _, first, count, _, _, data, *_ = row
    if count < 1 or first < 0 or len(data) != 24 * count:
        raise ValueError("a chunk's length is not what it says")
    steps = np.frombuffer(data, "<i8", count).astype(np.int64)
    values, times = np.frombuffer(data, "<f8", 2 * count, 8 * count).astype(float).reshape(2, -1)
    return Values(first, steps, values, times)


def snapshot_rows(number: int, channel: str, snapshot: Snapshot) -> tuple[Row, list[Row]]:
    """Return the row of a snapshot, and those of its parts without their ids.

    Raises:
        ValueError: it is too large to be stored.
    """
    details, lifted = encode_details(snapshot.details)
    parts = [_part_row(number, f"={key}", array) for key, array in snapshot.arrays.items()]
    parts += [_part_row(number, f"@{index}", array) for index, array in enumerate(lifted)]
    if max([len(details), *(len(cast("bytes", part[-1])) for part in parts)]) > MOST_BYTES:
        raise ValueError("it is too large")
    time = float(snapshot.time) if math.isfinite(snapshot.time) else 0.0
    row = (number, plain(channel), plain(snapshot.kind), int(snapshot.step), int(snapshot.epoch))
    return (*row, time, details, len(parts)), parts


def _part_row(number: int, key: str, array: NDArray[Any]) -> Row:
    if array.dtype.name not in _DTYPES:
        raise ValueError(f"arrays of {array.dtype} have no form on disk")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    shape = json.dumps(list(array.shape))
    return number, plain(key), array.dtype.name, shape, little.tobytes()


def stored_snapshot(row: Sequence[Any], parts: Sequence[Sequence[Any]]) -> Snapshot:
    """Return the snapshot of a row and the rows of its parts.

    Raises:
        ValueError: they are not of this form, or a part is missing.
    """
    _, _, kind, step, epoch, time, details, count, *_ = row
    if count != len(parts):
        raise ValueError(f"{count - len(parts)} of its {count} arrays are missing")
    found = {cast("str", part[2]): _part_array(part) for part in parts}
    lifted = [found[f"@{index}"] for index in range(sum(key[0] == "@" for key in found))]
    arrays = {key[1:]: array for key, array in found.items() if key[0] == "="}
    return Snapshot(kind, step, epoch, arrays, decode_details(details, lifted), time=time)


def _part_array(part: Sequence[Any]) -> NDArray[Any]:
    _, _, _, name, shape, data, *_ = part
    lengths: list[Any] = json.loads(shape)
    if name not in _DTYPES or any(type(each) is not int or each < 0 for each in lengths):
        raise ValueError("an array's form is not known")
    dtype = np.dtype(cast("str", name))
    if math.prod(lengths) * dtype.itemsize != len(data):
        raise ValueError("an array's length is not what it says")
    little = np.frombuffer(data, dtype.newbyteorder("<")).reshape(lengths)
    return little.astype(dtype)


def encode_status(status: Mapping[str, Any]) -> str:
    """Return a status as JSON; what has no form there becomes a text."""
    return encode_details(status)[0]


def decode_status(text: str) -> dict[str, Any]:
    """Return the status again."""
    return decode_details(text, ())

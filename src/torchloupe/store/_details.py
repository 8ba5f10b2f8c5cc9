"""Details of a snapshot as JSON, the arrays in them put aside.

Every object of the JSON has one key, which says what it stands for: `{"tuple": […]}`,
`{"dict": [[key, value], …]}`, `{"float": "nan"}`, `{"array": 0}`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]

_DEEPEST = 64
_MOST_VALUES = 1_000_000
_ABSENT = object()


def encode_details(details: Mapping[str, Any]) -> tuple[str, Arrays]:
    """Return details as JSON, and the arrays that were in them.

    Functions are left out. Whatever else has no form here becomes a text that says what it was.
    """
    encoder = _Encoder()
    return json.dumps(encoder.encode(dict(details), 0), allow_nan=False), encoder.arrays


def decode_details(text: str, arrays: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """Return what `encode_details` was given.

    Raises:
        ValueError: the text is not of this form.
    """
    try:
        decoded = _decode(json.loads(text), arrays)
    except (TypeError, KeyError, IndexError, RecursionError) as error:
        raise ValueError(f"these are no details: {error}") from error
    if not isinstance(decoded, dict):
        raise ValueError("these are no details")
    return cast("dict[str, Any]", decoded)


class _Encoder:
    """Turns values into JSON, within bounds."""

    def __init__(self) -> None:
        self.arrays: Arrays = []
        self._left = _MOST_VALUES

    def encode(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            return f"(not kept: too {'deep' if depth > _DEEPEST else 'many'})"
        if isinstance(value, np.generic):
            return self.encode(cast("Any", value).item(), depth + 1)
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, (int, float)):
            return _encoded_number(value)
        return self._encode_more(value, depth + 1)

    def _encode_more(self, value: Any, depth: int) -> Any:
        if isinstance(value, np.ndarray):
            return self._lifted(cast("NDArray[Any]", value))
        if isinstance(value, Mapping):
            items = cast("Mapping[Any, Any]", value).items()
            pairs = [[self.encode(key, depth), self.encode(each, depth)] for key, each in items
                     if not _is_function(each)]  # fmt: skip
            return {"dict": pairs}
        if isinstance(value, (list, tuple)):
            encoded = self._items(cast("Sequence[Any]", value), depth)
            return encoded if isinstance(value, list) else {"tuple": encoded}
        convert = getattr(value, "to_dict", None)
        if callable(convert):
            try:
                return self.encode(convert(), depth)
            except Exception as error:  # somebody else's code
                return f"(not kept: {type(value).__name__}: {error})"
        return f"(not kept: {type(value).__name__})"

    def _items(self, values: Iterable[Any], depth: int) -> list[Any]:
        return [None if _is_function(each) else self.encode(each, depth) for each in values]

    def _lifted(self, array: NDArray[Any]) -> Any:
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            return f"(not kept: an array of {array.dtype})"
        self.arrays.append(array)
        return {"array": len(self.arrays) - 1}


def _is_function(value: Any) -> bool:
    return callable(value) and not hasattr(value, "to_dict")


def _encoded_number(value: float) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    return int(value) if abs(value) < 2**63 else "(not kept: an integer beyond 64 bits)"


def _decode(value: object, arrays: Sequence[NDArray[Any]]) -> object:
    if isinstance(value, list):
        return [_decode(each, arrays) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = cast("dict[str, Any]", value).items()
    match kind:
        case "tuple":
            return tuple(_decode(each, arrays) for each in content)
        case "dict":
            return {_decode(key, arrays): _decode(each, arrays) for key, each in content}
        case "float":
            return float(content)
        case "array":
            return arrays[int(content)]
        case _:
            raise ValueError(f"{kind!r} stands for nothing")

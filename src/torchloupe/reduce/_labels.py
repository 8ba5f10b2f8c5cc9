"""Turn labels of any kind into small codes and the names they stand for."""

import math
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array

_MOST = 65535
_EXACT = 2**53
_LONGEST = 80
_NO_LABEL = "no label"
_LARGEST = 2**64  # Python refuses to print endless whole numbers

_Key = tuple[int, Any]  # rank of the kind (bool, number, text), then the value: sorts mixed labels


@dataclass(frozen=True, eq=False)
class Labels:
    """A code for each sample and a name for each code.

    Attributes:
        codes: ``[N]``, uint8 up to 256 classes, uint16 beyond.
        classes: the names, at most 80 characters each, shown as literal text.
        unlabelled: the index in `classes` that means "no label", -1 if every sample has one.
    """

    codes: NDArray[np.uint8 | np.uint16]
    classes: list[str]
    unlabelled: int


def encode_labels(labels: object, count: int, *, name: str) -> Labels:
    """Encode labels as indices into their sorted names.

    Args:
        labels: ``[N]`` numbers, bools or strings, as a tensor, an array or a list (which may mix
            them). None and NaN mean "no label" and come last; None alone means no sample has one.
        count: how many samples there are, N.
        name: what the caller calls the labels, for the messages.

    Returns:
        The codes; numbers are sorted by value and text by its letters.

    Raises:
        TypeError: a label that is neither number, bool, text nor None.
        ValueError: not one label a sample, a number beyond ±2**64, or more than 65535 classes.
    """
    if labels is None:
        return Labels(np.zeros(count, np.uint8), [_NO_LABEL], 0)
    shape = _shape(labels)
    if shape is not None and len(shape) != 1:
        raise ValueError(f"{name} has shape {list(shape)}; expected [{count}]{_advice(shape)}")
    keys, inverse = _distinct(labels, name)
    if len(inverse) != count:
        raise ValueError(f"{name} has {len(inverse)} labels for {count} samples")
    classes = [_text(key) for key in keys]
    unlabelled = -1
    if (inverse < 0).any():
        unlabelled = len(classes)
        inverse = np.where(inverse < 0, unlabelled, inverse)
        classes.append(_NO_LABEL)
    if len(classes) > _MOST:
        raise ValueError(f"{name} has {len(classes)} classes; expected {_MOST} at most")
    codes = inverse.astype(np.uint8 if len(classes) <= 256 else np.uint16)
    return Labels(codes, classes, unlabelled)


def _shape(labels: object) -> tuple[int, ...] | None:
    shape = getattr(labels, "shape", None)
    return tuple(cast("tuple[int, ...]", shape)) if isinstance(shape, tuple) else None


def _advice(shape: tuple[int, ...]) -> str:
    if len(shape) != 2:
        return ""
    return "; call .flatten()" if shape[1] == 1 else "; of one-hot or scores take .argmax(1)"


def _distinct(labels: object, name: str) -> tuple[list[_Key], NDArray[np.int64]]:
    """Find the sorted distinct labels, and the index of each label in them (-1 for none)."""
    plain = _plain(labels, name)
    if isinstance(plain, np.ndarray):
        values, inverse = _counted(plain)
        known = int((values == values).sum())  # numpy sorts NaN to the end
        rank = {"b": 0, "U": 2}.get(values.dtype.kind, 1)
        inverse = np.where(inverse < known, inverse, -1).astype(np.int64)
        return [(rank, value) for value in values[:known]], inverse
    found = [_key(label, f"{name}[{index}]") for index, label in enumerate(plain)]
    keys = sorted({key for key in found if key is not None})
    place: dict[_Key | None, int] = {key: index for index, key in enumerate(keys)}
    inverse = np.fromiter((place.get(key, -1) for key in found), np.int64, len(found))
    return keys, inverse


def _counted(plain: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return what `np.unique` does; of whole numbers close together without sorting them all."""
    if plain.dtype.kind in "iu" and plain.size:
        low, high = int(plain.min()), int(plain.max())
        if high - low < _MOST and low > -_EXACT and high < _EXACT:
            offsets = plain.astype(np.int64) - low
            there = np.bincount(offsets) > 0
            places = np.cumsum(there) - 1
            return (np.flatnonzero(there) + low).astype(plain.dtype), places[offsets]
    return np.unique(plain, return_inverse=True)


def _plain(labels: object, name: str) -> NDArray[Any] | list[object]:
    """Give an array of numbers, bools or text, or a list for what may be mixed."""
    if isinstance(labels, torch.Tensor):
        array = to_array(labels, name=name)
        return array.astype(np.bool_) if labels.dtype == torch.bool else array
    if isinstance(labels, np.ndarray):
        array = cast(NDArray[Any], labels)
        return array.copy() if array.dtype.kind in "biufU" else list(array.tolist())
    unordered = isinstance(labels, str | bytes | Set | Mapping)
    if unordered or not isinstance(labels, Iterable):
        kind = type(cast(object, labels)).__name__
        raise TypeError(f"{name} is {kind}; expected a list, one label a sample")
    return list(cast("Iterable[object]", labels))


def _key(label: object, name: str) -> _Key | None:
    match _scalar(label):
        case None:
            return None
        case bool() as value:
            return (0, value)
        case int() as value:
            if abs(value) > _LARGEST:
                raise ValueError(f"{name} has {value.bit_length()} bits; pass it as text")
            return (1, value)
        case float() as value:
            return None if math.isnan(value) else (1, value)
        case str() as value:
            return (2, value)
        case bytes() as value:
            return (2, value.decode("utf-8", "replace"))
        case _:
            raise TypeError(
                f"{name} is {type(label).__name__}; expected a number, a bool, text or None"
            )


def _scalar(label: object) -> object:
    if type(label).__name__ == "NAType":  # what pandas holds for a missing value
        return None
    if getattr(label, "shape", None) == () and hasattr(label, "item"):  # of torch or numpy
        return cast(Any, label).item()
    return label


def _text(key: _Key) -> str:
    rank, value = key
    if rank == 1 and abs(value) < _EXACT and value == int(value):
        value = int(value)  # 3.0 is class 3
    # A lone surrogate cannot be sent as UTF-8.
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

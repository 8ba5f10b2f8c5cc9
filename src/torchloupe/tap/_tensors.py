"""The tensors in what a module is given and returns: where each is, its shape, dtype and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

Named = tuple[str, Tensor]

# Deeper than anybody nests; a bound on what a tangle of objects can cost.
_DEEPEST = 12
_LONGEST_NAME = 60


def named_tensors(value: Any, name: str = "") -> list[Named]:
    """Find every tensor in a value, with the Python that leads to it: `"[1]['mask']"`, `".logits"`.

    Looked into are tuples, lists, mappings, named tuples, dataclasses, and the attributes of other
    objects.
    """
    if type(value) is Tensor:
        return [(name, value)]
    return list(_named(value, name, _DEEPEST))


def named_arguments(inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Named]:
    """Find every tensor in a call's arguments; a keyword's name begins with a dot."""
    if len(inputs) == 1 and not kwargs and type(inputs[0]) is Tensor:
        return [("[0]", inputs[0])]
    found = named_tensors(inputs)
    for name, value in kwargs.items():
        found.extend(named_tensors(value, f".{name}"))
    return found


def first_samples(
    inputs: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Cut a batch to its first sample, where all tensors given are batches of the same length.

    None where there is nothing to cut, or nothing that says which dimension is the batch: some are
    within tuples or lists, are sparse or nested, or the lengths differ.
    """
    values = [*inputs, *kwargs.values()]
    batches = [each for each in values if isinstance(each, Tensor) and each.dim() > 1]
    if any(each.layout is not torch.strided or each.is_nested for each in batches):
        return None
    lengths = {len(each) for each in batches}
    if len(lengths) != 1 or len(named_arguments(inputs, kwargs)) != len(batches):
        return None
    if lengths == {1}:
        return None
    cut = [each[:1] if isinstance(each, Tensor) else each for each in values]
    return tuple(cut[: len(inputs)]), dict(zip(kwargs, cut[len(inputs) :], strict=True))


def dtype_name(tensor: Tensor) -> str:
    """Return a dtype as one writes it: `"float32"`."""
    return str(tensor.dtype).removeprefix("torch.")


def size_of(tensor: Tensor) -> int:
    """Return a tensor's bytes, those that its elements take."""
    return tensor.numel() * tensor.element_size()


def _named(value: Any, name: str, depth: int) -> Iterator[Named]:
    if isinstance(value, Tensor):
        yield name[:_LONGEST_NAME], value
    elif depth and not isinstance(value, (str, bytes, int, float, type, nn.Module, type(None))):
        try:
            parts = list(_parts(value))
        except Exception:  # a user's object may refuse to be read
            return
        for place, each in parts:
            yield from _named(each, name + place, depth - 1)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):  # before mappings: some outputs of large libraries are both
        yield from ((f".{each.name}", getattr(value, each.name, None)) for each in fields(value))
    elif isinstance(value, Mapping):
        pairs = cast(Mapping[Any, Any], value).items()
        yield from ((f"[{key!r}]", each) for key, each in pairs)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f".{name}", getattr(value, name)) for name in value._fields)  # type: ignore[attr-defined]
    elif isinstance(value, (tuple, list)):
        yield from ((f"[{place}]", each) for place, each in enumerate(value))
    else:
        attributes = getattr(value, "__dict__", None) or {}
        yield from ((f".{name}", each) for name, each in attributes.items())

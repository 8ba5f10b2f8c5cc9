"""What the tracing of a graph reads off a function call: its name and its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch

_LONGEST = 60
_MOST_ITEMS = 8
_REVERSED = re.compile(r"r(add|sub|mul|div|truediv|floordiv|mod|pow|matmul|and|or|xor|[lr]shift)")
_PLAIN = (int, float, str, torch.dtype, type(None))


def label_of(function: Any) -> str:
    """Return a function's name as a person would write it: `"add"`, `"getitem"`, `"T"`."""
    name = getattr(function, "__name__", "") or type(function).__name__
    if name == "__get__":  # a property
        name = function.__self__.__name__
    name = name.partition(".")[0]  # an overload, as add.Tensor
    if not (name.startswith("__") and name.endswith("__")):
        return name
    bare = name.strip("_")
    return bare[1:] if _REVERSED.fullmatch(bare) else bare


def call_settings(label: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return the arguments that are no tensors, short: `"1"`, `"dim=1"`, `"[:, 0]"`."""
    if label == "getitem" and len(args) == 2:
        text = _written(args[1]) or ""
        if isinstance(args[1], tuple):
            text = text[1:-1]
        return _short(f"[{text}]") if text else ""
    parts = [text for each in args if (text := _written(each)) is not None]
    for name, value in kwargs.items():
        text = None if value is None or value is False else _written(value)
        if text is not None and not name.startswith("_"):
            parts.append(f"{name}={text}")
    return _short(", ".join(parts))


def _written(value: Any) -> str | None:
    """Write a value down, if it is one of those whose writing is known to be short and safe."""
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        start, stop = ("" if each is None else str(each) for each in (value.start, value.stop))
        return f"{start}:{stop}" + (f":{value.step}" if value.step is not None else "")
    if isinstance(value, (tuple, list)):
        items = [_written(each) for each in value[:_MOST_ITEMS]]
        more = ", …" if len(value) > _MOST_ITEMS else ""
        known = [each for each in items if each is not None]
        if len(known) < len(items):
            return None
        inside = f"{', '.join(known)}{more}"
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if not isinstance(value, _PLAIN):
        return None
    return f"{value:.4g}" if isinstance(value, float) else str(value).removeprefix("torch.")


def _short(text: str) -> str:
    text = " ".join(text[: 4 * _LONGEST].split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""Synced traits for what ipywidgets has no trait for: arrays, and numbers that may be unknown."""

from __future__ import annotations

import math
from typing import Any

import traitlets
from numpy.typing import NDArray

from .. import wire


def _array_to_json(value: NDArray[Any] | None, _: Any) -> Any:
    return wire.pack(value)


class Array(traitlets.TraitType[Any, Any]):
    """An ndarray or None, compared by identity, sent as binary."""

    default_value = None
    allow_none = True

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True, to_json=_array_to_json)

    def set(self, obj: Any, value: Any) -> None:
        """Replace the array; another object is another value, whatever it holds."""
        old = obj._trait_values.get(self.name)
        obj._trait_values[self.name] = value
        if old is not value:
            obj._notify_trait(self.name, old, value)


def known(value: float | None, digits: int = 6) -> float | None:
    """Return a number that JSON can carry, rounded to what a person can see; else None."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def synced(trait: Any) -> Any:
    """Tag a trait as part of a frame."""
    return trait.tag(sync=True)

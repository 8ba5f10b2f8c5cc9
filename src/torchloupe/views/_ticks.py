"""Round places for the ticks of an axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Below, a float64 has no more digits to tell places apart.
_SMALLEST = 1e-290


def ticks(low: float, high: float, most: int) -> NDArray[np.float64]:
    """Return at most `most` + 1 multiples of 1, 2 or 5 times a power of ten within [low, high].

    Args:
        low: the axis's lower end, finite.
        high: its upper end, above `low`.
        most: how many intervals there is room for.
    """
    rough = high / most - low / most
    if rough < _SMALLEST:
        return np.array([low, high])
    decade = 10.0 ** np.floor(np.log10(rough))
    step = next(each * decade for each in (1, 2, 5, 10) if each * decade >= rough * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    places = np.round(np.arange(first, last + 1) * step, 12 - int(np.floor(np.log10(step))))
    # Of a range as narrow as its numbers are exact, several places are one.
    return np.unique(places[(places >= low - step * 1e-6) & (places <= high + step * 1e-6)])


def log_ticks(low: float, high: float) -> NDArray[np.float64]:
    """Return powers of ten within [low, high], with their doubles and quintuples if there is room.

    Args:
        low: the axis's lower end, positive.
        high: its upper end, above `low`.
    """
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    multiples = (1, 2, 5) if len(decades) <= 4 else (1,)
    every = int(np.ceil(len(decades) / 8))
    places = np.array([each * 10.0**decade for decade in decades[::every] for each in multiples])
    within = places[(places >= low) & (places <= high)]
    return within if within.size >= 2 else ticks(low, high, 6)

"""Round places for the ticks of an axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Below, a float64 has no more digits to tell places apart.
_SMALLEST = 1e-290
_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_SPACES = [1, 2, 5, 10, 15, 30]
_SPACES += [each * 60 for each in _SPACES]
_SPACES += [each * 3_600 for each in (1, 2, 3, 6, 12, 24, 48, 120, 240, 720, 2_400, 8_760)]


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


def time_ticks(low: float, high: float, most: int) -> tuple[NDArray[np.float64], list[str]]:
    """Return places within [low, high] seconds that clocks have, and what to write there.

    Args:
        low: the axis's lower end, in seconds.
        high: its upper end, above `low`.
        most: how many intervals there is room for.

    Returns:
        At most `most` + 1 places; "0.5 s", "45 s", "1:30" (minutes) or "2:00:00" of each.
    """
    span = high - low
    fits = [each for each in _SPACES if each * most >= span * (1 - 1e-9)]
    if span < most or not fits:
        places = ticks(low, high, most)
    else:
        first, last = np.ceil(low / fits[0] - 1e-9), np.floor(high / fits[0] + 1e-9)
        places = np.arange(first, last + 1) * float(fits[0])
    places += 0.0  # of -0.0 and 0.0 only one is written as people do
    return places, [time_text(place, high) for place in places.tolist()]


def time_text(seconds: float, longest: float, digits: int = 6) -> str:
    """Write seconds as on an axis that goes to `longest`."""
    if longest < 2 * _MINUTE:
        return f"{seconds:.{digits}g} s"
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    minutes, rest = divmod(whole, 60)
    if longest < _HOUR:
        return f"{sign}{minutes}:{rest:02}"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if longest >= 2 * _DAY else (0, hours)
    clock = f"{hours}:{minutes:02}:{rest:02}" if longest < _DAY else f"{hours}:{minutes:02}"
    return f"{sign}{days} d {clock}" if days else f"{sign}{clock}"

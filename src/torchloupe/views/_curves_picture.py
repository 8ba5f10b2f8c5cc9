"""The lines of one frame: few points each, raw and smoothed, along the axis that was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reduce import Buckets, condensed, memory, smooth, total, trace
from ._curves_axis import Along
from ._curves_source import Source

#: what a frame has of points, raw and smoothed apart; a line's share is bounded on both sides
_POINTS = 8_000
_FEWEST, _MOST = 400, 2_000
#: so few values are drawn as they are: their average would tell of the average
FEWEST_SMOOTHED = 20
# The least that a series is asked for.
_COARSE = 200
# What an average is given of the time before the window.
_CONTEXT = 4_000

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """How the lines are drawn.

    Attributes:
        along: what the horizontal axis means.
        window: the ends of the stretch that is shown, or None for all.
        log: the value axis is logarithmic.
        weight: of the smoothing; 0 for none.
    """

    along: Along = "step"
    window: tuple[float, float] | None = None
    log: bool = False
    weight: float = 0.6


@dataclass(frozen=True, eq=False)
class Curve:
    """One series as it is drawn; a NaN value is a gap.

    Attributes:
        x, y: the values themselves, float64 ``[P]``.
        smooth_x, smooth_y: their average, float64 ``[S]``; empty if it is not smoothed.
        infinite_x, infinite_signs: where infinite values are marked.
        total: all values of the series as one bucket; None of none.
        hidden: how many of the drawn have no place on a logarithmic axis; -1 for some.
    """

    x: _Floats
    y: _Floats
    smooth_x: _Floats
    smooth_y: _Floats
    infinite_x: _Floats
    infinite_signs: NDArray[np.int8]
    total: Any
    hidden: int


def share_of(lines: int) -> int:
    """Return how many points each of so many lines may have."""
    return max(_FEWEST, min(_MOST, _POINTS // max(lines, 1)))


def curve_of(source: Source, settings: Settings, most: int) -> Curve:
    """Read and thin a series to about `most` points."""
    low, high = settings.window or (-np.inf, np.inf)
    fine = source.window(settings.along, low, high, most)
    buckets = condensed(fine, most)
    line = trace(buckets, log=settings.log)
    whole = fine
    if settings.window is not None:
        whole = source.window(settings.along, -np.inf, np.inf, _COARSE)
    smooth_x, smooth_y = _smoothed(source, buckets, settings)
    along = settings.along
    return Curve(
        x=source.places(along, line.steps, line.times),
        y=line.values,
        smooth_x=smooth_x,
        smooth_y=smooth_y,
        infinite_x=source.places(along, line.infinite_steps, line.infinite_times),
        infinite_signs=line.infinite_signs,
        total=total(whole),
        hidden=_hidden(fine) if settings.log else 0,
    )


def any_positive(whole: Any) -> bool:
    """Tell whether a logarithmic axis has a place for any of these values."""
    return whole is not None and bool(whole["maximum"] > 0)


def _smoothed(source: Source, buckets: Buckets, settings: Settings) -> tuple[_Floats, _Floats]:
    if settings.weight <= 0 or not len(buckets) or source.count < FEWEST_SMOOTHED:
        return np.zeros(0), np.zeros(0)
    context = _before(source, buckets, settings)
    average = smooth(np.concatenate([context, buckets]), settings.weight)[len(context) :]
    finite = buckets["count"] - buckets["nans"] - buckets["above"] - buckets["below"]
    hidden = (finite == 0) | ((average <= 0) & settings.log)
    places = source.places(settings.along, buckets["last_step"], buckets["last_time"])
    return places, np.where(hidden, np.nan, average)


def _before(source: Source, buckets: Buckets, settings: Settings) -> Buckets:
    """Return what the average still remembers when the window begins, at good resolution."""
    first = int(buckets["position"][0])
    if settings.window is None or first == 0:
        return buckets[:0]
    places = source.places(settings.along, buckets["first_step"], buckets["first_time"])
    values_a_unit = buckets["count"].sum() / max(abs(places[-1] - places[0]), 1e-12)
    # Twice the memory: where values come unevenly, the rate within the window misleads.
    low = places[0] - 2 * memory(settings.weight) / max(values_a_unit, 1e-12)
    earlier = source.window(settings.along, low, places[0], _CONTEXT)
    earlier = earlier[earlier["position"] < first]
    # The last may reach into the window: that part of it is told there.
    earlier["count"] = np.minimum(earlier["count"], first - earlier["position"])
    return earlier


def _hidden(buckets: Buckets) -> int:
    low = buckets["minimum"] <= 0
    known = not (low & (buckets["maximum"] > 0)).any()
    return int(buckets["count"][low].sum()) if known else -1

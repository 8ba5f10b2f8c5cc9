"""Turn the buckets of a series into the few points of a line that loses no spike and no end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._buckets import Buckets, merged

_MOST_MARKS = 200

_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trace:
    """A line of few points, in the order of logging; a NaN value is a gap in it.

    Attributes:
        steps: int64 ``[P]``.
        times: float64 ``[P]``, seconds; within a bucket as if its values came evenly.
        values: float64 ``[P]``, finite or NaN.
        infinite_steps: int64 ``[J]``, where infinite values are to be marked, 200 at most.
        infinite_times: float64 ``[J]``.
        infinite_signs: int8 ``[J]``, 1 and -1.
    """

    steps: _Integers
    times: _Floats
    values: _Floats
    infinite_steps: _Integers
    infinite_times: _Floats
    infinite_signs: NDArray[np.int8]


def trace(buckets: Buckets, *, log: bool = False) -> Trace:
    """Return a line through the smallest and the largest value of each bucket, as they came.

    The first and the last value are in it too. A bucket without a value that can be drawn is a
    gap, and so is the place after one that holds a NaN or an infinity among others, unless more
    than a quarter of the buckets do: then these are bridged, for dots would be left of the line.

    Args:
        buckets: ``[K]``; of each count 1, the line is the values themselves.
        log: values of zero or less have no place on the axis.

    Returns:
        A trace of at most ``2 K + 2`` values and a gap a bucket.
    """
    points = _Points(buckets, log)
    kept = points.kept()
    signs = np.where(buckets["above"] > 0, 1, -1).astype(np.int8)
    infinite = np.flatnonzero(buckets["above"] + buckets["below"])
    if len(infinite) > _MOST_MARKS:
        infinite = infinite[np.linspace(0, len(infinite) - 1, _MOST_MARKS).astype(np.int64)]
    return Trace(
        steps=points.steps.ravel()[kept],
        times=points.times.ravel()[kept],
        values=points.values.ravel()[kept],
        infinite_steps=buckets["odd_step"][infinite],
        infinite_times=buckets["first_time"][infinite],
        infinite_signs=signs[infinite],
    )


def condensed(buckets: Buckets, most: int) -> Buckets:
    """Join neighbours until a trace of them has at most `most` points, gaps and ends aside."""
    while np.minimum(buckets["count"], 2).sum() > most and len(buckets) > 1:
        pairs = len(buckets) // 2
        joined = buckets[: len(buckets) - pairs].copy()
        joined[:pairs] = merged(buckets[0 : 2 * pairs : 2], buckets[1 : 2 * pairs : 2])
        joined[pairs:] = buckets[2 * pairs :]
        buckets = joined
    return buckets


def total(buckets: Buckets) -> Any:
    """Join all into one bucket, a record of `BUCKET`; None of none."""
    if not len(buckets):
        return None
    made, end = buckets[0].copy(), buckets[-1]
    for name in ("last_step", "last_time", "last"):
        made[name] = end[name]
    made["low_step"], made["high_step"] = buckets["low_step"].min(), buckets["high_step"].max()
    for name in ("count", "nans", "above", "below"):
        made[name] = buckets[name].sum()
    known = np.isfinite(buckets["minimum"])
    if known.any():
        low = int(np.where(known, buckets["minimum"], np.inf).argmin())
        high = int(np.where(known, buckets["maximum"], -np.inf).argmax())
        for name, index in (("minimum", low), ("maximum", high)):
            for part in (name, f"{name}_step", f"{name}_position"):
                made[part] = buckets[part][index]
        weights = (buckets["count"] - buckets["nans"] - buckets["above"] - buckets["below"])[known]
        made["mean"] = (buckets["mean"][known] * (weights / weights.sum())).sum()
    odd = buckets[buckets["odd_step"] >= 0][:1]
    for name in ("odd_step", "odd_position"):
        made[name] = odd[name][0] if len(odd) else -1
    return made


class _Points:
    """Five places a bucket, ``[K, 5]``: first, two extremes as they came, last, and a gap."""

    def __init__(self, buckets: Buckets, log: bool) -> None:
        falls = buckets["maximum_position"] < buckets["minimum_position"]
        extremes = ("minimum", "maximum")
        earlier, later = (
            {
                part: np.where(swapped, buckets[extremes[1] + part], buckets[extremes[0] + part])
                for part in ("", "_step", "_position")
            }
            for swapped in (falls, ~falls)
        )
        first, last = buckets["first"], buckets["last"]
        self.values = np.stack([first, earlier[""], later[""], last, last], 1)
        steps = [buckets["first_step"], earlier["_step"], later["_step"]]
        self.steps = np.stack([*steps, buckets["last_step"], buckets["last_step"]], 1)
        start, end = buckets["position"], buckets["position"] + buckets["count"] - 1
        places = np.stack([start, earlier["_position"], later["_position"], end, end], 1)
        share = (places - start[:, None]) / np.maximum(end - start, 1)[:, None]
        began, ended = buckets["first_time"][:, None], buckets["last_time"][:, None]
        self.times = began + np.clip(share, 0, 1) * (ended - began)
        self.drawable = np.isfinite(self.values) & ((self.values > 0) | (not log))
        self.drawable[1:, 0] = self.drawable[:-1, 3] = self.drawable[:, 4] = False
        self.odd = (buckets["odd_step"] >= 0) & (buckets["count"] > 1)

    def kept(self) -> _Integers:
        """Return which of the places are drawn, flat and in order; make the gaps NaN."""
        kept = self.drawable.copy()
        # The same value twice: an end that is an extreme, or two extremes that are one.
        same = (self.values[:, 1:] == self.values[:, :-1]) & (np.diff(self.steps, axis=1) == 0)
        kept[:, 0] &= ~(kept[:, 1] & same[:, 0])
        kept[:, 2] &= ~(kept[:, 1] & same[:, 1])
        kept[:, 3] &= ~((kept[:, 1] | kept[:, 2]) & same[:, 2])
        empty = ~self.drawable.any(1)
        partly = ~empty & self.odd
        self.values[:, 4] = np.nan
        kept[:, 4] = empty | (partly & (partly.sum() <= len(partly) / 4))
        order = np.flatnonzero(kept)
        gap = order % 5 == 4
        # Of several gaps on end one is enough.
        return order[~(gap & np.append(False, gap[:-1]))] if len(order) else order

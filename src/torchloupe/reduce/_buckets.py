"""Sum up stretches of a series so that no extreme, no gap and no end is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKET = np.dtype(
    [
        ("position", np.int64),  # of its first value in the series, from 0
        ("count", np.int64),
        ("first_step", np.int64),
        ("last_step", np.int64),
        ("low_step", np.int64),
        ("high_step", np.int64),
        ("first_time", np.float64),
        ("last_time", np.float64),
        ("first", np.float64),
        ("last", np.float64),
        ("minimum", np.float64),
        ("minimum_step", np.int64),
        ("minimum_position", np.int64),
        ("maximum", np.float64),
        ("maximum_step", np.int64),
        ("maximum_position", np.int64),
        ("mean", np.float64),
        ("nans", np.int64),
        ("above", np.int64),
        ("below", np.int64),
        ("odd_step", np.int64),
        ("odd_position", np.int64),
    ]
)
"""What is known of a stretch of values, in the order of logging.

`first` and `last` are the values themselves, whatever they are. `minimum`, `maximum` and `mean` are
of the finite values, NaN if there is none; the earliest counts where several are equal. `nans`,
`above` (inf) and `below` (-inf) count the others; `odd_step` and `odd_position` are of the first of
these, -1 if there is none. `low_step` and `high_step` bound the steps, which need not rise. Steps
and positions are integers, times are seconds.
"""

Buckets = NDArray[Any]
"""A structured array ``[K]`` of `BUCKET`."""


def as_buckets(
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    times: NDArray[np.float64],
    positions: NDArray[np.int64],
    width: int = 1,
) -> Buckets:
    """Sum up values, `width` at a time.

    Args:
        steps: ``[N]``, N a multiple of `width`.
        values: ``[N]``.
        times: ``[N]``.
        positions: ``[N]``, places of the values in the series, rising.
        width: how many values make a bucket.

    Returns:
        ``[N / width]`` buckets.
    """
    steps, values = steps.reshape(-1, width), values.reshape(-1, width)
    times, positions = times.reshape(-1, width), positions.reshape(-1, width)
    made = np.empty(len(steps), BUCKET)
    rows = np.arange(len(steps))
    finite = np.isfinite(values)
    some = finite.any(1)
    low = np.where(finite, values, np.inf).argmin(1)
    high = np.where(finite, values, -np.inf).argmax(1)
    made["position"], made["count"] = positions[:, 0], width
    made["first_step"], made["last_step"] = steps[:, 0], steps[:, -1]
    made["low_step"], made["high_step"] = steps.min(1), steps.max(1)
    made["first_time"], made["last_time"] = times[:, 0], times[:, -1]
    made["first"], made["last"] = values[:, 0], values[:, -1]
    for name, index in (("minimum", low), ("maximum", high)):
        made[name] = np.where(some, values[rows, index], np.nan)
        made[f"{name}_step"], made[f"{name}_position"] = steps[rows, index], positions[rows, index]
    # Each divided first: the sum of large values may be infinite where their mean is not.
    known = np.maximum(finite.sum(1), 1)[:, None]
    made["mean"] = np.where(some, np.where(finite, values / known, 0.0).sum(1), np.nan)
    made["nans"] = np.isnan(values).sum(1)
    made["above"], made["below"] = np.isposinf(values).sum(1), np.isneginf(values).sum(1)
    odd, none = (~finite).argmax(1), finite.all(1)
    made["odd_step"] = np.where(none, -1, steps[rows, odd])
    made["odd_position"] = np.where(none, -1, positions[rows, odd])
    return made


def summed_up(
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    times: NDArray[np.float64],
    positions: NDArray[np.int64],
    most: int,
) -> Buckets:
    """Sum up values in at most `most` buckets of equally many, the last of fewer.

    Args:
        steps: ``[N]``.
        values: ``[N]``.
        times: ``[N]``.
        positions: ``[N]``, places of the values in the series, rising.
        most: at least 1.
    """
    width = max(1, -(-len(steps) // most))
    whole = len(steps) // width * width
    head, tail = slice(0, whole), slice(whole, None)
    made = as_buckets(steps[head], values[head], times[head], positions[head], width)
    if whole == len(steps):
        return made
    left = as_buckets(steps[tail], values[tail], times[tail], positions[tail], len(steps) - whole)
    return np.concatenate([made, left])


def merged(earlier: Buckets, later: Buckets) -> Buckets:
    """Join buckets pairwise: ``[K]`` and the ``[K]`` that follow them."""
    made = earlier.copy()
    made["count"] += later["count"]
    for name in ("last_step", "last_time", "last"):
        made[name] = later[name]
    made["low_step"] = np.minimum(earlier["low_step"], later["low_step"])
    made["high_step"] = np.maximum(earlier["high_step"], later["high_step"])
    known, more = _finite(earlier), _finite(later)
    lower = ~(earlier["minimum"] <= later["minimum"]) & (more > 0)
    higher = ~(earlier["maximum"] >= later["maximum"]) & (more > 0)
    for name, taken in (("minimum", lower), ("maximum", higher)):
        for part in (name, f"{name}_step", f"{name}_position"):
            made[part] = np.where(taken, later[part], earlier[part])
    share = more / np.maximum(known + more, 1)
    both = earlier["mean"] * (1 - share) + later["mean"] * share
    made["mean"] = np.where(more == 0, earlier["mean"], np.where(known == 0, later["mean"], both))
    for name in ("nans", "above", "below"):
        made[name] += later[name]
    even = earlier["odd_position"] < 0
    for name in ("odd_step", "odd_position"):
        made[name] = np.where(even, later[name], earlier[name])
    return made


def extremes(buckets: Buckets) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the values that stand for buckets: of each the smallest and largest, and one of every
    kind that is not finite, at the place of the first such; of the whole the first and the last.

    Returns:
        Positions int64 ``[M]``, steps int64 ``[M]`` and values float64 ``[M]``, in logging order.
    """
    if not len(buckets):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    known = _finite(buckets) > 0
    head, tail = buckets[:1], buckets[-1:]
    parts = [(head["position"], head["first_step"], head["first"])]
    for name in ("minimum", "maximum"):
        chosen = buckets[known]
        parts.append((chosen[f"{name}_position"], chosen[f"{name}_step"], chosen[name]))
    for name, value in (("nans", np.nan), ("above", np.inf), ("below", -np.inf)):
        chosen = buckets[buckets[name] > 0]
        odd = np.full(len(chosen), value)
        parts.append((chosen["odd_position"], chosen["odd_step"], odd))
    parts.append((tail["position"] + tail["count"] - 1, tail["last_step"], tail["last"]))
    positions, steps, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(positions, kind="stable")
    positions, steps, values = positions[order], steps[order], values[order]
    equal = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    kept = np.append(True, ~(equal & (np.diff(positions) == 0)))
    return positions[kept], steps[kept], values[kept]


def _finite(buckets: Buckets) -> NDArray[np.int64]:
    return buckets["count"] - buckets["nans"] - buckets["above"] - buckets["below"]

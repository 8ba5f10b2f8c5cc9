"""Draw a long curve with few points, and lose no spike, no gap and no infinity on the way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from torchloupe.reduce._arrays import to_array

_FEWEST = 16
_MOST_INFINITE = 200

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """A curve of few points; a NaN value is a gap in it.

    Attributes:
        steps: float64 ``[K]``.
        values: float64 ``[K]``, finite or NaN.
        gaps: how many values were NaN.
        hidden: how many were zero or less and have no place on a logarithmic axis.
        infinite: how many were infinite.
        infinite_steps: float64 ``[J]``, the steps of these, evenly thinned to 200.
        infinite_signs: int8 ``[J]``, 1 and -1.
    """

    steps: _Floats
    values: _Floats
    gaps: int
    hidden: int
    infinite: int
    infinite_steps: _Floats
    infinite_signs: NDArray[np.int8]


def decimate(steps: object, values: object, *, points: int = 2000, log: bool = False) -> Line:
    """Choose at most `points` of a curve so that it looks the same.

    Runs of finite values are thinned by MinMaxLTTB (Van Der Donckt et al., 2023), each keeping its
    first, last, lowest and highest value as far as its share allows. A run of other values becomes
    one NaN; beyond ``points / 4`` of these the shortest are bridged.

    Args:
        steps: ``[N]`` finite, in the order of logging.
        values: ``[N]``.
        points: the most points to keep, 16 or more.
        log: the axis is logarithmic: values of zero or less are gaps.

    Raises:
        TypeError: as `to_array`.
        ValueError: not one value a step, a step that is not finite, or `points` below 16.
    """
    steps, values = _checked(steps, values, points)
    infinite = np.isinf(values)
    undrawn = ~np.isfinite(values)
    below = np.isfinite(values) & (values <= 0) if log else np.zeros_like(undrawn)
    seen = np.where(undrawn | below, np.nan, values)
    kept = _choose(np.log10(seen) if log else seen, points)
    places = np.flatnonzero(infinite)
    if len(places) > _MOST_INFINITE:
        places = places[np.linspace(0, len(places) - 1, _MOST_INFINITE).round().astype(np.int64)]
    return Line(
        steps=steps[kept],
        values=seen[kept],
        gaps=int(np.isnan(values).sum()),
        hidden=int(below.sum()),
        infinite=int(infinite.sum()),
        infinite_steps=steps[places],
        infinite_signs=np.sign(values[places]).astype(np.int8),
    )


def _checked(steps: object, values: object, points: int) -> tuple[_Floats, _Floats]:
    if points < _FEWEST:
        raise ValueError(f"points is {points}; expected {_FEWEST} or more")
    step_array = to_array(steps, name="steps").astype(np.float64)
    value_array = to_array(values, name="values").astype(np.float64)
    if step_array.ndim != 1 or step_array.shape != value_array.shape:
        shapes = f"{list(step_array.shape)} and {list(value_array.shape)}"
        raise ValueError(f"steps and values have shapes {shapes}; expected [N] both")
    if not np.isfinite(step_array).all():
        raise ValueError("steps must be finite numbers")
    return step_array, value_array


def _choose(seen: _Floats, points: int) -> NDArray[np.int64]:
    """Choose indices, rising: some of each finite run, one of each gap."""
    if not len(seen):
        return np.zeros(0, np.int64)
    holes = np.isnan(seen)
    starts = np.flatnonzero(np.diff(holes, prepend=~holes[:1]))
    lengths = np.diff(starts, append=len(seen))
    is_gap = holes[starts]
    gaps, gap_lengths = starts[is_gap], lengths[is_gap]
    if len(gaps) > points // 4:
        longest = np.argsort(-gap_lengths, kind="stable")[: points // 4]
        gaps = np.sort(gaps[longest])
    finite = np.flatnonzero(~holes)
    runs = np.split(finite, np.unique(np.searchsorted(finite, gaps)))
    runs = [run for run in runs if len(run)]
    room = points - len(gaps)
    if len(finite) > room:
        spare = room - 2 * len(runs)
        runs = [run[_thin(seen[run], 2 + spare * len(run) // len(finite))] for run in runs]
    return np.sort(np.concatenate([gaps, *runs]))


def _thin(values: _Floats, count: int) -> NDArray[np.int64]:
    """Choose at most `count` >= 2 indices of finite values.

    The steps are left out on purpose: bins of equal numbers of values also serve curves whose steps
    repeat, fall back or leap.
    """
    size = len(values)
    if size <= count:
        return np.arange(size)
    # LTTB keeps one value a bin, so it can lose the very spike one is looking for.
    ends = [0, size - 1, int(values.argmax()), int(values.argmin())]
    if count < 5:
        return np.unique(ends[:count])
    lttb = MinMaxLTTBDownsampler()
    chosen: NDArray[np.uint64] = lttb.downsample(values, n_out=count - 2)  # pyright: ignore[reportUnknownMemberType]
    return np.unique(np.concatenate([chosen.astype(np.int64), ends]))

"""Smooth a curve as TensorBoard does, at whatever resolution it comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._buckets import Buckets

_Floats = NDArray[np.float64]


def smooth(buckets: Buckets, weight: float) -> _Floats:
    """Average exponentially, corrected for the short memory at the beginning.

    Of single values this is ``pandas.Series.ewm(alpha=1 - weight, ignore_na=True).mean()``: after n
    values the one k before the last weighs ``weight ** k * (1 - weight) / (1 - weight ** n)``. A
    bucket of n finite values counts as n times its mean. What is not finite leaves the average as
    it was.

    Args:
        buckets: ``[K]``, in the order of logging.
        weight: how much of the average before stays with each value, from 0 to below 1.

    Returns:
        float64 ``[K]``, the average after each bucket; NaN before the first finite value.
    """
    counts = buckets["count"] - buckets["nans"] - buckets["above"] - buckets["below"]
    # Nothing is left of the average before a value of weight 0, and 0 ** 0 is 1.
    log = float(np.log(weight)) if weight > 0 else -np.inf
    exponents = np.where(counts > 0, counts, np.nan) * log
    decay = np.where(counts > 0, np.exp(exponents), 1.0)
    gain = np.where(counts > 0, -np.expm1(exponents), 0.0)
    known = np.where(counts > 0, buckets["mean"], 0.0)
    # Weights that add up to less than 1: means near the largest float do not overflow.
    total = _accumulate(decay, gain)
    with np.errstate(invalid="ignore"):
        return _accumulate(decay, gain * known) / np.where(total > 0, total, np.nan)


def memory(weight: float, share: float = 1e-4) -> int:
    """Return how many values before hold all but a share of a smoothed value's weight."""
    return int(np.ceil(np.log(share) / np.log(weight))) if weight > 0 else 0


def _accumulate(decay: _Floats, gain: _Floats) -> _Floats:
    """Return state[k] = decay[k] * state[k - 1] + gain[k], in log2(K) strides (Hillis, Steele)."""
    decay, state = decay.copy(), gain.copy()
    reach = 1
    while reach < len(state):
        state[reach:] += decay[reach:] * state[:-reach]
        decay[reach:] *= decay[:-reach]
        reach *= 2
    return state

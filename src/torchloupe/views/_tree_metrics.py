"""Numbers about modules that a run measures, as further columns of the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._metrics import Metric
from ._tree_fold import Line

_TOGETHER: Mapping[str, Callable[[NDArray[np.float64]], float]] = {
    "sum": lambda values: float(values.sum()),
    "mean": lambda values: float(values.mean()),
    "max": lambda values: float(values.max()),
}


def metric_traits(metrics: Sequence[Metric], lines: Sequence[Line]) -> dict[str, Any]:
    """Return a frame's traits: what the metrics are, and their values float32 [M, lines]."""
    if not metrics:
        return {"metrics": [], "metric_values": None}
    told = [
        {"key": each.key, "label": each.label, "unit": each.unit, "kind": each.kind}
        for each in metrics
    ]
    values = np.array([[_value(each, line) for line in lines] for each in metrics], np.float32)
    return {"metrics": told, "metric_values": values}


def _value(metric: Metric, line: Line) -> float:
    known = np.array([metric.values.get(node.path, np.nan) for node in line.nodes], np.float64)
    known = known[~np.isnan(known)]
    return _TOGETHER[metric.together](known) if known.size else np.nan

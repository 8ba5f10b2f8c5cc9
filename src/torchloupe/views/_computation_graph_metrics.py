"""Numbers about modules, for the nodes and groups that stand for their calls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..tap import GraphGroup, GraphNode
from ._metrics import Metric


def describe_metrics(
    metrics: Sequence[Metric], places: Sequence[GraphNode | GraphGroup]
) -> list[dict[str, Any]]:
    """Return metrics as JSON that a page can read: the values by id of a node or group.

    Every call of a module has the module's number. What is unknown is left out; what is infinite
    becomes None. A closed group without a number of its own shows the greatest inside.
    """
    calls = [each for each in places if isinstance(each, GraphGroup) or each.kind == "module"]
    return [
        {
            "key": metric.key,
            "label": metric.label,
            "unit": metric.unit,
            "kind": metric.kind,
            "values": {
                each.id: _number(metric.values[each.path])
                for each in calls
                if not math.isnan(metric.values.get(each.path, math.nan))
            },
        }
        for metric in metrics
    ]


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None

"""Numbers that colour a graph's nodes: what there is to choose from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Scale = Literal["sequential", "diverging", "flag"]


@dataclass(frozen=True, slots=True)
class GraphMetric:
    """One number for each of some nodes and groups.

    Attributes:
        key: names it.
        label: what a person reads.
        unit: of the numbers; `""` of none.
        kind: how they are coloured: `"sequential"` from the least to the greatest, `"diverging"`
            about 0, `"flag"` where a number is not 0.
        values: by id of a node or group. A number that is not finite is shown as such. A closed
            group without its own shows the greatest (the farthest from 0) of what is inside.
    """

    key: str
    label: str
    unit: str = ""
    kind: Scale = "sequential"
    values: Mapping[str, float] = field(default_factory=dict[str, float])


def need_metrics(metrics: Iterable[GraphMetric]) -> list[GraphMetric]:
    """Return metrics, or raise an error that names what is wrong with one."""
    checked = list(metrics)
    for each in checked:
        if not isinstance(each, GraphMetric):
            raise TypeError(f"metrics: expected GraphMetric, got {type(each).__name__}")
        if each.kind not in get_args(Scale):
            raise ValueError(f"metrics: {each.key!r} is of the unknown kind {each.kind!r}")
    keys = [each.key for each in checked]
    if len(set(keys)) < len(keys):
        raise ValueError(f"metrics: {keys} name one twice")
    return checked


def describe_metric(metric: GraphMetric) -> dict[str, Any]:
    """Return a metric as JSON that a page can read; what is not finite becomes None."""
    return {
        "key": metric.key,
        "label": metric.label,
        "unit": metric.unit,
        "kind": metric.kind,
        "values": {id_: _number(value) for id_, value in metric.values.items()},
    }


def _number(value: float) -> float | None:
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else None

"""What a run measures of a model's modules, as metrics that colour a tree or a graph."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from ..run import Run
from ..tap import Health
from ._metrics import Metric
from ._source import Channel

_MEASURES = (
    Metric("gradient", "gradient norm", together="max"),
    Metric("update", "update : weight", together="max"),
    Metric("weight", "weight norm", together="max"),
    Metric("mean", "activation mean", kind="diverging"),
    Metric("spread", "activation spread"),
    Metric("dead", "dead units", "%", together="max"),
    Metric("seconds", "time", "s", together="sum"),
    Metric("broken", "NaN or infinite", kind="flag", together="sum"),
)
_PERCENT = 100.0


class ModuleHealth:
    """The measures of the modules of one model that a run trains.

    Args:
        run: the run, if there is one. If none of its probes measures the model yet, one is added.
        model: the model, if it is known; else what the run measures first is taken.
        inputs: one example of what it is called with.
    """

    def __init__(self, run: Run | None, model: Any = None, inputs: tuple[Any, ...] = ()) -> None:
        name = None
        if run is not None and model is not None:
            name = _probed(run, model)
            if name is None and run.state not in ("stopped", "finished", "failed"):
                run.probe(Health(model, *inputs))
                name = _probed(run, model)
        self._channel = Channel(run, "health", name)

    def version(self) -> Hashable:
        """Differ with each evaluation."""
        return self._channel.version()

    def metrics(self) -> list[Metric]:
        """Return what was measured last, or at the run's cursor; values by a module's path."""
        snapshot = self._channel.newest()
        if snapshot is None:
            return []
        paths = [str(each) for each in snapshot.details.get("paths", ())]
        found: list[Metric] = []
        for measure in _MEASURES:
            values = snapshot.arrays.get(measure.key)
            if values is None or len(values) != len(paths) or np.isnan(values).all():
                continue
            if measure.unit == "%":
                values = values * _PERCENT
            known = dict(zip(paths, values.tolist(), strict=True))
            found.append(replace(measure, values=known))
        return found


def _probed(run: Run, model: Any) -> str | None:
    """Return the channel that a probe fills with this model's health."""
    for name, probe in run.probes.items():
        if isinstance(probe, Health) and probe.modules[0] is model:
            return name
    return None

"""What a run measures of a model's modules, as metrics that colour a tree or a graph."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..channel import PUBLISHER
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
    Metric("silent", "all units dead", kind="flag", together="sum"),
    Metric("seconds", "time", "s", together="sum"),
    Metric("broken", "NaN or infinite", kind="flag", together="sum"),
)
_PERCENT = 100.0


class _Seen(NamedTuple):
    """What was measured after so many steps."""

    step: int
    arrays: Mapping[str, NDArray[Any]]
    details: Mapping[str, Any]


class ModuleHealth:
    """The measures of the modules of one model that a run trains.

    A probe measures now and then; a pause is looked at besides, so that what is shown then is the
    state of the boundary that the run waits at.

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
        self._run = run
        self._channel = Channel(run, "health", name)
        self._paused: _Seen | None = None
        self._asked = -1

    def version(self) -> Hashable:
        """Differ with each evaluation; have a run looked at that pauses."""
        self._look_at_pause()
        return self._channel.version(), self._paused is None or self._paused.step

    def read(self) -> tuple[list[Metric], str]:
        """Return what was measured last, or at the run's cursor, and when that was in words.

        Values are by a module's path.
        """
        seen = self._seen()
        if seen is None:
            return [], ""
        cadence = seen.details.get("cadence")
        moment = f"step {seen.step:,}"
        return _metrics(seen), f"{moment} · {cadence}" if cadence else moment

    def _seen(self) -> _Seen | None:
        snapshot = self._channel.newest()
        if snapshot is None:
            return None
        step = snapshot.step - int(snapshot.details.get("behind", 0))
        seen, paused = _Seen(step, snapshot.arrays, snapshot.details), self._paused
        is_live = self._run is not None and self._run.cursor is None
        return paused if is_live and paused is not None and paused.step > step else seen

    def _look_at_pause(self) -> None:
        run, name = self._run, self._channel.name
        if run is None or name is None or run.state != "paused" or run.step == self._asked:
            return
        seen, probe = self._seen(), run.probes.get(name)
        if seen is None or seen.step == run.step or not isinstance(probe, Health):
            return
        self._asked = run.step
        try:
            run.post(lambda: self._peek(run, probe), key=(id(self), "pause"))
        except RuntimeError:  # it was closed just now
            return

    def _peek(self, run: Run, probe: Health) -> None:
        try:
            answer = probe.peek()
        except Exception as error:  # whatever the user's model does, the run goes on
            run.report("health", error)
            return
        if answer is not None:
            self._paused = _Seen(run.step, answer.arrays, answer.details)
            PUBLISHER.wake()


def _metrics(seen: _Seen) -> list[Metric]:
    paths = [str(each) for each in seen.details.get("paths", ())]
    columns = {**seen.arrays, **_silent(seen.arrays)}
    found: list[Metric] = []
    for measure in _MEASURES:
        values = columns.get(measure.key)
        if values is None or len(values) != len(paths) or np.isnan(values).all():
            continue
        if measure.unit == "%":
            values = values * _PERCENT
        known = dict(zip(paths, values.tolist(), strict=True))
        found.append(replace(measure, values=known))
    return found


def _silent(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Tell of which modules nothing comes out but zeros."""
    dead = arrays.get("dead")
    if dead is None:
        return {}
    broken = arrays.get("broken", np.zeros(len(dead)))
    silent = ((dead == 1) & ~(broken > 0)).astype(np.float64)
    return {"silent": np.where(np.isnan(dead), np.nan, silent)}


def _probed(run: Run, model: Any) -> str | None:
    """Return the channel that a probe fills with this model's health."""
    for name, probe in run.probes.items():
        if isinstance(probe, Health) and probe.modules[0] is model:
            return name
    return None

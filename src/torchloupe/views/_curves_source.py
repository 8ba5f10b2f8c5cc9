"""Where curves come from: the series of one run or several, or arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..reduce import BUCKET, Buckets, as_buckets, to_array
from ..run import Run
from ..store import Series
from ._curves_axis import Along, EpochScale

_MOST_NAMED = 8
_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]


class Source(ABC):
    """One series as the curves see it."""

    def __init__(self, name: str, run: str = "") -> None:
        #: of the series, and of its run where there are several
        self.name, self.run = name, run

    @property
    @abstractmethod
    def count(self) -> int:
        """How many values there are."""

    @abstractmethod
    def window(self, along: Along, low: float, high: float, most: int) -> Buckets:
        """Return what lies in a stretch of the axis, and a neighbour on each side."""

    @abstractmethod
    def places(self, along: Along, steps: _Integers, times: _Floats) -> _Floats:
        """Return where these lie on the axis."""


class Logged(Source):
    """A series of a run."""

    def __init__(self, of: LoggedRun, name: str, series: Series) -> None:
        super().__init__(name, of.label)
        self.of, self._series = of, series

    @property
    def count(self) -> int:
        """How many values were logged."""
        return self._series.count

    def window(self, along: Along, low: float, high: float, most: int) -> Buckets:
        """Return what lies in a stretch of the axis, and a neighbour on each side."""
        if along == "epoch" and self.of.epochs is not None:
            edges = [
                each if np.isinf(each) else self.of.epochs.step_at(each) for each in (low, high)
            ]
            low, high = edges
        by: Literal["step", "time"] = "time" if along == "time" else "step"
        ends = [None if np.isinf(each) else each for each in (low, high)]
        return self._series.window(*ends, most=most, by=by)

    def places(self, along: Along, steps: _Integers, times: _Floats) -> _Floats:
        """Return where these lie on the axis."""
        if along == "time":
            return times
        if along == "epoch" and self.of.epochs is not None:
            return self.of.epochs.at(steps)
        return steps.astype(np.float64)


class LoggedRun:
    """A run and how it is called here; its epochs as of the last look."""

    def __init__(self, run: Run, label: str) -> None:
        self.run, self.label = run, label
        self.epochs: EpochScale | None = None
        self._known: dict[str, Logged] = {}
        self._ended = 0

    def look(self, names: Sequence[str] | None) -> list[Logged]:
        """Return the series there are, in the order of first appearance or as named."""
        scalars = self.run.scalars
        for name in scalars if names is None else names:
            if name not in self._known and name in scalars:
                self._known[name] = Logged(self, name, scalars[name])
        if self._known:
            self._look_at_epochs()
        wanted = self._known if names is None else [name for name in names if name in self._known]
        return [self._known[name] for name in wanted]

    def version(self) -> Hashable:
        """Differ when there is a new series or an epoch ended."""
        epochs = self.run.epochs_ended[0]
        return len(self.run.scalars), int(epochs[-1]) if len(epochs) else 0

    def cursor(self, along: Along) -> float | None:
        """Return where on the axis the run's cursor stands; None if it shows the present."""
        step = self.run.cursor
        if step is None or not self._known:
            return None
        if along == "epoch":
            return float(self.epochs.at(np.array([step]))[0]) if self.epochs is not None else None
        if along == "time":
            return self._time_at(step)
        return float(step)

    def ends(self, along: Along) -> tuple[_Floats, _Floats]:
        """Return the epochs that ended and where on the axis they did: float64 ``[E]`` each."""
        epochs, steps, times = self.run.epochs_ended
        places = times if along == "time" else steps
        return epochs.astype(np.float64), places.astype(np.float64)

    def _time_at(self, step: int) -> float | None:
        """Return when a step was, between the values that were logged around it."""
        around = next(iter(self._known.values())).window("step", step, step, 3)
        if not len(around):
            return None
        times = np.concatenate([around["first_time"], around["last_time"]])
        steps = np.concatenate([around["first_step"], around["last_step"]])
        rising = np.argsort(steps, kind="stable")
        return float(np.interp(step, steps[rising], times[rising]))

    def _look_at_epochs(self) -> None:
        epochs, steps, _ = self.run.epochs_ended
        ended = int(epochs[-1]) if len(epochs) else 0
        if ended and ended != self._ended:
            first = next(iter(self._known.values())).window("step", -np.inf, np.inf, 200)
            self.epochs = EpochScale(epochs, steps, float(first["first_step"][0]))
            self._ended = ended


class Given(Source):
    """Values [n] at places [n] of their own, which need not be whole numbers; one axis alone."""

    def __init__(self, name: str, places: _Floats, values: _Floats) -> None:
        super().__init__(name)
        self._places, self._values = places, values
        # Places may be fractions: the buckets carry indices instead of steps.
        self._rises = bool((np.diff(places) >= 0).all())

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self._values)

    def window(self, along: Along, low: float, high: float, most: int) -> Buckets:  # noqa: ARG002
        """Return what lies in a stretch of the axis, and a neighbour on each side."""
        start, end = self._between(low, high)
        size = end - start
        width = -(-size // most) if size else 1
        whole = start + size // width * width
        parts = [self._sum_up(start, whole, width)] if whole > start else []
        parts += [self._sum_up(whole, end, end - whole)] if end > whole else []
        return np.concatenate(parts) if parts else np.empty(0, BUCKET)

    def places(self, along: Along, steps: _Integers, times: _Floats) -> _Floats:  # noqa: ARG002
        """Return where these lie on the axis."""
        return self._places[steps]

    def _between(self, low: float, high: float) -> tuple[int, int]:
        if self._rises:
            start, end = (
                np.searchsorted(self._places, low),
                np.searchsorted(self._places, high, "right"),
            )
        else:
            inside = np.flatnonzero((self._places >= low) & (self._places <= high))
            start, end = (inside[0], inside[-1] + 1) if len(inside) else (0, len(self._places))
        return max(int(start) - 1, 0), min(int(end) + 1, len(self._places))

    def _sum_up(self, start: int, end: int, width: int) -> Buckets:
        places = np.arange(start, end)
        times = np.zeros(end - start)
        return as_buckets(places, self._values[start:end], times, places, width)


def given(data: Any) -> list[Given]:
    """Read values, or a mapping from names to values [n] or (steps [n], values [n])."""
    for each in data if isinstance(data, (list, tuple)) else [data]:
        if isinstance(each, (str, PathLike)):
            expected = "expected runs or numbers, got the path"
            raise TypeError(f"data_or_run: {expected} {str(each)!r}; tl.open(path) opens a run")
    mapping: Mapping[Any, Any] = data if isinstance(data, Mapping) else {"value": data}
    return [Given(str(name), *_pair(str(name), values)) for name, values in mapping.items()]


def runs_in(data: Any) -> list[LoggedRun] | None:
    """Read a run, a sequence of runs or a mapping from names to runs; None of anything else."""
    if isinstance(data, Run):
        return [LoggedRun(data, "")]
    if isinstance(data, Mapping):
        labels, runs = [str(each) for each in data], list(data.values())
    elif isinstance(data, (list, tuple)):
        runs = list(data)
        labels = [each.name if isinstance(each, Run) else "" for each in runs]
    else:
        return None
    if not runs or not any(isinstance(each, Run) for each in runs):
        return None
    for each in runs:
        if not isinstance(each, Run):
            raise TypeError(f"data_or_run: expected runs alone, got a {type(each).__name__} too")
    taken: dict[str, int] = {}
    found: list[LoggedRun] = []
    for label, run in zip(labels, runs, strict=True):
        taken[label] = taken.get(label, 0) + 1
        found.append(LoggedRun(run, label if taken[label] == 1 else f"{label} {taken[label]}"))
    return found


def _pair(name: str, values: Any) -> tuple[_Floats, _Floats]:
    steps: Any = None
    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        steps, values = values
    array = to_array(values, name=name).astype(np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected values [n], got shape {list(array.shape)}")
    counted = np.arange(len(array)) if steps is None else to_array(steps, name=f"steps of {name}")
    if counted.shape != array.shape:
        raise ValueError(
            f"steps of {name}: expected {len(array)} steps, got shape {list(counted.shape)}"
        )
    if not np.isfinite(counted).all():
        raise ValueError(f"steps of {name}: expected finite numbers")
    return counted.astype(np.float64), array


class Sources:
    """All that one view can show.

    Args:
        data_or_run: as `Curves` takes it.
        channel: of runs, the name or names to show; all by default.

    Raises:
        TypeError, ValueError: they are not of this form; the message says how.
    """

    def __init__(self, data_or_run: Any, channel: object) -> None:
        runs = runs_in(data_or_run)
        self.runs = runs or []
        self._given = given(data_or_run) if runs is None else []
        self._names = _names(self.runs, channel)

    @property
    def live(self) -> bool:
        """Whether more values are coming."""
        return any(each.run.state in ("running", "paused") for each in self.runs)

    def look(self) -> Sequence[Source]:
        """Return the series there are."""
        return self._given or [found for each in self.runs for found in each.look(self._names)]

    @property
    def absence(self) -> str:
        """What to say while nothing is there: a name may have been mistaken for another."""
        there = list(dict.fromkeys(name for each in self.runs for name in each.run.scalars))
        if not self._names or not there:
            return "no values yet"
        rest = [*there[:_MOST_NAMED], *["…"] * (len(there) > _MOST_NAMED)]
        return f"no values of {', '.join(self._names)} yet; there are {', '.join(rest)}"

    @property
    def cursors(self) -> Hashable:
        """Return where in the past each run is looked at."""
        return tuple(each.run.cursor for each in self.runs)

    def cursor(self, along: Along) -> list[float]:
        """Return where on the axis the past is looked at, of each run that is."""
        found = [each.cursor(along) for each in self.runs]
        return [each for each in found if each is not None]

    def version(self, drawn: Sequence[Source]) -> Hashable:
        """Differ when one of these has a new value, or there is a new series, epoch or state."""
        counts = tuple(each.count for each in drawn)
        return counts, self.live, tuple(each.version() for each in self.runs)


def _names(runs: Sequence[LoggedRun], channel: object) -> list[str] | None:
    if channel is None:
        return None
    names = [channel] if isinstance(channel, str) else channel
    if not isinstance(names, Sequence) or not all(isinstance(each, str) for each in names):
        raise TypeError(f"channel: expected a name or names, got {channel!r:.80}")
    for name in names:
        for each in runs:
            other = each.run.channels.get(name)
            if other is not None:
                raise ValueError(f"channel: {name!r} holds {other.kind}, expected scalars")
    return list(names)

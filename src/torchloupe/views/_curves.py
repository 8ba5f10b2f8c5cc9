"""Scalar series as lines: a bqplot figure, and above it the header and legend."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray
from traitlets import Bool, Dict, List

from ..channel import BOOLEAN
from ..reduce import Line, decimate, to_array
from ..run import Run, text_of
from ._output_only import OutputOnly
from ._strokes import color_of, dash_of
from ._traits import synced
from ._view import View, bundle, need_title

_MOST_LINES = 24

_Series = Mapping[str, tuple[NDArray[Any], NDArray[Any]]]


class CurvesBar(View):
    """The header and legend of `Curves`; its frames carry the figure's."""

    _esm = bundle("curves")
    events = {"scale": {"log": BOOLEAN}}

    series = synced(List(Dict()))
    """One a line: name, color, dash, last (its newest value), note."""
    log = synced(Bool())
    """Whether the value axis is logarithmic."""
    log_possible = synced(Bool())
    """Whether there is any value that a logarithmic axis has a place for."""
    empty = synced(Bool(True))
    """Whether there is nothing to draw."""

    def __init__(
        self,
        run: Run | None,
        fixed: _Series | None,
        names: Sequence[str] | None,
        title: str,
        *,
        log: bool,
        standalone: bool,
    ) -> None:
        # bqplot brings pandas along: whoever draws no curve need not wait for it.
        from ._figure import Figure

        self.figure = Figure()
        self._fixed = fixed
        self._names = names
        self._title = title
        self._log = log
        #: called with each frame: whether it is a complete one
        self.arrange: Callable[[bool], None] = _nothing
        self.on_close: Callable[[], None] = self.figure.close
        super().__init__(run, standalone=standalone)

    def content(self) -> dict[str, Any]:
        """Redraw the figure and return what stands around it."""
        every = self._read()
        shown = dict(list(every.items())[:_MOST_LINES])
        positive = any(_any_positive(values) for _, values in shown.values())
        log = self._log and positive
        lines = {name: decimate(*pair, log=log) for name, pair in shown.items()}
        self.figure.draw(lines, log=log)
        return {
            "title": self._title,
            "summary": self._summary(every),
            "series": [
                _legend(index, name, lines[name], pair[1])
                for index, (name, pair) in enumerate(shown.items())
            ],
            "log": log,
            "log_possible": positive,
            "empty": not any(len(line.steps) for line in lines.values()),
        }

    def publish(self, *, complete: bool) -> int:
        """Send the frame, and the figure with the first that has something in it."""
        if complete:
            self.figure.send_whole()
        size = super().publish(complete=complete)
        self.arrange(complete)
        return size + self.figure.size

    def close(self) -> None:
        """Take it off every page, and the figure with it."""
        if self._open:
            super().close()
            self.on_close()

    def version(self) -> Hashable:
        """Differ with every value logged and with the axis."""
        if self.run is None:
            return self._log
        counts = tuple(series.count for series in self.run.scalars.values())
        return self._log, counts

    def _read(self) -> _Series:
        if self.run is None:
            return self._fixed or {}
        scalars = self.run.scalars
        names = list(scalars) if self._names is None else self._names
        return {name: scalars[name].read() for name in names if name in scalars}

    def _summary(self, every: _Series) -> str:
        last = [steps[-1] for steps, _ in every.values() if len(steps)]
        notes = [f"to step {int(max(last)):,}"] if last else ["no values yet"]
        if len(every) > _MOST_LINES:
            notes.append(f"the first {_MOST_LINES} of {len(every)} series")
        return " · ".join(notes)

    def _on_scale(self, _: str, log: bool) -> None:
        self._log = log


class Curves(OutputOnly, ipywidgets.VBox):
    """Show scalar series over steps, one line each.

    A NaN is a gap, an infinite value a mark at the edge; a line is thinned to at most 2,000 points
    by MinMaxLTTB, which keeps its extremes.

    Args:
        data_or_run: a run; a mapping from names to values [n] or (steps [n], values [n]); or values
            [n] alone.
        channel: of a run, the name or names to show; all by default.
        title: the header.
        log: begin with a logarithmic value axis.

    Raises:
        TypeError, ValueError: the data are not of this form; the message says how.
    """

    def __init__(
        self,
        data_or_run: Any,
        channel: str | Sequence[str] | None = None,
        *,
        title: str = "Curves",
        log: bool = False,
        standalone: bool = True,
    ) -> None:
        run = data_or_run if isinstance(data_or_run, Run) else None
        fixed = None if run is not None else _given(data_or_run)
        names, title = _names(run, channel), need_title(title) or "Curves"
        self.bar = CurvesBar(run, fixed, names, title, log=bool(log), standalone=standalone)
        super().__init__()
        self.add_class("tl-curves-box")
        self._arrange()
        self.bar.arrange = self._arrange
        self.bar.on_close = self._close

    def _arrange(self, complete: bool = False) -> None:
        """Show the figure once there is something in it: an empty one has no size to draw in."""
        wanted = (self.bar,) if self.bar.empty else (self.bar, self.bar.figure.widget)
        if self.children != wanted:
            self.children = wanted
        elif complete:
            self.send_state("children")

    def close(self) -> None:
        """Take the view off every page."""
        if self.comm is not None:
            self.bar.close()

    def _close(self) -> None:
        layout = self.layout
        super().close()
        self.bar.figure.close()
        layout.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.bar.audience.display()
        return super()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"Curves({self.bar.title!r})"


def _any_positive(values: NDArray[Any]) -> bool:
    return bool((np.isfinite(values) & (values > 0)).any())


def _legend(index: int, name: str, line: Line, values: NDArray[Any]) -> dict[str, str]:
    notes = [f"{line.gaps:,} NaN"] if line.gaps else []
    notes += [f"{line.infinite:,} infinite"] if line.infinite else []
    notes += [f"{line.hidden:,} not above 0"] if line.hidden else []
    last = text_of(float(values[-1])) if len(values) else ""
    note = ", ".join(notes)
    color, dash = color_of(index), dash_of(index)
    return {"name": name, "color": color, "dash": dash, "last": last, "note": note}


def _given(data: Any) -> _Series:
    given: Mapping[Any, Any] = data if isinstance(data, Mapping) else {"value": data}
    return {str(name): _pair(str(name), values) for name, values in given.items()}


def _names(run: Run | None, channel: object) -> list[str] | None:
    if channel is None:
        return None
    names = [channel] if isinstance(channel, str) else channel
    if not isinstance(names, Sequence) or not all(isinstance(each, str) for each in names):
        raise TypeError(f"channel: expected a name or names, got {channel!r:.80}")
    for name in names:
        other = run.channels.get(name) if run is not None else None
        if other is not None:
            raise ValueError(f"channel: {name!r} holds {other.kind}, expected scalars")
    return list(names)


def _pair(name: str, values: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
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
    return counted, array


def _nothing(_: bool) -> None:
    """Do nothing; stands in until there is a box around the bar."""

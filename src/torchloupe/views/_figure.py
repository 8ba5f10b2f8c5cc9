"""The bqplot figure behind `Curves`: marks kept from frame to frame, set in one message each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bqplot.axes import Axis
from bqplot.figure import Figure as Plot
from bqplot.marks import Lines, Scatter
from bqplot.scales import LinearScale, LogScale
from numpy.typing import NDArray

from ..reduce import Line
from ._output_only import OutputOnly
from ._strokes import color_of, dash_of
from ._ticks import log_ticks, ticks

_HEIGHT = "260px"
# An axis that ends here still has a length that is finite.
_FAR = 1e300


class _Plot(OutputOnly, Plot):
    pass


class _Lines(OutputOnly, Lines):
    pass


class _Scatter(OutputOnly, Scatter):
    pass


class Figure:
    """A figure of lines over steps. Output only: whatever is clicked is elsewhere."""

    def __init__(self) -> None:
        self._x = LinearScale()
        # Infinite values have a direction and no size: their own scale puts them at an edge.
        self._edge = LinearScale(min=0.0, max=1.0)
        self._lines: dict[str, Lines] = {}
        self._marks: list[Any] = []
        self._log: bool | None = None
        self._infinite = self._edge_marks()
        self.widget = _Plot(
            animation_duration=0,
            fig_margin={"top": 8, "bottom": 40, "left": 52, "right": 12},
            layout={"width": "auto", "height": _HEIGHT},
        )

    def draw(self, lines: Mapping[str, Line], *, log: bool) -> None:
        """Show these lines; a line keeps its mark, so that only its numbers travel."""
        retired = self._change_scale(log) if log != self._log else []
        self._set_axes(lines, log)
        for name, line in lines.items():
            self._set_line(name, line)
        _set(self._infinite["above"], lines, 1)
        _set(self._infinite["below"], lines, -1)
        marks = [*(self._lines[name] for name in lines), *self._infinite.values()]
        if marks != self._marks:
            self._marks = marks
            self.widget.marks = marks
        for each in retired:
            each.close()

    @property
    def size(self) -> int:
        """How many bytes the lines take, about."""
        return sum(mark.x.nbytes + mark.y.nbytes for mark in self._lines.values())

    def send_whole(self) -> None:
        """Send everything once more: an earlier message may have been lost."""
        for each in self._parts():
            each.send_state()

    def close(self) -> None:
        """Close the figure and all that belongs to it."""
        widget = self.widget
        for each in [*self._parts(), widget.scale_x, widget.scale_y, widget.layout]:
            each.close()

    def _parts(self) -> list[Any]:
        """Return every widget, those that others refer to first."""
        axes = self.widget.axes
        scales = [self._edge, *(axis.scale for axis in axes)]
        return [*scales, *axes, *self._lines.values(), *self._infinite.values(), self.widget]

    def _change_scale(self, log: bool) -> list[Any]:
        """Begin anew with another value axis: a bqplot mark keeps the scales it was made with.

        Returns what is to be closed once nothing shows it any more.
        """
        axes = self.widget.axes
        retired = [*self._lines.values(), *axes, *(axis.scale for axis in axes[1:])]
        self._log, self._lines = log, {}
        self._y = LogScale() if log else LinearScale()
        x = Axis(scale=self._x, label="step", grid_lines="none", tick_format=",")
        # Left to itself, bqplot makes an invalid format for narrow logarithmic ranges.
        y = Axis(scale=self._y, side="left", grid_lines="solid", tick_format="~g")
        self.widget.axes = [x, y]
        return retired

    def _set_axes(self, lines: Mapping[str, Line], log: bool) -> None:
        """Fit the scales to the data, with ticks at round numbers."""
        x_axis, y_axis = self.widget.axes
        left, right = _extent([line.steps for line in lines.values()])
        low, high = _extent([line.values for line in lines.values()])
        _fit(x_axis, left, right, ticks(left, right, 6))
        if log:
            _fit(y_axis, low / 1.05, high * 1.05, log_ticks(low, high))
        else:
            margin = (high - low) * 0.04
            _fit(y_axis, low - margin, high + margin, ticks(low, high, 7))

    def _set_line(self, name: str, line: Line) -> None:
        mark = self._lines.get(name)
        if mark is None:
            index = len(self._lines)
            self._lines[name] = _Lines(
                x=line.steps,
                y=line.values,
                scales={"x": self._x, "y": self._y},
                colors=[color_of(index)],
                line_style=dash_of(index),
                stroke_width=1.5,
            )
            return
        with mark.hold_sync():
            mark.x, mark.y = line.steps, line.values

    def _edge_marks(self) -> dict[str, Any]:
        return {
            name: _Scatter(
                x=np.zeros(0),
                y=np.zeros(0),
                scales={"x": self._x, "y": self._edge},
                marker=marker,
                colors=["#D55E00"],
                default_size=36,
            )
            for name, marker in (("above", "triangle-up"), ("below", "triangle-down"))
        }


def _set(mark: Any, lines: Mapping[str, Line], sign: int) -> None:
    steps = [line.infinite_steps[line.infinite_signs == sign] for line in lines.values()]
    joined = np.concatenate(steps)[:200] if steps else np.zeros(0)
    if len(joined) or len(mark.x):
        with mark.hold_sync():
            mark.x, mark.y = joined, np.full(len(joined), float(sign > 0))


def _extent(arrays: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the smallest and largest finite value, apart; (0, 1) if there is none."""
    finite = np.concatenate([np.zeros(0), *(each[np.isfinite(each)] for each in arrays)])
    if not finite.size:
        return 0.0, 1.0
    low, high = np.clip([finite.min(), finite.max()], -_FAR, _FAR).tolist()
    return (low, high) if high > low else (low, low + (abs(low) * 0.1 or 1.0))


def _fit(axis: Any, low: float, high: float, places: NDArray[np.float64]) -> None:
    with axis.scale.hold_sync():
        axis.scale.min, axis.scale.max = low, high
    if axis.tick_values is None or not np.array_equal(axis.tick_values, places):
        axis.tick_values = places

"""The bqplot figure behind `Curves`: marks kept from frame to frame, set in one message each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bqplot
import numpy as np
from numpy.typing import NDArray

from ..reduce import Line
from ._ticks import log_ticks, ticks

# Okabe and Ito's colours, darkest first; told apart by dash from the eighth on.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
_DASHES = ("solid", "dashed", "dotted", "dash_dotted")
_HEIGHT = "260px"


def color_of(index: int) -> str:
    """Return the colour of the line at an index."""
    return _COLORS[index % len(_COLORS)]


def dash_of(index: int) -> str:
    """Return the dash of the line at an index."""
    return _DASHES[index // len(_COLORS) % len(_DASHES)]


class Figure:
    """A figure of lines over steps. Output only: whatever is clicked is elsewhere."""

    def __init__(self) -> None:
        self._x = bqplot.LinearScale()
        # Infinite values have a direction and no size: their own scale puts them at an edge.
        self._edge = bqplot.LinearScale(min=0.0, max=1.0)
        self._lines: dict[str, bqplot.Lines] = {}
        self._marks: list[Any] = []
        self._log: bool | None = None
        self._infinite = self._edge_marks()
        self.widget = bqplot.Figure(
            animation_duration=0,
            fig_margin={"top": 8, "bottom": 34, "left": 52, "right": 12},
            layout={"width": "auto", "height": _HEIGHT},
        )

    def draw(self, lines: Mapping[str, Line], *, log: bool) -> None:
        """Show these lines; a line keeps its mark, so that only its numbers travel."""
        if log != self._log:
            self._change_scale(log)
        self._set_axes(lines, log)
        for name, line in lines.items():
            self._set_line(name, line)
        _set(self._infinite["above"], lines, 1)
        _set(self._infinite["below"], lines, -1)
        marks = [*(self._lines[name] for name in lines), *self._infinite.values()]
        if marks != self._marks:
            self._marks = marks
            self.widget.marks = marks

    def close(self) -> None:
        """Close the figure and all that belongs to it."""
        for axis in self.widget.axes:
            axis.scale.close()
            axis.close()
        for mark in self._marks:
            mark.close()
        self._edge.close()
        self.widget.close()

    def _change_scale(self, log: bool) -> None:
        """Begin anew with another value axis: a bqplot mark keeps the scales it was made with."""
        for mark in self._lines.values():
            mark.close()
        self._log, self._lines = log, {}
        self._y = bqplot.LogScale() if log else bqplot.LinearScale()
        x = bqplot.Axis(scale=self._x, label="step", grid_lines="none", tick_format=",")
        # Left to itself, bqplot makes an invalid format for narrow logarithmic ranges.
        y = bqplot.Axis(
            scale=self._y, orientation="vertical", grid_lines="solid", tick_format="~g"
        )
        self.widget.axes = [x, y]

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
            _fit(y_axis, low - margin, high + margin, ticks(low, high, 5))

    def _set_line(self, name: str, line: Line) -> None:
        mark = self._lines.get(name)
        if mark is None:
            index = len(self._lines)
            self._lines[name] = bqplot.Lines(
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
            name: bqplot.Scatter(
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
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (low, low + (abs(low) * 0.1 or 1.0))


def _fit(axis: Any, low: float, high: float, places: NDArray[np.float64]) -> None:
    with axis.scale.hold_sync():
        axis.scale.min, axis.scale.max = low, high
    if axis.tick_values is None or not np.array_equal(axis.tick_values, places):
        axis.tick_values = places

"""The bqplot figure behind `Curves`: marks kept from frame to frame, set in one message each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bqplot
import numpy as np

from ..reduce import Line

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
            layout={"width": "auto", "height": _HEIGHT, "display": "none"},
        )

    def draw(self, lines: Mapping[str, Line], *, log: bool) -> None:
        """Show these lines; a line keeps its mark, so that only its numbers travel."""
        if log != self._log:
            self._change_scale(log)
        for name, line in lines.items():
            self._set_line(name, line)
        _set(self._infinite["above"], lines, 1)
        _set(self._infinite["below"], lines, -1)
        marks = [*(self._lines[name] for name in lines), *self._infinite.values()]
        if marks != self._marks:
            self._marks = marks
            self.widget.marks = marks
        shown = "none" if not any(len(line.steps) for line in lines.values()) else "flex"
        if self.widget.layout.display != shown:
            self.widget.layout.display = shown

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
        x = bqplot.Axis(scale=self._x, label="step", num_ticks=6, grid_lines="none")
        y = bqplot.Axis(scale=self._y, orientation="vertical", num_ticks=5, grid_lines="solid")
        self.widget.axes = [x, y]

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

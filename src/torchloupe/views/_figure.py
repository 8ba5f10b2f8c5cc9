"""The bqplot figure behind `Curves`: few marks, each of many lines, so that few messages travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from bqplot.axes import Axis
from bqplot.figure import Figure as Plot
from bqplot.marks import Lines, Scatter
from bqplot.scales import LinearScale, LogScale
from numpy.typing import NDArray

from ._curves_axis import Along
from ._output_only import Part
from ._ticks import log_ticks, ticks, time_ticks

HEIGHT = 260
#: around the plot area, in pixels; the front end lays its crosshair over it by the same numbers.
#: On the right there is room for half of "1,000,000".
MARGIN = {"top": 14, "bottom": 40, "left": 52, "right": 28}
#: the width of the lines of each dash, in pixels; the stylesheet knows a dash by it
_DASHES = {"solid": 1.5, "dashed": 1.6, "dotted": 1.8, "dash_dotted": 1.7}

_Floats = NDArray[np.float64]


class _Plot(Part, Plot):
    pass


class _Lines(Part, Lines):
    pass


class _Scatter(Part, Scatter):
    pass


class _Axis(Part, Axis):
    pass


class _Linear(Part, LinearScale):
    pass


class _Log(Part, LogScale):
    pass


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line: x and y float64 ``[P]``, NaN for a gap, and how it looks."""

    x: _Floats
    y: _Floats
    color: str
    dash: str = "solid"
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Picture:
    """What a figure shows.

    Attributes:
        x, y: the ends of the axes.
        strokes: the lines; those that come first lie below.
        infinite: places of infinite values, above and below.
    """

    along: Along
    log: bool
    x: tuple[float, float]
    y: tuple[float, float]
    strokes: Sequence[Stroke] = ()
    infinite: tuple[_Floats, _Floats] = field(default=(np.zeros(0), np.zeros(0)))


class Figure:
    """A figure of lines. Output only: whatever is clicked is elsewhere."""

    def __init__(self) -> None:
        self._x = _Linear(min=0.0, max=1.0, allow_padding=False)
        # Infinite values have a direction and no size: their own scale puts them at an edge.
        self._edge = _Linear(min=0.0, max=1.0)
        self._lines: dict[str, _Lines] = {}
        self._log: bool | None = None
        self._infinite = self._edge_marks()
        self.widget = _Plot(
            animation_duration=0,
            fig_margin=MARGIN,
            padding_y=0.0,
            layout={"width": "auto", "height": f"{HEIGHT}px"},
        )

    @property
    def references(self) -> dict[str, str]:
        """Where the front end finds the lines of each dash."""
        return {dash: f"anywidget:{mark.model_id}" for dash, mark in self._lines.items()}

    @property
    def size(self) -> int:
        """How many bytes the lines take, about."""
        return sum(mark.x.nbytes + mark.y.nbytes for mark in self._lines.values())

    def draw(self, picture: Picture) -> list[tuple[str, int] | None]:
        """Show this and send what differs.

        Returns:
            The mark (its dash) and the row there of each stroke; None of one without a value.
        """
        retired = self._change_scale(picture.log) if picture.log != self._log else []
        self._set_axes(picture)
        rows: list[tuple[str, int] | None] = []
        by_dash: dict[str, list[Stroke]] = {dash: [] for dash in _DASHES}
        for stroke in map(_ended, picture.strokes):
            if not len(stroke.x):
                rows.append(None)
                continue
            rows.append((stroke.dash, len(by_dash[stroke.dash])))
            by_dash[stroke.dash].append(stroke)
        for dash, strokes in by_dash.items():
            self._set_lines(dash, strokes)
        for sign, name in enumerate(("below", "above")):
            places = picture.infinite[1 - sign]
            _update(self._infinite[name], x=places, y=np.full(len(places), float(sign)))
        marks = [*(self._lines[each] for each in _DASHES if each in self._lines)]
        marks += self._infinite.values()
        if marks != self.widget.marks:
            self.widget.marks = marks
        for each in retired:
            each.close()
        return rows

    def close(self) -> None:
        """Close the figure and all that belongs to it."""
        widget = self.widget
        for each in [*self.parts(), widget.scale_x, widget.scale_y, widget.layout]:
            each.close()

    def parts(self) -> list[Part]:
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
        self._y = (_Log if log else _Linear)(min=0.1, max=1.0, allow_padding=False)
        x = _Axis(scale=self._x, label="step", grid_lines="none", tick_format=",")
        # Left to itself, bqplot makes an invalid format for narrow logarithmic ranges.
        y = _Axis(scale=self._y, side="left", grid_lines="solid", tick_format="~g")
        self.widget.axes = [x, y]
        return retired

    def _set_axes(self, picture: Picture) -> None:
        """Set the ends of the axes, with ticks at round numbers."""
        x_axis, y_axis = self.widget.axes
        places, labels = _ticks_along(picture)
        if x_axis.label != picture.along:
            x_axis.label = picture.along
        _fit(x_axis, picture.x, places, labels)
        low, high = picture.y
        _fit(y_axis, picture.y, log_ticks(low, high) if picture.log else ticks(low, high, 7), {})

    def _set_lines(self, dash: str, strokes: list[Stroke]) -> None:
        mark = self._lines.get(dash)
        x, y = _padded([each.x for each in strokes]), _padded([each.y for each in strokes])
        looks = {
            "colors": [each.color for each in strokes] or ["gray"],
            "opacities": [each.opacity for each in strokes],
        }
        if mark is not None:
            _update(mark, x=x, y=y, **looks)
        elif strokes:
            self._lines[dash] = _Lines(
                x=x,
                y=y,
                scales={"x": self._x, "y": self._y},
                preserve_domain={"x": True, "y": True},
                line_style=dash,
                stroke_width=_DASHES[dash],
                **looks,
            )

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


def _ended(stroke: Stroke) -> Stroke:
    """Cut off what comes after the last value: bqplot labels a line's last point."""
    seen = np.flatnonzero(np.isfinite(stroke.y))
    end = int(seen[-1]) + 1 if len(seen) else 0
    return replace(stroke, x=stroke.x[:end], y=stroke.y[:end])


def _ticks_along(picture: Picture) -> tuple[_Floats, dict[str, str]]:
    if picture.along != "time":
        return ticks(*picture.x, 6), {}
    places, labels = time_ticks(*picture.x, 6)
    # As JavaScript writes numbers: "60", not "60.0".
    return places, {
        repr(place).removesuffix(".0"): label
        for place, label in zip(places.tolist(), labels, strict=True)
    }


def _padded(rows: list[_Floats]) -> _Floats:
    """Lay lines of several lengths into one array ``[L, P]``, NaN before the shorter ones."""
    if not rows:
        return np.zeros(0)
    # bqplot drops dimensions of size 1, and would take lines of one point for one line.
    # The last point is a value, see `_ended`.
    filled = np.full((len(rows), max(2, *(len(row) for row in rows))), np.nan)
    for row, values in zip(filled, rows, strict=True):
        row[len(row) - len(values) :] = values
    return filled


def _update(mark: Any, **values: Any) -> None:
    """Set what differs, in one message."""
    with mark.hold_sync():
        for name, value in values.items():
            old = getattr(mark, name)
            if isinstance(value, np.ndarray):
                value = value.squeeze() if value.ndim == 2 else value
                same = old.shape == value.shape and np.array_equal(old, value, equal_nan=True)
            else:
                same = old == value
            if not same:
                setattr(mark, name, value)


def _fit(axis: Any, ends: tuple[float, float], places: _Floats, labels: dict[str, str]) -> None:
    with axis.scale.hold_sync():
        axis.scale.min, axis.scale.max = ends
    with axis.hold_sync():
        if (axis.tick_labels or {}) != labels:
            axis.tick_labels = labels
        if axis.tick_values is None or not np.array_equal(axis.tick_values, places):
            axis.tick_values = places

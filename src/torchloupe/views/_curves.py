"""Scalar series as lines: a bqplot figure, and over it the header, the legend and the crosshair."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets
from traitlets import Bool, Dict, Float, List, Unicode

from ..channel import BOOLEAN, COUNT, NUMBER, Rejected
from ..run import Run
from ._curves_axis import ALONG
from ._curves_drawing import Drawing
from ._curves_picture import Settings
from ._curves_source import Sources
from ._curves_words import exactly
from ._output_only import Part, all_or_nothing
from ._traits import synced
from ._view import View, bundle, need_title, weakly

_LONGEST_SEARCH = 100
_HEAVIEST = 0.999


def _along(value: object) -> Any:
    if value not in ALONG:
        raise Rejected("expected step, epoch or time")
    return value


def _weight(value: object) -> float:
    weight = NUMBER(value)
    if not 0 <= weight <= _HEAVIEST:
        raise Rejected("expected a weight from 0 to 0.999")
    return weight


def _search(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_SEARCH:
        raise Rejected("expected a short text")
    return value


class CurvesBar(View):
    """What lies over the figure of `Curves`; its frames carry the figure's."""

    _esm = bundle("curves")
    events = {
        "scale": {"log": BOOLEAN},
        "along": {"x": _along},
        "smooth": {"weight": _weight},
        "window": {"low": NUMBER, "high": NUMBER},
        "whole": {},
        "inspect": {"at": NUMBER, "ask": COUNT},
        "toggle": {"series": COUNT, "only": BOOLEAN},
        "fold": {"group": COUNT, "open": BOOLEAN},
        "search": {"text": _search},
    }

    series = synced(List(Dict()))
    """One a listed series: key, name, run, group, color, dash, shown, drawn; texts last, note,
    minimum, maximum, count, best; best_x, best_y where ringed; raw, smooth: [mark, row] or none."""
    groups = synced(List(Dict()))
    """key, name, count and open of each group; none if all series fit without."""
    left = synced(Float(0))
    """How many more series of open groups there are than are listed."""
    search = synced(Unicode())
    """What names have to contain."""
    marks = synced(Dict())
    """Where the lines of each dash are: references to bqplot's models."""
    axes = synced(List())
    """The ends of both axes: left, right, low, high."""
    frame_size = synced(List())
    """Height of the figure and its margins top, right, bottom, left, in pixels."""
    epochs = synced(List())
    """[place, epoch] of the ends of epochs to mark."""
    cursor = synced(List(Float()))
    """Where along the axis the past is looked at: one place a run whose cursor stands there."""
    x = synced(Unicode("step"))
    """What the horizontal axis means: step, epoch or time."""
    x_reasons = synced(Dict())
    """Why an axis has no meaning here, by its name; "" where it has."""
    smoothing = synced(Float(0.0))
    """How much of the average before stays with each value, 0 … 0.999."""
    zoomed = synced(Bool())
    """Whether a part of the horizontal axis is shown."""
    live = synced(Bool())
    """Whether more values are coming."""
    log = synced(Bool())
    """Whether the value axis is logarithmic."""
    log_possible = synced(Bool())
    """Whether there is any value that a logarithmic axis has a place for."""
    inspected = synced(Dict())
    """The newest answer to a crosshair: client, ask, heading, rows of [key, value, step]."""
    empty = synced(Bool(True))
    """Whether there is nothing to draw."""

    def __init__(
        self, sources: Sources, title: str, settings: Settings, *, standalone: bool
    ) -> None:
        self._sources, self._title, self._settings = sources, title, settings
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self._question: tuple[str, int, float] | None = None
        self._answered: tuple[str, int, float] | None = None
        self._answer: dict[str, Any] = {}
        self._shown_cursors: Hashable = ()
        #: called with each frame, before it is sent: whether it is empty
        self.arrange: Callable[[bool], None] = _nothing
        self.box: Part | None = None
        self.on_close: Callable[[], None] = self.figure.close
        only = sources.runs[0].run if len(sources.runs) == 1 else None
        super().__init__(only, standalone=standalone)
        if len(sources.runs) > 1:
            _end_with_all([each.run for each in sources.runs], self)

    def content(self) -> dict[str, Any]:
        """Redraw the figure and return what stands around it."""
        question, settings = self._question, self._settings
        sources = self._sources.look()
        content = self._drawing.content(sources, settings, live=self._sources.live)
        self.arrange(content["empty"])
        content["summary"] = self._sources.absence if content["empty"] else content["summary"]
        if question != self._answered and question is not None:
            client, ask, at = question
            answer = exactly(self._drawing.drawn, self._drawing.settings, at)
            self._answer, self._answered = {"client": client, "ask": ask, **answer}, question
        self._shown_cursors = self._sources.cursors
        cursor = self._sources.cursor(self._drawing.settings.along)
        return {"title": self._title, **content, "cursor": cursor, "inspected": self._answer}

    def version(self) -> Hashable:
        """Differ with every value drawn and with everything that was chosen."""
        drawing = self._drawing
        values = self._sources.version([each.source for each in drawing.drawn])
        chosen = self._settings, drawing.choice.version, self._question
        return chosen, self._sources.cursors, values

    def urgent(self) -> bool:
        """Tell whether somebody waits for exact values, or looks at another moment."""
        moved = self._sources.cursors != self._shown_cursors
        return moved or self._question != self._answered

    def can_wait(self) -> bool:
        """Tell whether there will soon be more to show: one of the runs goes on."""
        return any(each.run.state == "running" for each in self._sources.runs)

    def publish(self, *, complete: bool) -> int:
        """Send the frame, and the figure with the first that has something in it."""
        return super().publish(complete=complete) + self.figure.size

    def belongings(self) -> Iterable[Part]:
        """Return all of the figure, and the box around both."""
        return [*self.figure.parts(), *filter(None, [self.box])]

    def observed(self, seconds: float) -> None:
        """Count what publishing cost, shared by the runs that are shown."""
        for each in self._sources.runs:
            each.run.observed(seconds / len(self._sources.runs))

    def close(self) -> None:
        """Take it off every page, and the figure with it."""
        if self._open:
            super().close()
            self.on_close()

    def _on_scale(self, _: str, log: bool) -> None:
        self._settings = replace(self._settings, log=log)

    def _on_along(self, _: str, x: Any) -> None:
        self._settings = replace(self._settings, along=x, window=None)

    def _on_smooth(self, _: str, weight: float) -> None:
        self._settings = replace(self._settings, weight=weight)

    def _on_window(self, _: str, low: float, high: float) -> None:
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            raise Rejected("expected a stretch of the axis")
        self._settings = replace(self._settings, window=(low, high))

    def _on_whole(self, _: str) -> None:
        self._settings = replace(self._settings, window=None)

    def _on_inspect(self, client: str, at: float, ask: int) -> None:
        self._question = client, ask, at

    def _on_toggle(self, _: str, series: int, only: bool) -> None:
        self._drawing.choice.toggle(series, only=only)

    def _on_fold(self, _: str, group: int, open: bool) -> None:  # noqa: A002  the event's own word
        self._drawing.choice.fold(group, opened=open)

    def _on_search(self, _: str, text: str) -> None:
        self._drawing.choice.search = text


class Curves(Part, ipywidgets.VBox):
    """Show scalar series as lines, smoothed, with what was logged faint behind.

    A NaN is a gap, an infinite value a mark at the edge. A long line is drawn through the smallest
    and the largest value of each of many stretches, so that no spike is lost; zoom in to see every
    value. Series called alike but for train and val share a colour, the second dashed. The lowest
    loss or error and the highest accuracy are ringed.

    Args:
        data_or_run: a run; several runs or a mapping from names to runs, to compare them; a mapping
            from names to values [n] or (steps [n], values [n]); or values [n] alone.
        channel: of a run, the name or names to show; all by default.
        title: the header.
        log: begin with a logarithmic value axis.
        x: begin with `"step"`, `"epoch"` or `"time"` (since the run began) along the horizontal
            axis.
        smoothing: how much of the average before stays with each value, from 0 (none) to 0.999; the
            average is corrected for its beginning. Series of fewer than 20 values are drawn as they
            are.

    A view of several runs closes when the last of them does.

    Raises:
        TypeError, ValueError: the data or an argument are not of this form; the message says how.
    """

    def __init__(
        self,
        data_or_run: Any,
        channel: str | Sequence[str] | None = None,
        *,
        title: str = "Curves",
        log: bool = False,
        x: str = "step",
        smoothing: float = 0.6,
        standalone: bool = True,
    ) -> None:
        title = need_title(title) or "Curves"
        settings = _settings(x, log=log, smoothing=smoothing)
        sources = Sources(data_or_run, channel)
        with all_or_nothing():
            self.bar = CurvesBar(sources, title, settings, standalone=standalone)
            super().__init__()
            self.add_class("tl-curves-box")
            self._arrange(self.bar.empty)
        self.bar.arrange, self.bar.box = self._arrange, self
        self.bar.on_close = self._close

    def _arrange(self, empty: bool) -> None:
        """Show the figure once there is something in it: an empty one has no size to draw in."""
        wanted = (self.bar,) if empty else (self.bar, self.bar.figure.widget)
        if self.children != wanted:
            self.children = wanted

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


def _settings(x: object, *, log: object, smoothing: object) -> Settings:
    if x not in ALONG:
        raise ValueError(f"x: expected 'step', 'epoch' or 'time', got {x!r:.80}")
    if isinstance(smoothing, bool) or not isinstance(smoothing, (int, float)):
        raise TypeError(f"smoothing: expected a number, got {type(smoothing).__name__}")
    if not 0 <= smoothing <= _HEAVIEST:
        raise ValueError(f"smoothing: expected 0 to {_HEAVIEST}, got {smoothing!r}")
    return Settings(along=x, log=bool(log), weight=float(smoothing))


def _end_with_all(runs: Sequence[Run], view: CurvesBar) -> None:
    """Close a view when the last of its runs closes; one of closed runs alone stays."""
    close, was_open = weakly(view), False
    still: set[int] = set()

    def end(run: int) -> None:
        still.discard(run)
        if was_open and not still:
            close()

    for run in runs:
        key = id(run)
        still.add(key)
        run.on_close(lambda key=key: end(key))
    was_open = bool(still)


def _nothing(_: bool) -> None:
    """Do nothing; stands in until there is a box around the bar."""

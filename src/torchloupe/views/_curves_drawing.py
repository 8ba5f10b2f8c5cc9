"""From what was logged and what was chosen to the figure and all that is said around it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ._curves_axis import ALONG, epoch_marks
from ._curves_choice import Choice, Entry, Listing
from ._curves_extent import Ends, across, upward
from ._curves_picture import Curve, Settings, any_positive, curve_of, share_of
from ._curves_source import Logged, Source
from ._curves_words import legend_of, reason_against, summary_of

_FAINT = 0.28

_Drawn = list[tuple[Entry, Curve]]


class Drawing:
    """Draws the figure of a view, and remembers what it drew."""

    def __init__(self) -> None:
        # bqplot brings pandas along: whoever draws no curve need not wait for it.
        from ._figure import HEIGHT, MARGIN, Figure

        self.figure = Figure()
        self.choice = Choice()
        #: the entries that are drawn
        self.drawn: list[Entry] = []
        #: the settings as they could be followed: an axis may have no meaning
        self.settings = Settings()
        self._size = [HEIGHT, *(MARGIN[each] for each in ("top", "right", "bottom", "left"))]
        self._before: tuple[Hashable, Ends] | None = None

    def content(self, sources: Sequence[Source], wanted: Settings, *, live: bool) -> dict[str, Any]:
        """Draw, and return the traits of a frame."""
        reasons = {along: reason_against(along, sources) for along in ALONG}
        if reasons[wanted.along]:
            wanted = replace(wanted, along="step", window=None)
        runs = len({each.run for each in sources})
        listing = self.choice.listing(sources, runs=runs)
        drawn, positive = _read([each for each in listing.entries if each.drawn], wanted)
        self.settings = settings = replace(wanted, log=wanted.log and positive)
        self.drawn = [entry for entry, _ in drawn]
        axes = self._axes([curve for _, curve in drawn], live=live)
        return {
            "summary": summary_of(listing, drawn, len(sources)),
            "series": self._draw(listing, drawn, axes),
            "groups": [asdict(each) for each in listing.groups],
            "left": float(listing.left),
            "search": self.choice.search,
            "marks": self.figure.references,
            "axes": [*axes[0], *axes[1]],
            "frame_size": self._size,
            "epochs": _marks(drawn, settings, axes[0]),
            "x": settings.along,
            "x_reasons": reasons,
            "smoothing": settings.weight,
            "zoomed": settings.window is not None,
            "live": live,
            "log": settings.log,
            "log_possible": positive,
            "empty": not any(each.count for each in sources),
        }

    def _axes(self, curves: list[Curve], *, live: bool) -> tuple[Ends, Ends]:
        settings = self.settings
        x = settings.window or across(curves, live=live)
        # Whatever else was chosen, the axis is fitted anew.
        key = settings, tuple(each.key for each in self.drawn)
        known = self._before[1] if live and self._before and self._before[0] == key else None
        y = upward(curves, x, log=settings.log, before=known)
        self._before = key, y
        return x, y

    def _draw(
        self, listing: Listing, drawn: _Drawn, axes: tuple[Ends, Ends]
    ) -> list[dict[str, Any]]:
        """Draw the lines, faint ones first; return the legend, which tells where each is."""
        from ._figure import Picture, Stroke

        faint = [
            Stroke(each.x, each.y, entry.color, opacity=_FAINT)
            for entry, each in drawn
            if len(each.smooth_x)
        ]
        clear = [
            Stroke(each.smooth_x, each.smooth_y, entry.color, entry.dash)
            if len(each.smooth_x)
            else Stroke(each.x, each.y, entry.color, entry.dash)
            for entry, each in drawn
        ]
        infinite = [_infinite([each for _, each in drawn], sign) for sign in (1, -1)]
        rows = self.figure.draw(
            Picture(
                self.settings.along,
                self.settings.log,
                *axes,
                strokes=[*faint, *clear],
                infinite=(infinite[0], infinite[1]),
            )
        )
        behind, front = iter(rows[: len(faint)]), iter(rows[len(faint) :])
        curves = {entry.key: curve for entry, curve in drawn}
        legend: list[dict[str, Any]] = []
        for entry in listing.entries:
            curve = curves.get(entry.key)
            said = legend_of(entry, curve, self.settings, len(drawn))
            if curve is not None:
                place = _listed(next(front))
                smoothed = len(curve.smooth_x) > 0
                said["raw"] = _listed(next(behind)) if smoothed else place
                said["smooth"] = place if smoothed else None
            legend.append(said)
        return legend


def _read(entries: list[Entry], wanted: Settings) -> tuple[_Drawn, bool]:
    """Read the curves; tell whether a logarithmic axis has a place for any."""
    most = share_of(len(entries))
    drawn = [(each, curve_of(each.source, wanted, most)) for each in entries]
    positive = any(any_positive(curve.total) for _, curve in drawn)
    if wanted.log and not positive:
        plain = replace(wanted, log=False)
        drawn = [(each, curve_of(each.source, plain, most)) for each in entries]
    return drawn, positive


def _listed(place: tuple[str, int] | None) -> list[Any] | None:
    return None if place is None else list(place)


def _infinite(curves: list[Curve], sign: int) -> Any:
    places = [each.infinite_x[each.infinite_signs == sign] for each in curves]
    return np.concatenate([np.zeros(0), *places])[:200]


def _marks(drawn: _Drawn, settings: Settings, x: Ends) -> list[list[float]]:
    """Mark the ends of the epochs of the one run that is drawn."""
    runs = {entry.source.of for entry, _ in drawn if isinstance(entry.source, Logged)}
    if settings.along == "epoch" or len(runs) != 1:
        return []
    return epoch_marks(*next(iter(runs)).ends(settings.along), *x)

"""What is said about the curves: in the legend, the table, the header and beside the crosshair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..run import text_of
from ._curves_axis import Along
from ._curves_choice import MOST_LINES, Entry, Listing
from ._curves_names import goal_of
from ._curves_picture import Curve, Settings
from ._curves_source import Logged, Source
from ._ticks import time_text
from ._traits import known

# Of more lines, rings around the best values would be all that is seen.
_MOST_RINGS = 6
# The least that a series is asked for.
_COARSE = 200


def legend_of(entry: Entry, curve: Curve | None, settings: Settings, lines: int) -> dict[str, Any]:
    """Return an entry of the legend, with what the table says of it; `lines` are drawn in all."""
    said: dict[str, Any] = {
        "key": entry.key,
        "name": entry.source.name,
        "run": entry.source.run,
        "group": entry.group,
        "color": entry.color,
        "dash": entry.dash,
        "shown": entry.shown,
        "drawn": entry.drawn,
    }
    if curve is None or curve.total is None:
        return {
            **said,
            **dict.fromkeys(("last", "note", "minimum", "maximum", "count", "best"), ""),
        }
    whole = curve.total
    said |= {
        "last": text_of(float(whole["last"])),
        "note": _note(curve),
        "minimum": _finite_text(whole["minimum"]),
        "maximum": _finite_text(whole["maximum"]),
        "count": f"{int(whole['count']):,}",
    }
    return said | _best(entry.source, whole, settings, ringed=lines <= _MOST_RINGS)


def summary_of(listing: Listing, curves: Sequence[tuple[Entry, Curve]], count: int) -> str:
    """Return the quiet text of the header: how far, and how many of how many series."""
    last = [
        float(entry.source.places("step", *_one(each.total, "high_step", "last_time"))[0])
        for entry, each in curves
        if each.total is not None
    ]
    notes = [f"to step {max(last):,.12g}"] if last else []
    if count > MOST_LINES:
        drawn = sum(each.drawn for each in listing.entries)
        notes.append(f"{drawn} of {count:,} series")
    return " · ".join(notes) or "no values yet"


def exactly(entries: Sequence[Entry], settings: Settings, at: float) -> dict[str, Any]:
    """Read the logged value nearest to a place of the axis, of each series.

    Returns:
        `heading`: the place as step, epoch and time; `rows`: [key, value, its step] of each.
    """
    rows: list[list[Any]] = []
    heading, distance = "", np.inf
    for entry in entries:
        buckets = entry.source.window(settings.along, at, at, _COARSE)
        if not len(buckets):
            continue
        places = [
            entry.source.places(settings.along, buckets[f"{end}_step"], buckets[f"{end}_time"])
            for end in ("first", "last")
        ]
        away = np.maximum(np.minimum(*places) - at, at - np.maximum(*places))
        nearest = buckets[int(away.argmin())]
        rows.append([entry.key, _value_text(nearest), _step_text(entry.source, nearest)])
        if away.min() < distance:
            distance, heading = away.min(), _heading(entry.source, nearest)
    return {"heading": heading, "rows": rows}


def _best(source: Source, whole: Any, settings: Settings, *, ringed: bool) -> dict[str, Any]:
    goal = goal_of(source.name)
    name = "minimum" if goal == "low" else "maximum"
    if goal is None or not np.isfinite(whole[name]):
        return {"best": ""}
    step, value = _one(whole, f"{name}_step", "first_time"), float(whole[name])
    step_text = f"{float(source.places('step', *step)[0]):,.12g}"
    said: dict[str, Any] = {"best": f"{text_of(value)} @ {step_text}"}
    # Buckets know no time of their extremes; the longer ones would have the ring beside the line.
    if ringed and settings.along != "time" and not (settings.log and value <= 0):
        said |= {
            "best_x": float(source.places(settings.along, *step)[0]),
            "best_y": known(value, 9),
        }
    return said


def _one(whole: Any, step: str, time: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return np.array([whole[step]]), np.array([whole[time]])


def _note(curve: Curve) -> str:
    nans, infinite = int(curve.total["nans"]), int(curve.total["above"] + curve.total["below"])
    notes = [f"{nans:,} NaN"] if nans else []
    notes += [f"{infinite:,} infinite"] if infinite else []
    if curve.hidden:
        notes.append(f"{curve.hidden:,} not above 0" if curve.hidden > 0 else "some not above 0")
    return ", ".join(notes)


def _finite_text(value: Any) -> str:
    return text_of(float(value)) if np.isfinite(value) else ""


def _value_text(bucket: Any) -> str:
    """Write a value; of many that are known as one bucket, their mean and extent."""
    if bucket["count"] == 1:
        return text_of(float(bucket["first"]))
    low, high = text_of(float(bucket["minimum"])), text_of(float(bucket["maximum"]))
    return f"≈ {text_of(float(bucket['mean']))} ({low} … {high})"


def _step_text(source: Source, bucket: Any) -> str:
    return f"{float(source.places('step', *_one(bucket, 'first_step', 'first_time'))[0]):,.12g}"


def _heading(source: Source, bucket: Any) -> str:
    said = [f"step {_step_text(source, bucket)}"]
    if isinstance(source, Logged):
        place = _one(bucket, "first_step", "first_time")
        if source.of.epochs is not None:
            said.append(f"epoch {float(source.places('epoch', *place)[0]):.4g}")
        said.append(time_text(*[float(bucket["first_time"])] * 2, digits=3))
    return " · ".join(said)


def reason_against(along: Along, sources: Sequence[Source]) -> str:
    """Say why an axis has no meaning here; "" if it has one."""
    if along == "step" or not sources:
        return ""
    if not all(isinstance(each, Logged) for each in sources):
        return "these values came without times and epochs"
    if along == "epoch" and not all(
        isinstance(each, Logged) and each.of.epochs is not None for each in sources
    ):
        return "no epoch has ended yet"
    return ""

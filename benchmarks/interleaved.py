"""Measure several ways of doing a thing in turn, so that the machine's mood hits all alike."""

from __future__ import annotations

import importlib.metadata
import platform
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds a call, over all rounds."""

    median: float
    lower: float
    upper: float


def interleave(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Timing]:
    """Call each way once a round, in turn; each returns the seconds that one unit of work took."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # warm up
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(way())
    return {name: _timing(values) for name, values in seconds.items()}


def report(title: str, timings: Mapping[str, Timing], *, base: str) -> None:
    """Print medians with quartiles and the ratio of each to `base`."""
    print(f"\n{title}")
    reference = timings[base].median
    for name, timing in timings.items():
        spread = f"[{_text(timing.lower)} … {_text(timing.upper)}]"
        ratio = timing.median / reference
        print(f"  {name:<34}{_text(timing.median):>10} {spread:<24}{ratio:>8.2f}x")


def versions(*packages: str) -> str:
    """Name the Python and package versions that a result belongs to."""
    named = [f"{package} {importlib.metadata.version(package)}" for package in packages]
    return f"Python {platform.python_version()}, " + ", ".join(named)


def _timing(values: list[float]) -> Timing:
    lower, median, upper = statistics.quantiles(values, n=4)
    return Timing(median, lower, upper)


def _text(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"

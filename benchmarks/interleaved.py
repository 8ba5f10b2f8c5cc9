"""Measure several ways of doing a thing in turn, so that the machine's mood hits all alike."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NAME_WIDTH = 40


@dataclass(frozen=True)
class Timing:
    """Seconds a call, over all rounds."""

    median: float
    lower: float
    upper: float


def interleave(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Timing]:
    """Call each way once a round, in random order; each returns the seconds of one unit of work."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # warm up
    order, chance = list(ways), random.Random(0)
    for _ in range(rounds):
        chance.shuffle(order)
        for name in order:
            seconds[name].append(ways[name]())
    return {name: timing_of(values) for name, values in seconds.items()}


def report(title: str, timings: Mapping[str, Timing], *, base: str) -> None:
    """Print medians with quartiles and the ratio of each to `base`."""
    print(f"\n{title}")
    reference = timings[base].median
    for name, timing in timings.items():
        spread = f"[{duration(timing.lower)} … {duration(timing.upper)}]"
        ratio = _ratio(timing.median / reference)
        print(f"  {name:<{NAME_WIDTH}}{duration(timing.median):>9} {spread:<22}{ratio:>8}x")


def available(package: str) -> bool:
    """Tell whether a peer is installed; one line says so if it is not."""
    found = importlib.util.find_spec(package) is not None
    if not found:
        print(f"{package} is not installed and is left out")
    return found


def versions(*packages: str) -> str:
    """Name the Python and package versions that a result belongs to, those that are installed."""
    there = [each for each in packages if importlib.util.find_spec(each) is not None]
    named = [f"{each} {importlib.metadata.version(each)}" for each in there]
    return ", ".join([f"Python {platform.python_version()}", *named])


def timing_of(values: list[float]) -> Timing:
    """Return the median and the quartiles."""
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Timing(median, lower, upper)


def duration(seconds: float) -> str:
    """Write seconds with three digits and a unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"

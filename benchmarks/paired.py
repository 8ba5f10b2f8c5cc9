"""Differences of a percent on a busy machine: short blocks in random order, compared pairwise."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, perf_counter, process_time, thread_time

import numpy as np
from interleaved import NAME_WIDTH, duration
from numpy.typing import NDArray

# Of each end of the ratios so much is left out: what else the machine did is in there.
TRIMMED = 0.2
RESAMPLES = 2_000


@dataclass(frozen=True)
class Block:
    """Seconds that a block took: by the wall, of this thread's CPU, of all other threads' CPU."""

    wall: float
    own: float
    others: float


class Stopwatch:
    """Measures a block from here to `stop`."""

    def __init__(self, foreign: Callable[[], float]) -> None:
        #: CPU seconds of other threads that are not to be counted
        self._foreign = foreign
        self._began = self._now()

    def stop(self) -> Block:
        """Return what passed since."""
        return Block(*(end - began for end, began in zip(self._now(), self._began, strict=True)))

    def _now(self) -> tuple[float, float, float]:
        own = thread_time()
        return perf_counter(), own, process_time() - own - self._foreign()


def blocks(ways: Mapping[str, Callable[[], Block]], seconds: float) -> dict[str, list[Block]]:
    """Measure a block of each way in turn, in random order, until the time is over."""
    found: dict[str, list[Block]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # warm up
    order, chance = list(ways), random.Random(0)
    until = monotonic() + seconds
    while monotonic() < until:
        chance.shuffle(order)
        for name in order:
            found[name].append(ways[name]())
    return found


def report(title: str, found: Mapping[str, list[Block]], *, base: str, steps: int) -> None:
    """Print each way's added share of the base's time, with 95 % intervals."""
    table = {
        name: np.array([[each.wall, each.own, each.others] for each in measured]) / steps
        for name, measured in found.items()
    }
    reference = table[base]
    print(f"\n{title}: {len(reference)} rounds of {steps} steps each")
    print(f"  {'':<{NAME_WIDTH}}{'median':>9}  {'wall':<24}{'its thread’s CPU':<24}other threads")
    for name, values in table.items():
        wall, own = (_added(values[:, column], reference[:, column]) for column in (0, 1))
        if name == base:
            wall = own = "–"
        beside = 100 * _middle(values[:, 2] / reference[:, 1])
        middle = duration(float(np.median(values[:, 0])))
        print(f"  {name:<{NAME_WIDTH}}{middle:>9}  {wall:<24}{own:<24}{beside:.1f} %")


def _added(values: NDArray[np.float64], reference: NDArray[np.float64]) -> str:
    ratios = values / reference
    chance = np.random.default_rng(0)
    resampled = ratios[chance.integers(len(ratios), size=(RESAMPLES, len(ratios)))]
    low, high = np.quantile(_middle(resampled), [0.025, 0.975])
    middle, low, high = (100 * (each - 1) for each in (_middle(ratios), low, high))
    return f"{middle:+.1f} % [{low:+.1f} … {high:+.1f}]"


def _middle(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the middle ones, along the last axis."""
    cut = int(TRIMMED * ratios.shape[-1])
    ordered = np.sort(ratios, axis=-1)
    return ordered[..., cut : ratios.shape[-1] - cut].mean(-1)

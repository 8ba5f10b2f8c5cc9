"""Differences of a percent on a busy machine: short blocks in random order, compared pairwise.

What a thread waits for a core says how busy the machine is, not what was measured: Linux counts it,
and it is taken off. What remains is its CPU time and what it waits for others of its own process,
above all for Python's global lock. (While such another waits for a core, that counts too.)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time, thread_time

import numpy as np
from interleaved import NAME_WIDTH, duration
from numpy.typing import NDArray

# Of each end of the ratios so much is left out: what else the machine did is in there.
TRIMMED = 0.2
RESAMPLES = 2_000


@dataclass(frozen=True)
class Block:
    """Seconds that a block took.

    Attributes:
        wall: from beginning to end.
        queued: in which this thread was ready and had no core.
        own: of this thread's CPU.
        others: of all other threads' CPU.
    """

    wall: float
    queued: float
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

    def _now(self) -> tuple[float, float, float, float]:
        own = thread_time()
        return perf_counter(), _queued(), own, process_time() - own - self._foreign()


def _queued() -> float:
    try:
        counted = Path("/proc/thread-self/schedstat").read_text(encoding="ascii")
    except OSError:  # not Linux: the machine had better be quiet
        return 0.0
    return int(counted.split()[1]) * 1e-9


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
        name: np.array([[each.wall, each.queued, each.own, each.others] for each in measured]).T
        for name, measured in found.items()
    }
    reference = table[base][0] - table[base][1]
    heads = ("wall", "less queueing", "added, with 95 % interval", "waits", "other threads")
    print(f"\n{title}: {len(reference)} rounds of {steps} steps each; shares of a bare step")
    print(f"  {'':<{NAME_WIDTH}}{heads[0]:>8}{heads[1]:>15}  {heads[2]:<27}{heads[3]:<9}{heads[4]}")
    for name, (wall, queued, own, others) in table.items():
        taken = wall - queued
        middles = duration(np.median(wall) / steps), duration(np.median(taken) / steps)
        added = "–" if name == base else _added(taken / reference)
        waits, beside = (
            f"{100 * _middle(each / reference):.1f} %" for each in (taken - own, others)
        )
        cells = f"{middles[0]:>8}{middles[1]:>15}  {added:<27}{waits:<9}{beside}"
        print(f"  {name:<{NAME_WIDTH}}{cells}")


def _added(ratios: NDArray[np.float64]) -> str:
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

"""What one frame of the curves takes: messages, bytes on the wire, and the publisher's time."""

from __future__ import annotations

import statistics
from time import thread_time

import numpy as np
from channel import Channel
from interleaved import duration, versions

import torchloupe as tl

SERIES = [1, 8, 24]
VALUES = [1_000, 1_000_000]
FRAMES = 15


def main() -> None:
    print(versions("torchloupe", "anywidget", "bqplot", "ipykernel"))
    print("\na frame of curves, each with one new value a series (medians)")
    heads = ("series", "values each", "messages", "bytes", "CPU time", "first: messages", "bytes")
    print("  " + "".join(f"{head:>16}" for head in heads))
    with Channel() as channel:
        for values in VALUES:
            for series in SERIES:
                cells = _measure(channel, series, values)
                print("  " + "".join(f"{cell:>16}" for cell in cells))


def _measure(channel: Channel, series: int, values: int) -> list[str]:
    names = [f"train/series_{number}" for number in range(series)]
    with tl.Run("frames") as run:
        run.log(dict.fromkeys(names, 1.0))
        for name in names:
            _fill(run, name, values)
        channel.messages = channel.size = 0
        bar = tl.Curves(run).bar
        bar.publish(complete=False)
        first = channel.messages, channel.size
        taken = []
        # Nobody looks, so that the publisher leaves this view to us.
        for step in range(values, values + FRAMES):
            run.log({name: float(np.cos(step)) for name in names}, step=step)
            before = channel.messages, channel.size
            began = thread_time()
            bar.publish(complete=False)
            spent = thread_time() - began
            taken.append((channel.messages - before[0], channel.size - before[1], spent))
    messages, size, spent = (statistics.median(column) for column in zip(*taken, strict=True))
    start = [f"{first[0]}", f"{first[1]:,}"]
    return [str(series), f"{values:,}", f"{messages:g}", f"{size:,.0f}", duration(spent), *start]


def _fill(run: tl.Run, name: str, values: int) -> None:
    """Give a series a noisy history, as fast as memory takes it."""
    chance = np.random.default_rng(0)
    steps = np.arange(1, values)
    noisy = 1 / np.sqrt(steps) + 0.1 * chance.random(values - 1)
    run.scalars[name].extend(steps, noisy, steps * 0.005)


if __name__ == "__main__":
    main()

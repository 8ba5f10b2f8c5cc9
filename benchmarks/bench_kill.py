"""What is left of a run whose process is killed at a random moment, beside SummaryWriter."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import random
import signal
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from interleaved import versions
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

import torchloupe as tl

ROUNDS = 12
PAUSE = 0.001


def main() -> None:
    ways = {"torchloupe": (write_ours, read_ours), "SummaryWriter": (write_theirs, read_theirs)}
    lost: dict[str, list[tuple[int, float]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        seconds = random.uniform(0.3, 2.0)
        for name, (write, read) in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                lost[name].append(killed(write, read, Path(folder), seconds))
    print(versions("torchloupe", "torch", "tensorboard"))
    print(f"\nkilled after 0.3 to 2 s, {ROUNDS} times; a value every millisecond or so")
    for name, losses in lost.items():
        values, seconds = zip(*losses, strict=True)
        share = f"{sum(values) / ROUNDS:8.1f} values lost on average"
        worst = f"at worst the last {max(seconds):.2f} s, median {statistics.median(seconds):.2f} s"
        print(f"  {name:<16}{share}; {worst}")


def killed(
    write: Callable[[Path, mmap.mmap], None],
    read: Callable[[Path], int],
    folder: Path,
    seconds: float,
) -> tuple[int, float]:
    """Let a process log until it is killed; return how many values are lost, and how many seconds.

    The number of the last value and its moment lie in memory that both processes share.
    """
    shared = mmap.mmap(-1, 64)
    process = multiprocessing.get_context("fork").Process(target=write, args=(folder, shared))
    process.start()
    while struct.unpack_from("<q", shared)[0] < 10:
        time.sleep(0.01)
    time.sleep(seconds)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    logged, began, ended = struct.unpack_from("<qdd", shared)
    count = logged - read(folder)
    return count, count * (ended - began) / logged


def note(shared: mmap.mmap, number: int, began: float) -> None:
    struct.pack_into("<qdd", shared, 0, number, began, time.perf_counter())


def write_ours(folder: Path, shared: mmap.mmap) -> None:
    run, began = tl.Run("killed", dir=folder), time.perf_counter()
    for step in run.track(range(10**9)):
        run.log(loss=float(step))
        note(shared, step + 1, began)
        time.sleep(PAUSE)


def read_ours(folder: Path) -> int:
    run = tl.open(folder / "killed")
    count = run.scalars["loss"].count if "loss" in run.scalars else 0
    run.close()
    return count


def write_theirs(folder: Path, shared: mmap.mmap) -> None:
    writer, began = SummaryWriter(folder), time.perf_counter()
    for step in range(10**9):
        writer.add_scalar("loss", float(step), step)
        note(shared, step + 1, began)
        time.sleep(PAUSE)


def read_theirs(folder: Path) -> int:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return len(events.Scalars("loss")) if "loss" in events.Tags()["scalars"] else 0


if __name__ == "__main__":
    main()

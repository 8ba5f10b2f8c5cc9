"""Memory and disk over a million steps of eight series, as fast as they can be logged."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import psutil
import torch
from interleaved import versions

import torchloupe as tl

STEPS = 1_000_000
SERIES = 8
SAMPLES = [10_000, *range(100_000, STEPS + 1, 100_000)]
MEBIBYTE = 2**20

Row = dict[str, float]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # One process each: what one way leaves in memory is not the other's.
        ways = {"in memory": _measure([]), "dir=…": _measure([folder])}
    print(versions("torchloupe", "torch", "psutil"))
    print(f"\nresident memory, MiB, over {STEPS:,} steps of {SERIES} series")
    print(f"  {'step':>10}{'in memory':>12}{'dir=…':>12}{'on disk':>12}")
    for at, (memory, disk) in enumerate(zip(*(each for each in ways.values()), strict=True)):
        where = f"{SAMPLES[at]:,}" if at < len(SAMPLES) else "closed"
        cells = memory["resident"], disk["resident"], disk["written"]
        print(f"  {where:>10}" + "".join(f"{cell / MEBIBYTE:>12.1f}" for cell in cells))
    for name, rows in ways.items():
        pace, known = rows[-2]["seconds"] / STEPS * 1e6, rows[-1]["values"]
        print(f"  {name}: {pace:.1f} µs a step; at the end {known:,.0f} values a series are known")


def _measure(arguments: list[str]) -> list[Row]:
    command = [sys.executable, __file__, "child", *arguments]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in told.splitlines()]


def child(folder: str | None) -> None:
    """Train on nothing; print a row at each sample and one after the end."""
    torch.set_num_threads(1)
    run, process = tl.Run("long", dir=folder), psutil.Process()
    names = [f"series_{number}" for number in range(SERIES)]
    due, began = iter(SAMPLES), perf_counter()
    sample = next(due)
    for step in run.track(range(STEPS)):
        value = 1 / (step + 1)
        run.log(dict.fromkeys(names, value))
        if step + 1 == sample:
            _tell(run, process, perf_counter() - began)
            sample = next(due, 0)
    run.close()
    seconds = perf_counter() - began
    whole = tl.open(run.path) if run.path else run
    _tell(run, process, seconds, values=int(whole.window("series_0")["count"].sum()))


def _tell(run: tl.Run, process: psutil.Process, seconds: float, values: int = 0) -> None:
    written = sum(each.stat().st_size for each in run.path.iterdir()) if run.path else 0
    resident = process.memory_info().rss
    row = {"resident": resident, "written": written, "seconds": seconds, "values": values}
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(str(Path(sys.argv[2])) if len(sys.argv) > 2 else None)
    else:
        main()

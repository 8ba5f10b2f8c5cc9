"""A small run directory and what is truly in it."""

from __future__ import annotations

import math
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from torchloupe.store import History, Reader, Scribe, Snapshot, make_manifest

LENGTHS = {"loss": 500, "val/loss": 40, "ö\n'\"": 9}
STATUS = {"state": "running", "step": 500, "epoch": 2, "rate": None, "fraction": 0.5}


def scribe_for(directory: Path, history: History, **changes: Any) -> Scribe:
    """Begin to write a directory, with callbacks that do nothing."""
    given: dict[str, Any] = {
        "manifest": make_manifest("a run", created=1_000.5, torch="2.0"),
        "status": lambda: STATUS,
        "obey": lambda _: None,
        "report": lambda _: None,
    }
    return Scribe(directory, history, **(given | changes))


@cache
def true_value(name: str, index: int) -> tuple[int, float, float]:
    """The step, value and time of each value: any that is out of place shows."""
    number = list(LENGTHS).index(name) + 1 if name in LENGTHS else 7
    return index * number, math.sin(index) * number + number, index / 8


def fill(history: History, name: str, start: int, end: int) -> None:
    """Log true values."""
    series = history.series_for(name)
    for index in range(start, end):
        series.append(*true_value(name, index))


def true_snapshot(channel: str, step: int) -> Snapshot:
    """A snapshot that its channel and step determine."""
    arrays = {
        "": np.arange(6, dtype=np.uint8).reshape(1, 2, 3) + step % 7,
        "half": np.array([step, math.inf], np.float16),
        "none": np.empty((0, 3), bool),
    }
    details = {"labels": (np.array([step, -1]), ["a", "ü"]), "total": step, "decode": print}
    return Snapshot(channel, step, step // 10, arrays, details, time=step / 4)


def write_small(directory: Path, *, close: bool = True) -> Scribe:
    """Write a small run into a fresh directory, in several transactions."""
    history = History()
    directory.mkdir(parents=True)
    scribe = scribe_for(directory, history)
    for part in range(4):
        for name, length in LENGTHS.items():
            fill(history, name, length * part // 4, length * (part + 1) // 4)
        history.put("images", true_snapshot("images", part * 10))
        history.put("points", true_snapshot("points", part * 10 + 1))
        history.end_epoch(part + 1, 125 * (part + 1), part * 15.5)
        scribe.flush()
    if close:
        scribe.close({**STATUS, "state": "finished"})
    return scribe


def copy_live(directory: Path, copy: Path) -> None:
    """Copy a directory whose writer has not closed it: the log lies beside the file."""
    copy.mkdir()
    for each in directory.iterdir():
        if each.is_file() and not each.name.endswith("-shm"):
            shutil.copy(each, copy)


def check_true(reader: Reader) -> int:
    """Compare every number read with the true one; return how many values there are."""
    count = 0
    for name, series in reader.history.series.items():
        assert name in LENGTHS
        check_series(name, *reader_values(reader, name))
        count += series.count
    for channel, snapshot in reader.history.snapshots.items():
        true = true_snapshot(channel, snapshot.step)
        assert snapshot.step in {"images": (0, 10, 20, 30), "points": (1, 11, 21, 31)}[channel]
        check_snapshot(snapshot, true)
    epochs, steps, times = reader.history.epochs
    assert np.array_equal(steps, 125 * epochs)
    assert np.array_equal(times, (epochs - 1) * 15.5)
    assert set(epochs.tolist()) <= {1, 2, 3, 4}
    assert {**reader.status, "state": "running"} == STATUS or reader.status == {}
    known = {"name": "a run", "created": 1_000.5, "torch": "2.0", "format": 1}
    assert all(reader.manifest[key] == known[key] for key in known.keys() & reader.manifest.keys())
    return count


def reader_values(reader: Reader, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps, values and times that a reader's memory holds."""
    kept = reader.history.series[name].since(0)
    return kept.steps, kept.values, kept.times


def check_series(name: str, steps: np.ndarray, values: np.ndarray, times: np.ndarray) -> None:
    """Every triple is a true one, and they are in order without repetition."""
    indices = np.rint(times * 8).astype(int)
    assert np.all(np.diff(indices) > 0)
    true = np.array([true_value(name, index) for index in indices.tolist()]).reshape(-1, 3)
    assert np.array_equal(np.column_stack([steps, values, times]), true)


def check_snapshot(snapshot: Snapshot, true: Snapshot) -> None:
    """The same but for the version and the functions."""
    assert (snapshot.kind, snapshot.step, snapshot.epoch) == (true.kind, true.step, true.epoch)
    assert snapshot.time == true.time
    assert snapshot.arrays.keys() == true.arrays.keys()
    for key, array in true.arrays.items():
        assert snapshot.arrays[key].dtype == array.dtype
        assert np.array_equal(snapshot.arrays[key], array)
    codes, classes = snapshot.details["labels"]
    assert np.array_equal(codes, true.details["labels"][0])
    assert classes == true.details["labels"][1]
    assert snapshot.details["total"] == true.details["total"]
    assert snapshot.details.keys() == {"labels", "total"}

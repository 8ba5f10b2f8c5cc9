"""Snapshots and epoch marks on their way to the disk, and which of them stay there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.written import (
    scribe_for,
    true_snapshot,
)
from torchloupe.store import History, Snapshot
from torchloupe.store._file_system import is_shared
from torchloupe.store._shelf import thinner


def rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{directory}/run.sqlite?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_snapshots_are_budgeted(tmp_path: Path) -> None:
    history = History()
    scribe = scribe_for(tmp_path, history, snapshot_budget=20 * 8_000)
    for step in range(100):
        history.put("points", Snapshot("points", step, 0, {"p": np.full(1_000, step, float)}))
        if step % 3 == 0:
            scribe.flush()
    scribe.close()
    steps = [step for (step,) in rows(tmp_path, "SELECT step FROM snapshot ORDER BY id")]
    assert (steps[0], steps[-1]) == (0, 99)
    assert 10 <= len(steps) <= 20
    assert np.diff(steps).max() < 25
    assert rows(tmp_path, "SELECT count(*) FROM part") == [(len(steps),)]
    assert (tmp_path / "run.sqlite").stat().st_size < 500_000


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(0, 200))
def test_thinning(sizes: list[int], budget: int) -> None:
    shelf = list(enumerate(sizes))
    kept = thinner(shelf, budget)
    assert kept == [each for each in shelf if each in kept]
    assert (kept[0], kept[-1]) == (shelf[0], shelf[-1])
    assert len(kept) <= 2 or sum(size for _, size in kept) <= budget


def test_snapshots_within_one_interval_all_reach_the_disk(tmp_path: Path) -> None:
    """Seen to fail when only the newest was written."""
    history = History()
    scribe = scribe_for(tmp_path, history)
    for step in range(50):
        history.put("images", true_snapshot("images", step))
    scribe.flush()
    assert rows(tmp_path, "SELECT count(*) FROM snapshot") == [(50,)]
    scribe.close()
    history.put("images", true_snapshot("images", 51))
    assert history._outbox is None


def test_what_waits_is_bounded() -> None:
    history = History()
    outbox = history.attach()
    for step in range(300):
        history.put("points", Snapshot("points", step, 0, {"p": np.zeros(2**17)}))
    waiting = outbox.waiting()
    assert sum(each.content.arrays["p"].nbytes for each in waiting) <= 64 * 2**20
    assert waiting[-1].content.step == 299
    assert outbox.dropped() == {"points": 300 - len(waiting)}
    history.put("points", Snapshot("points", 300, 0, {"p": np.zeros(2**24)}))
    assert len(outbox.waiting()) == 1


def test_epoch_marks_are_bounded() -> None:
    history = History()
    for epoch in range(20_000):
        history.end_epoch(epoch, 10 * epoch, epoch / 2)
    epochs, steps, times = history.epochs
    assert len(epochs) <= 4_096
    assert (epochs[0], epochs[-1]) == (0, 19_999)
    assert np.array_equal(steps, 10 * epochs)
    assert np.array_equal(times, epochs / 2)
    assert np.all(np.diff(epochs) > 0)


MOUNTS = """
20 1 8:1 / / rw - ext4 /dev/sda rw
21 20 0:30 / /data rw shared:1 - nfs4 server:/data rw
22 21 0:31 / /data/me/local\\040disk rw - xfs /dev/sdb rw
23 20 0:32 / /mnt/s rw - fuse.sshfs me@there: rw
24 20 0:33 / /mnt/s rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/tmp/x", False),
        ("/data/me/runs", True),
        ("/data/me/local disk/r", False),
        ("/mnt/s/r", False),
    ],
)
def test_network_file_systems(path: str, shared: bool) -> None:
    assert is_shared(Path(path), MOUNTS) == shared

"""Moving all views through the past of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import torchloupe as tl
from torchloupe.store import History, Snapshot


@pytest.fixture
def run() -> tl.Run:
    """Points of epoch k are all k; the histogram is of the first epoch alone."""
    run = tl.Run("past", budget=None)
    run.log_histogram("h", torch.zeros(3))
    for epoch in range(5):
        for _ in run.track([1, 2]):
            pass
        run.log_points("z", torch.full((3, 2), float(epoch)))
    return run


def seen(run: tl.Run) -> Any:
    snapshot = run.seen("z")
    assert snapshot is not None
    return snapshot.step, snapshot.arrays["points"][0, 0]


def test_the_present_is_the_newest(run: tl.Run) -> None:
    assert run.cursor is None
    assert seen(run) == (10, 4.0)
    assert run.moments.tolist() == [0, 2, 4, 6, 8, 10]
    assert run.seen("nothing") is None


@pytest.mark.parametrize(
    ("cursor", "expected"), [(0, (2, 0)), (2, (2, 0)), (3, (2, 0)), (7, (6, 2)), (99, (10, 4))]
)
def test_the_cursor_shows_what_was_newest_then(run: tl.Run, cursor: int, expected: Any) -> None:
    """Seen to fail with the next later one."""
    run.cursor = cursor
    assert seen(run) == expected
    run.cursor = None
    assert seen(run) == (10, 4.0)


@pytest.mark.parametrize("bad", [-1, 1.5, "3", True, 2**60])
def test_a_bad_cursor_is_refused(run: tl.Run, bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="cursor: expected"):
        run.cursor = bad
    assert run.cursor is None


def test_functions_of_the_past_are_let_go() -> None:
    """An old latent is not decoded by a model that has moved on since."""
    history = History()
    for step in range(3):
        details = {"decode": print, "labels": ("a",)}
        arrays = {"points": np.zeros((1, 2))}
        history.put("z", Snapshot("points", step, 0, arrays, details))
    shelf = history.shelves["z"]
    assert [("decode" in shelf.at(step).details) for step in range(3)] == [False, False, True]
    assert shelf.at(0).details["labels"] == ("a",)


def test_memory_is_bounded_and_both_ends_stay() -> None:
    """Seen to fail without thinning, and with the newest let go."""
    history = History()
    for step in range(300):
        arrays = {"points": np.zeros(2**17)}  # 1 MiB
        history.put("z", Snapshot("points", step, 0, arrays))
        history.put("small", Snapshot("points", step, 0, {"points": np.zeros(2)}))
    steps = history.shelves["z"].steps.tolist()
    assert (steps[0], steps[-1]) == (0, 299)
    assert 20 <= len(steps) <= 64
    assert len(history.shelves["small"].steps) == 300
    held = sum(shelf.size for shelf in history.shelves.values())
    assert held <= 64 * 2**20


def test_the_past_of_a_run_that_was_kept(run: tl.Run, tmp_path: Path) -> None:
    with tl.Run("kept", dir=tmp_path) as kept:
        for epoch in range(5):
            list(kept.track([1]))
            kept.log_points("z", torch.full((3, 2), float(epoch)))
    opened = tl.open(kept.path)
    opened.cursor = 2
    assert seen(opened) == (2, 1.0)
    assert opened.moments.tolist() == [1, 2, 3, 4, 5]
    opened.close()


def test_a_selection_is_shared(run: tl.Run) -> None:
    assert run.selection.tolist() == []
    run.selection = [5, 1, 1, 3]
    assert run.selection.tolist() == [1, 3, 5]
    run.selection = np.array([2], np.uint8)
    assert run.selection.dtype == np.int64
    run.selection = None
    assert run.selection.tolist() == []


@pytest.mark.parametrize("bad", [[-1], [1.5], ["a"], [[1]], 3])
def test_a_bad_selection_is_refused(run: tl.Run, bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="selection: expected indices"):
        run.selection = bad
    assert run.selection.tolist() == []

"""The N-th operation on the world outside fails, for every N: training does not notice.

Files, databases, comms, clocks and threads all pass one seam. Each run ends with the weights of an
unwatched one, and what failed is shown once. Seen to fail with a seam that is not guarded: the
clock's in `log`, the publisher's around a frame, the writer's around a transaction.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

import torchloupe as tl
from torchloupe import outside

from .front_end import FrontEnd, displayed, wait_for
from .workers import heard, workers

EPOCHS, BATCHES = 2, 3
MODES = ("track", "start")
TORTURE = "TORCHLOUPE_TORTURE" in os.environ
SAMPLED = {"clock": 8, "comm": 12, "database": 14, "file": 8, "thread": 5}


class Fault:
    """Raises at the N-th operation of a kind; counts those of every kind."""

    def __init__(self, kind: str, nth: int) -> None:
        self.kind, self.nth = kind, nth
        self.counts = Counter[str]()
        self.on: str | None = None
        self._lock = threading.Lock()

    def __call__(self, operation: str) -> None:
        with self._lock:
            self.counts[operation] += 1
            hit = operation == self.kind and self.counts[operation] == self.nth
        if hit:
            self.on = threading.current_thread().name
            raise OSError(28, "made to fail")


def make() -> tuple[nn.Module, torch.optim.Optimizer, list[torch.Tensor]]:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 4))
    return model, torch.optim.Adam(model.parameters()), [torch.randn(8, 4) for _ in range(BATCHES)]


def learn(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor) -> torch.Tensor:
    loss = (model(x) - x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@cache
def unwatched() -> list[torch.Tensor]:
    model, optimizer, batches = make()
    for _ in range(EPOCHS):
        for x in batches:
            learn(model, optimizer, x)
    return list(model.state_dict().values())


def watched(mode: str, folder: Path, page: FrontEnd, fault: Fault) -> tuple[Any, list[str]]:
    """Train under a run with everything on; return the weights and what was shown or raised."""
    model, optimizer, batches = make()
    outside.interfere(fault)
    shown: list[str] = []
    try:
        run = insisted(lambda: tl.Run("x", dir=folder), shown)
        run.probe(tl.Latents(model, torch.ones(5, 4)), every=2)
        board = insisted(lambda: tl.Dashboard.of(run), shown)
        page.render(board.controls)
        page.render(board.curves.bar)

        def train(run: tl.Run) -> None:
            for x in run.track(batches, epochs=EPOCHS):
                run.log(loss=learn(model, optimizer, x))
                run.log_histogram("h", x)
                time.sleep(0.02)  # there is more than one writing and one frame while it trains

        if mode == "track":
            train(run)
        else:
            insisted(lambda: run.start(train), shown)
            run.wait(30)
        wait_for(lambda: page.state(board.controls)["state"] == run.state)
    finally:
        outside.interfere(None)
    run.flush()  # so that what failed last is reported, too
    shown += [problem for problem in run.problems if "made to fail" in problem]
    opened = tl.open(run.path)
    assert opened.history("loss")[0].tolist() == list(range(EPOCHS * BATCHES))
    opened.close()
    run.close()
    return list(model.state_dict().values()), shown


def insisted(action: Any, shown: list[str]) -> Any:
    """Do something at whose door a failure is raised; the second time it works."""
    try:
        return action()
    except OSError as error:
        shown.append(str(error))
        return action()


class Outcome(NamedTuple):
    """What came of a training in which an operation failed."""

    same: bool
    shown: list[str]
    on: str | None
    counts: dict[str, int]


def attempt(kind: str, nth: int, mode: str, folder: Path) -> Outcome:
    """Train with a failure; runs in a process of its own."""
    fault = Fault(kind, nth)
    with displayed() as page:
        weights, shown = watched(mode, folder, page, fault)
    shown += [text for text in heard() if "made to fail" in text]
    same = all(map(torch.equal, weights, unwatched()))
    return Outcome(same, shown, fault.on, fault.counts)


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with workers() as processes:
        yield processes


@pytest.fixture(scope="module")
def counts(processes: Executor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How many operations there are, by mode and kind, where none fails."""
    folder = tmp_path_factory.mktemp("counts")
    begun = {mode: processes.submit(attempt, "", 0, mode, folder / mode) for mode in MODES}
    found = {mode: each.result() for mode, each in begun.items()}
    assert all(each.same and not each.shown for each in found.values())
    return {mode: each.counts for mode, each in found.items()}


@pytest.mark.torture
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", list(SAMPLED))
def test_the_nth_operation_fails(
    kind: str, mode: str, tmp_path: Path, processes: Executor, counts: dict[str, Any]
) -> None:
    count = counts[mode][kind]
    assert count, "nothing of this kind passes the seam"
    each = 1 if TORTURE else max(1, count // SAMPLED[kind])
    begun = {
        nth: processes.submit(attempt, kind, nth, mode, tmp_path / str(nth))
        for nth in range(1, count + 1, each)
    }
    for nth, future in begun.items():
        outcome = future.result()
        assert outcome.same, f"operation {nth}"
        if outcome.on is not None:
            where = f"operation {nth} of {kind} on {outcome.on}"
            assert len(outcome.shown) == 1, f"{where}: {outcome.shown}"

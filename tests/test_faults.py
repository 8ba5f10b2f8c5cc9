"""The N-th operation on the world outside fails, for every N: training does not notice.

Files, databases, comms, clocks and threads all pass one seam. Each run ends with the weights of an
unwatched one, and what failed is shown once. Seen to fail with a seam that is not guarded: the
clock's in `log`, the publisher's around a frame, the writer's around a transaction.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import torchloupe as tl
from torchloupe import outside

from .front_end import FrontEnd, front_end, wait_for  # noqa: F401

EPOCHS, BATCHES = 2, 3
TORTURE = "TORCHLOUPE_TORTURE" in os.environ
SAMPLED = {"clock": 8, "comm": 12, "database": 14, "file": 8, "thread": 5}


class Fault:
    """Raises at the N-th operation of a kind; counts them."""

    def __init__(self, kind: str, nth: int) -> None:
        self.kind, self.nth = kind, nth
        self.count = 0
        self.on: str | None = None
        self._lock = threading.Lock()

    def __call__(self, operation: str) -> None:
        if operation != self.kind:
            return
        with self._lock:
            self.count += 1
            hit = self.count == self.nth
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
    shown += [problem for problem in run.problems if "made to fail" in problem]
    run.flush()
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


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    outside.interfere(None)


@pytest.mark.torture
@pytest.mark.parametrize("mode", ["track", "start"])
@pytest.mark.parametrize("kind", list(SAMPLED))
def test_the_nth_operation_fails(
    kind: str,
    mode: str,
    tmp_path: Path,
    front_end: FrontEnd,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = unwatched()
    none = Fault(kind, 0)
    watched(mode, tmp_path / "none", front_end, none)
    assert none.count, "nothing of this kind passes the seam"
    nth = 1
    while nth <= none.count:
        fault = Fault(kind, nth)
        folder = tmp_path / f"{mode}-{nth}"
        weights, shown = watched(mode, folder, front_end, fault)
        for one, other in zip(weights, expected, strict=True):
            assert torch.equal(one, other), f"operation {nth}"
        shown += [text for text in caplog.messages if "made to fail" in text]
        caplog.clear()
        if fault.on is not None:
            assert len(shown) == 1, f"operation {nth} of {kind} on {fault.on}: {shown}"
        nth += 1 if TORTURE else max(1, none.count // SAMPLED[kind])

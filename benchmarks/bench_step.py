"""What watching adds to a training step of about five milliseconds, resolved to one percent.

Each block is a stretch of a run that goes on: the page looks at it from some steps before the
block until its end, and no other run is looked at meanwhile. Every run has a history already.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext

import torch
import torch.nn.functional as F  # noqa: N812
from channel import Channel, attended, views_of
from interleaved import versions
from paired import Block, Stopwatch, blocks, report
from torch import nn

import torchloupe as tl

SECONDS = 120.0
STEPS = 30
SETTLING = 10
WIDTH = 2_400
HISTORY = 5_000
PROBE_EVERY = 100

Watch = Callable[[], AbstractContextManager[None]]


class Training:
    """A model of which one step takes about five milliseconds on one core."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 64))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3)
        self.batches = [torch.rand(256, 64) for _ in range(SETTLING + STEPS + 1)]

    def step(self, batch: torch.Tensor) -> torch.Tensor:
        loss = F.mse_loss(self.model(batch), batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss


class Ways:
    """The ways to train, and what of the process's time is not theirs."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._training = Training()

    def bare(self) -> Block:
        for index, batch in enumerate(self._training.batches):
            if index == SETTLING:
                watch = Stopwatch(self._foreign)
            if index == SETTLING + STEPS:
                block = watch.stop()
            loss = self._training.step(batch)
        del loss  # kept from step to step, as in the loops that log it
        return block

    def logged(self, run: tl.Run, attending: Watch = nullcontext) -> Callable[[], Block]:
        def way() -> Block:
            with attending():
                for index, batch in enumerate(run.track(self._training.batches)):
                    if index == SETTLING:
                        watch = Stopwatch(self._foreign)
                    if index == SETTLING + STEPS:
                        block = watch.stop()
                    loss = self._training.step(batch)
                    run.log(loss=loss, error=loss)
            return block

        return way

    def shown(self, run: tl.Run) -> Callable[[], Block]:
        return self.logged(run, lambda: attended(self._channel, run))

    def probe(self) -> tl.Probe:
        images = torch.rand(16, 1, 8, 8)
        return tl.Reconstructions(nn.Sequential(nn.Flatten(), *self._training.model), images)

    def _foreign(self) -> float:
        return self._channel.answering


def main() -> None:
    torch.set_num_threads(1)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        channel = stack.enter_context(Channel())
        names = {"memory": None, "disk": folder, "shown": None, "all": folder}
        runs = {
            name: stack.enter_context(tl.Run(name, place, start_step=HISTORY))
            for name, place in names.items()
        }
        for run in runs.values():
            for step in range(HISTORY):
                run.log(loss=1 / (step + 1), error=1 / (step + 1), step=step)
        ways = Ways(channel)
        runs["all"].probe(ways.probe(), every=PROBE_EVERY)
        found = blocks(
            {
                "bare": ways.bare,
                "bare again (the noise)": ways.bare,
                "logged": ways.logged(runs["memory"]),
                "logged, dir=…": ways.logged(runs["disk"]),
                "with a dashboard": ways.shown(runs["shown"]),
                "with a dashboard, dir=… and a probe": ways.shown(runs["all"]),
            },
            SECONDS,
        )
        frames = {name: [each.frame for each in views_of(runs[name])] for name in ("shown", "all")}
        costs = {name: run.status.cost or 0.0 for name, run in runs.items()}
    print(versions("torchloupe", "torch", "ipykernel", "anywidget", "bqplot"))
    report("a step of training", found, base="bare", steps=STEPS)
    print(f"  frames of each view: {frames}")
    print("  the runs’ own measure:", {name: f"{100 * cost:.2g} %" for name, cost in costs.items()})


if __name__ == "__main__":
    main()

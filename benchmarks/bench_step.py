"""What watching adds to a training step of a few milliseconds: bare, logged, and with a dashboard
whose client acknowledges every frame at once and draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import perf_counter

import torch
import torch.nn.functional as F  # noqa: N812
from interleaved import interleave, report, versions
from torch import nn

import torchloupe as tl

ROUNDS = 40
STEPS = 20
WIDTH = 2_800


class Training:
    """A model of which one step takes about five milliseconds on one core."""

    def __init__(self) -> None:
        self.model = nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 64))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3)
        self.batches = [torch.rand(256, 64) for _ in range(STEPS)]

    def step(self, batch: torch.Tensor) -> torch.Tensor:
        loss = F.mse_loss(self.model(batch), batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss


def main() -> None:
    torch.set_num_threads(1)
    training = Training()
    images = torch.rand(16, 1, 8, 8)
    watched, logged = tl.Run("watched"), tl.Run("logged")
    flat = nn.Sequential(nn.Flatten(), *training.model)
    watched.probe(tl.Reconstructions(flat, images))

    def bare() -> float:
        began = perf_counter()
        for batch in training.batches:
            training.step(batch)
        return (perf_counter() - began) / STEPS

    def through(run: tl.Run) -> Callable[[], float]:
        def way() -> float:
            began = perf_counter()
            for batch in run.track(training.batches):
                run.log(loss=training.step(batch))
            return (perf_counter() - began) / STEPS

        return way

    with attentive_client(tl.Dashboard.of(watched)):
        ways = {"bare": bare, "logged": through(logged), "with a dashboard": through(watched)}
        timings = interleave(ways, ROUNDS)
    frames = tl.Dashboard.of(watched).curves.bar.frame
    cost = watched.status.cost
    watched.close()
    logged.close()
    print(versions("torchloupe", "torch", "anywidget", "bqplot"))
    report(f"one step ({frames} frames of curves went out)", timings, base="bare")
    print(f"  the run's own measure of what watching costs: {100 * (cost or 0):.2g} %")


@contextmanager
def attentive_client(dashboard: tl.Dashboard) -> Iterator[None]:
    """Say hello to every view and acknowledge its frames, as a page does that draws in no time."""
    views = [dashboard.controls, dashboard.curves.bar, *dashboard.panes.values()]
    uplink, done = views[0].uplink, Event()

    def say(view: tl.Controls, kind: str, **fields: object) -> None:
        uplink.receive({"type": kind, "view": view.view_id, "client": "bench", **fields})

    def acknowledge() -> None:
        heard = dict.fromkeys(views, 0)
        while not done.wait(0.01):
            for view in views:
                if view.frame != heard[view]:
                    heard[view] = view.frame
                    say(view, "ack", frame=view.frame)

    for view in views:
        say(view, "hello", visible=True)
    client = Thread(target=acknowledge)
    client.start()
    try:
        yield
    finally:
        done.set()
        client.join()


if __name__ == "__main__":
    main()

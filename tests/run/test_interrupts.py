"""An interrupt at any instant leaves the model as it was and a run that can be used."""

from __future__ import annotations

import inspect
import os
import random
import signal
import sys
import threading
from pathlib import Path
from time import sleep
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl

PACKAGE = str(Path(tl.__file__).parent)
pytestmark = pytest.mark.torture

TORTURE = bool(os.environ.get("TORCHLOUPE_TORTURE"))


class Watched:
    """A small training with probes and clicks; everything that an interrupt could disturb."""

    def __init__(self, mode: str) -> None:
        torch.manual_seed(3)
        random.seed(3)
        self.mode = mode
        self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.model[1].eval()
        self.data = [torch.randn(5, 3) for _ in range(2)]
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.run = tl.Run(budget=None)
        self.run.probe(tl.Latents(self.model, self.data[0]), every=1)
        self.run.probe(lambda: self.model(self.data[1]).mean() + torch.rand(()), name="mean")
        self.in_body = False

    def train(self) -> None:
        if self.mode == "track":
            for x in self.run.track(self.data, epochs=2):
                self.step(x)
        elif self.mode == "epochs":
            for _ in self.run.epochs(2):
                for x in self.run.track(self.data):
                    self.step(x)
        else:
            for x in self.data * 2:
                self.step(x)
                self.run.tick()

    def step(self, x: Tensor) -> None:
        self.in_body = True
        self.optimizer.zero_grad()
        self.model(x).square().mean().backward()
        self.optimizer.step()
        self.run.log(loss=1.0)
        self.run.post(lambda: self.model(self.data[0]), "view")
        self.in_body = False

    def check_untouched(self, at: tuple[Any, ...] | None = None) -> None:
        assert [each.training for each in self.model.modules()] == [True, True, False, True]
        assert torch.is_grad_enabled()
        assert torch.is_autocast_cache_enabled()
        if at is not None:
            rng, python, buffers = at
            assert torch.equal(torch.get_rng_state(), rng)
            assert random.getstate() == python
            assert all(map(torch.equal, self.model.buffers(), buffers))

    def now(self) -> tuple[Any, ...]:
        buffers = [each.clone() for each in self.model.buffers()]
        return torch.get_rng_state(), random.getstate(), buffers

    def check_usable(self) -> None:
        run = self.run
        assert list(run.track([1, 2])) == [1, 2]
        assert run.state == "finished"
        answers: list[int] = []
        thread = threading.Thread(target=lambda: answers.append(run.ask(lambda: 5, timeout=5)))
        thread.start()
        thread.join(8)
        assert answers == [5]
        run.start(lambda run: list(run.track([1]))).wait(5)
        assert run.state == "finished"
        assert run.problems == []
        run.close()


class Injector:
    """Raises a KeyboardInterrupt at the n-th instant inside the package at which a signal could.

    Python looks for signals when a Python function begins and when a C function has returned.
    """

    def __init__(self, training: Watched, nth: int) -> None:
        self.left = nth
        self.at: tuple[Any, ...] | None = None
        self._training = training

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event not in ("call", "c_return") or self._training.in_body:
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR:
            return  # one that is being closed swallows whatever is raised in it
        if not self._inside(frame):
            return
        self.left -= 1
        if self.left == 0:
            sys.setprofile(None)
            raise KeyboardInterrupt

    @staticmethod
    def _inside(frame: FrameType | None) -> bool:
        while frame is not None:
            name = frame.f_code.co_filename
            if name.endswith("threading.py"):
                return False  # Python's own locks are not ours to mend
            if name.startswith(PACKAGE):
                return frame.f_code.co_name not in ("__del__", "left", "guard")
            frame = frame.f_back
        return False


def interrupted(mode: str, nth: int) -> bool:
    """Train with an interrupt at the n-th instant; tell whether there were so many."""
    training = Watched(mode)
    before = training.now()
    sys.setprofile(Injector(training, nth))
    try:
        training.train()
    except KeyboardInterrupt:
        sys.setprofile(None)
    else:
        sys.setprofile(None)
        training.run.close()
        return False
    training.check_untouched()
    if training.run.step == 0 and not training.model[0].weight.grad is not None:
        training.check_untouched(before)
    training.check_usable()
    return True


@pytest.mark.parametrize("mode", ["track", "epochs", "tick"])
def test_at_every_instant(mode: str) -> None:
    """Some thousands of them with TORCHLOUPE_TORTURE=1, otherwise some, spread over all.

    Seen to fail with the guard as a `with` block: eval mode and `no_grad` stayed on.
    """
    nth, rounds = 1, 0
    while interrupted(mode, nth):
        rounds += 1
        nth += (1 if nth < 1_500 else 17) if TORTURE else (7 if nth < 50 else 397)
    assert rounds >= 20


@pytest.mark.parametrize("mode", ["track", "epochs"])
def test_while_the_first_probe_runs(mode: str) -> None:
    """What the interrupted look changed is put back bit by bit."""
    for nth in range(1, 4000 if TORTURE else 400, 1 if TORTURE else 13):
        training = Watched(mode)
        before = training.now()
        sys.setprofile(Injector(training, nth))
        try:
            next(iter(training.run.track(training.data)))
        except KeyboardInterrupt:
            pass
        sys.setprofile(None)
        training.check_untouched(before)
        training.run.close()


def test_real_signals() -> None:
    """A thread sends real interrupts at random instants, in both ways to train."""
    rng = np.random.default_rng(int.from_bytes(os.urandom(4)) if TORTURE else 0)
    rounds, hit = (200 if TORTURE else 24), 0
    for number in range(rounds):
        training = Watched(["track", "epochs", "tick"][number % 3])
        training.data = training.data * 500
        delay = float(rng.exponential(0.02))
        begun = threading.Event()

        def send(delay: float = delay, begun: threading.Event = begun) -> None:
            begun.wait()
            sleep(delay)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        thread = threading.Thread(target=send)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            begun.set()
            training.train()
            sleep(5)
        thread.join()
        training.in_body = False
        training.check_untouched()
        training.check_usable()
        hit += training.run.step > 0
    assert hit > rounds // 4


@pytest.mark.parametrize("where", ["start", "ask", "close"])
def test_in_the_verbs_of_a_run(where: str) -> None:
    """An interrupt in `start`, `ask` or `close` leaves nothing half done."""
    for nth in range(1, 160 if TORTURE else 80, 1 if TORTURE else 3):
        training = Watched("track")
        run = training.run
        act = {
            "start": lambda run=run: run.start(lambda run: list(run.track([1, 2]))),
            "ask": lambda run=run, model=training.model: run.ask(lambda: model(torch.ones(2, 3))),
            "close": run.close,
        }[where]
        sys.setprofile(Injector(training, nth))
        try:
            act()
        except KeyboardInterrupt:
            pass
        sys.setprofile(None)
        if where == "start":
            run.wait(5)
        training.check_untouched()
        if where == "close":
            run.close()
            assert not run._watch.probes
        else:
            training.check_usable()

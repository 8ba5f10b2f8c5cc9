"""Watching changes nothing: the same bits with every probe on as without any of this."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from time import sleep
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils.data import DataLoader, TensorDataset

import torchloupe as tl
from tests.purity_models import CASES, Case
from torchloupe.tap import first_tensor

_EPOCHS = 2
_OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
    "LBFGS": lambda parameters: torch.optim.LBFGS(parameters, lr=0.1, max_iter=2),
}


class Training:
    """A user's loop body, with a diary of all that watching could disturb."""

    def __init__(self, name: str, optimizer: str) -> None:
        _seed()
        self.case: Case = CASES[name]()
        self.loader = DataLoader(
            TensorDataset(self.case.data), batch_size=max(1, len(self.case.data) // 2), shuffle=True
        )
        self.losses: list[Tensor] = []
        self.diary: list[Any] = []
        self._make = _OPTIMIZERS[optimizer]
        self._optimizers: dict[str, torch.optim.Optimizer] = {}
        _seed()

    def step(self, x: Tensor) -> None:
        if not self._optimizers:
            for module in self.case.modules.values():  # lazy parameters take their shapes
                with torch.no_grad():
                    module(x if len(self.case.modules) == 1 else torch.zeros(2, *_input(module)))
            for name in self.case.losses:
                self._optimizers[name] = self._make(self.case.modules[name].parameters())
        self.diary.append((_flags(self.case), torch.is_grad_enabled(), random.random()))
        for name, loss_of in self.case.losses.items():
            optimizer = self._optimizers[name]

            def closure(loss_of: Any = loss_of, optimizer: Any = optimizer) -> Tensor:
                optimizer.zero_grad()
                loss = loss_of(x)
                loss.backward()
                self.losses.append(loss.detach().clone())
                return loss

            optimizer.step(closure)

    def facts(self) -> dict[str, Any]:
        """Everything that has to be the same bit for bit."""
        modules = self.case.modules.items()
        return {
            "parameters": {k: dict(m.named_parameters()) for k, m in modules},
            "buffers": {k: dict(m.named_buffers()) for k, m in modules},
            "gradients": [p.grad for _, m in modules for p in m.parameters()],
            "attributes": [_plain_attributes(each) for _, m in modules for each in m.modules()],
            "optimizers": [each.state_dict() for each in self._optimizers.values()],
            "losses": self.losses,
            "diary": self.diary,
            "flags": _flags(self.case),
            "hooks": [_hooks(each) for _, m in modules for each in m.modules()],
            "torch": torch.get_rng_state(),
            "numpy": np.random.get_state()[1:],
            "random": random.getstate(),
            "draws": (torch.randn(3), np.random.random(3), random.random()),
        }


def _seed() -> None:
    torch.manual_seed(7)
    np.random.seed(7)
    random.seed(7)


def _input(module: nn.Module) -> tuple[int, ...]:
    return (2,) if isinstance(module[0], nn.Linear) else (1, 4, 4)  # type: ignore[index]


def _flags(case: Case) -> list[bool]:
    return [each.training for module in case.modules.values() for each in module.modules()]


def _hooks(module: nn.Module) -> dict[str, list[str]]:
    tables = {name: table for name, table in vars(module).items() if name.endswith("_hooks")}
    return {
        name: [type(hook).__name__ for hook in table.values()] for name, table in tables.items()
    }


def _plain_attributes(module: nn.Module) -> list[Any]:
    """Attributes that a forward pass may write: tensors, numbers, lists, generators."""
    kinds = (Tensor, int, float, list)
    found = [value for value in vars(module).values() if isinstance(value, kinds)]
    if hasattr(module, "own"):
        found += [
            module.own.get_state(),
            module.numpy.bit_generator.state,
            module.python.getstate(),
        ]
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Name the facts that differ in any bit."""
    return [name for name in one if not _same(one[name], other[name])]


def _same(one: Any, other: Any) -> bool:
    ones, spec = pytree.tree_flatten(one)
    others, other_spec = pytree.tree_flatten(other)
    return spec == other_spec and all(map(_equal, ones, others))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, weakref.ref):
        return _equal(one(), other())
    return bool(one == other)


@cache
def plain(name: str, optimizer: str) -> dict[str, Any]:
    training = Training(name, optimizer)
    for _ in range(_EPOCHS):
        for (x,) in training.loader:
            training.step(x)
    return training.facts()


def watched(name: str, optimizer: str, mode: str) -> tuple[dict[str, Any], tl.Run, int]:
    """Train with probes at two cadences, questions from a thread and from the loop, and logs."""
    training = Training(name, optimizer)
    run = tl.Run(name, budget=None)
    _seed()
    for number, probe in enumerate(training.case.probes()):
        run.probe(probe, every="epoch" if number % 2 else 1, name=f"first {number}")
    for number, probe in enumerate(training.case.probes()):
        run.probe(probe, every=1 if number % 2 else "epoch", name=f"second {number}")
    _seed()

    def look() -> float:
        values = [each.detach().sum() for each in _forward(training.case)]
        return float(sum(values) + torch.rand(()))

    def loop(run: tl.Run) -> None:
        for (x,) in run.track(training.loader, epochs=_EPOCHS):
            training.step(x)
            run.post(look, key="view")
            run.log(loss=training.losses[-1], step_loss=training.losses[-1].item())
            with _nothing_changes(training):
                run.ask(look)

    with _asking(run, look) as answers:
        loop(run) if mode == "track" else run.start(loop).wait()
    return training.facts(), run, len(answers)


def _forward(case: Case) -> Iterator[Tensor]:
    for module in case.modules.values():
        x = case.data[:2] if len(case.modules) == 1 else torch.rand(2, *_input(module))
        yield first_tensor(module(x))
        yield next(iter(module.parameters())).detach()


@contextmanager
def _nothing_changes(training: Training) -> Iterator[None]:
    before = torch.get_rng_state(), _flags(training.case)
    yield
    assert _same(before, (torch.get_rng_state(), _flags(training.case)))


@contextmanager
def _asking(run: tl.Run, question: Callable[[], float]) -> Iterator[list[float]]:
    """Ask from another thread for as long as the run lasts."""
    answers: list[float] = []

    def work() -> None:
        while run.state in ("idle", "running", "paused"):
            if run.step:
                with suppress(TimeoutError):
                    answers.append(run.ask(question, timeout=0.05))
            else:
                sleep(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield answers
    finally:
        if run.state not in ("finished", "failed"):
            run.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Tiny models train faster on one core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("mode", ["track", "start"])
@pytest.mark.parametrize("optimizer", _OPTIMIZERS)
@pytest.mark.parametrize("name", CASES)
def test_training_is_bit_identical(name: str, optimizer: str, mode: str) -> None:
    facts, run, _ = watched(name, optimizer, mode)
    assert differences(plain(name, optimizer), facts) == []
    assert run.problems == []
    assert run.state == "finished"
    known = any(probe.subject is not None for probe in run.probes.values())
    assert known == ("architecture" in run.channels)
    for channel in run.probes:
        if channel not in run.channels:
            channel = next(each for each in run.scalars if each.startswith(channel))
        step, _ = run.latest(channel)
        assert step == run.step
    run.close()


_NULL = lambda modules, function: function()


@pytest.mark.parametrize(
    "name",
    ["frozen_batch_norm", "lstm", "vae", "gan", "spectral_norm", "old_spectral_norm", "noisy"],
)
def test_without_the_guard_training_would_differ(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torchloupe.run._watch.untouched", _NULL)
    monkeypatch.setattr(f"{__name__}._nothing_changes", lambda training: nullcontext())
    facts, run, _ = watched(name, "SGD", "track")
    assert {"losses", "parameters"} <= set(differences(plain(name, "SGD"), facts))
    run.close()


@pytest.mark.parametrize("broken", ["restore", "randomness"])
def test_each_half_of_the_guard_is_needed(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that keeps its own diary and draws from every generator notices each omission."""
    monkeypatch.setattr(f"{__name__}._nothing_changes", lambda training: nullcontext())
    where = "_remembered.Remembered" if broken == "restore" else "_guard.Randomness"
    monkeypatch.setattr(f"torchloupe.run.{where}.restore", lambda self: None)
    facts, run, _ = watched("noisy", "SGD", "track")
    assert "losses" in differences(plain("noisy", "SGD"), facts)
    run.close()


def test_questions_from_a_thread_are_answered_while_it_trains() -> None:
    """The threads of the tests above really ask; how often depends on the machine."""
    assert sum(watched("resnet18", "SGD", mode)[2] for mode in ("track", "start")) > 0


def test_autocast_around_the_loop() -> None:
    """A weight cast under `no_grad` must not be found in autocast's cache by the next step.

    Older versions of torch would lose gradients; this one refuses such casts by itself.
    """

    def train(watch: bool) -> list[Tensor]:
        _seed()
        model = nn.Linear(4, 3)
        data = torch.randn(6, 4)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        run = tl.Run(budget=None)
        if watch:
            run.probe(lambda: model(data), every=1)
        with torch.autocast("cpu", torch.bfloat16):
            for x in run.track([data] * 3) if watch else [data] * 3:
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()
        assert not run.problems
        return [each.detach().clone() for each in model.parameters()]

    assert _same(train(True), train(False))

"""Scalars of an accelerator: read late, in batches, in order. On a GPU where there is one,
otherwise with tensors of the CPU and events made by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import torchloupe as tl
from torchloupe.run import _accelerator, _recorder
from torchloupe.run._accelerator import Deferred
from torchloupe.store import Series


class Event:
    """Passes when it is told to."""

    made: list[Event] = []

    def __init__(self) -> None:
        self.passed = False
        self.made.append(self)

    def query(self) -> bool:
        return self.passed

    def synchronize(self) -> None:
        self.passed = True


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    Event.made.clear()
    monkeypatch.setattr(_accelerator, "_passed", lambda device: Event())
    real = _recorder.read_number

    def read_number(name: str, value: Any) -> Any:
        number = real(name, value)
        return value.detach().clone() if isinstance(value, torch.Tensor) else number

    monkeypatch.setattr(_recorder, "read_number", read_number)


def test_nothing_is_read_before_its_event() -> None:
    deferred, series = Deferred(), Series()
    deferred.append(series, 0, torch.tensor(1.0), 0.0)
    deferred.read(wait=True)
    assert series.count == 0  # not sealed
    deferred.seal()
    deferred.append(series, 1, torch.tensor([2]), 0.0)
    deferred.seal()
    deferred.read(wait=False)
    assert series.count == 0
    Event.made[1].passed = True
    deferred.read(wait=False)
    assert series.count == 0  # in order: the first has not passed
    Event.made[0].passed = True
    deferred.read(wait=False)
    assert series.read()[1].tolist() == [1.0, 2.0]


def test_the_newest_are_bounded() -> None:
    deferred, series = Deferred(most=8), Series()
    for step in range(100):
        deferred.append(series, step, torch.tensor(float(step)), 0.0)
        if step % 3 == 0:
            deferred.seal()
        assert step + 1 - series.count <= 16
    deferred.seal()
    deferred.read(wait=True)
    assert series.read()[1].tolist() == list(range(100))


def test_a_run_reads_them_when_asked() -> None:
    run, values = tl.Run(), torch.zeros(())
    for step in run.track(range(5)):
        values.fill_(step)
        run.log(loss=values)
        assert run.history("loss")[1].tolist() == list(range(step + 1))
    run.log(loss=values)
    assert run.latest("loss") == (5, 4.0)


def test_boundaries_seal_and_views_do_not_wait() -> None:
    run = tl.Run()
    for _ in run.track(range(3)):
        run.log(loss=torch.tensor(1.0))
        assert "loss" not in run.scalars
    assert "loss" not in str(run)
    for event in Event.made:
        event.passed = True
    assert run.scalars["loss"].count == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    run, value = tl.Run(), torch.zeros((), device="cuda")
    for step in run.track(range(50)):
        value.fill_(step)
        run.log(loss=value)
    assert run.history("loss")[1].tolist() == list(range(50))

"""The state machine against a plain model of it, driven by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import torchloupe as tl
from torchloupe.run._control import Control

_ENDED = ("stopped", "finished", "failed")


class Model:
    """What should be so, written down as plainly as possible."""

    def __init__(self) -> None:
        self.state, self.pending, self.allowance = "idle", None, 0


class Controlled(RuleBasedStateMachine):
    """One control, on one thread: boundaries are rules, a pause that holds is a state."""

    def __init__(self) -> None:
        super().__init__()
        self.control, self.model = Control("run 'r'"), Model()

    @rule()
    def pause(self) -> None:
        model = self.model
        if model.state in _ENDED:
            with pytest.raises(RuntimeError, match="pause"):
                self.control.pause()
            return
        self.control.pause()
        model.allowance = 0
        if model.state != "paused" and model.pending != "stop":
            model.pending = "pause"

    @rule()
    def resume(self) -> None:
        model = self.model
        if model.state in _ENDED:
            with pytest.raises(RuntimeError, match="resume"):
                self.control.resume()
            return
        self.control.resume()
        model.allowance = 0
        model.pending = None if model.pending == "pause" else model.pending
        model.state = "running" if model.state == "paused" else model.state

    @rule(steps=st.integers(1, 3))
    def advance(self, steps: int) -> None:
        model = self.model
        if not (model.state == "paused" or model.pending == "pause" or model.allowance):
            with pytest.raises(RuntimeError, match="advance"):
                self.control.advance(steps)
            return
        self.control.advance(steps)
        model.allowance += steps + (model.state == "running" and model.pending == "pause")
        model.pending = None if model.pending == "pause" else model.pending
        model.state = "running" if model.state == "paused" else model.state

    @rule()
    def stop(self) -> None:
        model = self.model
        if model.state == "idle":
            with pytest.raises(RuntimeError, match="stop"):
                self.control.stop()
            return
        self.control.stop()
        if model.state not in _ENDED:
            model.pending = "stop"

    @precondition(lambda self: self.model.state in ("idle", *_ENDED))
    @rule()
    def begin(self) -> None:
        self.control.begin()
        self.model.state = "running"
        assert self.control.pause_here()
        if self.model.pending == "pause":
            self.model.state, self.model.pending = "paused", None

    @precondition(lambda self: self.model.state == "running")
    @rule()
    def boundary(self) -> None:
        model = self.model
        go = self.control.arrive()
        assert go == (model.pending != "stop")
        if model.allowance:
            model.allowance -= 1
            if not model.allowance and not model.pending:
                model.pending = "pause"
        if model.pending == "pause":
            model.state, model.pending = "paused", None

    @precondition(lambda self: self.model.state in ("running", "paused"))
    @rule(ending=st.sampled_from(_ENDED))
    def end(self, ending: str) -> None:
        self.control.end(ending)  # type: ignore[arg-type]
        self.model.state, self.model.pending, self.model.allowance = ending, None, 0

    @invariant()
    def same(self) -> None:
        assert (self.control.state, self.control.pending) == (self.model.state, self.model.pending)
        assert self.model.allowance >= 0
        assert not (self.model.state == "paused" and self.model.pending == "pause")


class Looped(RuleBasedStateMachine):
    """A whole run, its loop driven by hand item by item, against counts kept by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.run = tl.Run()
        self.loop: Iterator[int] | None = None
        self.length = self.epochs = self.given = self.steps = self.finished_epochs = 0
        self.logged: list[int] = []
        self.expected = "idle"

    @precondition(lambda self: self.loop is None)
    @rule(length=st.integers(0, 3), epochs=st.integers(0, 3))
    def track(self, length: int, epochs: int) -> None:
        self.loop = iter(self.run.track(range(length), epochs=epochs))
        self.length, self.epochs, self.given = length, epochs, 0

    @precondition(lambda self: self.loop is not None)
    @rule()
    def next_item(self) -> None:
        assert self.loop is not None
        stopping = self.run.pending == "stop"
        self.steps += self.given > 0
        item = next(self.loop, None)
        if stopping:
            self.loop, self.expected = None, "stopped"
            self._count_epochs(self.given, stopped=True)
        elif self.given == self.length * self.epochs:
            assert item is None
            self.loop, self.expected = None, "finished"
            self._count_epochs(self.given)
        else:
            assert item == self.given % self.length
            self.given, self.expected = self.given + 1, "running"
            self.logged.append(self.steps)
            self.run.log(x=self.given)

    def _count_epochs(self, given: int, *, stopped: bool = False) -> None:
        if stopped:
            self.finished_epochs += max(0, given - 1) // self.length if self.length else 0
        else:
            self.finished_epochs += self.epochs

    @precondition(lambda self: self.expected == "running")
    @rule()
    def stop(self) -> None:
        self.run.stop()

    @precondition(lambda self: self.loop is not None and self.given > 0)
    @rule()
    def drop(self) -> None:
        """A loop that nobody holds any more was left by a break."""
        stopping = self.run.pending == "stop"
        self._count_epochs(self.given, stopped=True)
        self.steps += 1
        self.loop, self.expected = None, "stopped" if stopping else "finished"

    @invariant()
    def same(self) -> None:
        assert self.run.state == self.expected
        if self.loop is None and self.expected != "idle":
            assert self.run.epoch == self.finished_epochs
            assert self.run.step in (self.steps, self.steps - 1)
        if self.logged:
            assert self.run.history("x")[0].tolist() == self.logged

    def teardown(self) -> None:
        self.run.close()


TestControlled = Controlled.TestCase
TestControlled.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestLooped = Looped.TestCase
TestLooped.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)

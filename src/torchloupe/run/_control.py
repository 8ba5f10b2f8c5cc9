"""The state machine of a run: who may ask for what, and when it takes effect."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, RLock
from typing import Literal

State = Literal["idle", "running", "paused", "stopped", "finished", "failed"]
Pending = Literal["pause", "stop"]
Ending = Literal["stopped", "finished", "failed"]

ENDED: tuple[State, ...] = ("stopped", "finished", "failed")


class Control:
    """idle → running ⇄ paused → finished | stopped | failed, and from an end to running again.

    Requests may come from any thread; they take effect at the training thread's next boundary.
    """

    def __init__(self, label: str) -> None:
        # Reentrant: a dropped loop's finaliser may run on a thread that holds it.
        self.changed = Condition(RLock())
        self.state: State = "idle"
        self.pending: Pending | None = None
        self.version = 0
        self._label = label
        self._allowance = 0

    def pause(self) -> None:
        """Ask for a pause at the next boundary, or, while idle, before the first batch."""
        with self.changed:
            self._refuse_ended("pause")
            if self.state != "paused" and self.pending != "stop":
                self.pending = "pause"
            self._note()

    def resume(self) -> None:
        """Go on; a pause that has not taken effect is taken back."""
        with self.changed:
            self._refuse_ended("resume")
            self._allowance = 0
            if self.pending == "pause":
                self.pending = None
            if self.state == "paused":
                self.state = "running"
            self._note()

    def advance(self, steps: int) -> None:
        """Let a paused run make `steps` steps and pause again."""
        if isinstance(steps, bool) or not isinstance(steps, int):
            raise TypeError(f"steps: expected an int, got {type(steps).__name__}")
        if steps < 1:
            raise ValueError(f"steps: expected at least 1, got {steps}")
        with self.changed:
            if self.state != "paused" and self.pending != "pause":
                raise RuntimeError(
                    f"advance: {self._label} is {self.state}; expected a paused run (call pause() first)"
                )
            self._allowance += steps
            self.pending = None
            if self.state == "paused":
                self.state = "running"
            self._note()

    def stop(self) -> None:
        """Ask for the end at the next boundary. An ended run stays as it is."""
        with self.changed:
            if self.state == "idle":
                raise RuntimeError(f"stop: {self._label} is idle; there is nothing to stop")
            if self.state in ENDED:
                return
            self.pending = "stop"
            self._note()

    def begin(self) -> None:
        """Enter `running` from idle or from an end; a pause asked for while idle is kept."""
        with self.changed:
            if self.pending == "stop":
                self.pending = None
            self.state = "running"
            self._note()

    def end(self, state: Ending) -> None:
        """Enter an end state."""
        with self.changed:
            self.state, self.pending, self._allowance = state, None, 0
            self._note()

    def arrive(self) -> bool:
        """Take effect of what was asked, at a boundary; tell whether to go on (False: stop)."""
        with self.changed:
            if self.pending == "stop":
                return False
            if self._allowance:
                self._allowance -= 1
                if not self._allowance:
                    self.pending = "pause"
            if self.pending == "pause" and not self._allowance:
                self.state, self.pending = "paused", None
                self._note()
            return True

    def halt_now(self) -> None:
        """Enter `paused` where no step was made: before the first batch."""
        with self.changed:
            self.state, self.pending = "paused", None
            self._note()

    def hold(self, serve: Callable[[], object], waiting: Callable[[], bool]) -> bool:
        """Wait while paused, calling `serve()` when there is something; False means stop."""
        while True:
            with self.changed:
                self.changed.wait_for(
                    lambda: self.state != "paused" or self.pending == "stop" or waiting()
                )
                if self.pending == "stop":
                    return False
                if self.state != "paused":
                    return True
            serve()

    def wake(self) -> None:
        """Make a paused training thread look for mail."""
        with self.changed:
            self.changed.notify_all()

    def _refuse_ended(self, verb: str) -> None:
        if self.state in ENDED:
            raise RuntimeError(
                f"{verb}: {self._label} is {self.state}; expected an idle, running or paused run"
            )

    def _note(self) -> None:
        self.version += 1
        self.changed.notify_all()

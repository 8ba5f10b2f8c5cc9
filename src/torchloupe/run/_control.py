"""The state machine of a run: who may ask for what, and when it takes effect."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, RLock
from typing import Literal

State = Literal["idle", "running", "paused", "stopped", "finished", "failed"]
Pending = Literal["pause", "stop"]
Ending = Literal["stopped", "finished", "failed"]

ENDED: tuple[State, ...] = ("stopped", "finished", "failed")

# Where a wait for a lock cannot be interrupted (Windows), an interrupt is seen so often.
_LONGEST_WAIT_SECONDS = 1.0


class Control:
    """idle → running ⇄ paused → finished | stopped | failed, and from an end to running again.

    Requests may come from any thread; they take effect at the training thread's next boundary.
    """

    def __init__(self, label: str) -> None:
        self.state: State = "idle"
        self.pending: Pending | None = None
        self._label = label
        self._allowance = 0
        # Reentrant: a dropped loop's finaliser may run on a thread that holds it.
        self._lock = RLock()
        # Opened by every change; a paused training thread closes it behind itself. Not a
        # `Condition`: an interrupt at the wrong moment leaves one locked.
        self._gate = Lock()

    # -- from any thread --------------------------------------------------------------------

    def pause(self) -> None:
        """Ask for a pause at the next boundary, or, while idle, before the first batch."""
        with self._lock:
            self._refuse_ended("pause")
            self._allowance = 0
            if self.state != "paused" and self.pending != "stop":
                self.pending = "pause"
        self.wake()

    def resume(self) -> None:
        """Go on; a pause that has not taken effect is taken back."""
        with self._lock:
            self._refuse_ended("resume")
            self._allowance = 0
            if self.pending == "pause":
                self.pending = None
            if self.state == "paused":
                self.state = "running"
        self.wake()

    def advance(self, steps: int) -> None:
        """Let a paused run make `steps` steps and pause again; during such steps, so many more."""
        if isinstance(steps, bool) or not isinstance(steps, int):
            raise TypeError(f"steps: expected an int, got {type(steps).__name__}")
        if steps < 1:
            raise ValueError(f"steps: expected at least 1, got {steps}")
        with self._lock:
            if self.state != "paused" and self.pending != "pause" and not self._allowance:
                raise RuntimeError(
                    f"advance: {self._label} is {self.state}; expected a paused run "
                    "(call pause() first)"
                )
            if self.state == "running" and self.pending == "pause":
                steps += 1  # the boundary at which it would have paused comes first
            self._allowance += steps
            if self.pending == "pause":
                self.pending = None
            if self.state == "paused":
                self.state = "running"
        self.wake()

    def stop(self) -> None:
        """Ask for the end at the next boundary. An ended run stays as it is."""
        with self._lock:
            if self.state == "idle":
                raise RuntimeError(f"stop: {self._label} is idle; there is nothing to stop")
            if self.state not in ENDED:
                self.pending = "stop"
        self.wake()

    def wake(self) -> None:
        """Make a paused training thread look at what is asked for and at its mail."""
        try:
            self._gate.release()
        except RuntimeError:
            pass  # open already

    # -- from the training thread -----------------------------------------------------------

    def begin(self) -> None:
        """Enter `running`; a pause asked for while idle stays, as does a stop not yet obeyed."""
        with self._lock:
            self.state = "running"

    def end(self, state: Ending) -> None:
        """Enter an end state."""
        with self._lock:
            self.state, self.pending, self._allowance = state, None, 0

    def arrive(self) -> bool:
        """Take effect of what was asked, at a boundary; tell whether to go on (False: stop)."""
        if self.pending is None and not self._allowance:
            return True  # nearly always; what is asked for in this moment is seen at the next
        with self._lock:
            if self._allowance:
                self._allowance -= 1
                if not self._allowance and self.pending is None:
                    self.pending = "pause"
            return self.pause_here()

    def pause_here(self) -> bool:
        """Enter `paused` if that was asked for; tell whether to go on (False: stop)."""
        with self._lock:
            if self.pending == "pause":
                self.state, self.pending = "paused", None
            return self.pending != "stop"

    def hold(self, serve: Callable[[], object], waiting: Callable[[], bool]) -> bool:
        """Wait while paused, calling `serve()` when there is something; False means stop."""
        while True:
            with self._lock:
                if self.pending == "stop":
                    return False
                if self.state != "paused":
                    return True
            if waiting():
                serve()
            else:
                self._gate.acquire(timeout=_LONGEST_WAIT_SECONDS)

    def _refuse_ended(self, verb: str) -> None:
        if self.state in ENDED:
            raise RuntimeError(
                f"{verb}: {self._label} is {self.state}; expected an idle, running or paused run"
            )

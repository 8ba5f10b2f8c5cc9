"""The training thread's side of a run: every boundary passes here, whatever form the loop has."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from ._accelerator import Deferred
from ._clock import Clock
from ._control import ENDED, Control, Ending
from ._nesting import inside_loop
from ._notebook import cell_executing
from ._progress import Progress
from ._schedule import Moment
from ._watch import Watch

# Reserved by `start`, but the thread does not run yet.
_NO_THREAD = -1

if TYPE_CHECKING:
    from ._loop import Loop


class Driver:
    """Counts steps and epochs, and does at each boundary what was asked for."""

    def __init__(self, control: Control, watch: Watch, clock: Clock, start_step: int) -> None:
        self.control = control
        self.watch = watch
        self.clock = clock
        self.progress = Progress()
        self.deferred = Deferred()
        self.step = start_step
        self.epoch = 0
        self.background = False
        self.in_flight = False
        self.thread: int | None = None
        self.on_settled: Callable[[], None] = _nothing
        self._loop: weakref.ref[Loop] | None = None
        self._has_epochs = False
        self._refuses_ticks = False

    # -- who trains -------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a loop or a background function has the model."""
        return self.thread is not None

    def is_mine(self) -> bool:
        """Whether the calling thread is the one that trains."""
        return self.thread == threading.get_ident()

    def current(self) -> Loop | None:
        """The outermost loop object, while somebody holds it."""
        return self._loop() if self._loop else None

    def refuse_second_loop(self) -> None:
        """Raise if a loop that is still going on has this run.

        Raises:
            RuntimeError: from another thread, or nested on the same one.
        """
        if self.active and not self.is_mine():
            raise RuntimeError(
                "a second loop on this run: it is already training on another thread "
                f"(state {self.control.state}, step {self.step}); stop() it first"
            )
        loop = self.current()
        if loop is not None and inside_loop(loop.driven_from):
            raise RuntimeError(
                "a second loop inside a loop of the same run; nest `track` in `run.epochs(n)`, "
                "or give the inner loop a run of its own"
            )

    def claim(self, loop: Loop | None, epochs: int | None) -> None:
        """Make the calling thread the one that trains; an earlier loop that was left is superseded."""
        if loop is not None:
            self.refuse_second_loop()
        with self.watch.lock:  # a worker that is answering a question finishes first
            self._loop = weakref.ref(loop) if loop is not None else None
            self.thread = threading.get_ident()
        self.in_flight = self._refuses_ticks = False
        self._has_epochs = epochs is not None
        self.progress.plan(epochs, self.epoch)
        if not (self.background and self.control.state in ("running", "paused")):
            self.control.begin()
        self.clock.go()

    def begin_background(self) -> None:
        """Reserve the run for a background thread, which makes itself known when it runs.

        Raises:
            RuntimeError: somebody trains already.
        """
        with self.watch.lock:
            if self.active:
                raise RuntimeError(
                    f"start: this run is already training (state {self.control.state}, "
                    f"step {self.step}); stop() it and wait() first"
                )
            self.thread, self.background = _NO_THREAD, True
        self._refuses_ticks = False
        self.control.begin()
        self.clock.go()

    def end_background(self, state: Ending) -> None:
        """Leave the background thread (called on it)."""
        self.settle(state, look=state != "failed")
        self.background = False
        self.on_settled()

    # -- boundaries -------------------------------------------------------------------------

    def enter(self) -> bool:
        """Do what belongs before the first batch; False means stop."""
        self._observe(first=True)
        return self._hold(before_first=True)

    def boundary(self) -> bool:
        """Pass the boundary between two steps; False means stop."""
        self.step += 1
        self.in_flight = False
        self.progress.step()
        self._observe()
        return self._hold()

    def end_epoch(self, epoch: int | None = None) -> bool:
        """Count an epoch and do what belongs to its end; False means stop."""
        self.epoch = self.epoch + 1 if epoch is None else epoch
        self.progress.end_epoch()
        self._observe(epoch_ended=True)
        return self.control.pending != "stop"

    def tick(self, epoch: int | None) -> bool:
        """Pass a boundary of a loop that is not tracked; False once stop was asked."""
        if self._refuses_ticks:
            return False
        if not self.active:
            self.claim(None, None)
        go = True
        if isinstance(epoch, int) and not isinstance(epoch, bool):
            if self._has_epochs and epoch != self.epoch:
                go = self.end_epoch(epoch)
            self.epoch, self._has_epochs = epoch, True
        if go and self.boundary():
            return True
        if not self.background:
            self.settle("stopped", look=True)
        self._refuses_ticks = True
        return False

    # -- ends -------------------------------------------------------------------------------

    def finish(self) -> None:
        """End a loop that ran out or was stopped; a background function goes on until it returns."""
        if self.background:
            self.look_last()
            self._loop = None
            return
        self.settle("stopped" if self.control.pending == "stop" else "finished", look=True)

    def settle(self, state: Ending, *, look: bool = False) -> None:
        """Leave the training thread and enter an end state, after a last look if asked."""
        if look:
            self.look_last()
        self._loop = None
        self.thread = None
        self.in_flight = False
        self.clock.halt()
        self.deferred.seal()
        if self.control.state not in ENDED:
            self.control.end(state)
        self.on_settled()

    def left(self, loop: Loop) -> None:
        """Note that a loop object was dropped before its end; may be called on any thread.

        What ended it (break, exception, interrupt) is not to be seen here: a cell's or a
        background function's end tells, and where there is neither it counts as a break.
        """
        current = self.current()
        if self._loop is None or (current is not None and current is not loop):
            return
        if not self.background and not cell_executing():
            self.settle("finished")

    def look_last(self) -> None:
        """Evaluate every probe that has not seen this step yet."""
        self._observe(last=True)

    def reset_ticks(self) -> None:
        """Let ticks count again (a new cell begins)."""
        self._refuses_ticks = False

    def _observe(
        self, *, first: bool = False, last: bool = False, epoch_ended: bool = False
    ) -> None:
        began = perf_counter()
        elapsed = self.clock.elapsed
        try:
            self.deferred.seal()
            self.clock.note(self.step)
            self.watch.describe_subject(self.step, self.epoch)
            moment = Moment(
                self.step, self.epoch, elapsed, first, last, epoch_ended, self._has_epochs
            )
            self.watch.look(moment, lambda: self.control.pending == "stop")
        except Exception as error:  # noqa: BLE001  watching must not stop the loop
            self.watch.report("watching", error)
        self.clock.watching += perf_counter() - began
        self._serve()

    def _serve(self) -> None:
        try:
            self.watch.serve()
        except Exception as error:  # noqa: BLE001  watching must not stop the loop
            self.watch.report("answering", error)

    def _hold(self, *, before_first: bool = False) -> bool:
        control = self.control
        if before_first:
            with control.changed:
                if control.pending == "pause":
                    control.halt_now()
        elif not control.arrive():
            return False
        if control.state == "paused":
            self.clock.halt()
            try:
                return control.hold(self._serve, lambda: len(self.watch.mailbox) > 0)
            finally:
                self.clock.go()
        return control.pending != "stop"


def _nothing() -> None:
    """Do nothing; stands in until somebody wants to know."""

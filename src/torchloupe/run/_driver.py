"""The training thread's side of a run: every boundary passes here, whatever form the loop has."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from ._accelerator import Deferred
from ._clock import Clock
from ._control import Control, Ending
from ._nesting import where
from ._notebook import cell_executing
from ._progress import Progress
from ._schedule import Moment
from ._watch import Watch

if TYPE_CHECKING:
    from ._loop import Loop


class Driver:
    """Counts steps and epochs, and does at each boundary what was asked for.

    Who trains is `thread`: set under the watch's lock, so that nobody answers a question
    meanwhile, and cleared last of all, so that nobody else begins before all else is settled.
    """

    def __init__(self, control: Control, watch: Watch, clock: Clock, start_step: int) -> None:
        self.control = control
        self.watch = watch
        self.clock = clock
        self.progress = Progress()
        self.deferred = Deferred()
        self.step = start_step
        self.epoch = 0
        self.background = False
        self.batch_is_out = False
        self.closed = False
        self.thread: Thread | None = None
        self.on_settled: Callable[[], None] = _nothing
        #: called whenever an end state is entered; waits for nothing
        self.on_left: Callable[[], object] = _nothing
        #: called at boundaries, a few times a second
        self.on_sample: Callable[[], None] = _nothing
        self._loop: weakref.ref[Loop] | None = None
        self._left_by: Thread | None = None
        self._has_epochs = False

    # -- who trains -------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a loop or a background function has the model."""
        thread = self.thread
        # A thread that died inside its loop, the loop still held by a traceback, trains no more.
        return thread is not None and (self.background or thread.is_alive())

    def is_mine(self) -> bool:
        """Whether the calling thread is the one that trains."""
        return self.thread is threading.current_thread()

    def newest_loop(self) -> Loop | None:
        """The loop object that began last, while somebody holds it and it did not run out."""
        return self._loop() if self._loop else None

    def refuse_second_loop(self) -> None:
        """Raise if a loop that is still going on has this run.

        Raises:
            RuntimeError: from another thread, nested on the same one, or while answering.
        """
        self._refuse_other_thread()
        if self.watch.is_answering():
            raise RuntimeError("a loop inside a question: `ask` and `post` may not train this run")
        loop = self.newest_loop()
        if loop is not None and where(loop.driven_from) == "inside":
            raise RuntimeError(
                "a second loop inside a loop of the same run; nest `track` in `run.epochs(n)`, "
                "or give the inner loop a run of its own"
            )

    def _refuse_other_thread(self) -> None:
        if self.active and not self.is_mine():
            raise RuntimeError(
                "a second loop on this run: it is already training on another thread "
                f"(state {self.control.state}, step {self.step}); stop() it first"
            )

    def claim(self, loop: Loop | None, epochs: int | None) -> None:
        """Make the calling thread the one that trains; a loop that was left is superseded.

        Args:
            loop: the loop that begins; None for ticks.
            epochs: how many it plans; None where there is no such plan.
        """
        with self.watch.lock:  # whoever is answering a question finishes first
            if loop is not None:
                self.refuse_second_loop()
            self._loop = weakref.ref(loop) if loop is not None else None
            self.thread = threading.current_thread()
        self._has_epochs = epochs is not None
        self.progress.plan(1 if epochs is None and loop is not None else epochs, self.epoch)
        self._begin()

    def go_on(self, loop: Loop) -> None:
        """Let a loop that was left, with none begun since, go on where it was.

        Raises:
            RuntimeError: another loop began since.
        """
        if self.newest_loop() is not loop:
            raise RuntimeError("this loop was superseded: another one on the same run began since")
        with self.watch.lock:
            self._refuse_other_thread()
            self.thread = threading.current_thread()
        self._begin()

    def begin_background(self, thread: Thread) -> None:
        """Give the run to a background thread, which is not started yet.

        Raises:
            RuntimeError: somebody trains already.
        """
        with self.watch.lock:
            if self.active:
                raise RuntimeError(
                    f"start: this run is already training (state {self.control.state}, "
                    f"step {self.step}); stop() it and wait() first"
                )
            self._loop, self.background, self.thread = None, True, thread
        self._begin()

    def _begin(self) -> None:
        self._left_by = None
        self._count_batch()
        if self.control.state not in ("running", "paused"):
            self.control.begin()
        self.clock.go()

    # -- boundaries -------------------------------------------------------------------------

    def enter(self) -> bool:
        """Do what belongs before the first batch; False means stop."""
        self._observe()
        self.control.pause_here()
        return self._hold()

    def boundary(self) -> bool:
        """Pass the boundary between two steps; False means stop."""
        self._count_batch(always=True)
        self._observe()
        self.control.arrive()
        return self._hold()

    def end_epoch(self) -> bool:
        """Count an epoch and do what belongs to its end; False means stop."""
        self.epoch += 1
        self.progress.end_epoch()
        self._observe(epoch_ended=True)
        return self.control.pending != "stop"

    def tick(self, epoch: int | None) -> bool:
        """Pass the boundary of a step that no loop object tracks; False means stop."""
        self._count_batch(always=True)
        self._observe()
        if epoch is not None:
            changed = self._has_epochs and epoch != self.epoch
            self.epoch, self._has_epochs = epoch, True
            if changed:
                self._observe(epoch_ended=True)
        self.control.arrive()
        return self._hold()

    def _count_batch(self, *, always: bool = False) -> None:
        """Count the boundary after a batch that was handed out, be it that its loop was left."""
        if self.batch_is_out or always:
            self.step += 1
            self.batch_is_out = False
            self.progress.step()

    # -- ends -------------------------------------------------------------------------------

    def finish(self) -> None:
        """End a loop that ran out or was stopped; a background function goes on till it returns."""
        if self.background:
            self.look_last()
        else:
            self.settle(self._usual_ending(), look=True)
        self._loop = None

    def settle(self, state: Ending, *, look: bool = False) -> None:
        """Leave the training thread and enter an end state, after a last look if asked."""
        try:
            if look:
                self.look_last()
        finally:
            self._leave(state)
        self.on_settled()

    def end_background(self, state: Ending) -> None:
        """Leave the background thread (called on it)."""
        self.settle(state, look=state == "finished" or state == "stopped")

    def resolve(self, error: BaseException | None) -> None:
        """Decide how a loop that this thread left ended, by what was raised, if anything."""
        this = threading.current_thread()
        if self.background or this not in (self.thread, self._left_by):
            return
        if error is None:
            self._count_batch()
            self.settle(self._usual_ending(), look=True)
        else:
            self.batch_is_out = False
            self.settle(ending_of(error))
        self._left_by = None

    def left(self, loop: Loop) -> None:
        """Note that a loop object was dropped before its end (called by its finaliser).

        What ended it (break, exception, interrupt) is not to be seen here: a cell's, a context's
        or a background function's end tells, and until then it counts as a break. A finaliser
        may run anywhere, so nothing here waits for a lock that somebody keeps.
        """
        newest = self.newest_loop()
        if self._loop is None or (newest is not None and newest is not loop):
            return
        if self.background or not self.is_mine():
            return
        in_cell = cell_executing() and self.thread is threading.main_thread()
        if not in_cell:
            self._left_by = self.thread
            self._leave(self._usual_ending())

    def look_last(self) -> None:
        """Evaluate every probe that has not seen this step yet."""
        self._observe(last=True)

    def _leave(self, state: Ending) -> None:
        self.clock.halt()
        self.control.end(state)
        self.background = False
        self.thread = None
        self.on_left()

    def _usual_ending(self) -> Ending:
        return "stopped" if self.control.pending == "stop" else "finished"

    # -- inside -----------------------------------------------------------------------------

    def _observe(self, *, last: bool = False, epoch_ended: bool = False) -> None:
        clock, watch = self.clock, self.watch
        began = clock.now()
        try:
            if self.deferred.holds:
                self.deferred.seal()
            if clock.note(self.step, began):
                self.on_sample()
            if epoch_ended:
                watch.end_epoch(self.step, self.epoch)
            if watch.has_work:
                watch.describe_subject(self.step, self.epoch)
                elapsed = clock.elapsed_at(began)
                moment = Moment(self.step, self.epoch, elapsed, last, epoch_ended, self._has_epochs)
                watch.look(moment, self._should_stop)
        except Exception as error:  # watching must not stop the loop
            watch.report("watching", error)
        clock.watching += clock.now() - began
        if len(watch.mailbox):
            self._serve()

    def _should_stop(self) -> bool:
        return self.control.pending == "stop"

    def _serve(self) -> None:
        try:
            self.watch.serve()
        except Exception as error:  # watching must not stop the loop
            self.watch.report("answering", error)

    def _hold(self) -> bool:
        control = self.control
        if control.state == "paused":
            self.clock.halt()
            try:
                return control.hold(self._serve, lambda: len(self.watch.mailbox) > 0)
            finally:
                self.clock.go()
        return control.pending != "stop"


def ending_of(error: BaseException) -> Ending:
    """Return the end state that an error means."""
    return "stopped" if isinstance(error, KeyboardInterrupt) else "failed"


def _nothing() -> None:
    """Do nothing; stands in until somebody wants to know."""

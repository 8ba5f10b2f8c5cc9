"""The ways to train under a run: `track`, `epochs`, `tick`, and `start` in the background."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from ._background import Background
from ._door import check_epochs, check_timeout
from ._driver import ending_of
from ._loop import Epochs, EpochTrack, Track
from ._notebook import NOTEBOOK
from ._steering import Steering
from ._ticks import Ticks

Item = TypeVar("Item")

CLOSE_SECONDS = 10.0


class Training(Steering):
    """The part of a run that loops are made of."""

    def __init__(self, name: str, budget: float | None, start_step: int) -> None:
        super().__init__(name, budget, start_step)
        self._ticks = Ticks(self._driver)
        self._background: Background | None = None
        self._at_rerun = _weakly(self._stopped_by_rerun)

    def track(
        self, loader: Iterable[Item], epochs: int | None = None
    ) -> Track[Item] | EpochTrack[Item]:
        """Iterate over a loader's batches with a step boundary after each.

        Items come untouched and are never fetched ahead. Pause and stop act at the boundaries.
        Inside `run.epochs(…)` it is one pass of that epoch.

        Args:
            loader: any iterable; with `epochs` over 1 one that can be iterated again.
            epochs: how often to pass over it; 1 by default.

        Raises:
            TypeError, ValueError: an argument is not of this form; the message names it.
            RuntimeError: the run is closed, another loop is going on, or an answer is being made.
        """
        self._refuse_closed("track")
        outer = self._driver.newest_loop()
        if isinstance(outer, Epochs) and outer.encloses_caller():
            if epochs is not None and check_epochs(epochs) != 1:
                raise ValueError(f"epochs: a track inside run.epochs is one epoch, got {epochs}")
            check_epochs(1, loader)
            return outer.track(loader)
        self._driver.refuse_second_loop()
        check_epochs(1 if epochs is None else epochs, loader)
        return Track(self._driver, loader, epochs)

    def epochs(self, epochs: int) -> Epochs:
        """Count epochs, with room in each for validation, schedulers and checkpoints.

        Raises:
            TypeError, ValueError: `epochs` is not an int of at least 0.
            RuntimeError: the run is closed, another loop is going on, or an answer is being made.
        """
        self._refuse_closed("epochs")
        self._driver.refuse_second_loop()
        return Epochs(self._driver, check_epochs(epochs))

    def tick(self, epoch: int | None = None) -> bool:
        """Pass a step boundary in a loop without `track`; False once a stop was asked for.

        Args:
            epoch: the present epoch, if there are any; when it changes, an epoch has ended.
        """
        try:
            return self._ticks.tick(epoch)
        except Exception as error:  # watching must not stop the loop
            self._watch.report("tick", error)
            return True

    def start(self, fn: Callable[..., object], /, *args: Any, **kwargs: Any) -> Self:
        """Run `fn(run, *args, **kwargs)` in a background thread and return at once.

        The thread has the caller's gradient mode, inference mode, autocast and default device.

        Raises:
            TypeError: `fn` cannot be called.
            RuntimeError: the run is closed, or already training.
        """
        if not callable(fn):
            raise TypeError(f"fn: expected a function, got {type(fn).__name__}")
        self._refuse_closed("start")
        background = Background(
            lambda: fn(self, *args, **kwargs), self._background_ended, self.name
        )
        try:
            self._driver.begin_background(background.thread)
            self._ticks.reset()
            self._background = background
            NOTEBOOK.at_rerun(self._at_rerun)
            background.start()
        except BaseException:  # somebody trains already, an interrupt, no more threads to be had
            if self._driver.thread is background.thread and background.cancel():
                self._background = None
                self._driver.settle("stopped")
            elif self._background is background:
                self._stop_if_active()
            raise
        return self

    def wait(self, timeout: float | None = None) -> None:
        """Wait until what `start` began has ended, and raise what it raised.

        An interrupt while waiting stops the run, and is raised.

        Raises:
            TimeoutError: it is still going on after `timeout` seconds.
            RuntimeError: it is called by what it would wait for.
        """
        check_timeout(timeout)
        background = self._background
        if background is None:
            return
        if self._driver.is_mine():
            raise RuntimeError("wait: called by the very function that it would wait for")
        try:
            ended = background.join(timeout)
        except KeyboardInterrupt:
            self._stop_if_active()
            background.join(CLOSE_SECONDS)
            raise
        if not ended:
            raise TimeoutError(
                f"wait: {self!r} is still {self.state} at step {self.step} after {timeout:g} s"
            )
        if background.error is not None:
            raise background.error

    def _background_ended(self, error: BaseException | None) -> None:
        if error is None:
            self._driver.end_background("stopped" if self.pending == "stop" else "finished")
        else:
            self._watch.report("training", error)
            self._driver.end_background(ending_of(error))

    def _stop_if_active(self) -> None:
        if self._driver.active and self.state in ("running", "paused"):
            self._control.stop()

    def _stopped_by_rerun(self) -> None:
        self._stop_if_active()
        if self._background is not None:
            self._background.join(CLOSE_SECONDS)

    def _refuse_closed(self, verb: str) -> None:
        if self._driver.closed:
            raise RuntimeError(f"{verb}: {self!r} is closed")


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Wrap a bound method so that waiting for the call keeps nothing alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call

"""One training or inference session being watched: the name that everything else hangs from."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..store import History
from ..tap import FunctionProbe, Probe
from ._attendant import Attendant
from ._background import Background
from ._clock import Clock
from ._control import ENDED, Control, Ending, Pending, State
from ._door import check_budget, check_epochs, check_run_name, check_start_step
from ._driver import Driver
from ._loop import Epochs, EpochTrack, Track
from ._notebook import NOTEBOOK
from ._recorder import Recorder
from ._scalars import check_name, text_of
from ._schedule import Every, Scheduled, check_every
from ._status import Status
from ._watch import Watch

Item = TypeVar("Item")
Result = TypeVar("Result")

_CLOSE_SECONDS = 10.0


class Run(Recorder):
    """Watch a training loop, and reach into it.

    Display a run to see its dashboard. Every method may be called from any thread; what touches
    the model happens on the training thread, between two steps.

    Args:
        name: shown in the dashboard; `"run"` by default.
        dir: where to keep the history on disk; not available yet.
        budget: the fraction of the running time that probes may take; None never thins them.
        start_step: the step that the first batch carries, to go on from a checkpoint.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    def __init__(
        self,
        name: str | None = None,
        dir: str | Path | None = None,  # noqa: A002  the public name of a contract
        budget: float | None = 0.05,
        start_step: int = 0,
    ) -> None:
        self.name = check_run_name(name)
        if dir is not None:
            raise NotImplementedError("dir: histories on disk come with a later version")
        history, clock = History(), Clock()
        self._control = Control(f"run {self.name!r}")
        self._watch = Watch(history, clock, check_budget(budget))
        self._driver = Driver(self._control, self._watch, clock, check_start_step(start_step))
        super().__init__(history, self._driver, clock)
        self._attendant = Attendant(self._driver, self._watch, self._control)
        #: the model being trained, where a recipe made it
        self.model: Any = None
        self._background: Background | None = None
        self._closed = False
        self._at_close: list[Callable[[], None]] = []
        NOTEBOOK.attach(self)
        if NOTEBOOK.cell is None:
            NOTEBOOK.rerun(f"run {self.name}")
        self._stop_at_rerun()

    # -- loops ------------------------------------------------------------------------------

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
            RuntimeError: the run is closed, or another loop is going on.
        """
        self._refuse_closed("track")
        outer = self._driver.current() if self._driver.is_mine() else None
        if isinstance(outer, Epochs):
            if epochs not in (None, 1):
                raise ValueError(f"epochs: a track inside run.epochs is one epoch, got {epochs}")
            check_epochs(1, loader)
            return outer.track(loader)
        self._driver.refuse_second_loop()
        return Track(self._driver, loader, check_epochs(1 if epochs is None else epochs, loader))

    def epochs(self, epochs: int) -> Epochs:
        """Count epochs, with room in each for validation, schedulers and checkpoints.

        Raises:
            TypeError, ValueError: `epochs` is not an int of at least 0.
            RuntimeError: the run is closed, or another loop is going on.
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
            return self._driver.tick(epoch)
        except Exception as error:  # noqa: BLE001  watching must not stop the loop
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
        self._driver.begin_background()
        if NOTEBOOK.cell is not None:
            self._stop_at_rerun()

        def train() -> None:
            self._driver.thread = threading.get_ident()
            fn(self, *args, **kwargs)

        self._background = Background(train, self._background_ended, self.name)
        self._background.start()
        return self

    def wait(self, timeout: float | None = None) -> None:
        """Wait until what `start` began has ended, and raise what it raised.

        An interrupt while waiting stops the run, and is raised.

        Raises:
            TimeoutError: it is still going on after `timeout` seconds.
        """
        background = self._background
        if background is None:
            return
        try:
            ended = background.join(timeout)
        except KeyboardInterrupt:
            self._stop_if_active()
            background.join(_CLOSE_SECONDS)
            raise
        if not ended:
            raise TimeoutError(
                f"wait: {self!r} is still {self.state} at step {self.step} after {timeout:g} s"
            )
        if background.error is not None:
            raise background.error

    # -- control ----------------------------------------------------------------------------

    def pause(self) -> None:
        """Freeze at the next boundary; while idle: start paused.

        Raises:
            RuntimeError: the run has ended.
        """
        self._control.pause()

    def resume(self) -> None:
        """Go on after a pause, or take back one that has not taken effect.

        Raises:
            RuntimeError: the run has ended.
        """
        self._control.resume()

    def advance(self, steps: int = 1) -> None:
        """Make so many steps and pause again.

        Raises:
            TypeError, ValueError: `steps` is not an int of at least 1.
            RuntimeError: the run is not paused.
        """
        self._control.advance(steps)

    def stop(self) -> None:
        """End at the next boundary; nothing happens if the run has ended.

        Raises:
            RuntimeError: the run is idle.
        """
        self._control.stop()

    @property
    def state(self) -> State:
        """`idle`, `running`, `paused`, `stopped`, `finished` or `failed`."""
        return self._control.state

    @property
    def pending(self) -> Pending | None:
        """What was asked for and waits for the next boundary: `"pause"`, `"stop"` or None."""
        return self._control.pending

    @property
    def path(self) -> Path | None:
        """The run's directory; None for a run in memory."""
        return None

    @property
    def problems(self) -> list[str]:
        """What went wrong in watching, each once; training went on."""
        return list(self._watch.problems)

    @property
    def status(self) -> Status:
        """Everything that changes while a run runs, at this moment."""
        driver, clock, progress = self._driver, self._clock, self._driver.progress
        rate = clock.rate
        left = progress.steps_left(driver.epoch)
        return Status(
            state=self.state,
            pending=self.pending,
            step=driver.step,
            epoch=driver.epoch,
            epochs=progress.epochs,
            fraction=progress.fraction(driver.epoch),
            rate=rate,
            seconds_left=left / rate if rate and left is not None else None,
            cost=clock.share,
            problems=tuple(self._watch.problems),
        )

    # -- what is watched --------------------------------------------------------------------

    def probe(
        self, probe: Probe | Callable[[], Any], every: Every = "epoch", name: str | None = None
    ) -> Self:
        """Look into the model at a cadence.

        Args:
            probe: `tl.Reconstructions`, `tl.Latents`, …, a `tl.Probe` of your own, or a function
                that returns a number, a mapping of numbers, points [N, D] or images.
            every: `"epoch"`, a number of steps (int) or of seconds (float). The most often; the
                run's budget may thin it. The first and the last always run.
            name: the channel to fill; the probe's or function's own name by default.

        Raises:
            TypeError, ValueError: an argument is not of this form; the message names it.
            RuntimeError: the run is closed.
        """
        self._refuse_closed("probe")
        cadence = check_every(every)
        if not isinstance(probe, Probe):
            own = getattr(probe, "__name__", type(probe).__name__)
            probe = FunctionProbe(probe, check_name(name or own.strip("<>")))
        free = self._free_name(check_name(name or probe.name), given=name is not None)
        self._watch.add(Scheduled(probe, free, cadence))
        if not self._driver.active or self._driver.is_mine():
            self._watch.describe_subject(self.step, self.epoch)
        return self

    @property
    def probes(self) -> Mapping[str, Probe]:
        """The probes by the name of the channel that each fills."""
        return {each.name: each.probe for each in list(self._watch.probes)}

    # -- reaching in ------------------------------------------------------------------------

    def ask(self, fn: Callable[[], Result], timeout: float | None = 10.0) -> Result:
        """Call `fn()` where the model may be touched, and return what it returns.

        On the training thread at once; otherwise at the next step boundary, or while paused; when
        nothing trains, here. The model is in eval mode, without gradients, and put back after.

        Raises:
            TimeoutError: the present step took longer than `timeout` seconds; `fn` never runs.
            RuntimeError: the run is closed.
        """
        if not callable(fn):
            raise TypeError(f"fn: expected a function, got {type(fn).__name__}")
        return self._attendant.ask(fn, timeout)

    def post(self, fn: Callable[[], Any], key: object) -> None:
        """Have `fn()` called as `ask` does, without waiting; the newest of each key wins.

        Raises:
            RuntimeError: the run is closed.
        """
        self._attendant.post(fn, key)

    def report(self, source: str, error: BaseException | str) -> None:
        """Show a problem of an observer, once."""
        self._watch.report(source, error)

    def observed(self, seconds: float) -> None:
        """Count time that an observer took elsewhere into the measured cost."""
        if self._driver.active:
            self._clock.watching += seconds

    # -- ends -------------------------------------------------------------------------------

    def on_close(self, callback: Callable[[], None]) -> None:
        """Have something done when the run closes; at once if it is closed."""
        if self._closed:
            callback()
        else:
            self._at_close.append(callback)

    def close(self) -> None:
        """Stop, forget the model, close the views. The history can still be read."""
        if self._closed:
            return
        self._closed = True
        self._stop_if_active()
        if self._background is not None:
            self._background.join(_CLOSE_SECONDS)
        elif self._driver.is_mine():
            self._driver.settle("stopped")
        self._watch.close()
        NOTEBOOK.detach(self)
        for callback in self._at_close:
            callback()
        self._at_close.clear()
        self._background = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is not None:
                self._end_after(error)
            else:
                self.wait()
                self._end_after(None)
        finally:
            self.close()

    # -- cells ------------------------------------------------------------------------------

    def cell_begins(self) -> None:
        """Let an answer that is being given end before the user's code touches the model."""
        with self._watch.lock:
            self._driver.reset_ticks()

    def cell_ended(self, error: BaseException | None) -> None:
        """Decide how a loop of the main thread ended, and answer what waited."""
        if self._driver.thread == threading.main_thread().ident and not self._driver.background:
            self._end_after(error)
        self._attendant.attend()

    # -- text -------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"Run({self.name!r})"

    def __str__(self) -> str:
        status = self.status
        of = f" of {status.epochs}" if status.epochs is not None else ""
        lines = [f"{self!r}: {status.state}, step {status.step:,}, epoch {status.epoch}{of}"]
        for name, series in self.scalars.items():
            step, value = series.last()
            lines.append(f"  {name} {text_of(value)} (step {step:,}, {series.count:,} values)")
        for name, channel in self.channels.items():
            lines.append(f"  {name}: {channel.kind} of step {channel.step:,}")
        lines.extend(f"  ! {problem}" for problem in status.problems)
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        # The one look to the right of the data path: a run shows itself.
        from ..views import Dashboard

        return Dashboard.of(self).bundle(repr(self))

    # -- inside -----------------------------------------------------------------------------

    def _free_name(self, name: str, *, given: bool) -> str:
        taken = {each.name for each in self._watch.probes}
        if name not in taken:
            return name
        if given:
            raise ValueError(f"name: {name!r} is taken by another probe of this run")
        return next(
            f"{name} {number}" for number in range(2, 10_000) if f"{name} {number}" not in taken
        )

    def _background_ended(self, error: BaseException | None) -> None:
        if error is not None:
            self._watch.report("training", error)
        stopped = self._control.pending == "stop"
        ending: Ending = "failed" if error else "stopped" if stopped else "finished"
        self._driver.end_background(ending)

    def _end_after(self, error: BaseException | None) -> None:
        """Enter the end state that an error (or its absence) means, if anything had begun."""
        if error is None:
            if self._driver.is_mine():
                self._driver.settle("finished", look=True)
            return
        ending: Ending = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        if self._driver.is_mine():
            self._driver.settle(ending)
        elif self.state in ENDED and not self._driver.background:
            self._control.end(ending)

    def _stop_if_active(self) -> None:
        if self._driver.active and self.state not in (*ENDED, "idle"):
            self._control.stop()

    def _stop_at_rerun(self) -> None:
        run = _weakly(self._stopped_by_rerun)
        NOTEBOOK.at_rerun(run, None if NOTEBOOK.cell else f"run {self.name}")

    def _stopped_by_rerun(self) -> None:
        self._stop_if_active()
        if self._background is not None:
            self._background.join(_CLOSE_SECONDS)

    def _refuse_closed(self, verb: str) -> None:
        if self._closed:
            raise RuntimeError(f"{verb}: {self!r} is closed")


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Wrap a bound method so that waiting for the call keeps nothing alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call

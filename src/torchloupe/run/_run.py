"""One training or inference session being watched: the name that everything else hangs from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..store import Scribe
from ..tap import FunctionProbe, Probe
from ._attendant import Attendant
from ._door import check_budget, check_dir, check_run_name, check_start_step, check_timeout
from ._keeping import keep, read_back
from ._notebook import NOTEBOOK
from ._scalars import check_name
from ._schedule import Every, Scheduled, check_every
from ._training import CLOSE_SECONDS, Training

Result = TypeVar("Result")


class Run(Training):
    """Watch a training loop, and reach into it.

    Display a run to see its dashboard. Every method may be called from any thread; what touches
    the model happens on the training thread, between two steps.

    Args:
        name: shown in the dashboard; `"run"` by default.
        dir: a folder for runs. The history is then kept on disk too, in a directory of the run's
            name in it (`runs/vae`, or `runs/vae-2` if there is one), at most a quarter of a second
            behind; `tl.open` reads it.
        budget: the fraction of the running time that probes may take; None never thins them.
        start_step: the step that the first batch carries, to go on from a checkpoint.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
        OSError: the directory cannot be made.
    """

    def __init__(
        self,
        name: str | None = None,
        dir: str | Path | None = None,  # noqa: A002  the public name of a contract
        budget: float | None = 0.05,
        start_step: int = 0,
    ) -> None:
        folder = check_dir(dir) if dir is not None else None
        super().__init__(check_run_name(name), check_budget(budget), check_start_step(start_step))
        self._attendant = Attendant(self._driver, self._watch, self._control)
        #: the model being trained, where a recipe made it
        self.model: Any = None
        self._at_close: list[Callable[[], None]] = []
        NOTEBOOK.attach(self)
        self._scribe: Scribe | None = None
        if folder is not None:
            self._scribe = keep(self, self._history, self._clock, folder)
            self._driver.on_sample = self._scribe.attend
            self._driver.on_left = self._scribe.look
            self._source = read_back(self._scribe.path)
        self._stop_at_rerun(named=name is not None)

    @property
    def path(self) -> Path | None:
        """The run's directory; None for a run in memory."""
        return self._scribe.path if self._scribe is not None else None

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
        if self._attendant.may_touch():
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
        nothing trains, here. The modules that the probes and `fn` refer to are in eval mode,
        without gradients, and put back after.

        Raises:
            TypeError, ValueError: an argument is not of this form; the message names it.
            TimeoutError: the present step took longer than `timeout` seconds; `fn` never runs.
            RuntimeError: the run is closed.
        """
        if not callable(fn):
            raise TypeError(f"fn: expected a function, got {type(fn).__name__}")
        return self._attendant.ask(fn, check_timeout(timeout))

    def post(self, fn: Callable[[], Any], key: object) -> None:
        """Have `fn()` called as `ask` does, without waiting; the newest of each key wins.

        Raises:
            RuntimeError: the run is closed.
        """
        self._attendant.post(fn, key)

    def obey(self, command: Mapping[str, Any]) -> None:
        """Do what somebody who watches from another process asks for; too late does no harm."""
        verbs = {"pause": self.pause, "resume": self.resume, "stop": self.stop}
        try:
            if command["command"] == "advance":
                self.advance(command["steps"])
            else:
                verbs[command["command"]]()
        except RuntimeError:  # the state changed meanwhile; whoever asked will see it
            return

    def describe_for_disk(self) -> Mapping[str, Any]:
        """Return where the run is, as plain values."""
        return self.status.to_dict()

    def flush(self) -> None:
        """Return when everything logged so far is in the history, and on disk if it is kept there.

        Raises:
            OSError, TimeoutError: the disk does not take it.
        """
        super().flush()
        if self._scribe is not None and not self._driver.closed:
            self._scribe.flush()

    # -- ends -------------------------------------------------------------------------------

    def on_close(self, callback: Callable[[], None]) -> None:
        """Have something done when the run closes; at once if it is closed."""
        if self._driver.closed:
            callback()
        else:
            self._at_close.append(callback)

    def close(self) -> None:
        """Stop, forget the model, close the views. The history can still be read.

        Closing again does no harm.
        """
        self._driver.closed = True
        try:
            self._stop_if_active()
            if self._background is not None:
                self._background.join(CLOSE_SECONDS)
            elif self._driver.is_mine():
                self._driver.settle("stopped")
        finally:
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.wait()
            self._driver.resolve(error)
        finally:
            self.close()

    # -- cells ------------------------------------------------------------------------------

    def cell_begins(self) -> None:
        """Let an answer that is being given end before the user's code touches the model."""
        if not self._driver.active:
            with self._watch.lock:
                pass
        self._ticks.reset()

    def cell_ended(self, error: BaseException | None) -> None:
        """Decide how a loop of the main thread ended."""
        self._driver.resolve(error)

    def cell_over(self) -> None:
        """Answer what waited for the cell's end."""
        self._attendant.attend()

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

    def _let_go(self) -> None:
        self._watch.close()
        self._history.release()
        NOTEBOOK.forget(self._at_rerun)
        NOTEBOOK.detach(self)
        while self._at_close:  # one at a time: closing again goes on where an interrupt fell
            try:
                self._at_close.pop(0)()
            except Exception as error:  # one view's trouble is not the others'
                self._watch.report("close", error)
        self._background = None
        if self._scribe is not None:
            self._scribe.close(self._last_words())

    def _last_words(self) -> Mapping[str, Any]:
        """Return the state to leave on disk; `closed` is said no sooner, for readers then leave."""
        told: dict[str, Any] = {**self.describe_for_disk(), "closed": True}
        if told["state"] in ("running", "paused"):  # closed by its own function: it ends unseen
            told.update(state="stopped", pending=None)
        return told

    def _stop_at_rerun(self, *, named: bool) -> None:
        if NOTEBOOK.cell is None and named:  # a terminal has no cells; the name has to do
            key = f"run {self.name}"
            NOTEBOOK.rerun(key)
            NOTEBOOK.at_rerun(self._at_rerun, key)
        else:
            NOTEBOOK.at_rerun(self._at_rerun)

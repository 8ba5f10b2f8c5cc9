"""Where a run is, and the verbs that steer it: pause, resume, advance, stop."""

from __future__ import annotations

from ..store import History
from ._clock import Clock
from ._control import Control, Pending, State
from ._driver import Driver
from ._recorder import Recorder
from ._scalars import text_of
from ._status import Status
from ._watch import Watch


class Steering(Recorder):
    """The part of a run that can be steered from any thread."""

    def __init__(self, name: str, budget: float | None, start_step: int) -> None:
        self.name = name
        history, clock = History(), Clock()
        self._control = Control(f"run {name!r}")
        self._watch = Watch(history, clock, budget)
        self._driver = Driver(self._control, self._watch, clock, start_step)
        super().__init__(history, self._driver, clock)

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
        """Make so many steps and pause again; while such steps are being made, so many more.

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

    def report(self, source: str, error: BaseException | str) -> None:
        """Show a problem of an observer, once."""
        self._watch.report(source, error)

    def observed(self, seconds: float) -> None:
        """Count time that an observer took elsewhere into the measured cost."""
        if self._driver.active:
            self._clock.watching += seconds

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

"""What is done at a boundary on the training thread: probes and answers, inside the guard."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from time import perf_counter
from typing import Any

from torch import nn

from ..store import History, Snapshot
from ..tap import Answer, describe, parameters_ready
from ._clock import Clock
from ._guard import guard
from ._mailbox import Mailbox
from ._schedule import Moment, Scheduled

_MOST_PROBLEMS = 100


class Watch:
    """Evaluates probes and serves the mailbox. Nothing it calls may raise into the user's loop."""

    def __init__(self, history: History, clock: Clock, budget: float | None) -> None:
        self.mailbox = Mailbox()
        self.probes: list[Scheduled] = []
        self.problems: list[str] = []
        self.lock = RLock()
        self._history = history
        self._clock = clock
        self._budget = budget
        self._spent = 0.0
        self._subject: tuple[nn.Module, Any] | None = None
        self._has_subject = False

    def add(self, scheduled: Scheduled) -> None:
        """Register a probe; the first that knows a whole model has its architecture described."""
        self.probes.append(scheduled)
        if not self._has_subject:
            self._subject = scheduled.probe.subject
            self._has_subject = self._subject is not None

    def describe_subject(self, step: int, epoch: int) -> None:
        """Describe the model's modules once, as soon as their parameters have shapes."""
        if self._subject is None:
            return
        model, example = self._subject
        if not parameters_ready([model]):
            return
        self._subject = None
        try:
            with guard([model]):
                architecture = describe(model, example)
        except Exception as error:  # noqa: BLE001  watching must not stop the loop
            self.report("architecture", error)
            return
        details = {"architecture": architecture}
        self._history.put("architecture", Snapshot("architecture", step, epoch, {}, details))

    def look(self, moment: Moment, should_stop: Callable[[], bool]) -> None:
        """Evaluate every probe that is due and that the budget allows."""
        for scheduled in list(self.probes):
            if not scheduled.due(moment) or not self._ready(scheduled):
                continue
            if not self._affordable(scheduled, moment):
                scheduled.skipped += 1
                continue
            if moment.last or not should_stop():
                self._evaluate(scheduled, moment, _never if moment.last else should_stop)

    def serve(self) -> int:
        """Answer waiting questions; return how many."""
        if not len(self.mailbox):
            return 0
        with self.lock, guard(self.modules()):
            return self.mailbox.serve()

    def answer(self, function: Callable[[], Any]) -> Any:
        """Call a function where the model may be touched, and return or raise what it does."""
        with self.lock, guard(self.modules()):
            return function()

    def modules(self) -> list[nn.Module]:
        """Every module that a probe refers to, unless it is still without shapes."""
        modules = [module for each in self.probes for module in each.probe.modules]
        return modules if parameters_ready(modules) else []

    def close(self) -> None:
        """Fail the waiting questions and forget the model."""
        self.mailbox.close()
        self.probes.clear()
        self._subject = None

    def report(self, source: str, error: BaseException | str) -> None:
        """Note a problem for the views, once."""
        what = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        text = f"{source}: {' '.join(what.split())[:500]}"
        if text not in self.problems and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(text)

    def _ready(self, scheduled: Scheduled) -> bool:
        try:
            return parameters_ready(scheduled.probe.modules)
        except Exception as error:  # noqa: BLE001  a user's probe may raise anything
            self._disable(scheduled, error)
            return False

    def _affordable(self, scheduled: Scheduled, moment: Moment) -> bool:
        if self._budget is None or moment.last or not scheduled.runs:
            return True
        return self._spent + scheduled.cost <= self._budget * moment.elapsed

    def _evaluate(
        self, scheduled: Scheduled, moment: Moment, should_stop: Callable[[], bool]
    ) -> None:
        began = perf_counter()
        try:
            with self.lock, guard(scheduled.probe.modules):
                answer = scheduled.probe.evaluate(should_stop)
            if answer is not None:
                self._keep(scheduled, answer, moment)
        except Exception as error:  # noqa: BLE001  a user's probe may raise anything
            self._disable(scheduled, error)
            return
        seconds = perf_counter() - began
        if scheduled.runs and not moment.last:
            self._spent += seconds
        if answer is not None:
            scheduled.ran(moment, seconds)

    def _disable(self, scheduled: Scheduled, error: Exception) -> None:
        scheduled.disabled = True
        self.report(f"probe {scheduled.name!r} was switched off", error)

    def _keep(self, scheduled: Scheduled, answer: Answer, moment: Moment) -> None:
        if answer.kind == "scalars":
            for name, array in answer.arrays.items():
                self._history.series_for(name).append(moment.step, float(array))
            return
        details = {**answer.details, "cadence": scheduled.cadence}
        self._history.put(
            scheduled.name,
            Snapshot(answer.kind, moment.step, moment.epoch, answer.arrays, details),
        )


def _never() -> bool:
    return False



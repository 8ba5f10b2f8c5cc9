"""What is done at a boundary on the training thread: probes and answers, inside the guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import RLock
from typing import Any

from torch import nn

from ..store import History, Snapshot
from ..tap import Answer, describe, modules_of, parameters_ready
from ._clock import Clock
from ._guard import untouched
from ._mailbox import Mailbox
from ._scalars import check_name
from ._schedule import Moment, Scheduled

_MOST_PROBLEMS = 100


class Watch:
    """Evaluates probes and serves the mailbox. Nothing it calls may raise into the user's loop.

    `lock` is held by whoever touches the model, and by whoever begins to train. With it held the
    locks of the control, the mailbox and the store may be taken; never the other way round.
    """

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
        self._answering: threading.Thread | None = None
        clock.timepiece.on_failure = lambda error: self.report("clock", error)

    @property
    def has_work(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.probes) or self._subject is not None

    def add(self, scheduled: Scheduled) -> None:
        """Register a probe; the first that knows a whole model has its architecture described."""
        self.probes.append(scheduled)
        if not self._has_subject:
            self._subject = scheduled.probe.subject
            self._has_subject = self._subject is not None

    def describe_subject(self, step: int, epoch: int) -> None:
        """Describe the model's modules once, as soon as their parameters have shapes."""
        subject = self._subject
        if subject is None or not parameters_ready([subject[0]]):
            return
        self._subject = None
        model, example = subject
        try:
            with self.lock:
                architecture = untouched([model], lambda: describe(model, example))
            details = {"architecture": architecture}
            snapshot = Snapshot("architecture", step, epoch, {}, details, time=self._clock.age())
            self._history.put("architecture", snapshot)
        except Exception as error:  # watching must not stop the loop
            self.report("architecture", error)

    def end_epoch(self, step: int, epoch: int) -> None:
        """Mark where an epoch ended."""
        self._history.end_epoch(epoch, step, self._clock.age())

    def look(self, moment: Moment, should_stop: Callable[[], bool]) -> None:
        """Evaluate every probe that is due and that the budget allows."""
        for scheduled in list(self.probes):
            if not scheduled.due(moment) or not self._ready(scheduled):
                continue
            if not self._affordable(scheduled, moment):
                scheduled.skip()
            elif moment.last or not should_stop():
                self._evaluate(scheduled, moment, _never if moment.last else should_stop)

    def serve(self) -> int:
        """Answer waiting questions; return how many."""
        if not len(self.mailbox):
            return 0
        with self.lock:
            return self.mailbox.serve(self.answer)

    def answer(self, function: Callable[[], Any]) -> Any:
        """Call a function where the model may be touched, and return or raise what it does."""
        with self.lock:
            modules = [*self._modules(), *modules_of(function)]
            # A lazy module's first call changes what it is; that cannot be put back.
            ready = [each for each in modules if parameters_ready([each])]
            before, self._answering = self._answering, threading.current_thread()
            try:
                return untouched(ready, function)
            finally:
                self._answering = before

    def is_answering(self) -> bool:
        """Tell whether the calling thread is in the middle of an answer."""
        return self._answering is threading.current_thread()

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

    def _modules(self) -> list[nn.Module]:
        """Every module that a working probe refers to."""
        found: list[nn.Module] = []
        for scheduled in [each for each in self.probes if not each.disabled]:
            try:
                found.extend(scheduled.probe.modules)
            except Exception as error:  # a user's probe may raise anything
                self._disable(scheduled, error)
        return found

    def _ready(self, scheduled: Scheduled) -> bool:
        try:
            return parameters_ready(scheduled.probe.modules)
        except Exception as error:  # a user's probe may raise anything
            self._disable(scheduled, error)
            return False

    def _affordable(self, scheduled: Scheduled, moment: Moment) -> bool:
        if self._budget is None or moment.last or not scheduled.runs or scheduled.goes_on:
            return True
        # Else those that cost little take all that one that costs more, or once did, saves for.
        kept = sum(each.cost for each in self.probes if each.comes_before(scheduled))
        return self._spent + scheduled.cost + kept <= self._budget * moment.elapsed

    def _evaluate(
        self, scheduled: Scheduled, moment: Moment, should_stop: Callable[[], bool]
    ) -> None:
        probe = scheduled.probe
        began = self._clock.now()
        try:
            with self.lock:
                answer = untouched(probe.modules, lambda: probe.evaluate(should_stop))
            seconds = self._clock.now() - began
            if scheduled.runs and not moment.last:
                self._spent += seconds
                scheduled.spent += seconds
            if answer is None and should_stop():
                return  # broken off; the last look has it again
            scheduled.ran(moment, seconds)
            if answer is not None:
                self._keep(scheduled, answer, moment)
        except Exception as error:  # a user's probe may raise anything
            self._disable(scheduled, error)

    def _disable(self, scheduled: Scheduled, error: Exception) -> None:
        scheduled.disabled = True
        self.report(f"probe {scheduled.name!r} was switched off", error)

    def _keep(self, scheduled: Scheduled, answer: Answer, moment: Moment) -> None:
        if not isinstance(answer, Answer):
            found = type(answer).__name__
            raise TypeError(f"evaluate: expected an Answer or None, got {found}")
        if answer.kind == "scalars":
            self._history.refuse_more_scalars(answer.arrays)
            for name, array in answer.arrays.items():
                series = self._history.series_for(check_name(name))
                series.append(moment.step, float(array), self._clock.age())
            return
        details = {**answer.details, "cadence": scheduled.cadence}
        age = self._clock.age()
        snapshot = Snapshot(
            answer.kind, moment.step, moment.epoch, answer.arrays, details, time=age
        )
        self._history.put(scheduled.name, snapshot)


def _never() -> bool:
    return False

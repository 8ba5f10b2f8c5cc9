"""When a probe is evaluated: as often as it asked for, as rarely as the budget needs."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from ..tap import Probe

Every = Literal["epoch"] | int | float

# Without epochs there is no natural moment; this many seconds stand in for one.
_SECONDS_WITHOUT_EPOCHS = 10.0


class Moment(NamedTuple):
    """What a boundary is: counts, and whether it ends something."""

    step: int
    epoch: int
    elapsed: float
    last: bool = False
    epoch_ended: bool = False
    has_epochs: bool = True


class Scheduled:
    """A probe with its cadence, what it cost, and what came of it."""

    def __init__(self, probe: Probe, name: str, every: Every) -> None:
        self.probe = probe
        self.name = name
        self.every = every
        self.runs = 0
        #: what its next evaluation may take, and what all took but the first and the last
        self.cost, self.spent = 0.0, 0.0
        self.disabled = False
        self._skipped = 0
        self._gap = 0
        self._gap_seconds = 0.0
        self._has_epochs = True
        self._step = -1
        self._elapsed = 0.0

    def due(self, moment: Moment) -> bool:
        """Tell whether its cadence has come round (the budget is asked separately)."""
        if self.disabled or (self.runs and moment.step == self._step):
            return False
        if not self.runs or moment.last or self.goes_on:
            return True
        seconds = moment.elapsed - self._elapsed
        if self.every == "epoch":
            waited = not moment.has_epochs and seconds >= _SECONDS_WITHOUT_EPOCHS
            return moment.epoch_ended or waited
        if moment.epoch_ended:  # this step was asked about already
            return False
        if isinstance(self.every, int):
            return moment.step % self.every == 0
        return seconds >= float(self.every)

    @property
    def goes_on(self) -> bool:
        """Whether its last evaluation is to be continued at this boundary, whatever it costs."""
        try:
            return bool(self.probe.goes_on)
        except Exception:  # a user's probe may raise anything
            return False

    def skip(self) -> None:
        """Note that it was due, but not affordable."""
        self._skipped += 1

    def comes_before(self, other: Scheduled) -> bool:
        """Tell whether it waits for the budget and, evaluated, would have had less than another."""
        waits = self._skipped > 0 and not self.disabled and self is not other
        return waits and self.spent + self.cost < other.spent + other.cost

    def ran(self, moment: Moment, seconds: float) -> None:
        """Note that it was evaluated, and what that took."""
        self.runs += 1
        # The first evaluation warms caches; it says little about the next ones.
        self.cost = seconds if self.runs <= 2 else 0.7 * self.cost + 0.3 * seconds
        if not moment.last:
            self._gap, self._skipped = self._skipped, 0
            self._gap_seconds = moment.elapsed - self._elapsed
            self._has_epochs = moment.has_epochs
        self._step, self._elapsed = moment.step, moment.elapsed

    @property
    def cadence(self) -> str:
        """How often the budget really let it run, in words; empty if as often as asked."""
        if not self._gap:
            return ""
        if self.every == "epoch" and self._has_epochs:
            return f"every {_ordinal(self._gap + 1)} epoch"
        if isinstance(self.every, int):
            return f"every {self.every * (self._gap + 1):,} steps"
        return f"every {self._gap_seconds:.2g} s"


def check_every(every: object) -> Every:
    """Return a cadence or raise an error that says what one is."""
    if isinstance(every, str) and every == "epoch":
        return "epoch"
    if isinstance(every, bool) or not isinstance(every, (int, float)):
        raise TypeError(
            f'every: expected "epoch", a number of steps (int) or of seconds (float), got {every!r}'
        )
    if isinstance(every, int):
        if every < 1:
            raise ValueError(f"every: expected at least 1 step, got {every}")
    elif not math.isfinite(every) or every < 0:
        raise ValueError(f"every: expected a finite number of seconds, got {every}")
    return every


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"

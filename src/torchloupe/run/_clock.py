"""Time spent running (pauses left out), the pace of steps, and what watching took of it."""

from __future__ import annotations

from collections import deque

from .. import outside

_SAMPLE_SECONDS = 0.25


class Clock:
    """Measures one run. Written by the training thread, read by anyone."""

    def __init__(self) -> None:
        #: seconds that watching took
        self.watching = 0.0
        self.timepiece = outside.Timepiece()
        self.now = self.timepiece.now
        #: the time of day when the run began, in seconds since 1970
        self.origin = outside.wall_seconds()
        self._born = self.now()
        # Seconds up to the last halt, and since when it goes: one object, so that no reader
        # sees one without the other.
        self._ran: tuple[float, float | None] = 0.0, None
        self._samples: deque[tuple[float, int]] = deque(maxlen=20)
        self._sampled_at = float("-inf")

    def age(self, now: float | None = None) -> float:
        """Return the seconds from the run's beginning to a time, pauses included."""
        return (self.now() if now is None else now) - self._born

    @property
    def elapsed(self) -> float:
        """Seconds spent running so far."""
        return self.elapsed_at(self.now())

    def elapsed_at(self, now: float) -> float:
        """Return the seconds spent running up to a time."""
        ran, since = self._ran
        return ran if since is None else ran + now - since

    @property
    def share(self) -> float | None:
        """The fraction of that time that watching took; None before anything ran."""
        elapsed = self.elapsed
        return min(1.0, self.watching / elapsed) if elapsed > 0 else None

    @property
    def rate(self) -> float | None:
        """Steps a second over the last few seconds of running; None while unknown."""
        samples = list(self._samples)
        if len(samples) < 2 or samples[-1][0] <= samples[0][0]:
            return None
        return (samples[-1][1] - samples[0][1]) / (samples[-1][0] - samples[0][0])

    def go(self) -> None:
        """Start counting."""
        ran, since = self._ran
        if since is None:
            self._ran = ran, self.now()

    def halt(self) -> None:
        """Stop counting (paused or ended)."""
        self._ran = self.elapsed, None

    def note(self, step: int, now: float) -> bool:
        """Sample the pace, at most a few times a second; tell whether it did."""
        if now - self._sampled_at < _SAMPLE_SECONDS:
            return False
        self._sampled_at = now
        self._samples.append((self.elapsed_at(now), step))
        return True

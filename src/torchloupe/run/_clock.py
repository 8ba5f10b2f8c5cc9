"""Time spent running (pauses left out), the pace of steps, and what watching took of it."""

from __future__ import annotations

from collections import deque
from time import perf_counter

_SAMPLE_SECONDS = 0.25


class Clock:
    """Measures one run. Written by the training thread, read by anyone."""

    def __init__(self) -> None:
        self.watching = 0.0
        self._ran = 0.0
        self._since: float | None = None
        self._samples: deque[tuple[float, int]] = deque(maxlen=20)

    @property
    def elapsed(self) -> float:
        """Seconds spent running so far."""
        since = self._since
        return self._ran + (perf_counter() - since if since is not None else 0.0)

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
        if self._since is None:
            self._since = perf_counter()

    def halt(self) -> None:
        """Stop counting (paused or ended)."""
        if self._since is not None:
            self._ran += perf_counter() - self._since
            self._since = None

    def note(self, step: int) -> None:
        """Sample the pace, at most a few times a second."""
        elapsed = self.elapsed
        if not self._samples or elapsed - self._samples[-1][0] >= _SAMPLE_SECONDS:
            self._samples.append((elapsed, step))

"""State, progress and cost of a run, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Float, Int, List, Unicode

from ..channel import COUNT
from ..run import Run
from ._output_only import Part
from ._traits import known, synced
from ._view import View, bundle, need_run

_HEARTBEAT_SECONDS = 5.0
_MOST_MOMENTS = 200


class Controls(View):
    """Pause, step, resume and stop a run; see its state, step, epoch, rate, time left and cost.

    Args:
        run: the run to steer.
    """

    _esm = bundle("controls")
    small = True
    events = {
        "pause": {},
        "resume": {},
        "advance": {"steps": COUNT},
        "stop": {},
        "look": {"step": COUNT},
        "present": {},
    }

    state = synced(Unicode())
    """`idle`, `running`, `paused`, `stopped`, `finished` or `failed`."""
    pending = synced(Unicode())
    """`pause` or `stop` until it takes effect, otherwise empty."""
    step = synced(Int())
    """Boundaries passed."""
    epoch = synced(Int())
    """Epochs finished."""
    epochs = synced(Int(None, allow_none=True))
    """Epochs planned; None if unknown."""
    fraction = synced(Float(None, allow_none=True))
    """Progress, 0..1; None if unknown."""
    rate = synced(Float(None, allow_none=True))
    """Steps a second; None if unknown."""
    seconds_left = synced(Float(None, allow_none=True))
    """Estimated; None if unknown."""
    cost = synced(Float(None, allow_none=True))
    """Fraction of the running time that watching takes; None if unknown."""
    problems = synced(List(Unicode()))
    """What went wrong in watching."""
    notice = synced(Unicode())
    """One quiet line of news, or empty."""
    stale = synced(Unicode())
    """Of a run that another process trains: why this is not its present state, or empty."""
    moments = synced(List(Int()))
    """Steps, rising, at which there is something to see in the past; 200 at most."""
    cursor = synced(Int(None, allow_none=True))
    """The step that the views show; None for the present."""

    def __init__(
        self,
        run: Run,
        *,
        standalone: bool = True,
        before: Callable[[], None] | None = None,
        around: Part | None = None,
    ) -> None:
        self._before, self._around = before, around
        self._answered = 0
        self._clicks = 0
        self._run = need_run(run)
        super().__init__(run, standalone=standalone)

    def content(self) -> dict[str, Any]:
        """Return the run's status."""
        status = self._run.status
        word = status.stale or status.state
        return {
            "title": self._run.name,
            "summary": f"{word}, step {status.step:,}, epoch {status.epoch}",
            "state": status.state,
            "pending": status.pending or "",
            "step": status.step,
            "epoch": status.epoch,
            "epochs": status.epochs,
            "fraction": known(status.fraction),
            "rate": known(status.rate, 3),
            "seconds_left": known(status.seconds_left, 3),
            "cost": known(status.cost, 3),
            "problems": list(status.problems[-5:]),
            "notice": "",
            "stale": status.stale,
            "moments": _thinned(self._run.moments),
            "cursor": self._run.cursor,
        }

    def version(self) -> Hashable:
        """Differ with everything shown; while running also every few seconds, as a sign of life."""
        run, status = self._run, self._run.status
        alive = int(monotonic() / _HEARTBEAT_SECONDS) if status.state == "running" else 0
        progress = status.state, status.pending, status.step, status.epoch, status.epochs
        channels = tuple((name, each.kind) for name, each in run.channels.items())
        told = len(status.problems), status.stale, run.cursor
        return progress, told, channels, len(run.probes), alive

    def urgent(self) -> bool:
        """A click waits for the sign that it arrived."""
        return self._clicks != self._answered

    def publish(self, *, complete: bool) -> int:
        """Send the status; first whatever was to be done before."""
        self._answered = self._clicks
        if self._before is not None:
            self._before()
        return super().publish(complete=complete)

    def belongings(self) -> Iterable[Part]:
        """Return the box of the panes, if there is one."""
        return filter(None, [self._around])

    def _on_pause(self, _: str) -> None:
        self._steer(self._run.pause)

    def _on_resume(self, _: str) -> None:
        self._steer(self._run.resume)

    def _on_advance(self, _: str, steps: int) -> None:
        self._steer(lambda: self._run.advance(max(1, steps)))

    def _on_stop(self, _: str) -> None:
        self._steer(self._run.stop)

    def _on_look(self, _: str, step: int) -> None:
        self._clicks += 1
        self._run.cursor = step

    def _on_present(self, _: str) -> None:
        self._clicks += 1
        self._run.cursor = None

    def _steer(self, act: Callable[[], None]) -> None:
        self._clicks += 1
        try:
            act()
        except RuntimeError:
            # The state changed between the drawing and the click; the next frame shows it.
            return
        except OSError as error:  # the command could not be left for the process that trains
            self._run.report("steering", error)


def _thinned(moments: NDArray[np.int64]) -> list[int]:
    every = -(-len(moments) // _MOST_MOMENTS)
    return moments.tolist() if every <= 1 else [*moments[:-1:every].tolist(), int(moments[-1])]

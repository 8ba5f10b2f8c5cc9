"""Everything about a run that changes while it runs, read at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from ._control import Pending, State


@dataclass(frozen=True, slots=True)
class Status:
    """Where a run is.

    Attributes:
        state: see `Run.state`.
        pending: see `Run.pending`.
        step: boundaries passed.
        epoch: epochs finished.
        epochs: epochs planned in all; None if unknown.
        fraction: progress of the present loop, 0..1; None if unknown.
        rate: steps a second of late; None if unknown.
        seconds_left: estimated; None if unknown.
        cost: fraction of the running time that watching took; None before anything ran.
        problems: what went wrong in watching, each once.
    """

    state: State
    pending: Pending | None
    step: int
    epoch: int
    epochs: int | None
    fraction: float | None
    rate: float | None
    seconds_left: float | None
    cost: float | None
    problems: tuple[str, ...]

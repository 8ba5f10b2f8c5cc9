"""Everything about a run that changes while it runs, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, get_args

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
        stale: of a run that another process trains, why this is not its present state; else empty.
    """

    state: State = "idle"
    pending: Pending | None = None
    step: int = 0
    epoch: int = 0
    epochs: int | None = None
    fraction: float | None = None
    rate: float | None = None
    seconds_left: float | None = None
    cost: float | None = None
    problems: tuple[str, ...] = ()
    stale: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` turned into data; whatever is not of its form is left out."""
        known = {
            each.name: data[each.name]
            for each in fields(cls)
            if each.name in data and _CHECKS[each.name](data[each.name])
        }
        known["problems"] = tuple(str(each) for each in known.get("problems", ()))
        return cls(**known)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, float | int) and not isinstance(value, bool))


_CHECKS = {
    "state": lambda value: value in get_args(State),
    "pending": lambda value: value in (None, *get_args(Pending)),
    "step": _is_count,
    "epoch": _is_count,
    "epochs": lambda value: value is None or _is_count(value),
    "fraction": _is_number,
    "rate": _is_number,
    "seconds_left": _is_number,
    "cost": _is_number,
    "problems": lambda value: isinstance(value, list | tuple),
    "stale": lambda value: isinstance(value, str),
}

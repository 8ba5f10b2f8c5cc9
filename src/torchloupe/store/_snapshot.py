"""The newest content of a channel that is not a scalar: images, points, a histogram, a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a channel held at one step.

    Attributes:
        kind: `"images"`, `"points"`, `"histogram"` or `"architecture"`.
        step: boundaries passed when it was taken.
        epoch: epochs finished when it was taken.
        arrays: named arrays, each owned by this snapshot.
        details: whatever else its view needs (labels, a decoder), never serialised as such.
        time: when it was taken, in seconds since the run began.
        version: rises with every snapshot of the run; tells a view whether it has seen this one.
    """

    kind: str
    step: int
    epoch: int
    arrays: Mapping[str, NDArray[Any]]
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    version: int = 0
    time: float = 0.0

"""Tell a loop that is being run from one that was left: Python says so only in its bytecode."""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType
from typing import NamedTuple


class Place(NamedTuple):
    """Where a loop's next item was asked for; holds no frame, so keeps no variables alive."""

    frame: int
    code: CodeType
    offset: int


def place_of(frame: FrameType) -> Place:
    """Note where a frame is now."""
    return Place(id(frame), frame.f_code, frame.f_lasti)


def inside_loop(place: Place | None) -> bool:
    """Tell whether the caller runs inside the body of the `for` statement at `place`.

    An object that is bound to a name outlives its loop, so that it is alive says nothing: the
    frame of the `for` must be among the callers and stand between its head and its end.
    """
    if place is None:
        return False
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None:
        if id(frame) == place.frame and frame.f_code is place.code:
            return _within(place, frame.f_lasti)
        frame = frame.f_back
    return False


def _within(place: Place, now: int) -> bool:
    for instruction in dis.get_instructions(place.code):
        if instruction.offset == place.offset and instruction.opname.startswith("FOR_ITER"):
            return place.offset < now < int(instruction.argval)
    return False

"""Tell a loop that is being run from one that was left: Python says so only in its bytecode."""

from __future__ import annotations

import dis
import inspect
import sys
from types import CodeType, FrameType
from typing import Literal, NamedTuple

Where = Literal["inside", "outside", "unknown"]


class Place(NamedTuple):
    """Where a loop's next item was asked for; holds no frame, so keeps no variables alive."""

    frame: int
    code: CodeType
    offset: int


def place_of(frame: FrameType) -> Place:
    """Note where a frame is now."""
    return Place(id(frame), frame.f_code, frame.f_lasti)


def where(place: Place | None) -> Where:
    """Tell whether the caller runs inside the body of the `for` statement at `place`.

    An object that is bound to a name outlives its loop, so that it is alive says nothing: the
    frame of the `for` must be among the callers and stand between its head and its end. Where a
    generator (a progress bar) or a plain `next` drives the loop, that cannot be known.
    """
    if place is None:
        return "outside"
    body = _body_of(place)
    if body is None:
        return "unknown"
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if id(frame) == place.frame and frame.f_code is place.code:
            return "inside" if frame.f_lasti in body else "outside"
        frame = frame.f_back
    return "unknown" if place.code.co_flags & inspect.CO_GENERATOR else "outside"


def _body_of(place: Place) -> range | None:
    """Return the bytecode offsets of the body of the `for` at a place, if there is one."""
    for instruction in dis.get_instructions(place.code):
        if instruction.offset == place.offset and instruction.opname.startswith("FOR_ITER"):
            return range(place.offset + 1, int(instruction.argval))
    return None

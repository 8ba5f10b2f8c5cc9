"""The one seam to the world outside: files, databases, comms, clocks and threads.

Whatever can fail for reasons that are not ours passes here first, so that a test can make the
N-th such operation fail and see that training does not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

__all__ = [
    "Operation",
    "Timepiece",
    "interfere",
    "passing",
    "seconds",
    "start_thread",
    "wall_seconds",
]

Operation = Literal["clock", "comm", "database", "file", "thread"]

_interference: Callable[[Operation], None] | None = None


def passing(operation: Operation) -> None:
    """Say that an operation on the world outside comes next; raises what a test wants it to."""
    if _interference is not None:
        _interference(operation)


def interfere(interference: Callable[[Operation], None] | None) -> None:
    """Have a function called before every operation; None for nothing, as it is at first."""
    global _interference
    _interference = interference


def seconds() -> float:
    """Return a time that never goes back, in seconds."""
    if _interference is not None:
        _interference("clock")
    return time.perf_counter()


def wall_seconds() -> float:
    """Return the time of day, in seconds since 1970."""
    passing("clock")
    return time.time()


class Timepiece:
    """A clock that never raises: when the world's fails, it goes on with what that told last.

    Args:
        on_failure: called with what it raised.
    """

    def __init__(self, on_failure: Callable[[Exception], object] | None = None) -> None:
        self.on_failure = on_failure or _warn
        self._told = time.perf_counter()

    def now(self) -> float:
        """Return a time that never goes back, in seconds."""
        # As `seconds` does, written out: between two long steps every call costs a microsecond.
        try:
            if _interference is not None:
                _interference("clock")
            self._told = time.perf_counter()
        except Exception as error:
            self.on_failure(error)
        return self._told


def _warn(error: Exception) -> None:
    logging.getLogger("torchloupe").warning("the clock fails: %s", error)


def start_thread(target: Callable[[], object], name: str) -> threading.Thread:
    """Start a thread that does not keep the process alive."""
    passing("thread")
    thread = threading.Thread(target=target, name=f"torchloupe {name}", daemon=True)
    thread.start()
    return thread

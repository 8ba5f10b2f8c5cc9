"""Who is told that something was selected, without anybody having to wait for them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread, current_thread
from typing import Any

import numpy as np

from .. import outside
from ..run import Run

Callback = Callable[..., Any]


class Telling:
    """Callbacks, and a thread that calls them for the page: theirs may take long, or raise.

    Args:
        failed: told what a callback raised on that thread.
        name: of the thread, which lives while there is something to do.
        most: how much waits at the most; the newest wins.
    """

    def __init__(self, failed: Callable[[Exception], None], name: str, most: int = 16) -> None:
        self._failed, self._name = failed, name
        self._callbacks: list[Callback] = []
        self._waiting: deque[Callable[[], None]] = deque(maxlen=most)
        self._lock = Lock()
        self._thread: Thread | None = None

    def on_change(self, callback: Callback, remove: bool) -> None:
        """Have this called from now on, or no longer.

        Raises:
            TypeError: `callback` cannot be called.
        """
        if not callable(callback):
            raise TypeError(f"callback: expected a function, got {type(callback).__name__}")
        if not remove:
            self._callbacks.append(callback)
        elif callback in self._callbacks:
            self._callbacks.remove(callback)

    def tell(self, *news: Any) -> None:
        """Call every callback, here and now; each has arrays of its own."""
        for callback in list(self._callbacks):
            callback(*(each.copy() if isinstance(each, np.ndarray) else each for each in news))

    def later(self, work: Callable[[], None]) -> None:
        """Have something done soon on the thread."""
        with self._lock:
            self._waiting.append(work)
            if self._thread is None:
                self._thread = outside.start_thread(self._work, self._name)

    def close(self) -> None:
        """Tell nobody any more; return when nothing is under way."""
        with self._lock:
            self._waiting.clear()
            self._callbacks.clear()
            thread = self._thread
        if thread is not None and thread is not current_thread():
            thread.join(5)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                work = self._waiting.popleft()
            try:
                work()
            except Exception as error:  # a user's callback may raise anything
                self._failed(error)


def report_failure(run: Run | None, error: Exception) -> None:
    """Say what a callback raised: among the run's problems, or in the log without one."""
    if run is not None:
        run.report("on_select", error)
    else:
        logging.getLogger("torchloupe").error("on_select: %s: %s", type(error).__name__, error)

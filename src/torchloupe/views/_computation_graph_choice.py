"""Which node of a graph is selected, and who is told when that changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock, Thread, current_thread
from typing import Any

from .. import outside
from ..tap import GraphGroup, GraphNode

Chosen = GraphNode | GraphGroup | None
Callback = Callable[[Any], Any]

_MOST_WAITING = 16


class Choice:
    """The selected node or group; callbacks for the page's word run on a thread of their own."""

    def __init__(self, changed: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        #: how often it has changed, and what is selected
        self.state: tuple[int, Chosen] = (0, None)
        self._changed, self._failed = changed, failed
        self._callbacks: list[Callback] = []
        self._waiting: deque[Chosen] = deque(maxlen=_MOST_WAITING)
        self._lock = Lock()
        self._thread: Thread | None = None

    def on_change(self, callback: Callback, remove: bool) -> None:
        """Call `callback(chosen)` after each change, or no longer."""
        if not callable(callback):
            raise TypeError(f"callback: expected a function, got {type(callback).__name__}")
        if not remove:
            self._callbacks.append(callback)
        elif callback in self._callbacks:
            self._callbacks.remove(callback)

    def set(self, chosen: Chosen) -> None:
        """Select this; tell whoever wants to know."""
        if chosen is self.state[1]:
            return
        self.state = self.state[0] + 1, chosen
        self._changed()
        for callback in list(self._callbacks):
            callback(chosen)

    def ask(self, chosen: Chosen) -> None:
        """Have this selected soon."""
        with self._lock:
            self._waiting.append(chosen)
            if self._thread is None:
                self._thread = outside.start_thread(self._work, "graph selection")

    def close(self) -> None:
        """Answer nothing more; return when nothing is under way."""
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
                chosen = self._waiting.popleft()
            try:
                self.set(chosen)
            except Exception as error:  # a user's callback may raise anything
                self._failed(error)

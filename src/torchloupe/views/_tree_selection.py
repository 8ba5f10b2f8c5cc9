"""Which module is selected in a tree, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread, current_thread
from typing import Any

from .. import outside
from ..channel import Rejected

_LONGEST_PATH = 65_536

Callback = Callable[[Any, str], Any]


def PATH(value: object) -> str:  # noqa: N802  reads as a type in the tables that use it
    """Accept a text that can be a module's path."""
    if not isinstance(value, str) or len(value) > _LONGEST_PATH:
        raise Rejected("expected a path")
    return value


class SelectedModule:
    """The path that is selected, who selected it, and who is told when that changes.

    What a page selects is told on a thread of its own, the newest only: callbacks may take long.
    """

    def __init__(
        self,
        find: Callable[[str], Any],
        changed: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        #: the path (None if nothing is selected), the client who selected it ("" is Python), and
        #: how often Python asked to have it shown
        self.state: tuple[str | None, str, int] = (None, "", 0)
        self._find, self._changed, self._failed = find, changed, failed
        self._callbacks: list[Callback] = []
        self._waiting: str | None = None
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def path(self) -> str | None:
        """The path that is selected."""
        return self.state[0]

    def on_change(self, callback: Callback, remove: bool) -> None:
        """Call `callback(module, path)` after each change, or no longer."""
        if not callable(callback):
            raise TypeError(f"callback: expected a function, got {type(callback).__name__}")
        if not remove:
            self._callbacks.append(callback)
        elif callback in self._callbacks:
            self._callbacks.remove(callback)

    def set(self, path: str) -> None:
        """Select and show a module, asked for in Python."""
        before, _, asks = self.state
        self.state = path, "", asks + 1
        self._changed()
        if path != before:
            self._tell(path)

    def take(self, path: str, client: str) -> None:
        """Select what somebody selected on a page."""
        before, _, asks = self.state
        if path == before:
            return
        self.state = path, client, asks
        self._changed()
        with self._lock:
            self._waiting = path
            if self._thread is None and self._callbacks:
                self._thread = outside.start_thread(self._work, "selection")

    def close(self) -> None:
        """Tell nobody any more; return when nothing is under way."""
        with self._lock:
            self._waiting = None
            self._callbacks.clear()
            thread = self._thread
        if thread is not None and thread is not current_thread():
            thread.join(5)

    def _tell(self, path: str) -> None:
        module = self._find(path)
        for callback in list(self._callbacks):
            callback(module, path)

    def _work(self) -> None:
        while True:
            with self._lock:
                path, self._waiting = self._waiting, None
                if path is None:
                    self._thread = None
                    return
            try:
                self._tell(path)
            except Exception as error:  # a user's callback may raise anything
                self._failed(error)

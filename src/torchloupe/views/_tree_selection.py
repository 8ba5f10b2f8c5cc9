"""Which module is selected in a tree, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..channel import Rejected
from ._telling import Telling

_LONGEST_PATH = 65_536


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
        self._find, self._changed = find, changed
        #: who wants to know; called with the module and its path
        self.telling = Telling(failed, "selection", most=1)

    @property
    def path(self) -> str | None:
        """The path that is selected."""
        return self.state[0]

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
        self.telling.later(lambda: self._tell(path))

    def _tell(self, path: str) -> None:
        self.telling.tell(self._find(path), path)

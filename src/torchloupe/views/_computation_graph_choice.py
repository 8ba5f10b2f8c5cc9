"""Which node of a graph is selected, and who is told when that changes."""

from __future__ import annotations

from collections.abc import Callable

from ..tap import GraphGroup, GraphNode
from ._telling import Telling

Chosen = GraphNode | GraphGroup | None


class Choice:
    """The selected node or group; callbacks for the page's word run on a thread of their own."""

    def __init__(self, changed: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        #: how often it has changed, and what is selected
        self.state: tuple[int, Chosen] = (0, None)
        self._changed = changed
        #: who wants to know; called with what is selected
        self.telling = Telling(failed, "graph selection")

    def set(self, chosen: Chosen) -> None:
        """Select this; tell whoever wants to know."""
        if chosen is self.state[1]:
            return
        self.state = self.state[0] + 1, chosen
        self._changed()
        self.telling.tell(chosen)

    def ask(self, chosen: Chosen) -> None:
        """Have this selected soon."""
        self.telling.later(lambda: self.set(chosen))

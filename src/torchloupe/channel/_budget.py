"""How many messages may go out: one purse for all views, since they share a connection."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from ._timepiece import TIMEPIECE

#: messages a second in the long run; a server or a page may be told to bear no more than 20
MESSAGES_A_SECOND = 15.0
#: how many may go out at once after a rest
BURST = 20.0


class Budget:
    """A purse that fills at a steady rate.

    What a frame takes is known only when it was sent: it goes out while anything is left, and may
    leave a debt that is paid off before the next. Who waits for an answer may borrow.

    Args:
        clock: seconds, never falling.
    """

    def __init__(self, clock: Callable[[], float] = TIMEPIECE.now) -> None:
        self._lock = Lock()
        self._clock = clock
        self._left = BURST
        self._at = clock()

    def allows(self, *, urgent: bool) -> bool:
        """Tell whether another frame may go out now."""
        with self._lock:
            now = self._clock()
            self._left = min(BURST, self._left + (now - self._at) * MESSAGES_A_SECOND)
            self._at = now
            return self._left > (-BURST if urgent else 0.0)

    def spend(self, messages: int) -> None:
        """Note how many messages went out."""
        with self._lock:
            self._left -= messages


class Counter:
    """Counts the messages of all widgets, whoever sends them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.total = 0

    def count(self) -> None:
        """Note a message that goes out."""
        with self._lock:
            self.total += 1


SENT = Counter()

"""Who looks at a view, and when the next frame may go out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from time import monotonic

_MOST_CLIENTS = 32

#: a frame that nobody acknowledged is taken as lost, or as unheard, after so many seconds
SILENCE_SECONDS = 2.0
#: with a front end that can speak, so long a silence means that it is gone
GONE_SECONDS = 10.0
#: what may be under way unacknowledged to a front end that cannot speak
UNHEARD_BYTES = 32 * 2**20
#: past that, how often small frames still go out
STATUS_SECONDS = 30.0
#: the pause after an acknowledgement, in round trips: a browser then draws a quarter of the time
_PAUSE_ROUND_TRIPS = 3.0
_SHORTEST_PAUSE = 0.05


@dataclass(slots=True)
class _Client:
    visible: bool


class Audience:
    """The clients (renderings) of one view and the pace of its frames.

    The next frame goes out when the last was acknowledged and the browser had time for other
    things. Silence is not absence: while a cell is executing, some front ends cannot deliver a
    word; frames then go out at a slow, bounded pace.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._sent_frame = 0
        self._sent_at = 0.0
        self._heard_frame = 0
        self._next_at = 0.0
        self._round_trip = 0.0
        self._unheard_bytes = 0
        self._displayed = False

    # -- what the browser says ----------------------------------------------------------------

    def display(self) -> None:
        """Note that the view was put into an output: somebody may be looking."""
        self._displayed = True

    def hear(self, client: str, visible: bool) -> None:
        """Note a client and whether the view is on its screen."""
        with self._lock:
            self._clients.pop(client, None)
            self._clients[client] = _Client(visible)
            while len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
            self._unheard_bytes = 0
            if visible and self._heard_frame < self._sent_frame:
                # What was sent before this client spoke may have been sent to nobody.
                self._heard_frame, self._next_at = self._sent_frame, 0.0

    def acknowledge(self, client: str, frame: int) -> None:
        """Note that a client has drawn a frame; that of any visible client frees the next."""
        with self._lock:
            self._clients.setdefault(client, _Client(visible=True))
            self._unheard_bytes = 0
            if frame != self._sent_frame or self._heard_frame >= frame:
                return
            now = monotonic()
            self._heard_frame = frame
            trip = now - self._sent_at
            self._round_trip = trip if not self._round_trip else (self._round_trip + trip) / 2
            self._next_at = now + max(_SHORTEST_PAUSE, _PAUSE_ROUND_TRIPS * self._round_trip)

    def leave(self, client: str) -> None:
        """Forget a client."""
        with self._lock:
            self._clients.pop(client, None)

    # -- what the publisher asks --------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether a client has the view on its screen."""
        with self._lock:
            return any(client.visible for client in self._clients.values())

    def may_send(self, *, deaf: bool, small: bool, urgent: bool) -> bool:
        """Tell whether a frame may go out now.

        Args:
            deaf: a cell is executing, so that the front end may be unable to speak.
            small: the frame is a status frame.
            urgent: it answers somebody, and need not keep the pause.
        """
        now = monotonic()
        with self._lock:
            waiting = self._heard_frame < self._sent_frame
            silent = now - self._sent_at
            if not any(client.visible for client in self._clients.values()):
                return self._displayed and deaf and not self._clients and self._unheard(silent, small)
            if not waiting:
                return urgent or now >= self._next_at
            if not deaf and silent > GONE_SECONDS:
                self._clients.clear()
                return False
            return self._unheard(silent, small)

    def must_repeat(self) -> bool:
        """Tell whether the last frame seems lost, so that it is sent again though nothing is new."""
        with self._lock:
            waiting = self._heard_frame < self._sent_frame
            return waiting and bool(self._clients) and monotonic() - self._sent_at >= SILENCE_SECONDS

    def sent(self, frame: int, size: int) -> None:
        """Note that a frame of `size` bytes went out."""
        with self._lock:
            self._sent_frame, self._sent_at = frame, monotonic()
            self._unheard_bytes += size

    def _unheard(self, silent: float, small: bool) -> bool:
        if self._unheard_bytes < UNHEARD_BYTES:
            return silent >= SILENCE_SECONDS
        return small and silent >= STATUS_SECONDS

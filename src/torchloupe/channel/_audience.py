"""Who looks at a view, and when the next frame may go out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from ._timepiece import TIMEPIECE

#: more renderings of one view than this are not kept track of
MOST_CLIENTS = 32
#: a frame that nobody acknowledged is taken as lost, or as unheard, after so many seconds
SILENCE_SECONDS = 2.0
#: a client that says meanwhile that it shows an older one is sent it again after so many seconds, …
PATIENCE_SECONDS = 0.25
#: … or after so many round trips, if these are longer
PATIENCE_ROUND_TRIPS = 2.0
#: with a front end that can speak, so long a silence means that it is gone
GONE_SECONDS = 10.0
#: what may be under way, of all views together, to a front end that cannot speak
UNHEARD_BYTES = 32 * 2**20
#: past that, how often small frames still go out
STATUS_SECONDS = 30.0
#: the pause after an acknowledgement, in round trips: a browser then draws a quarter of the time
PAUSE_ROUND_TRIPS = 3.0
SHORTEST_PAUSE = 0.05

_NEVER = float("-inf")


class Unheard:
    """How many bytes went out since a front end last said anything.

    One account for all views: they share a connection, and whoever says a word about one of them
    has received what was sent for the others.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._bytes = 0

    def add(self, size: int) -> None:
        """Note that `size` bytes went out."""
        with self._lock:
            self._bytes += size

    def clear(self) -> None:
        """Note that somebody said something."""
        with self._lock:
            self._bytes = 0

    @property
    def full(self) -> bool:
        """Whether nothing but small frames should follow."""
        return self._bytes >= UNHEARD_BYTES


UNHEARD = Unheard()


@dataclass(slots=True)
class _Client:
    """One rendering of a view."""

    visible: bool
    #: the newest frame that it said it had drawn
    drawn: int = 0
    #: since when it owes an acknowledgement: its last word, or the first frame that it did not draw
    owing_since: float = _NEVER
    #: whether it said that it lacks the newest frame, when that had had the time to arrive
    asks: bool = False


class Audience:
    """The clients (renderings) of one view and the pace of its frames.

    The next frame goes out when the last was acknowledged and the browser had time for other
    things. Silence is not absence: while a cell is executing, some front ends cannot deliver a
    word; frames then go out at a slow, bounded pace.

    Args:
        frame: the frame that the view begins with.
        clock: seconds, never falling.
        unheard: the account of what was sent and not answered.
    """

    def __init__(
        self,
        frame: int = 0,
        *,
        clock: Callable[[], float] = TIMEPIECE.now,
        unheard: Unheard = UNHEARD,
    ) -> None:
        self._lock = Lock()
        self._clock = clock
        self._unheard = unheard
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._frame = frame
        self._answered = True
        self._sent_at = _NEVER
        self._next_at = _NEVER
        self._deaf_at = _NEVER
        self._round_trip = 0.0
        self._displayed = False

    # -- what the browser says ----------------------------------------------------------------

    def display(self) -> None:
        """Note that the view was put into an output: somebody may be looking."""
        self._displayed = True

    def hear(self, client: str, visible: bool) -> None:
        """Note a client and whether the view is on its screen.

        That a client says again what is known neither excuses nor reminds it of a frame it owes.
        """
        with self._lock:
            self._see(client, visible)

    def show(self, client: str, frame: int) -> None:
        """Note which frame a client that looks shows, as it says from time to time.

        One that lacks the newest is sent it again, and all that belongs to it.

        Args:
            client: who says so.
            frame: the frame it shows; 0 if it knows that some of it is missing.
        """
        with self._lock:
            heard = self._see(client, visible=True)
            heard.drawn = frame
            if frame == self._frame:
                self._answer()
            else:
                trips = PATIENCE_ROUND_TRIPS * self._round_trip
                heard.asks = self._clock() - self._sent_at >= max(PATIENCE_SECONDS, trips)

    def acknowledge(self, client: str, frame: int) -> None:
        """Note that a client has drawn a frame; the first that looks frees the next.

        Only that answer is timed. One to a frame that was replaced meanwhile, because nobody had
        answered, tells how long the line was dead and not how long it takes.
        """
        with self._lock:
            heard = self._word_of(client, visible=True)
            heard.drawn = frame
            if heard.visible and frame == self._frame:
                if not self._answered:
                    self._measure()
                self._answer()

    def leave(self, client: str) -> None:
        """Forget a client."""
        self._unheard.clear()
        with self._lock:
            self._clients.pop(client, None)

    def _see(self, name: str, visible: bool) -> _Client:
        known = self._clients.get(name)
        owing_since = known.owing_since if known and known.visible == visible else None
        heard = self._word_of(name, visible)
        heard.visible = visible
        if owing_since is not None:
            heard.owing_since = owing_since
        return heard

    def _measure(self) -> None:
        trip = self._clock() - self._sent_at
        if trip >= SILENCE_SECONDS and self._sent_at <= self._deaf_at:
            return  # withheld while a cell was executing, which says nothing of the browser
        self._round_trip = (self._round_trip + trip) / 2 if self._round_trip else trip

    def _answer(self) -> None:
        if not self._answered:
            self._answered = True
            pause = max(SHORTEST_PAUSE, PAUSE_ROUND_TRIPS * self._round_trip)
            self._next_at = self._clock() + pause

    def _word_of(self, name: str, visible: bool) -> _Client:
        """Return a client that said something, the most recent of those that are kept."""
        self._unheard.clear()
        client = self._clients.setdefault(name, _Client(visible))
        client.owing_since = self._clock()
        self._clients.move_to_end(name)
        while len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        return client

    # -- what the publisher asks --------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether a client has the view on its screen."""
        with self._lock:
            return bool(self._looking())

    @property
    def caught_up(self) -> bool:
        """Whether everybody who looks has drawn the last frame, and so holds all that it said."""
        with self._lock:
            looking = self._looking()
            return bool(looking) and not self._behind(looking)

    def may_send(self, *, deaf: bool, small: bool, urgent: bool) -> bool:
        """Tell whether a frame may go out now.

        Args:
            deaf: a cell is executing, so that the front end may be unable to speak.
            small: the frame is a status frame.
            urgent: it answers somebody or is the last for now, and need not keep the pause.
        """
        with self._lock:
            now = self._clock()
            if deaf:
                self._deaf_at = now
            else:
                self._forget_gone(now)
            looking = self._looking()
            if not looking:
                unknown = self._displayed and deaf and not self._clients
                return unknown and self._after_silence(now, small)
            if any(client.asks for client in looking):
                return True
            if not self._answered and len(self._behind(looking)) == len(looking):
                return self._after_silence(now, small)
            return urgent or now >= self._next_at

    def must_repeat(self, *, deaf: bool) -> bool:
        """Tell whether the last frame seems lost, so that it is sent again though nothing is new.

        A client that lacks it and says so need not wait. Else it must have been silent for a while;
        while a cell is executing the frame that nobody answered counts, else each that somebody
        who looks has not drawn.
        """
        with self._lock:
            looking, before = self._looking(), self._clock() - SILENCE_SECONDS
            if any(client.asks for client in looking):
                return True
            behind = self._behind(looking)
            if deaf and len(behind) < len(looking):
                return False
            owing = [max(client.owing_since, self._sent_at) for client in behind]
            return any(since <= before for since in owing)

    def sending(self, frame: int) -> None:
        """Note that a frame goes out now; before it does, as the answer may be quick."""
        with self._lock:
            now = self._clock()
            for client in self._clients.values():
                client.asks = False
                if client.drawn == self._frame:
                    client.owing_since = now
            self._frame, self._sent_at, self._answered = frame, now, False

    def missed(self) -> None:
        """Note that the frame could not be sent: nobody answers it, and it is soon tried again."""
        with self._lock:
            self._answered, self._next_at = True, self._clock() + PATIENCE_SECONDS

    def sent(self, size: int) -> None:
        """Note how many bytes the frame took."""
        self._unheard.add(size)

    def _looking(self) -> list[_Client]:
        return [client for client in self._clients.values() if client.visible]

    def _behind(self, looking: list[_Client]) -> list[_Client]:
        return [client for client in looking if client.drawn != self._frame]

    def _forget_gone(self, now: float) -> None:
        for name, client in list(self._clients.items()):
            owes = client.visible and client.drawn != self._frame
            if owes and now - max(client.owing_since, self._deaf_at) > GONE_SECONDS:
                del self._clients[name]

    def _after_silence(self, now: float, small: bool) -> bool:
        if self._unheard.full:
            return small and now - self._sent_at >= STATUS_SECONDS
        return now - self._sent_at >= SILENCE_SECONDS

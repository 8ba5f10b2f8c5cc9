"""The one thread that sends: it sets the traits of every view when its audience is ready."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from time import thread_time
from typing import ClassVar, Protocol

from .. import outside
from ..run import NOTEBOOK
from ._audience import Audience
from ._budget import SENT, Budget
from ._timepiece import TIMEPIECE

# How often views are looked at: while something changes, while nothing does, while nobody looks
# (a cell may begin, in which a front end cannot say that it does).
_LIVELY_SECONDS = 0.04
_CALM_SECONDS = 0.25
_CALM_AFTER_SECONDS = 2.0
_IDLE_SECONDS = 1.0
# The share of one core that frames may take which nobody waits for, and the longest rest after one.
_SHARE = 0.04
_LONGEST_REST = 0.4
# A view that cannot be published so often in a row is left alone.
_MOST_FAILURES = 3
_NOTHING = object()
# Long enough for any frame; whoever closes a view is not to hang on one that never comes about.
_LONGEST_WAIT_SECONDS = 5.0
# A status frame that is so old goes before all that nobody asked for.
_STATUS_SECONDS = 0.25


class Published(Protocol):
    """What the publisher needs of a view."""

    small: ClassVar[bool]
    audience: Audience
    frame: int

    def version(self) -> Hashable:
        """Return something that differs when there is something new to show; cheap."""
        ...

    def urgent(self) -> bool:
        """Tell whether somebody waits for an answer that is there."""
        ...

    def can_wait(self) -> bool:
        """Tell whether there will soon be more to show, so that this frame need not go at once."""
        ...

    def publish(self, *, complete: bool) -> int:
        """Set the traits of the next frame and return its size in bytes.

        `SENT` counts every message that it takes.

        Args:
            complete: send what did not change as well; an earlier frame may have been lost.
        """
        ...

    def observed(self, seconds: float) -> None:
        """Note what publishing cost."""
        ...

    def stumbled(self, error: Exception, *, for_good: bool) -> None:
        """Note that publishing raised; with `for_good` the view is not asked again."""
        ...


@dataclass(slots=True)
class _Entry:
    view: Published
    #: what `version` said before the newest frame was made
    seen: Hashable
    sent_at: float = float("-inf")
    #: how often in a row it could not be published
    failures: int = 0

    @property
    def broken(self) -> bool:
        """Whether to leave it alone."""
        return self.failures >= _MOST_FAILURES


class Publisher:
    """Looks at every view in turn on one thread, which exists while there are views.

    It polls rather than being told: the training thread then takes no lock and makes no call.
    While nobody looks it sleeps. All views share one budget of messages: answers go first, then
    the status, then whoever has waited longest.

    Args:
        budget: how many messages may go out.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self._budget = budget or Budget()
        #: tells whether a cell is executing, so that a front end may be unable to speak
        self.deaf: Callable[[], bool] = lambda: NOTEBOOK.executing
        self._changed = threading.Condition()
        # Held while a frame is made and sent, so that no view is closed halfway.
        self._sending = threading.RLock()
        self._entries: dict[int, _Entry] = {}
        self._thread: threading.Thread | None = None
        self._woken = False
        self._lively_until = self._rest_until = 0.0

    def add(self, view: Published, seen: Hashable) -> None:
        """Publish a view from now on.

        Args:
            view: what to publish.
            seen: what its `version` said before it was given the content that it has.
        """
        with self._changed:
            self._entries[id(view)] = _Entry(view, seen)
            if self._thread is None:
                self._thread = outside.start_thread(self._work, "publisher")
        self.wake()

    def remove(self, view: Published) -> None:
        """Publish a view no more.

        Returns when no frame of it is under way and, if it was the last, the thread has ended.
        """
        with self._changed:
            self._entries.pop(id(view), None)
            thread = self._thread
            self._changed.notify_all()
        if thread is None or thread is threading.current_thread():
            return
        if self._sending.acquire(timeout=_LONGEST_WAIT_SECONDS):
            self._sending.release()
        with self._changed:
            self._changed.wait_for(
                lambda: self._entries or self._thread is not thread, _LONGEST_WAIT_SECONDS
            )
            ended = self._thread is not thread
        if ended:
            thread.join(_LONGEST_WAIT_SECONDS)

    def wake(self) -> None:
        """Have every view looked at soon: somebody said something."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._entries:
                    self._thread = None
                    self._changed.notify_all()
                    return
                self._woken = False
                entries = [each for each in self._entries.values() if not each.broken]
            deaf = self.deaf()
            awake = False
            for entry in sorted(entries, key=_rank):
                awake = self._look(entry, deaf) or awake
            with self._changed:
                if not self._woken and self._entries:
                    self._changed.wait(self._pause(awake))

    def _pause(self, awake: bool) -> float:
        if not awake:
            return _IDLE_SECONDS
        return _LIVELY_SECONDS if TIMEPIECE.now() < self._lively_until else _CALM_SECONDS

    def _look(self, entry: _Entry, deaf: bool) -> bool:
        """Send a frame if there is one to send; tell whether anybody may be looking."""
        view = entry.view
        with self._sending:
            if self._entries.get(id(view)) is not entry:
                return False
            try:
                began = thread_time()
                was_sent = self._send_if_due(entry, deaf)
                spent = thread_time() - began
                view.observed(spent)
                if was_sent:
                    entry.failures = 0
                    self._rest_until = TIMEPIECE.now() + min(spent / _SHARE, _LONGEST_REST)
            except Exception as error:  # a broken view must not silence the others
                entry.failures += 1
                self._tell(entry, error)
        return deaf or view.audience.watched

    def _send_if_due(self, entry: _Entry, deaf: bool) -> bool:
        view, audience = entry.view, entry.view.audience
        urgent, is_last = view.urgent(), not view.can_wait()
        # The pause leaves a browser time between two frames; after the last it has all the time.
        hurries = urgent or is_last
        if not audience.may_send(deaf=deaf, small=view.small, urgent=hurries):
            return False
        # Asked before the frame is made: what changes meanwhile is then seen as new.
        version = view.version()
        if version == entry.seen and not urgent and not audience.must_repeat(deaf=deaf):
            return False
        complete = not audience.caught_up
        rests = not (hurries or complete) and TIMEPIECE.now() < self._rest_until
        if rests or not self._budget.allows(urgent=urgent):
            return False
        entry.seen, entry.sent_at, before = version, TIMEPIECE.now(), SENT.total
        audience.sending(view.frame + 1)
        audience.sent(view.publish(complete=complete))
        self._budget.spend(SENT.total - before)
        self._lively_until = TIMEPIECE.now() + _CALM_AFTER_SECONDS
        return True

    def _tell(self, entry: _Entry, error: Exception) -> None:
        """Have a view's trouble shown; what may pass (a connection's) is tried again."""
        entry.seen = _NOTHING
        entry.view.audience.missed()
        try:
            entry.view.stumbled(error, for_good=entry.broken)
        except Exception:  # the thread must live on for the others
            logging.getLogger("torchloupe").exception("a view could not show its own failure")


def _rank(entry: _Entry) -> tuple[bool, bool, float]:
    """Return what sorts views by who is to be sent a frame first."""
    urgent, view = False, entry.view
    with suppress(Exception):  # told when it is the view's turn
        urgent = view.urgent()
    status = view.small and TIMEPIECE.now() - entry.sent_at >= _STATUS_SECONDS
    return not urgent, not status, entry.sent_at


PUBLISHER = Publisher()

"""The one thread that sends: it sets the synced traits of every view, when its audience is ready."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import monotonic, thread_time
from typing import Protocol

from ..run import NOTEBOOK
from ._audience import Audience

# How often views are looked at: while something changes, while nothing does, while nobody looks
# (a cell may begin, in which a front end cannot say that it does).
_LIVELY_SECONDS = 0.04
_CALM_SECONDS = 0.25
_CALM_AFTER_SECONDS = 2.0
_IDLE_SECONDS = 1.0


class Published(Protocol):
    """What the publisher needs of a view."""

    audience: Audience
    small: bool

    def version(self) -> Hashable:
        """Return something that differs when there is something new to show; cheap."""
        ...

    def urgent(self) -> bool:
        """Tell whether somebody waits for an answer that is there."""
        ...

    def publish(self) -> int:
        """Set the traits of one frame, number it, and return its size in bytes."""
        ...

    def observed(self, seconds: float) -> None:
        """Note what publishing cost."""
        ...

    def failed(self, error: Exception) -> None:
        """Note that publishing raised; the view is not asked again."""
        ...

    frame: int


class Publisher:
    """Looks at every view in turn on one thread, which exists while there are views.

    It polls rather than being told: the training thread then takes no lock and makes no call.
    While nobody looks it sleeps.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._views: dict[int, tuple[Published, Hashable]] = {}
        self._thread: threading.Thread | None = None
        self._woken = False
        self._lively_until = 0.0
        self.on_empty: Callable[[], None] = _nothing

    def add(self, view: Published) -> None:
        """Publish a view from now on; what its traits hold already counts as sent."""
        with self._changed:
            self._views[id(view)] = (view, view.version())
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="torchloupe publisher", daemon=True
                )
                self._thread.start()
        self.wake()

    def remove(self, view: Published) -> None:
        """Publish a view no more; with the last one the thread ends."""
        with self._changed:
            known = self._views.pop(id(view), None)
            empty = known is not None and not self._views
            thread = self._thread if empty else None
            if empty:
                self._thread = None
            self._changed.notify_all()
        if empty:
            self.on_empty()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)

    def wake(self) -> None:
        """Have every view looked at soon: somebody said something."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _work(self) -> None:
        this = threading.current_thread()
        while True:
            with self._changed:
                if self._thread is not this:
                    return
                self._woken = False
                views = list(self._views.values())
            awake = False
            for view, version in views:
                awake = self._look(view, version) or awake
            with self._changed:
                if not self._woken and self._thread is this:
                    self._changed.wait(self._pause(awake))

    def _pause(self, awake: bool) -> float:
        if not awake:
            return _IDLE_SECONDS
        return _LIVELY_SECONDS if monotonic() < self._lively_until else _CALM_SECONDS

    def _look(self, view: Published, seen: Hashable) -> bool:
        """Send a frame if there is one to send; tell whether anybody may be looking."""
        began = thread_time()
        deaf = NOTEBOOK.executing
        try:
            urgent = view.urgent()
            if view.audience.may_send(deaf=deaf, small=view.small, urgent=urgent):
                version = view.version()
                if version != seen or urgent or view.audience.must_repeat():
                    self._publish(view, version)
        except Exception as error:  # noqa: BLE001  a broken view must not silence the others
            view.failed(error)
            with self._changed:
                self._views.pop(id(view), None)
        view.observed(thread_time() - began)
        return view.audience.watched or deaf

    def _publish(self, view: Published, version: Hashable) -> None:
        # Noted first: what changes while the frame is made is then seen as new.
        with self._changed:
            if id(view) not in self._views:
                return
            self._views[id(view)] = (view, version)
        size = view.publish()
        view.audience.sent(view.frame, size)
        self._lively_until = monotonic() + _CALM_AFTER_SECONDS


def _nothing() -> None:
    """Do nothing; stands in until somebody wants to know."""


PUBLISHER = Publisher()
